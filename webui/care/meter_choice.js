// Which meter a part of the page is about; asked only where there are several.

import { make, show } from "../dom.js";
import { choiceField } from "../forms.js";
import { nameOf } from "../live/meter.js";
import { say } from "../text.js";

/** @param {() => void} onOthers called when other meters have come than there were, also for the first ones */
export function meterChoice(onOthers) {
  const field = choiceField(say("telegrams.meter"), [], "");
  const options = field.control.options;
  let units = "";

  /** @param {boolean} visible */
  function offer(visible) {
    show(field.element, visible && options.length > 1);
  }

  /** @param {LiveData} data */
  function update({ meters }) {
    const now = meters.map((each) => each.unit).join();
    if (now === units) return;
    units = now;
    field.control.replaceChildren(
      ...meters.map((each) => make("option", { value: each.unit }, nameOf(each, meters.length === 1))),
    );
    onOthers();
  }
  return { ...field, offer, update };
}
