// All steps in a row: which one is open, and the way to the others.

import { make } from "../dom.js";
import { say } from "../text.js";
import { STEPS, addressOf } from "./course.js";

/**
 * @param {string} open the step that is open
 * @param {number | null} [unit]
 */
export function stepTrack(open, unit = null) {
  const place = STEPS.findIndex((each) => each === open);
  const items = STEPS.map((step, index) => {
    const name = make("span", { class: "name" }, say(`start.short.${step}`));
    const number = make("span", { class: "number" }, String(index + 1));
    const state = index < place ? "past" : index === place ? "open" : "coming";
    // The password has been chosen by then, or nothing else can be opened yet.
    const shut = place === 0 || index === 0 || index === place;
    const inside = shut
      ? make("span", { "aria-current": index === place ? "step" : null }, number, " ", name)
      : make("a", { href: addressOf(step, unit) }, number, " ", name);
    return make("li", { "data-state": state }, inside);
  });
  return make("ol", { class: "track", "aria-label": say("start.track") }, ...items);
}
