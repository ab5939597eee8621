// The meter's own totals of energy, and what they are estimated to be between them.

import { make, write } from "../dom.js";
import { exact, moment, number } from "../format.js";
import { label, say } from "../text.js";
import { group, quantity, scaled, told } from "./quantity.js";

/** @typedef {{ key: string, register: number, obis: string, unit: string }} Energy */

const ACTIVE = [
  { key: "energy.active.import", register: 40021, obis: "1.8.0", unit: "kWh" },
  { key: "energy.active.export", register: 40023, obis: "2.8.0", unit: "kWh" },
];
const REACTIVE = [
  { key: "energy.reactive.import", register: 40025, obis: "3.8.0", unit: "kvarh" },
  { key: "energy.reactive.export", register: 40027, obis: "4.8.0", unit: "kvarh" },
];

/**
 * The estimate with its bar as a text in kWh.
 * @param {MeterData} meter
 * @param {string} obis
 */
function estimateOf(meter, obis) {
  const estimate = meter.estimates[obis];
  if (!estimate) return null;
  const bar = scaled(meter, estimate.bar_wh) / 1000;
  const decimals = bar >= 10 ? 0 : bar >= 0.1 ? 1 : 3;
  // Rounded up, so that the bar is never told smaller than it is.
  const step = 10 ** decimals;
  const shownBar = number(Math.ceil(bar * step) / step, decimals);
  const text = `${number(scaled(meter, estimate.wh) / 1000, decimals)} ± ${shownBar}`;
  return { text, stale: estimate.stale, age: estimate.age_s, flags: estimate.flags };
}

/**
 * The meter's total as exact as it sent it; the register has whole kWh, and still does after a restart.
 * @param {MeterData} meter
 * @param {Energy} energy
 * @returns {Told | null}
 */
function totalOf(meter, { register, obis }) {
  const sent = meter.values[obis];
  if (!sent) return told(meter, register);
  return { text: exact(scaled(meter, sent.value) / 1000), stale: sent.stale, age: sent.age_s };
}

/**
 * @param {MeterData} meter
 * @param {LiveData} gateway
 * @param {string} obis
 */
function takenAt(meter, gateway, obis) {
  const sent = meter.values[obis];
  return sent ? say("energy.taken", { time: moment(new Date(Date.parse(gateway.time) - sent.age_s * 1000)) }) : "";
}

/** @param {Energy} energy */
function energyTile(energy) {
  const [total, estimated] = [quantity(energy.unit), quantity(energy.unit)];
  const flags = make("small", { class: "flags" });
  const taken = make("small", { class: "flags" });
  const pair = make(
    "dl",
    { class: "pair" },
    make("div", {}, make("dt", {}, say("energy.estimate")), make("dd", {}, estimated.element, flags)),
    make("div", {}, make("dt", {}, say("energy.meter")), make("dd", {}, total.element, taken)),
  );
  const element = make("div", { class: "tile" }, make("h4", {}, say(energy.key)), pair);

  /**
   * @param {MeterData} meter
   * @param {LiveData} gateway
   */
  function update(meter, gateway) {
    const estimate = estimateOf(meter, energy.obis);
    total.set(totalOf(meter, energy));
    estimated.set(estimate);
    write(flags, (estimate?.flags ?? []).map((flag) => label("flag", flag)).join(", "));
    write(taken, takenAt(meter, gateway, energy.obis));
  }
  return { element, update };
}

/** @param {Energy[]} energies */
function tilesOf(energies) {
  const tiles = energies.map(energyTile);
  /**
   * @param {MeterData} meter
   * @param {LiveData} gateway
   */
  const update = (meter, gateway) => tiles.forEach((each) => each.update(meter, gateway));
  return { element: make("div", { class: "tiles wide" }, ...tiles.map((each) => each.element)), update };
}

/** Those that people pay for. */
export function activeEnergies() {
  const tiles = tilesOf(ACTIVE);
  return {
    element: group("energy.title", tiles.element, make("p", { class: "note" }, say("energy.note"))),
    update: tiles.update,
  };
}

export const reactiveEnergies = () => tilesOf(REACTIVE);
