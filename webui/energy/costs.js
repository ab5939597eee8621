// What a period costs by the prices that were typed, as far as it is known.

import { get } from "../api.js";
import { say } from "../text.js";
import { money } from "./capacity.js";
import { hoursOf } from "./data.js";
import { energyCost, pricesEnergy, stepOf } from "./tariff.js";

/** Kinds of which the hours are few enough to be priced one by one. */
const PRICED = ["day", "week", "month"];
const MOST_MONTHS = 120;

/**
 * The price of the step that a month is in; null where it is not known.
 * @param {Shown} shown
 * @param {TariffData} tariff
 */
async function stepPrice({ unit, period, place, now }, tariff) {
  const [year, month] = place.dayOf(now).split("-").map(Number);
  const [wantedYear, wantedMonth] = period.first.split("-").map(Number);
  const months = 12 * (year - wantedYear) + month - wantedMonth + 1;
  if (!tariff.steps.length || months < 1 || months > MOST_MONTHS) return null;
  /** @type {CapacityMonthData[]} */
  const answer = await get(`/history/capacity?unit=${unit}&months=${months}`);
  const mean = answer.find((each) => each.month === period.first.slice(0, 7))?.mean_wh ?? null;
  return mean === null ? null : (stepOf(tariff, mean)?.step.price ?? null);
}

/**
 * The costs of a period as tiles: of its energy, and of a month also the capacity's step and both together.
 * @param {Shown} shown
 * @param {boolean} whole whether all hours are known
 */
export async function costsOf(shown, whole) {
  const { unit, period, place, tariff } = shown;
  if (!tariff || !PRICED.includes(period.kind)) return [];
  const [hours, step] = await Promise.all([
    pricesEnergy(tariff) ? hoursOf(unit, period, place) : [],
    period.kind === "month" ? stepPrice(shown, tariff) : null,
  ]);
  const energy = energyCost(tariff, hours, place);
  const note = whole ? "" : say("tariff.known");
  const tiles = [];
  if (energy !== null) tiles.push({ name: say("tariff.energy"), value: money(energy, tariff), note });
  if (step !== null) tiles.push({ name: say("tariff.capacity"), value: money(step, tariff), note });
  if (energy !== null && step !== null)
    tiles.push({ name: say("tariff.both"), value: money(energy + step, tariff), note });
  return tiles;
}
