// One period: what it comes to, its bars with their table, the power over a day, and the period before.

import { make, show, write } from "../dom.js";
import { downloadButton } from "../forms.js";
import { curve, summary } from "../plot/curve.js";
import { say } from "../text.js";
import { bars } from "./bars.js";
import { costsOf } from "./costs.js";
import { before, minutes, rangeOf, rows } from "./data.js";
import { clockAt, DECIMALS, kwh, titleOf } from "./figures.js";
import { STEPS } from "./periods.js";
import { totalsOf } from "./rows.js";
import { energyTable } from "./table.js";
import { comparison, lackText, totalTiles } from "./totals.js";

/**
 * What the bars say to those who do not see them.
 * @param {Period} period
 * @param {Totals} totals
 */
function barsLabel(period, { imported, exported }) {
  return say("energy.bars.said", { period: titleOf(period), import: kwh(imported), export: kwh(exported) });
}

/**
 * The power over the day, by the place's clock.
 * @param {Period} period
 * @param {Place} place
 * @param {Minutes} day
 * @returns {CurveShown}
 */
function curveOf(period, place, day) {
  const { begin, end } = rangeOf(period, place);
  const ahead = (Date.parse(period.first) / 1000 - begin) % 86_400;
  return { ...day, from: begin, to: end, ahead, clock: (at) => clockAt(at, place) };
}

export function periodPart() {
  const title = make("h3");
  const sums = make("div");
  const lack = make("p", { class: "note lack" });
  const plot = bars();
  const table = make("div", { class: "scroll", tabindex: "0", role: "region" });
  const numbers = make("details", { class: "numbers" }, make("summary", {}, say("energy.table")), table);
  const power = curve();
  const powerTold = make("p", { class: "note" });
  const powerPart = make("div", { class: "day-power" }, make("h4", {}, say("chart.title")), power.element, powerTold);
  const compared = make("div", {
    class: "scroll",
    tabindex: "0",
    role: "region",
    "aria-label": say("energy.comparison"),
  });
  const files = make("div", { class: "actions files" });
  const element = make("section", { class: "card period" });
  element.append(title, sums, lack, plot.element, numbers, powerPart, compared, files);
  let turn = 0;

  /** @param {Shown} shown */
  function offerFiles({ unit, period, place }) {
    const range = period.kind === "all" ? null : rangeOf(period, place);
    const path = (/** @type {string} */ resolution) =>
      `/history/export?unit=${unit}&resolution=${resolution}${range ? `&begin=${range.begin}&end=${range.end}` : ""}`;
    const links = [downloadButton(say("energy.csv"), () => path(STEPS[period.kind]))];
    if (period.kind === "day") links.push(downloadButton(say("energy.csv.minutes"), () => path("minute")));
    files.replaceChildren(...links);
  }

  /**
   * @param {Shown} shown
   * @param {EnergyRow[]} all
   */
  async function drawBars({ unit, alone, period, place }, all, totals = totalsOf(all)) {
    const { kind } = period;
    const at = alone ? "" : `unit-${unit}/`;
    table.setAttribute("aria-label", titleOf(period));
    table.replaceChildren(energyTable(kind, all, place, titleOf(period), at));
    await plot.draw({ rows: all, kind, place, decimals: DECIMALS[STEPS[kind]] }, barsLabel(period, totals));
  }

  /**
   * @param {Shown} shown
   * @param {Minutes | null} day
   */
  async function drawPower({ period, place }, day) {
    show(powerPart, day !== null);
    if (!day) return;
    const known = curveOf(period, place, day);
    const any = known.powers.some((watts) => watts !== null);
    write(powerTold, any ? summary(known.times, known.powers, known.clock) : say("energy.power.none"));
    show(power.element, any);
    await power.draw(known, say("energy.power.said", { period: titleOf(period), summary: powerTold.textContent }));
  }

  /**
   * Ask for a period and show it. What is shown stays until the new is there.
   * @param {Shown} shown
   */
  async function load(shown) {
    const mine = (turn += 1);
    const { unit, period, place, now } = shown;
    const { kind } = period;
    element.setAttribute("aria-busy", "true");
    if (title.textContent === "") write(title, titleOf(period));
    const [all, earlier, day] = await Promise.all([
      rows(unit, period, place, now),
      kind === "all" ? null : before(unit, period, place, now),
      kind === "day" ? minutes(unit, period, place) : null,
    ]);
    const totals = totalsOf(all);
    const costs = await costsOf(shown, totals.hoursKnown >= totals.hours);
    if (mine !== turn) return;
    write(title, titleOf(period));
    sums.replaceChildren(totalTiles(totals, costs));
    write(lack, lackText(totals));
    show(lack, lack.textContent !== "");
    compared.replaceChildren(...(earlier ? [comparison(kind, totals, earlier)] : []));
    show(compared, earlier !== null);
    offerFiles(shown);
    await Promise.all([drawBars(shown, all, totals), drawPower(shown, day)]);
    element.removeAttribute("aria-busy");
  }

  // On paper all numbers are there, whether they were opened or not.
  let wasOpen = false;
  const onPrint = (/** @type {Event} */ { type }) => {
    if (type === "beforeprint") wasOpen = numbers.open;
    numbers.open = type === "beforeprint" || wasOpen;
  };
  window.addEventListener("beforeprint", onPrint);
  window.addEventListener("afterprint", onPrint);

  function close() {
    turn += 1;
    plot.close();
    power.close();
    window.removeEventListener("beforeprint", onPrint);
    window.removeEventListener("afterprint", onPrint);
  }

  return { element, load, close };
}
