// The live values: one part for each meter.

import { make } from "../dom.js";
import { meterView } from "../live/meter.js";
import { say } from "../text.js";

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ announce }) {
  const waiting = make("p", { class: "waiting" }, say("page.waiting"));
  const element = make("div", {}, waiting);
  /** @type {ReturnType<typeof meterView>[]} */
  let views = [];
  let shape = "";

  /** @param {LiveData} data */
  function build(data) {
    const alone = data.meters.length === 1;
    close();
    views = data.meters.map((meter, place) => meterView(meter, place, alone, announce));
    const none = make("p", { class: "waiting" }, say("meter.none"));
    element.replaceChildren(...(views.length ? views.map((view) => view.element) : [none]));
  }

  /** @param {LiveData} data */
  function update(data) {
    // Only when there are other meters than before is the view built anew.
    const newShape = JSON.stringify(data.meters.map((meter) => meter.unit));
    if (newShape !== shape) build(data);
    shape = newShape;
    data.meters.forEach((meter, index) => views[index].update(meter, data));
  }

  function lose() {
    for (const view of views) view.lose();
  }

  function close() {
    for (const view of views) view.close();
  }

  return { element, update, lose, close };
}
