// A number with its unit as Live shows it, and the group that such numbers stand in.

import { make, write } from "../dom.js";
import { duration, number } from "../format.js";
import { say } from "../text.js";

/**
 * A number with its unit, or a dash for what the meter never told; one that is not current is grey, and has its age.
 * @param {string} unit
 */
export function quantity(unit) {
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
export function told(meter, wanted, divisor = 1, decimals = 0) {
  const register = meter.registers.find((candidate) => candidate.number === wanted);
  if (!register?.known) return null;
  return { text: number(register.value / divisor, decimals), stale: register.stale, age: register.age_s };
}

/**
 * What the scaling factor in force makes of a value that is not scaled.
 * @param {MeterData} meter
 * @param {number} value
 */
export function scaled(meter, value) {
  return (value * meter.scaling_factor) / 1000;
}

/** Says of the values below it that they are not current; seen only then. */
export function oldMark() {
  return make("span", { class: "old" }, say("value.old"));
}

/**
 * @param {string} titleKey
 * @param {...HTMLElement} parts
 */
export function group(titleKey, ...parts) {
  return make("section", { class: "group" }, make("h3", {}, say(titleKey), " ", oldMark()), ...parts);
}

/**
 * A tile: what its value is called, and the value.
 * @param {string} className
 * @param {Child} name
 * @param {...Child} value
 */
export function tile(className, name, ...value) {
  return make("div", { class: className }, make("dt", {}, name), make("dd", {}, ...value));
}
