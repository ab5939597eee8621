// The two lights on the box's front: POWER, and HAN for 60 seconds after each good telegram.

import { make, write } from "../dom.js";
import { say } from "../text.js";

const LIT_S = 60;

/** @param {string} name */
function light(name) {
  const state = make("span", { class: "unseen" });
  return { state, element: make("li", { class: "light", "data-on": "" }, name, " ", state) };
}

export function lights() {
  const power = light("POWER");
  const han = light("HAN");
  const element = make("ul", { class: "lights", "aria-label": say("light.title") }, power.element, han.element);

  /**
   * @param {ReturnType<typeof light>} light
   * @param {boolean | null} on  null where nobody knows
   */
  function set({ state, element: shown }, on) {
    shown.dataset.on = on === null ? "unknown" : on ? "on" : "off";
    write(state, say(`light.${shown.dataset.on}`));
    shown.title = state.textContent ?? "";
  }

  /** @param {number | null} age of the last good telegram, in s */
  function update(age) {
    set(power, true);
    set(han, age !== null && age < LIT_S);
  }

  /** Without news from the gateway nobody knows what the lights do. */
  function lose() {
    set(power, null);
    set(han, null);
  }
  return { element, update, lose };
}
