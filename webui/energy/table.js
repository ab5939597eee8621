// The numbers of a plot as a table, which screen readers read and people copy.

import { make } from "../dom.js";
import { say } from "../text.js";
import { DECIMALS, plain, stepName } from "./figures.js";
import { periodOf, STEPS, written } from "./periods.js";

/** @type {Partial<Record<PeriodKind, PeriodKind>>} */
const INTO = { week: "day", month: "day", year: "month", all: "year" };

/**
 * How a row is known, or of how many of its hours anything is.
 * @param {PeriodKind} kind
 * @param {EnergyRow} row
 */
function knownText(kind, row) {
  if (kind === "day") return row.hours ? say(`known.${row.importKnown}`) : "";
  if (row.hoursKnown === row.hours) return row.hours ? say(`known.${row.importKnown}`) : "";
  return say("energy.hours.of", { known: row.hoursKnown, hours: row.hours });
}

/**
 * @param {PeriodKind} kind
 * @param {EnergyRow} row
 * @param {Place} place
 * @param {string} unit  as the address has it
 */
function rowOf(kind, row, place, unit) {
  const decimals = DECIMALS[STEPS[kind]];
  const name = stepName(kind, row, place);
  const into = INTO[kind];
  const label = into ? make("a", { href: `#energy/${unit}${written(periodOf(into, row.day))}` }, name) : name;
  const net = row.imported === null ? null : row.imported - (row.exported ?? 0);
  const cells = [row.imported, row.exported, net].map((wh) =>
    make("td", { class: "number" }, plain(wh === null ? null : wh / 1000, decimals)),
  );
  return make("tr", {}, make("th", { scope: "row" }, label), ...cells, make("td", {}, knownText(kind, row)));
}

/**
 * @param {PeriodKind} kind
 * @param {EnergyRow[]} rows
 * @param {Place} place
 * @param {string} caption
 * @param {string} unit
 */
export function energyTable(kind, rows, place, caption, unit) {
  const heads = ["energy.step", "energy.import.kwh", "energy.export.kwh", "energy.net.kwh", "energy.known"].map(
    (key, index) => make("th", { scope: "col", class: index && index < 4 ? "number" : null }, say(key)),
  );
  const begun = rows.filter((row) => row.hours > 0 || row.imported !== null);
  return make(
    "table",
    { class: "plain-table figures" },
    make("caption", {}, caption),
    make("thead", {}, make("tr", {}, ...heads)),
    make("tbody", {}, ...begun.map((row) => rowOf(kind, row, place, unit))),
  );
}
