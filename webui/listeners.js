// Says what cannot be reached where it is wanted, and why.

import { fillList, make, part, show, write } from "./dom.js";
import { faultText } from "./fault.js";
import { label, say } from "./text.js";

/**
 * @param {ListenerData} listener
 */
function listenerText({ what, state, wanted, places, fault }) {
  const reason = fault ? faultText(fault) : "";
  return say(`listener.${state}`, { what: label("listener", what), wanted, places: places.join(", "), reason }).trim();
}

const list = make("ul");
const again = make("p");

/**
 * Show the banner while there is something to tell.
 * @param {ListenerData[]} listeners
 */
export function showListeners(listeners) {
  const troubled = listeners.filter(({ state, fault }) => state !== "serving" || fault);
  fillList(list, troubled.map(listenerText), () => make("li"), write);
  write(again, say("listener.again"));
  const banner = part("listeners");
  if (!banner.children.length) banner.append(list, again);
  show(banner, troubled.length > 0);
}
