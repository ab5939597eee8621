// What few people look for, behind a heading: both directions of the power, and everything reactive.

import { make } from "../dom.js";
import { say } from "../text.js";
import { reactiveEnergies } from "./energies.js";
import { oldMark, quantity, tile, told } from "./quantity.js";

const POWERS = [
  { key: "power.active.import", register: 40001, unit: "W" },
  { key: "power.active.export", register: 40003, unit: "W" },
  { key: "power.reactive.import", register: 40005, unit: "var" },
  { key: "power.reactive.export", register: 40007, unit: "var" },
];

/** @param {(typeof POWERS)[number]} power */
function powerTile({ key, register, unit }) {
  const value = quantity(unit);
  const element = tile("tile", say(key), value.element);
  /** @param {MeterData} meter */
  function update(meter) {
    const now = told(meter, register);
    value.set(now);
    element.dataset.state = now?.stale ? "stale" : "current";
  }
  return { element, update };
}

/** The powers as registers have them, and reactive energies; closed at first. */
export function rareValues() {
  const powers = POWERS.map(powerTile);
  const energies = reactiveEnergies();
  const tiles = make("dl", { class: "tiles four" }, ...powers.map((each) => each.element));
  const summary = make("summary", {}, make("h3", {}, say("rare.title")), " ", oldMark());
  return {
    element: make("details", { class: "group rare" }, summary, tiles, energies.element),
    /**
     * @param {MeterData} meter
     * @param {LiveData} gateway
     */
    update(meter, gateway) {
      powers.forEach((each) => each.update(meter));
      energies.update(meter, gateway);
    },
  };
}
