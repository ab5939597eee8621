// The capacity charge: this hour so far, the three highest hours of the month, and those of the months before.

import { ApiError, get } from "../api.js";
import { make, show } from "../dom.js";
import { section } from "../forms.js";
import { number } from "../format.js";
import { saveCsv } from "../save.js";
import { say } from "../text.js";
import { rangeOf } from "./data.js";
import { date, dayAndHour, kwh, plain } from "./figures.js";
import { monthRows } from "./files.js";
import { hoursOver } from "./rows.js";
import { stepOf } from "./tariff.js";

const MONTHS = 13;
const MOST = 120;
const HIGHEST = 3;

/**
 * @param {number | null} wh
 */
function inKwh(wh) {
  return kwh(wh, 2);
}

/** This hour so far, and where it is heading. */
function thisHour() {
  const soFar = make("dd");
  const expected = make("dd");
  const element = make(
    "dl",
    { class: "pair" },
    make("div", {}, make("dt", {}, say("capacity.hour")), soFar),
    make("div", {}, make("dt", {}, say("capacity.expected")), expected),
  );

  /** @param {MeterData} meter */
  function update({ hour, scaling_factor: factor }) {
    const scaled = (/** @type {number | null | undefined} */ wh) =>
      wh === null || wh === undefined ? null : (wh * factor) / 1000;
    soFar.replaceChildren(make("span", { class: "figure" }, inKwh(scaled(hour?.import_wh))));
    expected.replaceChildren(make("span", { class: "figure" }, inKwh(scaled(hour?.expected_wh))));
  }

  return { element, update };
}

/**
 * The hours of a month that are over: the one that runs is not one that lacks.
 * @param {CapacityMonthData} month
 * @param {Place} place
 * @param {number} now
 */
function over({ month, hours, hours_known: known }, place, now) {
  const range = rangeOf({ kind: "month", first: `${month}-01` }, place);
  return Math.max(known, Math.min(hours, hoursOver(range, now)));
}

/**
 * Of how many hours the highest were chosen; "" when all are known.
 * @param {CapacityMonthData} month
 */
function shortened({ hours, hours_known: known }) {
  return known < hours ? say("capacity.short", { known: number(known), hours: number(hours) }) : "";
}

/**
 * The highest hours of the month that runs, and their mean.
 * @param {CapacityMonthData} month
 */
function presentMonth(month) {
  if (!month.highest.length) return make("p", { class: "note" }, say("capacity.none"));
  const hours = month.highest.map(({ begin, wh, by }) =>
    make(
      "li",
      {},
      make("strong", {}, inKwh(wh)),
      ` ${dayAndHour(begin)}`,
      by === "meter" ? null : ` (${say(`known.${by}`)})`,
    ),
  );
  const mean = make("p", { class: "mean" }, say("capacity.mean", { mean: inKwh(month.mean_wh) }));
  const short = shortened(month);
  return make(
    "div",
    {},
    make("ol", { class: "highest" }, ...hours),
    mean,
    short ? make("p", { class: "note" }, short) : null,
  );
}

/**
 * Which step of the typed tariff is in force, and what the next one costs.
 * @param {CapacityMonthData} month
 * @param {TariffData | null} tariff
 */
export function stepText({ mean_wh: mean }, tariff) {
  if (!tariff?.steps.length || mean === null) return "";
  const found = stepOf(tariff, mean);
  if (!found) return say("capacity.step.above", { kw: number(tariff.steps.at(-1)?.below_kw ?? 0, 1) });
  const { step, from, next } = found;
  const here = say("capacity.step", {
    from: exactKw(from),
    to: exactKw(step.below_kw),
    price: money(step.price, tariff),
  });
  if (!next) return here;
  const left = number(step.below_kw - mean / 1000, 2);
  return `${here} ${say("capacity.step.next", { kw: exactKw(step.below_kw), price: money(next.price, tariff), left })}`;
}

/** @param {number} kw */
function exactKw(kw) {
  return number(kw, Number.isInteger(kw) ? 0 : 1);
}

/**
 * @param {number} amount
 * @param {TariffData} tariff
 */
export function money(amount, { currency }) {
  return [number(amount, 2), currency].filter(Boolean).join("\u00a0");
}

