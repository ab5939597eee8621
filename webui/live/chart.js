// Power over the last hours or the last day. Drawn by Chart.js, which is loaded when the chart comes into sight.

import { get } from "../api.js";
import { freshId, make, show, write } from "../dom.js";
import { clock, dateOf, number } from "../format.js";
import { say } from "../text.js";
import { drawing } from "./drawing.js";

const RANGES = [3, 24];
const REFRESH_MS = 30_000;

/**
 * The highest and the lowest of the points, in words: what the drawing says to those who do not see it.
 * @param {HistoryData["points"]} points
 */
function summary(points) {
  const told = points.flatMap(([time, watts]) => (watts === null ? [] : [{ time, watts }]));
  if (!told.length) return say("chart.nothing");
  const highest = told.reduce((a, b) => (b.watts > a.watts ? b : a));
  const lowest = told.reduce((a, b) => (b.watts < a.watts ? b : a));
  const [high, low] = [highest, lowest].map(({ time, watts }) => ({
    watts: number(watts),
    time: clock(dateOf(time)),
  }));
  return say("chart.summary", { high: high.watts, high_at: high.time, low: low.watts, low_at: low.time });
}

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
 * The chart of one meter; it asks for its history itself.
 * @param {number} unit
 */
export function powerChart(unit) {
  const canvas = make("canvas", { role: "img", "aria-label": say("chart.title") });
  const told = make("p", { class: "note" });
  const box = make("div", { class: "chart-box" }, canvas);
  const head = make("div", { class: "chart-head" }, make("h3", {}, say("chart.title")), rangeChoice(choose));
  const element = make("section", { class: "group chart" }, head, box, told);
  let hours = RANGES[0];
  /** @type {Awaited<ReturnType<typeof drawing>>} */
  let picture = null;
  /** @type {number | undefined} */
  let timer;
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
      write(told, summary(history.points));
      const label = say("chart.said", { hours, summary: told.textContent });
      canvas.setAttribute("aria-label", label);
      picture ??= await drawing(canvas);
      picture?.draw(history, hours);
      show(box, picture !== null);
    } catch {
      // The values stand above all the same, and the next attempt comes by itself.
      show(box, picture !== null);
      if (!picture) write(told, say("chart.missing"));
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
    picture?.close();
  }
  return { element, update: () => {}, close };
}
