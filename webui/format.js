// Numbers and times as people read them.

import { locale, say } from "./text.js";

const THIN_SPACE = "\u202f";
const MINUS = "\u2212";
/** @type {Record<string, string>} */
const SIGNS = { group: THIN_SPACE, minusSign: MINUS };
/** @type {Map<number, Intl.NumberFormat>} */
const numbers = new Map();

/**
 * A number with a fixed count of decimals, its thousands set apart by a thin space.
 * @param {number} value
 * @param {number} [decimals]
 */
export function number(value, decimals = 0) {
  let format = numbers.get(decimals);
  if (!format) {
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    format = new Intl.NumberFormat(locale, { ...digits, useGrouping: "always" });
    numbers.set(decimals, format);
  }
  const parts = format.formatToParts(value);
  return parts.map((part) => SIGNS[part.type] ?? part.value).join("");
}

/**
 * A number with as many decimals as it has, up to six.
 * @param {number} value
 */
export function exact(value) {
  return number(value, (String(Number(value.toFixed(6))).split(".")[1] ?? "").length);
}

/**
 * Register words as Modbus tools show them: 0000 0956.
 * @param {number[]} words
 */
export function hex(words) {
  return words.map((word) => word.toString(16).toUpperCase().padStart(4, "0")).join(" ");
}

/**
 * A length of time in its two largest units.
 * @param {number} seconds
 */
export function duration(seconds) {
  const whole = Math.floor(seconds);
  const [d, h, min, s] = [whole / 86400, (whole / 3600) % 24, (whole / 60) % 60, whole % 60].map(Math.floor);
  if (d) return say("time.d", { d, h });
  if (h) return say("time.h", { h, min });
  return min ? say("time.min", { min, s }) : say("time.s", { s });
}

/**
 * A Date of what the gateway says: seconds since 1970, or a text as in RFC 3339.
 * @param {number | string} time
 */
export function dateOf(time) {
  return new Date(typeof time === "number" ? time * 1000 : time);
}

/**
 * A moment in this device's own time zone; with the date only when that is not today.
 * @param {Date} date
 */
export function moment(date) {
  const today = date.toDateString() === new Date().toDateString();
  /** @type {Intl.DateTimeFormatOptions} */
  const style = today ? { timeStyle: "medium" } : { dateStyle: "medium", timeStyle: "medium" };
  return new Intl.DateTimeFormat(locale, style).format(date);
}

/**
 * The hour and minute of a moment.
 * @param {Date} date
 */
export function clock(date) {
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }).format(date);
}

/**
 * The day and the hours of a full hour by the clock of the place where the meter hangs, whatever this device's is.
 * @param {string} begin with its offset, as in RFC 3339
 */
export function hourSpan(begin) {
  const from = new Date(`${begin.slice(0, 19)}Z`);
  const to = new Date(from.getTime() + 3_600_000);
  const hour = (/** @type {Date} */ date) => String(date.getUTCHours()).padStart(2, "0");
  /** @type {Intl.DateTimeFormatOptions} */
  const style = { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" };
  return { day: new Intl.DateTimeFormat(locale, style).format(from), hours: `${hour(from)}–${hour(to)}` };
}