/**
 * @param {CapacityMonthData} month
 * @param {TariffData | null} tariff
 */
function monthRow(month, tariff) {
  const name = date(`${month.month}-01`, { month: "short", year: "numeric" });
  const cells = Array.from({ length: HIGHEST }, (_, index) => {
    const hour = month.highest[index];
    return make(
      "td",
      {},
      ...(hour ? [`${plain(hour.wh / 1000, 2)} `, make("small", {}, dayAndHour(hour.begin))] : [say("value.none")]),
    );
  });
  const known = say("energy.hours.of", { known: month.hours_known, hours: month.hours });
  const step = tariff?.steps.length && month.mean_wh !== null ? stepOf(tariff, month.mean_wh) : null;
  const price = step && tariff ? money(step.step.price, tariff) : say("value.none");
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, name),
    make("td", { class: "number" }, plain(month.mean_wh === null ? null : month.mean_wh / 1000, 2)),
    ...cells,
    make("td", {}, known),
    tariff?.steps.length ? make("td", { class: "number" }, price) : null,
  );
}

/**
 * All months, the newest first: what an invoice can be compared with.
 * @param {CapacityMonthData[]} months
 * @param {TariffData | null} tariff
 */
function monthsTable(months, tariff) {
  const heads = [
    "capacity.month",
    "capacity.mean.kwh",
    "capacity.first",
    "capacity.second",
    "capacity.third",
    "energy.known",
  ];
  if (tariff?.steps.length) heads.push("capacity.price");
  return make(
    "table",
    { class: "plain-table figures" },
    make("caption", {}, say("capacity.caption")),
    make("thead", {}, make("tr", {}, ...heads.map((key) => make("th", { scope: "col" }, say(key))))),
    make("tbody", {}, ...[...months].reverse().map((month) => monthRow(month, tariff))),
  );
}

/** @typedef {Pick<Shown, "unit" | "place" | "now" | "tariff">} Asked */

/** The part of the page about the capacity charge. */
export function capacityPart() {
  const hour = thisHour();
  const present = make("div");
  const step = make("p", { class: "in-step" });
  const table = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": say("capacity.past") });
  const more = make("button", { type: "button", class: "plain" }, say("capacity.more"));
  const file = make("button", { type: "button", class: "plain", disabled: true }, say("energy.csv"));
  const buttons = make("div", { class: "actions" }, more, file);
  const past = make("details", {}, make("summary", {}, say("capacity.past")), table, buttons);
  const why = make("p", { class: "note" }, say("capacity.what"));
  const element = section(
    say("capacity.title"),
    hour.element,
    make("h4", {}, say("capacity.month.now")),
    present,
    step,
    past,
    why,
  );
  let months = MONTHS;
  /** @type {Asked | null} */
  let asked = null;
  /** @type {number | null} */
  let shownUnit = null;

  /** @param {Asked} wanted */
  async function load(wanted) {
    asked = wanted;
    const { unit, tariff, place, now: at } = wanted;
    try {
      /** @type {CapacityMonthData[]} */
      const told = await get(`/history/capacity?unit=${unit}&months=${months}`);
      if (asked !== wanted) return;
      const answer = told.map((month) => ({ ...month, hours: over(month, place, at) }));
      shownUnit = unit;
      show(past, true);
      const now = answer.at(-1);
      present.replaceChildren(now ? presentMonth(now) : make("p", { class: "note" }, say("capacity.none")));
      step.textContent = now ? stepText(now, tariff) : "";
      table.replaceChildren(monthsTable(answer, tariff));
      file.onclick = () => saveCsv(`capacity-unit-${unit}`, monthRows(answer, tariff));
      file.disabled = answer.length === 0;
      show(more, answer.length === months && months < MOST);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (asked !== wanted) return;
      present.replaceChildren(make("p", { class: "error" }, error.text));
      step.textContent = "";
      show(past, shownUnit === unit);
    }
  }

  more.addEventListener("click", async () => {
    months = Math.min(MOST, months + MONTHS - 1);
    if (asked) await load(asked);
    table.focus();
  });
  return { element, load, update: hour.update };
}
