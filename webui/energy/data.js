// Asks the gateway for what a period needs.

import { get } from "../api.js";
import { asFarBefore, endOf, moved, STEPS } from "./periods.js";
import { column, named, rowsOf, totals, totalsBetween } from "./rows.js";
import { placeOf } from "./place.js";

/**
 * @param {number} unit
 * @param {string} resolution
 * @param {number} [begin] in s since 1970
 * @param {number} [end] in s since 1970
 * @returns {Promise<RememberedData>}
 */
function history(unit, resolution, begin, end) {
  const range = begin === undefined || end === undefined ? "" : `&begin=${begin}&end=${end}`;
  return get(`/history?unit=${unit}&resolution=${resolution}${range}`);
}

/**
 * Where the meter is, and since when anything is remembered of it, null for nothing.
 * @param {number} unit
 */
export async function remembered(unit) {
  const years = await history(unit, "year");
  const first = named(years).find((row) => row.hours_known > 0);
  const place = placeOf(years.zone);
  return { place, since: first ? place.dayOf(first.begin) : null, years };
}

/**
 * @param {Period} period
 * @param {Place} place
 */
export function rangeOf(period, place) {
  return { begin: place.beginOf(period.first), end: place.beginOf(endOf(period)) };
}

/**
 * The rows of a period.
 * @param {number} unit
 * @param {Period} period
 * @param {Place} place
 * @param {number} now in s since 1970
 */
export async function rows(unit, period, place, now) {
  if (period.kind === "all") return rowsOf(period, await history(unit, "year"), place, now);
  const { begin, end } = rangeOf(period, place);
  return rowsOf(period, await history(unit, STEPS[period.kind], begin, end), place, now);
}

/**
 * What the period before came to: in its first part, as long as this one has lasted (null when that is over), and whole.
 * @param {number} unit
 * @param {Period} period
 * @param {Place} place
 * @param {number} now
 * @returns {Promise<Before>}
 */
export async function before(unit, period, place, now) {
  const earlier = moved(period, -1);
  const { begin, end } = rangeOf(earlier, place);
  const lasts = now < rangeOf(period, place).end;
  const cut = lasts ? asFarBefore(period, now, place) : end;
  if (period.kind === "year") return yearBefore(unit, earlier, place, lasts ? cut : null);
  const hours = await history(unit, "hour", begin, end);
  return { soFar: lasts ? totalsBetween(hours, begin, cut) : null, whole: totalsBetween(hours, begin, end) };
}

/**
 * Of a year the days are enough, and the hours of the one that is cut.
 * @param {number} unit
 * @param {Period} earlier
 * @param {Place} place
 * @param {number | null} cut
 */
async function yearBefore(unit, earlier, place, cut) {
  const { begin, end } = rangeOf(earlier, place);
  const days = named(await history(unit, "day", begin, end));
  const whole = totalsOfDays(days, begin, end);
  if (cut === null) return { soFar: null, whole };
  const midnight = place.beginOf(place.dayOf(cut));
  const full = totalsOfDays(days, begin, midnight);
  const rest = cut > midnight ? totalsBetween(await history(unit, "hour", midnight, cut), midnight, cut) : null;
  return { soFar: rest ? together(full, rest) : full, whole };
}

/**
 * @param {Record<string, any>[]} days
 * @param {number} begin
 * @param {number} end
 */
function totalsOfDays(days, begin, end) {
  const inside = days.filter((day) => day.begin >= begin && day.begin < end);
  const known = inside.reduce((count, day) => count + day.hours_known, 0);
  return totals(column(inside, "import_wh"), column(inside, "export_wh"), Math.round((end - begin) / 3600), known);
}

/**
 * @param {Totals} a
 * @param {Totals} b
 */
function together(a, b) {
  const known = a.hoursKnown + b.hoursKnown;
  return totals([a.imported, b.imported], [a.exported, b.exported], a.hours + b.hours, known);
}

/**
 * The net power of each minute of a day, and between what it lay.
 * @param {number} unit
 * @param {Period} day
 * @param {Place} place
 */
export async function minutes(unit, day, place) {
  const { begin, end } = rangeOf(day, place);
  const points = named(await history(unit, "minute", begin, end));
  return {
    times: points.map((point) => point.begin),
    powers: points.map((point) => point.net_w),
    lowest: points.map((point) => point.net_w_lowest),
    highest: points.map((point) => point.net_w_highest),
  };
}

/**
 * The hours of a period.
 * @param {number} unit
 * @param {Period} period
 * @param {Place} place
 * @returns {Promise<PricedHour[]>}
 */
export async function hoursOf(unit, period, place) {
  const { begin, end } = rangeOf(period, place);
  return named(await history(unit, "hour", begin, end)).map(({ begin: at, import_wh: wh }) => ({
    begin: at,
    import_wh: wh,
  }));
}
