// Says which energies took a step that the meter did not count: another meter, or a total that went back or jumped.

import { fillList, make, show, write } from "../dom.js";
import { dateOf, moment } from "../format.js";
import { known, label, say } from "../text.js";

/** @type {Record<string, string>} */
const ENERGIES = {
  "1.8.0": "energy.active.import",
  "2.8.0": "energy.active.export",
  "3.8.0": "energy.reactive.import",
  "4.8.0": "energy.reactive.export",
};

/**
 * One step; a cause without words is told as the gateway tells it.
 * @param {DiscontinuityData} step
 */
function stepText({ at, quantity, code, values, reason }) {
  const energy = quantity in ENERGIES ? say(ENERGIES[quantity]) : label("quantity", quantity);
  return `${moment(dateOf(at))}, ${energy}: ${known(`discontinuity.${code}`, values) ?? reason}`;
}

/** The list below the energies; it is seen only while there is something in it. */
export function stepsNote() {
  const list = make("ul", { class: "note" });
  const element = make("section", { class: "group", hidden: true }, make("h3", {}, say("steps.title")), list);

  /** @param {MeterData} meter */
  function update({ discontinuities }) {
    fillList(list, [...discontinuities].reverse().map(stepText), () => make("li"), write);
    show(element, discontinuities.length > 0);
  }

  return { element, update };
}
