// What a period comes to, how much of it is known, and how it compares with the one before.

import { make } from "../dom.js";
import { number } from "../format.js";
import { say } from "../text.js";
import { kwh, plain, signed } from "./figures.js";
import { changed } from "./rows.js";

/**
 * @param {string} name
 * @param {string} value
 * @param {string} [note]
 */
function tile(name, value, note = "") {
  const more = note ? make("small", { class: "aged" }, note) : null;
  return make(
    "div",
    { class: "tile" },
    make("dt", {}, name),
    make("dd", {}, make("span", { class: "figure" }, value), more),
  );
}

/**
 * That the sum is of a part of the hours only; "" when it is of all.
 * @param {Totals} totals
 */
export function lackText({ hours, hoursKnown }) {
  const missing = hours - hoursKnown;
  if (missing <= 0) return "";
  return say(missing === hours ? "energy.lack.all" : "energy.lack", { missing: number(missing), hours: number(hours) });
}

/**
 * Import, export and net; and what they cost, where that can be said.
 * @param {Totals} totals
 * @param {{ name: string, value: string, note: string }[]} money
 */
export function totalTiles(totals, money) {
  const { imported, exported, net } = totals;
  const netName = say(net !== null && net < 0 ? "energy.net.export" : "energy.net.import");
  return make(
    "dl",
    { class: "tiles totals" },
    tile(say("energy.import"), kwh(imported)),
    tile(say("energy.export"), kwh(exported)),
    tile(netName, kwh(net === null ? null : Math.abs(net))),
    ...money.map(({ name, value, note }) => tile(name, value, note)),
  );
}

/**
 * @param {string} name
 * @param {Totals} totals
 * @param {Totals | null} now
 */
function comparisonRow(name, totals, now) {
  const percent = now && changed(now, totals);
  const lack = lackText(totals) && make("small", {}, lackText(totals));
  const cells = [totals.imported, totals.exported].map((wh) =>
    make("td", { class: "number" }, plain(wh === null ? null : wh / 1000, 1)),
  );
  const told = percent === null ? (now ? say("value.none") : "") : signed(percent);
  const head = make("th", { scope: "row" }, name, lack ? " " : null, lack || null);
  return make("tr", {}, head, ...cells, make("td", { class: "number" }, told));
}

/**
 * A period beside the one before: up to the same time, while it is not over, and as a whole.
 * @param {PeriodKind} kind
 * @param {Totals} totals
 * @param {Before} before
 */
export function comparison(kind, totals, { soFar, whole }) {
  const heads = ["energy.period", "energy.import.kwh", "energy.export.kwh", "energy.change"].map((key, index) =>
    make("th", { scope: "col", class: index ? "number" : null }, say(key)),
  );
  const rows = [
    comparisonRow(say(soFar ? `energy.now.${kind}` : "energy.this"), totals, null),
    soFar && comparisonRow(say(`energy.sofar.${kind}`), soFar, totals),
    comparisonRow(say(soFar ? `energy.whole.${kind}` : `energy.before.${kind}`), whole, soFar ? null : totals),
  ];
  return make(
    "table",
    { class: "plain-table figures" },
    make("caption", {}, say("energy.comparison")),
    make("thead", {}, make("tr", {}, ...heads)),
    make("tbody", {}, ...rows),
  );
}
