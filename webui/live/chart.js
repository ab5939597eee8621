// Power over the last hours or the last day: one line, above zero for what comes from the grid, below for what goes there.

import { get } from "../api.js";
import { freshId, make, write } from "../dom.js";
import { clock, dateOf } from "../format.js";
import { curve, net, summary } from "../plot/curve.js";
import { say } from "../text.js";

const RANGES = [3, 24];
const REFRESH_MS = 30_000;

/** @param {(hours: number) => void} onChange */
function rangeChoice(onChange) {
  const name = freshId("range");
  const choices = RANGES.map((hours) => {
    const input = make("input", { type: "radio", name, value: hours, checked: hours === RANGES[0] });
    input.addEventListener("change", () => onChange(hours));
    return make("label", {}, input, make("span", {}, say("chart.hours", { hours })));
  });
  return make("fieldset", { class: "ranges" }, make("legend", { class: "unseen" }, say("chart.range")), ...choices);
}

/**
 * What is to be drawn of a history, by this device's own clock.
 * @param {HistoryData} history
 * @param {number} hours
 * @returns {CurveShown}
 */
function shownOf({ points, step_s: step }, hours) {
  const last = points.at(-1);
  const to = last ? last[0] + step : Date.now() / 1000;
  return {
    times: points.map(([time]) => time),
    powers: points.map(([, imported, exported]) => net(imported, exported)),
    from: to - hours * 3600,
    to,
    ahead: -new Date(to * 1000).getTimezoneOffset() * 60,
    clock: (at) => clock(dateOf(at)),
  };
}

/**
 * The chart of one meter; it asks for its history itself.
 * @param {number} unit
 */
export function powerChart(unit) {
  const told = make("p", { class: "note" });
  const plot = curve();
  const head = make("div", { class: "chart-head" }, make("h3", {}, say("chart.title")), rangeChoice(choose));
  const element = make("section", { class: "group chart" }, head, plot.element, told);
  let hours = RANGES[0];
  /** @type {number | undefined} */
  let timer;
  let drawn = false;
  let seen = false;

  /** @param {number} wanted */
  function choose(wanted) {
    hours = wanted;
    load();
  }

  async function load() {
    if (!seen || document.hidden) return;
    const asked = hours;
    try {
      /** @type {HistoryData} */
      const history = await get(`/history?unit=${unit}&hours=${asked}`);
      if (asked !== hours) return;
      const shown = shownOf(history, hours);
      write(told, summary(shown.times, shown.powers, shown.clock));
      drawn = await plot.draw(shown, say("chart.said", { hours, summary: told.textContent }));
    } catch {
      // The values stand above all the same, and the next attempt comes by itself.
      if (!drawn) write(told, say("chart.missing"));
    }
  }

  const watch = new IntersectionObserver((entries) => {
    if (seen || !entries.some((entry) => entry.isIntersecting)) return;
    seen = true;
    load();
    timer = setInterval(load, REFRESH_MS);
  });
  watch.observe(element);

  function close() {
    watch.disconnect();
    clearInterval(timer);
    plot.close();
  }
  return { element, update: () => {}, close };
}
