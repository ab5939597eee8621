// The gateway's own network settings.

import { page } from "../forms.js";
import { networkPart } from "../network/part.js";
import { say } from "../text.js";

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ announce }) {
  const network = networkPart({ announce, hostname: true });
  return { element: page(say("view.network"), network.element), close: network.close };
}
