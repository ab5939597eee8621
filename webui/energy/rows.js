// What the gateway remembers, put into the steps of a period: how much, how it is known, and of how many hours. Pure.

import { STEPS, stepsOf } from "./periods.js";

const HOUR = 3600;

/**
 * The points of an answer, each value under the name of its column.
 * @param {RememberedData} answer
 * @returns {Record<string, any>[]}
 */
export function named({ columns, points }) {
  return points.map((point) => Object.fromEntries(columns.map((name, index) => [name, point[index]])));
}

/**
 * How many full hours of a time are over.
 * @param {{ begin: number, end: number }} step
 * @param {number} now
 */
export function hoursOver({ begin, end }, now) {
  return Math.max(0, Math.floor((Math.min(end, now) - begin) / HOUR));
}

/**
 * How well a step longer than an hour is known.
 * @param {Record<string, any>} row
 * @param {number} hours
 * @returns {Known}
 */
function knownOf({ hours_known: known, hours_by_meter: byMeter }, hours) {
  if (!known) return "unknown";
  if (known < hours) return "incomplete";
  return byMeter < known ? "estimated" : "meter";
}

/**
 * @param {Record<string, any> | undefined} row
 * @param {Step} step
 * @param {number} now
 * @returns {EnergyRow}
 */
function hourRow(row, step, now) {
  const hours = hoursOver(step, now);
  const known = row && row.import_wh !== null ? 1 : 0;
  return {
    ...step,
    imported: row?.import_wh ?? null,
    exported: row?.export_wh ?? null,
    importKnown: row?.import_by ?? "unknown",
    exportKnown: row?.export_by ?? "unknown",
    hours: Math.max(hours, known),
    hoursKnown: known,
    highest: null,
    highestAt: null,
  };
}

/**
 * @param {Record<string, any> | undefined} row
 * @param {Step} step
 * @param {number} now
 * @returns {EnergyRow}
 */
function longRow(row, step, now) {
  const hours = Math.max(hoursOver(step, now), row?.hours_known ?? 0);
  const known = row ? knownOf(row, hours) : "unknown";
  return {
    ...step,
    imported: row?.import_wh ?? null,
    exported: row?.export_wh ?? null,
    importKnown: row?.import_wh === null ? "unknown" : known,
    exportKnown: row?.export_wh === null ? "unknown" : known,
    hours,
    hoursKnown: row?.hours_known ?? 0,
    highest: row?.highest_wh ?? null,
    highestAt: row?.highest_begin ?? null,
  };
}

/**
 * A row for each step of the period, whether anything is known of it or not; for all years one for each year known.
 * @param {Period} period
 * @param {RememberedData} answer
 * @param {Place} place
 * @param {number} now in s since 1970
 * @returns {EnergyRow[]}
 */
export function rowsOf(period, answer, place, now) {
  const rows = named(answer);
  const byBegin = new Map(rows.map((row) => [row.begin, row]));
  const steps = period.kind === "all" ? years(rows, place) : stepsOf(period, place);
  const row = STEPS[period.kind] === "hour" ? hourRow : longRow;
  return steps.map((step) => row(byBegin.get(step.begin), step, now));
}

/**
 * @param {Record<string, any>[]} rows
 * @param {Place} place
 * @returns {Step[]}
 */
function years(rows, place) {
  return rows.map(({ begin }) => {
    const day = place.dayOf(begin);
    return { day, begin, end: place.beginOf(`${Number(day.slice(0, 4)) + 1}-01-01`) };
  });
}

/**
 * A sum in Wh; null when nothing of it is known.
 * @param {(number | null)[]} values
 */
export function sum(values) {
  const told = values.filter((value) => value !== null);
  return told.length ? told.reduce((total, value) => total + value, 0) : null;
}

/**
 * @param {(number | null)[]} imports
 * @param {(number | null)[]} exports
 * @param {number} hours
 * @param {number} hoursKnown
 * @returns {Totals}
 */
export function totals(imports, exports, hours, hoursKnown) {
  const [imported, exported] = [sum(imports), sum(exports)];
  return { imported, exported, net: imported === null ? null : imported - (exported ?? 0), hours, hoursKnown };
}

/**
 * What a period comes to.
 * @param {EnergyRow[]} rows
 */
export function totalsOf(rows) {
  const count = (/** @type {"hours" | "hoursKnown"} */ name) => rows.reduce((total, row) => total + row[name], 0);
  const [imports, exports] = [rows.map((row) => row.imported), rows.map((row) => row.exported)];
  return totals(imports, exports, count("hours"), count("hoursKnown"));
}

/**
 * What the hours of an answer that begin in a range come to; the range has so many hours, known or not.
 * @param {RememberedData} answer  by the hour
 * @param {number} begin
 * @param {number} end
 */
export function totalsBetween(answer, begin, end) {
  const rows = named(answer).filter((row) => row.begin >= begin && row.begin < end);
  const known = rows.filter((row) => row.import_wh !== null).length;
  const hours = Math.max(0, Math.round((end - begin) / HOUR));
  return totals(column(rows, "import_wh"), column(rows, "export_wh"), hours, known);
}

/**
 * @param {Record<string, any>[]} rows
 * @param {string} name
 */
export function column(rows, name) {
  return rows.map((row) => row[name]);
}

/** A comparison may lack so many hours of a hundred, and still be told in per cent. */
const LACKING = 0.02;

/**
 * By how many per cent the import is more than that of another period; null when too little is known of either.
 * @param {Totals} now
 * @param {Totals} before
 */
export function changed(now, before) {
  const enough = [now, before].every(({ hours, hoursKnown }) => hours > 0 && hoursKnown >= hours * (1 - LACKING));
  if (!enough || now.imported === null || !before.imported) return null;
  return (100 * (now.imported - before.imported)) / before.imported;
}
