// How long ago something came, and how many octets come from a line.

import { duration, number } from "../format.js";
import { say } from "../text.js";

/** @param {number | null} age in s */
export function ageText(age) {
  if (age === null) return say("age.never");
  return age < 1 ? say("age.now") : say("age.ago", { age: duration(age) });
}

/** @param {LineData} line */
export function octetsText({ octets, octets_per_s: pace, octet_age_s: age }) {
  if (!octets || age === null || age === undefined) return say("octets.none");
  const last = ageText(age);
  return pace === null || pace === undefined
    ? say("octets.last", { last })
    : say("octets.pace", { pace: number(pace, pace > 0 && pace < 10 ? 1 : 0), last });
}
