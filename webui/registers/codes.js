// Function codes and exception codes, by their names and in the reader's words.

import { say } from "../text.js";

// Names as in the Modbus Application Protocol Specification V1.1b3, sections 6 and 7: the same in every language.
/** @type {Record<number, string>} */
const FUNCTIONS = {
  3: "Read Holding Registers",
  4: "Read Input Registers",
  6: "Write Single Register",
  16: "Write Multiple Registers",
  22: "Mask Write Register",
  23: "Read/Write Multiple Registers",
  43: "Read Device Identification",
};
/** @type {Record<number, string>} */
const EXCEPTIONS = {
  1: "Illegal Function",
  2: "Illegal Data Address",
  3: "Illegal Data Value",
  4: "Server Device Failure",
  6: "Server Device Busy",
  10: "Gateway Path Unavailable",
  11: "Gateway Target Device Failed To Respond",
};
const WRITES = [6, 16, 22, 23];
/** What clients ask for that mean "the device at this address". */
const ANY_UNIT = [0, 255];

/** @param {number} code */
export function functionText(code) {
  return `${String(code).padStart(2, "0")} ${FUNCTIONS[code] ?? ""}`.trim();
}

/** @param {number | string} code */
export function exceptionText(code) {
  const hex = `0x${Number(code).toString(16).toUpperCase().padStart(2, "0")}`;
  return `${hex} ${EXCEPTIONS[Number(code)] ?? ""}`.trim();
}

/**
 * Why a request was refused; "" where there is nothing to explain.
 * @param {RequestData} request
 * @param {number[]} units those that are served somewhere
 */
export function whyText({ function: code, exception, unit }, units) {
  const writes = WRITES.includes(code);
  switch (exception) {
    case 1:
      return say(writes ? "why.may-not-write" : "why.function");
    case 2:
      return say(writes ? "why.not-writable" : "why.no-register");
    case 3:
      return say(writes ? "why.value" : "why.malformed");
    case 4:
      return say("why.fault");
    case 6:
      return say("why.busy");
    case 11:
      return say(units.includes(unit) || ANY_UNIT.includes(unit) ? "why.not-current" : "why.no-unit", { unit });
    default:
      return "";
  }
}
