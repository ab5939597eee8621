// How good the voltage was, week by week: its ends, and the minutes outside of what is allowed.

import { ApiError, get } from "../api.js";
import { make } from "../dom.js";
import { section } from "../forms.js";
import { number } from "../format.js";
import { saveCsv } from "../save.js";
import { say } from "../text.js";
import { date, dayAndHour, plain } from "./figures.js";
import { weekRows } from "./files.js";

const WEEKS = 5;
const MOST = 160;

/**
 * The newest week in which anything was measured, in a sentence.
 * @param {VoltageWeekData[]} weeks
 */
function sentence(weeks) {
  const week = weeks.findLast(({ phases }) => phases.length);
  if (!week) return say("voltage.none");
  const total = (/** @type {"minutes" | "minutes_low" | "minutes_high"} */ name) =>
    Math.max(...week.phases.map((phase) => phase[name]));
  const values = {
    week: weekName(week),
    lowest: number(Math.min(...week.phases.map((phase) => phase.lowest_v)), 1),
    highest: number(Math.max(...week.phases.map((phase) => phase.highest_v)), 1),
    low: number(total("minutes_low")),
    high: number(total("minutes_high")),
  };
  return say(total("minutes_low") + total("minutes_high") ? "voltage.outside" : "voltage.inside", values);
}

/** @param {VoltageWeekData} week */
function weekName({ begin }) {
  return date(begin.slice(0, 10), { day: "numeric", month: "short", year: "numeric" });
}

/**
 * @param {VoltageWeekData} week
 * @param {VoltagePhaseData} phase
 * @param {number} index
 */
function phaseRow(week, phase, index) {
  const name = index ? null : make("th", { scope: "rowgroup", rowspan: week.phases.length }, weekName(week));
  const end = (/** @type {number} */ volts, /** @type {string} */ at) =>
    make("td", {}, `${plain(volts, 1)} `, make("small", {}, dayAndHour(at)));
  const minutes = [phase.minutes_low, phase.minutes_high, phase.minutes].map((count) =>
    make("td", { class: "number" }, plain(count, 0)),
  );
  return make(
    "tr",
    {},
    name,
    make("th", { scope: "row" }, `L${phase.phase}`),
    end(phase.lowest_v, phase.lowest_at),
    end(phase.highest_v, phase.highest_at),
    ...minutes,
  );
}

/** @param {VoltageWeekData[]} weeks */
function weeksTable(weeks) {
  const heads = [
    "voltage.week",
    "phases.phase",
    "voltage.lowest",
    "voltage.highest",
    "voltage.low",
    "voltage.high",
    "voltage.minutes",
  ];
  const bodies = [...weeks]
    .reverse()
    .filter(({ phases }) => phases.length)
    .map((week) => make("tbody", {}, ...week.phases.map((phase, index) => phaseRow(week, phase, index))));
  return make(
    "table",
    { class: "plain-table figures" },
    make("caption", {}, say("voltage.caption")),
    make("thead", {}, make("tr", {}, ...heads.map((key) => make("th", { scope: "col" }, say(key))))),
    ...bodies,
  );
}

/** The part of the page about the voltage. */
export function voltagePart() {
  const told = make("p");
  const table = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": say("voltage.table") });
  const more = make("button", { type: "button", class: "plain" }, say("voltage.more"));
  const file = make("button", { type: "button", class: "plain" }, say("energy.csv"));
  const buttons = make("div", { class: "actions" }, more, file);
  const all = make("details", {}, make("summary", {}, say("voltage.table")), table, buttons);
  const element = section(say("voltage.title"), told, all, make("p", { class: "note" }, say("voltage.what")));
  let weeks = WEEKS;
  let asked = 1;
  /** @type {number | null} */
  let shownUnit = null;

  /** @param {number} unit */
  async function load(unit) {
    asked = unit;
    try {
      /** @type {VoltageWeekData[]} */
      const answer = await get(`/history/voltage?unit=${unit}&weeks=${weeks}`);
      if (asked !== unit) return;
      shownUnit = unit;
      told.textContent = sentence(answer);
      table.replaceChildren(weeksTable(answer));
      file.onclick = () => saveCsv(`voltage-unit-${unit}`, weekRows(answer));
      all.hidden = !answer.some(({ phases }) => phases.length);
      more.hidden = weeks >= MOST;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (asked !== unit) return;
      told.textContent = error.text;
      if (shownUnit !== unit) all.hidden = true;
    }
  }

  more.addEventListener("click", async () => {
    weeks = Math.min(MOST, weeks * 2);
    await load(asked);
    table.focus();
  });
  return { element, load };
}
