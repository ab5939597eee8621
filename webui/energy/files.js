// The tables of the energy page as rows of a file for programs: the oldest first, energies in Wh, moments with their offset.

import { stepOf } from "./tariff.js";

const PLACES = ["first", "second", "third"];

/**
 * The price of a month by the steps that were typed; empty where none fits.
 * @param {CapacityMonthData} month
 * @param {TariffData} tariff
 */
function priceOf({ mean_wh: mean }, tariff) {
  const found = mean === null ? null : stepOf(tariff, mean);
  return found ? [found.step.price, tariff.currency] : [null, null];
}

/**
 * The months with their highest hours; a price only where steps of a tariff were typed.
 * @param {CapacityMonthData[]} months
 * @param {TariffData | null} tariff
 */
export function monthRows(months, tariff) {
  const priced = tariff?.steps.length ? tariff : null;
  const heads = PLACES.flatMap((place) => [`${place}_begin`, `${place}_wh`, `${place}_by`]);
  const rows = months.map((month) => {
    const hours = PLACES.flatMap((_, place) => {
      const { begin = null, wh = null, by = null } = month.highest[place] ?? {};
      return [begin, wh, by];
    });
    const { mean_wh: mean, hours: all, hours_known: known } = month;
    return [month.month, mean, ...hours, all, known, ...(priced ? priceOf(month, priced) : [])];
  });
  return [["month", "mean_wh", ...heads, "hours", "hours_known", ...(priced ? ["price", "currency"] : [])], ...rows];
}

/** @type {(keyof VoltagePhaseData)[]} */
const OF_A_PHASE = [
  "phase",
  "lowest_v",
  "lowest_at",
  "highest_v",
  "highest_at",
  "minutes_low",
  "minutes_high",
  "minutes",
];

/**
 * The weeks in which anything was measured, phase by phase; `week` is when it begins.
 * @param {VoltageWeekData[]} weeks
 */
export function weekRows(weeks) {
  const rows = weeks.flatMap(({ begin, phases }) =>
    phases.map((phase) => [begin, ...OF_A_PHASE.map((name) => phase[name])]),
  );
  return [["week", ...OF_A_PHASE], ...rows];
}
