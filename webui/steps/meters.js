// Which meter the steps are about, and what it is called.

import { say } from "../text.js";

/**
 * The place of a meter in the settings, by its unit id; the first one where there is none with that.
 * @param {MeterSettings[]} meters
 * @param {number | null} unit
 */
export function indexOf(meters, unit) {
  return Math.max(
    0,
    meters.findIndex((meter) => meter.unit === unit),
  );
}

/**
 * The same of the live data; undefined where there is no meter at all.
 * @param {LiveData} data
 * @param {number | null} unit
 */
export function meterOf(data, unit) {
  return data.meters.find((meter) => meter.unit === unit) ?? data.meters[0];
}

/** @param {MeterSettings} meter */
export function titleOf(meter) {
  return meter.name || say("meter.name", { unit: meter.unit });
}
