// Says where the gateway is not reached as its settings want.

import { fillList, make, part, show, write } from "../dom.js";
import { faultText } from "../fault.js";
import { label, say } from "../text.js";

/** @param {ListenerData} listener */
function text({ what, state, wanted, fault }) {
  const values = { what: label("listener", what), wanted, reason: fault ? faultText(fault) : "" };
  return say(`listener.is.${state}`, values);
}

/** The banner; `update` gets the live data of who is logged in, else null. */
export function listenersBanner() {
  const element = part("listeners");
  const list = make("ul");
  element.replaceChildren(make("strong", {}, say("listener.title")), list);

  /** @param {ListenerData[] | null} listeners */
  function update(listeners) {
    const told = (listeners ?? []).filter(({ state, fault }) => state !== "serving" || fault).map(text);
    fillList(list, told, () => make("li"), write);
    element.className = told.length ? "banner warning" : "";
    show(element, told.length > 0);
  }
  return { update };
}
