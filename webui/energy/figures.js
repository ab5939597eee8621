// Energies, moments and periods as people read them; in tables without spaces between digits, for who copies them.

import { number } from "../format.js";
import { locale, say } from "../text.js";
import { dayAfter } from "./place.js";
import { endOf, weekOf } from "./periods.js";

/** How many decimals a kWh has where a step is shown. */
export const DECIMALS = { hour: 2, day: 2, month: 1, year: 0 };

/**
 * Wh as kWh with their unit; a dash for what is not known.
 * @param {number | null} wh
 * @param {number} [decimals]
 */
export function kwh(wh, decimals) {
  if (wh === null) return say("value.none");
  return `${number(wh / 1000, decimals ?? (Math.abs(wh) < 1e6 ? 1 : 0))} kWh`;
}

/**
 * A number that a spreadsheet takes for one; a dash for what is not known.
 * @param {number | null} value
 * @param {number} decimals
 */
export function plain(value, decimals) {
  if (value === null) return say("value.none");
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  // Not every locale writes a minus that spreadsheets know.
  return new Intl.NumberFormat(locale, { ...digits, useGrouping: false }).format(value).replace("\u2212", "-");
}

/**
 * More or less in per cent, with its sign.
 * @param {number} percent
 */
export function signed(percent) {
  const format = new Intl.NumberFormat(locale, { maximumFractionDigits: 0, signDisplay: "exceptZero" });
  return `${format.format(percent)} %`;
}

/**
 * A calendar day in a style of Intl's.
 * @param {string} day
 * @param {Intl.DateTimeFormatOptions} style
 */
export function date(day, style) {
  return new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...style }).format(new Date(day));
}

/**
 * The hour and minute of a moment by the place's clock.
 * @param {number} at in s since 1970
 * @param {Place} place
 */
export function clockAt(at, { timeZone }) {
  const style = /** @type {const} */ ({ timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return new Intl.DateTimeFormat(locale, style).format(at * 1000);
}

/**
 * The local day and hour of a text as the gateway writes them (2026-03-08T17:00:00+01:00), whatever the browser's zone.
 * @param {string} text
 */
export function dayAndHour(text) {
  const day = date(text.slice(0, 10), { weekday: "short", day: "numeric", month: "short" });
  const hour = Number(text.slice(11, 13));
  return say("energy.hour", { day, from: twoDigits(hour), to: twoDigits(hour + 1) });
}

/** @param {number} hour */
function twoDigits(hour) {
  return String(hour).padStart(2, "0");
}

/**
 * What a period is called.
 * @param {Period} period
 */
export function titleOf(period) {
  const { kind, first } = period;
  if (kind === "all") return say("energy.all");
  if (kind === "day") return date(first, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  if (kind === "month") return date(first, { month: "long", year: "numeric" });
  if (kind === "year") return first.slice(0, 4);
  const style = /** @type {const} */ ({ timeZone: "UTC", day: "numeric", month: "short" });
  const days = new Intl.DateTimeFormat(locale, style).formatRange(
    new Date(first),
    new Date(dayAfter(endOf(period), -1)),
  );
  return say("energy.week", { ...weekOf(first), days });
}

/**
 * What a period is called where there is little room.
 * @param {Period} period
 */
export function shortTitleOf(period) {
  const { kind, first } = period;
  if (kind === "day") return date(first, { weekday: "short", day: "numeric", month: "short" });
  if (kind === "week") return say("energy.week.short", weekOf(first));
  return kind === "month" ? date(first, { month: "short", year: "numeric" }) : titleOf(period);
}

/**
 * What a step of a period is called: in a table, or short below a bar.
 * @param {PeriodKind} kind  of the period
 * @param {Step} step
 * @param {Place} place
 * @param {boolean} [short]
 */
export function stepName(kind, { day, begin, end }, place, short = false) {
  if (kind === "day") return short ? clockAt(begin, place).slice(0, 2) : hours(begin, end, place);
  if (kind === "week")
    return date(day, short ? { weekday: "short" } : { weekday: "long", day: "numeric", month: "short" });
  if (kind === "month")
    return short ? String(Number(day.slice(8))) : date(day, { weekday: "short", day: "numeric", month: "short" });
  return kind === "year" ? date(day, { month: short ? "short" : "long" }) : day.slice(0, 4);
}

/**
 * An hour by both its ends, so that the two of the night when summer time ends differ.
 * @param {number} begin
 * @param {number} end
 * @param {Place} place
 */
function hours(begin, end, place) {
  return `${clockAt(begin, place)}–${clockAt(end, place)}`;
}
