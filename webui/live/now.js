// What people look for first: the power now, the load of each phase, this hour, and the month's highest hours.

import { fillList, make, show, write } from "../dom.js";
import { hourSpan, number } from "../format.js";
import { say } from "../text.js";
import { phaseLoad } from "./load.js";
import { group, quantity, scaled, tile } from "./quantity.js";

const HIGHEST = 3; // hours of a month that a capacity charge goes by

/** The net power: one signed number, and in words which way it goes. */
function netTile() {
  const value = quantity("W");
  const way = make("span", { class: "way" });
  const element = tile("tile main", say("power.net"), value.element, way);

  /** @param {MeterData} meter */
  function update({ net_power: { w, stale, age_s: age } }) {
    value.set(w === null ? null : { text: number(w), stale, age });
    write(way, w ? say(w > 0 ? "power.from" : "power.to") : "");
    element.dataset.state = stale ? "stale" : "current";
  }
  return { element, update };
}

/**
 * Whether an hour with so much import would be one of the month's highest, as they are on different days.
 * @param {HourData} hour
 */
function wouldCount({ begin, expected_wh: expected, highest }) {
  if (expected === null || begin === null || highest.length < HIGHEST) return false;
  const sameDay = highest.find((each) => each.begin.slice(0, 10) === begin.slice(0, 10));
  return expected > (sameDay ?? highest[highest.length - 1]).wh;
}

/** The import of this hour so far, and what it comes to if it goes on as now. */
function hourTile() {
  const span = make("small");
  const sofar = quantity("kWh");
  const ahead = make("span", { class: "ahead" });
  const counts = make("span", { class: "alert" });
  const element = tile("tile", say("hour.now"), sofar.element, ahead, counts);
  element.children[0].append(" ", span);

  /** @param {MeterData} meter */
  function update(meter) {
    const { begin, import_wh: wh, expected_wh: expected } = meter.hour;
    const kwh = (/** @type {number} */ energy) => number(scaled(meter, energy) / 1000, 2);
    write(span, begin ? hourSpan(begin).hours : "");
    sofar.set(wh === null ? null : { text: kwh(wh), stale: false, age: null });
    const unknown = () => say(wh === null ? "hour.unknown" : "hour.outlook-unknown");
    write(ahead, expected === null ? unknown() : say("hour.expected", { energy: kwh(expected) }));
    write(counts, wouldCount(meter.hour) ? say("hour.counts") : "");
  }
  return { element, update };
}

/** The hours with the highest import of this month, and their mean. */
function highestTile() {
  const list = make("ol");
  const mean = make("span", { class: "ahead" });
  const energy = make("a", { href: "#energy" }, say("hours.more"));
  const element = tile("tile", say("hours.highest"), list, mean, energy);
  const row = () => make("li", {}, make("span"), make("span", { class: "value" }));

  /** @param {MeterData} meter */
  function update(meter) {
    const { highest, mean_of_highest_wh: wh } = meter.hour;
    const kwh = (/** @type {number} */ value) => `${number(scaled(meter, value) / 1000, 2)} kWh`;
    fillList(list, highest, row, (item, hour) => {
      const { day, hours } = hourSpan(hour.begin);
      write(item.children[0], say("hours.when", { day, hours }));
      write(item.children[1], kwh(hour.wh));
    });
    show(list, highest.length > 0);
    write(mean, wh === null ? say("hours.none") : say("hours.mean", { energy: kwh(wh) }));
  }
  return { element, update };
}

/**
 * The first row of a meter.
 * @param {number} place of the meter in the settings
 */
export function nowTiles(place) {
  const tiles = [netTile(), phaseLoad(place), hourTile(), highestTile()];
  const element = group("power.title", make("dl", { class: "tiles first" }, ...tiles.map((each) => each.element)));
  /** @param {MeterData} meter */
  const update = (meter) => tiles.forEach((each) => each.update(meter));
  return { element, update };
}
