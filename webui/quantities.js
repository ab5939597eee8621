// What is measured, by the groups C.D.E of its OBIS code, in the words that the registers have for it.

import { known } from "./text.js";

/** @type {Record<string, number>} */
const REGISTERS = {
  "1.7.0": 40001,
  "2.7.0": 40003,
  "3.7.0": 40005,
  "4.7.0": 40007,
  "13.7.0": 40167,
  "31.7.0": 40009,
  "51.7.0": 40011,
  "71.7.0": 40013,
  "32.7.0": 40015,
  "52.7.0": 40017,
  "72.7.0": 40019,
  "1.8.0": 40021,
  "2.8.0": 40023,
  "3.8.0": 40025,
  "4.8.0": 40027,
};
const OF_PHASE = 20; // C of the same quantity of L1 is higher by so many, of L2 by twice as many, of L3 three times

/** @param {string} obis */
export function quantityName(obis) {
  const alone = known(`register.${REGISTERS[obis]}`);
  if (alone !== null) return alone;
  const [c, d, e] = obis.split(".").map(Number);
  const phase = Math.floor(c / OF_PHASE);
  const name = known(`register.${REGISTERS[`${c - phase * OF_PHASE}.${d}.${e}`]}`);
  return name === null ? obis : `${name} L${phase}`;
}
