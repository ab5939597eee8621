// What registers are called in the reader's language: the gateway's own by their number, those of other makers' maps by
// what they hold. SunSpec's points have no other names than their own.

import { known } from "../text.js";

const MOST_OWN = 40300;
/** @type {Record<string, string>} */
const FOREIGN = {
  "Active power": "register.40161",
  "Active power import": "register.40001",
  "Active power export": "register.40003",
  "Reactive power": "register.40163",
  "Apparent power": "register.40165",
  "Power factor": "register.40167",
  Current: "phases.current",
  Voltage: "phases.voltage",
  "Active energy import": "register.40021",
  "Active energy export": "register.40023",
  "Reactive energy import": "register.40025",
  "Reactive energy export": "register.40027",
  "Active energy both ways": "map.active-both",
  "Reactive energy both ways": "map.reactive-both",
  "Frequency, nominal": "map.frequency",
  "Serial number": "map.serial",
  Type: "map.type",
  Model: "map.type",
  "Firmware version": "about.version",
  "Hardware version": "map.hardware",
  "Phase sequence": "map.sequence",
  "Phase system": "map.system",
  Application: "map.application",
  "Front selector": "map.selector",
};
const PHASE = / (L[123])(?= |$)/;

/** @param {string} name */
function foreignName(name) {
  const phase = PHASE.exec(name)?.[1];
  const word = known(FOREIGN[name.replace(PHASE, "")] ?? "");
  if (word === null) return name;
  return phase ? `${word} ${phase}` : word;
}

/**
 * @param {ServedRegisterData} register
 * @param {boolean} own whether it is one of the gateway's
 */
export function nameOf({ number, name }, own) {
  if (own && number <= MOST_OWN) return known(`register.${number}`) ?? name;
  return foreignName(name);
}
