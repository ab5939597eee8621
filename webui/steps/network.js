// The gateway's address in the network: what it has, and a fixed one for who wants that; the page follows it there.

import { make } from "../dom.js";
import { networkPart } from "../network/part.js";
import { say } from "../text.js";

/**
 * @param {StepTools} tools
 * @returns {View}
 */
export function open({ announce, done }) {
  const network = networkPart({ announce, hostname: false, onKept: done });
  const lead = make("p", { class: "lead" }, say("start.network.lead"));
  return { element: make("div", {}, lead, network.element), close: network.close };
}
