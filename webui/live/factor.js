// Says which scaling factor is in force, where it is another than 1.

import { make, show, write } from "../dom.js";
import { exact } from "../format.js";
import { say } from "../text.js";

const ONE = 1000;

/** A line above the values, which are scaled. */
export function factorNote() {
  const element = make("p", { class: "note factor", hidden: true });

  /** @param {MeterData} meter */
  function update({ scaling_factor: factor }) {
    if (factor !== ONE) write(element, say("registers.factor", { factor: exact(factor / ONE) }));
    show(element, factor !== ONE);
  }

  return { element, update };
}
