// The periods that the energy page shows: what they are called in the address, and which days are in them. Pure.

import { dayAfter, weekdayOf } from "./place.js";

/** @type {PeriodKind[]} */
export const KINDS = ["day", "week", "month", "year", "all"];
const WRITTEN = {
  day: /^\d{4}-\d\d-\d\d$/,
  week: /^(\d{4})-W(\d\d)$/,
  month: /^\d{4}-\d\d$/,
  year: /^\d{4}$/,
};

/**
 * A day by its numbers; those beyond a month or year go on into the next.
 * @param {number} year
 * @param {number} month
 * @param {number} day
 */
function calendar(year, month, day) {
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}

/**
 * The first day of the month so many months after that of `day`.
 * @param {string} day
 * @param {number} months
 */
function monthAfter(day, months) {
  return calendar(Number(day.slice(0, 4)), Number(day.slice(5, 7)) + months, 1);
}

/**
 * The period of a kind that a day is in.
 * @param {PeriodKind} kind
 * @param {string} day
 * @returns {Period}
 */
export function periodOf(kind, day) {
  if (kind === "day") return { kind, first: day };
  if (kind === "week") return { kind, first: dayAfter(day, 1 - weekdayOf(day)) };
  if (kind === "month") return { kind, first: `${day.slice(0, 7)}-01` };
  return { kind, first: kind === "year" ? `${day.slice(0, 4)}-01-01` : "" };
}

/**
 * The period that comes so many after another. All years have no neighbour.
 * @param {Period} period
 * @param {number} count
 * @returns {Period}
 */
export function moved({ kind, first }, count) {
  if (kind === "all") return { kind, first };
  if (kind === "month") return { kind, first: monthAfter(first, count) };
  if (kind === "year") return { kind, first: monthAfter(first, 12 * count) };
  return { kind, first: dayAfter(first, count * (kind === "week" ? 7 : 1)) };
}

/**
 * The day after the last one.
 * @param {Period} period
 */
export function endOf(period) {
  return moved(period, 1).first;
}

/**
 * The number of a week and the year that it belongs to, as ISO 8601 counts them.
 * @param {string} monday
 */
export function weekOf(monday) {
  const thursday = dayAfter(monday, 3);
  const year = thursday.slice(0, 4);
  const number = Math.ceil((Date.parse(thursday) - Date.parse(`${year}-01-01`)) / 86_400_000 / 7 + 1 / 7);
  return { year, number };
}

/**
 * How a period is written in the address: month/2026-03, week/2026-W11.
 * @param {Period} period
 */
export function written({ kind, first }) {
  if (kind === "all") return kind;
  if (kind === "day") return `${kind}/${first}`;
  if (kind === "month") return `${kind}/${first.slice(0, 7)}`;
  if (kind === "year") return `${kind}/${first.slice(0, 4)}`;
  const { year, number } = weekOf(first);
  return `${kind}/${year}-W${String(number).padStart(2, "0")}`;
}

/**
 * Read what `written` wrote; null when it is nothing of the kind.
 * @param {string} kind
 * @param {string} text
 * @returns {Period | null}
 */
export function readPeriod(kind, text) {
  if (kind === "all") return { kind, first: "" };
  if (kind !== "day" && kind !== "week" && kind !== "month" && kind !== "year") return null;
  const found = WRITTEN[kind].exec(text);
  if (!found) return null;
  const day = kind === "week" ? dayOfWeek(found[1], Number(found[2])) : `${text}-01-01`.slice(0, 10);
  const period = isDay(day) ? periodOf(kind, day) : null;
  return period && written(period) === `${kind}/${text}` ? period : null;
}

/**
 * @param {string} year
 * @param {number} number
 */
function dayOfWeek(year, number) {
  // The 4th of January is always in the first week.
  return dayAfter(`${year}-01-04`, (number - 1) * 7);
}

/** @param {string} day */
function isDay(day) {
  const [year, month, date] = day.split("-").map(Number);
  return year >= 1970 && year <= 2099 && calendar(year, month, date) === day;
}

/**
 * The steps of a period, by the day (and for a day's hours the moment) at which each begins. None for all years, of which
 * there are as many as are known.
 * @param {Period} period
 * @param {Place} place
 * @returns {Step[]}
 */
export function stepsOf(period, place) {
  const { kind, first } = period;
  if (kind === "all") return [];
  if (kind === "day") return hoursOf(first, place);
  const end = endOf(period);
  const steps = [];
  const resolution = STEPS[kind];
  for (let day = first; day < end;) {
    const next = resolution === "month" ? monthAfter(day, 1) : dayAfter(day, 1);
    steps.push({ day, begin: place.beginOf(day), end: place.beginOf(next) });
    day = next;
  }
  return steps;
}

/**
 * 23 hours when summer time begins, 25 when it ends.
 * @param {string} day
 * @param {Place} place
 */
function hoursOf(day, place) {
  const end = place.beginOf(dayAfter(day, 1));
  const steps = [];
  for (let begin = place.beginOf(day); begin < end; begin += 3600) steps.push({ day, begin, end: begin + 3600 });
  return steps;
}

/**
 * In which steps a period is shown, as the gateway calls them.
 * @type {Record<PeriodKind, "hour" | "day" | "month" | "year">}
 */
export const STEPS = { day: "hour", week: "day", month: "day", year: "month", all: "year" };

/**
 * The moment in the period before that is as far from its begin as `now` is in this one, by the place's calendar and to
 * the hour: on the 31st at 14:00 that is the end of a February, on the 5th at 14:00 the 5th at 14:00.
 * @param {Period} period
 * @param {number} now in s since 1970
 * @param {Place} place
 */
export function asFarBefore(period, now, place) {
  const before = moved(period, -1);
  const end = place.beginOf(period.first);
  const today = place.dayOf(now);
  const day = period.kind === "year" ? sameDay(before.first, today) : sameDayInside(period, before, today);
  return Math.min(end, place.beginOf(day, place.hourOf(now)));
}

/**
 * @param {string} year  any day of it
 * @param {string} day
 */
function sameDay(year, day) {
  // A 29th of February that is not there is the 1st of March, as many days into the year.
  return calendar(Number(year.slice(0, 4)), Number(day.slice(5, 7)), Number(day.slice(8)));
}

/**
 * @param {Period} period
 * @param {Period} before
 * @param {string} today
 */
function sameDayInside(period, before, today) {
  return dayAfter(before.first, Math.round((Date.parse(today) - Date.parse(period.first)) / 86_400_000));
}
