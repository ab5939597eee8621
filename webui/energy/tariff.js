// What energy and capacity cost by the prices that were typed. Pure.

import { weekdayOf } from "./place.js";

/** @param {TariffData} tariff */
export function pricesEnergy(tariff) {
  return tariff.day_price !== null || tariff.night_price !== null;
}

/**
 * The step of the capacity charge that a mean is in, and the one above it; null for what the table does not have.
 * @param {TariffData} tariff
 * @param {number} meanWh
 */
export function stepOf({ steps }, meanWh) {
  const index = steps.findIndex(({ below_kw: below }) => meanWh / 1000 < below);
  if (index < 0) return null;
  return { step: steps[index], from: steps[index - 1]?.below_kw ?? 0, next: steps[index + 1] ?? null };
}

/**
 * The price of a kWh in the hour that begins at a moment; null where none was typed. Where there is only one, it is that
 * of all hours.
 * @param {TariffData} tariff
 * @param {number} at in s since 1970
 * @param {Place} place
 */
function priceAt(tariff, at, place) {
  const hour = place.hourOf(at);
  const weekend = tariff.weekend_night && weekdayOf(place.dayOf(at)) > 5;
  const day = !weekend && hour >= tariff.day_begins && hour < tariff.day_ends;
  return day ? (tariff.day_price ?? tariff.night_price) : (tariff.night_price ?? tariff.day_price);
}

/**
 * What the import of these hours costs, as far as it is known; null when none of it is, or nothing was typed.
 * @param {TariffData} tariff
 * @param {PricedHour[]} hours
 * @param {Place} place
 */
export function energyCost(tariff, hours, place) {
  const known = hours.filter(({ import_wh: wh }) => wh !== null);
  if (!pricesEnergy(tariff) || !known.length) return null;
  return known.reduce(
    (cost, { begin, import_wh: wh }) => cost + ((wh ?? 0) / 1000) * (priceAt(tariff, begin, place) ?? 0),
    0,
  );
}
