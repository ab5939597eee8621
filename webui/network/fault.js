// What is wrong with network settings: the gateway tells it as a code with values, and in English.

import { known } from "../text.js";

/**
 * A fault in the reader's language.
 * @param {FaultData} fault
 */
export function faultText(fault) {
  return known(`reason.${fault.code}`, fault.values ?? {}) ?? fault.message;
}
