// The measured values at a glance, taken from the same registers that Modbus clients read.

import { make, show, write } from "../dom.js";
import { duration, number } from "../format.js";
import { label, say } from "../text.js";

const POWERS = [
  { key: "power.active.import", sub: "power.from", register: 40001, unit: "W", class: "tile main" },
  { key: "power.active.export", sub: "power.to", register: 40003, unit: "W", class: "tile main" },
  { key: "power.reactive.import", register: 40005, unit: "var", class: "tile" },
  { key: "power.reactive.export", register: 40007, unit: "var", class: "tile" },
];
const PHASES = ["L1", "L2", "L3"];
const PHASE_VALUES = [
  { key: "phases.voltage", registers: [40015, 40017, 40019], unit: "V", divisor: 10, decimals: 1 },
  { key: "phases.current", registers: [40009, 40011, 40013], unit: "A", divisor: 1000, decimals: 2 },
];
const ENERGIES = [
  { key: "energy.active.import", register: 40021, estimate: "1.8.0", unit: "kWh" },
  { key: "energy.active.export", register: 40023, estimate: "2.8.0", unit: "kWh" },
  { key: "energy.reactive.import", register: 40025, estimate: "3.8.0", unit: "kvarh" },
  { key: "energy.reactive.export", register: 40027, estimate: "4.8.0", unit: "kvarh" },
];

/**
 * A number with its unit, or a dash for what the meter never told; one that is not current is grey, and has its age.
 * @param {string} unit
 */
function quantity(unit) {
  const figure = make("span", { class: "figure" });
  const unitPart = make("span", { class: "unit" });
  const age = make("small", { class: "aged" });
  const element = make("span", { class: "told" }, make("span", { class: "value" }, figure, " ", unitPart), age);
  return {
    element,
    /** @param {Told | null} value */
    set(value) {
      write(figure, value?.text ?? say("value.none"));
      write(unitPart, value ? unit : "");
      element.dataset.state = value?.stale ? "stale" : "current";
      const aged = value?.stale && value.age !== null;
      write(age, aged ? say("value.aged", { age: duration(value.age ?? 0) }) : "");
    },
  };
}

/**
 * The value of a register divided by `divisor`; null when the meter never told it.
 * @param {MeterData} meter
 * @param {number} wanted
 * @param {number} [divisor]
 * @param {number} [decimals]
 * @returns {Told | null}
 */
function told(meter, wanted, divisor = 1, decimals = 0) {
  const register = meter.registers.find((candidate) => candidate.number === wanted);
  if (!register?.known) return null;
  return { text: number(register.value / divisor, decimals), stale: register.stale, age: register.age_s };
}

/**
 * @param {string} titleKey
 * @param {HTMLElement} body
 * @param {...HTMLElement} more
 */
function group(titleKey, body, ...more) {
  const old = make("span", { class: "old" }, say("value.old"));
  const title = make("h3", {}, say(titleKey), " ", old);
  return make("section", { class: "group" }, title, body, ...more);
}

/** Power in and out, active and reactive. */
export function powerTiles() {
  const tiles = POWERS.map((power) => ({ ...power, value: quantity(power.unit) }));
  const elements = tiles.map((tile) => {
    const name = make("dt", {}, say(tile.key));
    if (tile.sub) name.append(" ", make("small", {}, say(tile.sub)));
    return make("div", { class: tile.class }, name, make("dd", {}, tile.value.element));
  });
  return {
    element: group("power.title", make("dl", { class: "tiles" }, ...elements)),
    update: (/** @type {MeterData} */ meter) =>
      tiles.forEach((tile, index) => {
        const value = told(meter, tile.register);
        tile.value.set(value);
        elements[index].dataset.state = value?.stale ? "stale" : "current";
      }),
  };
}

/** Voltage and current of each phase. */
export function phaseTable() {
  const rows = PHASE_VALUES.map((row) => ({ ...row, values: PHASES.map(() => quantity(row.unit)) }));
  const heads = [say("phases.phase"), ...PHASES].map((name) => make("th", { scope: "col" }, name));
  const body = rows.map((row) => {
    const cells = row.values.map((value) => make("td", {}, value.element));
    return make("tr", {}, make("th", { scope: "row" }, say(row.key)), ...cells);
  });
  const table = make("table", { class: "phases" });
  table.append(make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...body));
  const note = make("p", { class: "note" }, say("phases.note"));
  return {
    element: group("phases.title", table, note),
    /** @param {MeterData} meter */
    update(meter) {
      for (const { values, registers, divisor, decimals } of rows) {
        values.forEach((value, index) => value.set(told(meter, registers[index], divisor, decimals)));
      }
      const present = PHASES.filter((_, index) =>
        meter.registers.some((row) => row.number === 40015 + 2 * index && row.known),
      );
      show(note, present.length > 0 && present.length < PHASES.length);
    },
  };
}

/**
 * The estimate with its bar as a text in kWh, the scaling factor put in as the registers have it.
 * @param {MeterData} meter
 * @param {string} key
 */
function estimateOf(meter, key) {
  const estimate = meter.estimates[key];
  if (!estimate) return null;
  const scale = meter.scaling_factor / 1000 / 1000;
  const bar = estimate.bar_wh * scale;
  const decimals = bar >= 10 ? 0 : bar >= 0.1 ? 1 : 3;
  // Rounded up, so that the bar is never told smaller than it is.
  const step = 10 ** decimals;
  const shownBar = number(Math.ceil(bar * step) / step, decimals);
  const text = `${number(estimate.wh * scale, decimals)} ± ${shownBar}`;
  return { text, stale: estimate.stale, age: estimate.age_s, flags: estimate.flags };
}

/** @param {(typeof ENERGIES)[number]} energy */
function energyOf(energy) {
  return {
    ...energy,
    total: quantity(energy.unit),
    estimated: quantity(energy.unit),
    flags: make("small", { class: "flags" }),
  };
}

/** @param {ReturnType<typeof energyOf>} tile */
function energyTile(tile) {
  const estimated = make("dd", {}, tile.estimated.element, tile.flags);
  const pair = make(
    "dl",
    { class: "pair" },
    make("div", {}, make("dt", {}, say("energy.estimate")), estimated),
    make("div", {}, make("dt", {}, say("energy.meter")), make("dd", {}, tile.total.element)),
  );
  return make("div", { class: "tile" }, make("h4", {}, say(tile.key)), pair);
}

/** The meter's own totals beside the estimates between them. */
export function energyTiles() {
  const tiles = ENERGIES.map(energyOf);
  const note = make("p", { class: "note" }, say("energy.note"));
  return {
    element: group("energy.title", make("div", { class: "tiles wide" }, ...tiles.map(energyTile)), note),
    /** @param {MeterData} meter */
    update(meter) {
      for (const tile of tiles) {
        const estimate = estimateOf(meter, tile.estimate);
        tile.total.set(told(meter, tile.register));
        tile.estimated.set(estimate);
        write(tile.flags, (estimate?.flags ?? []).map((flag) => label("flag", flag)).join(", "));
      }
    },
  };
}
