// Whose history it is: a meter that is there, or one that was removed.

import { make } from "../dom.js";
import { nameOf } from "../live/meter.js";
import { locale, say } from "../text.js";

/**
 * What a meter is called: one that was removed has at most its name and its number.
 * @param {RememberedMeterData} meter
 * @param {RememberedMeterData[]} all
 */
export function titleOf(meter, all) {
  const { unit, name, meter_id: number } = meter;
  if (unit === null) return say("history.removed", { meter: name || number || say("meter.only") });
  return nameOf({ name, unit }, all.filter((each) => each.unit !== null).length === 1);
}

/**
 * From which day to which there is something, by the clock of the place.
 * @param {RememberedMeterData} meter
 * @param {Place} place
 */
export function daysOf({ since, until }, place) {
  if (since === null || until === null) return say("history.days.none");
  const format = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: place.timeZone });
  return say("history.days", { from: format.format(since * 1000), to: format.format(until * 1000 - 1) });
}

/**
 * A day like 2026-03-01, as people write it.
 * @param {string} day
 */
export function dayText(day) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(day));
}

/**
 * The choices of a meter, as options: those that were removed also tell their days, as they may have one name.
 * @param {HistoryStateData} told
 * @param {Place} place
 */
export function optionsOf({ meters }, place) {
  return meters.map((meter) => {
    const title = titleOf(meter, meters);
    return make("option", { value: meter.series }, meter.unit === null ? `${title}, ${daysOf(meter, place)}` : title);
  });
}

/**
 * Put choices in place of those that were there, and keep what is chosen where that is still there.
 * @param {HTMLSelectElement} select
 * @param {HTMLOptionElement[]} options
 */
export function refill(select, options) {
  const { value } = select;
  select.replaceChildren(...options);
  if (options.some((option) => option.value === value)) select.value = value;
}
