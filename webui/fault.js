// What is wrong, as the gateway tells it: by a code with values, which have words, and in English.

import { known, language, say } from "./text.js";

/**
 * The values, with what the operating system said in the reader's language where it came with a name.
 * @param {Values} told
 */
function translated({ errno, ...values }) {
  const reason = errno === undefined ? null : known(`errno.${errno}`);
  return reason === null ? values : { ...values, reason };
}

/**
 * A fault in the reader's language; one without words is told as the gateway tells it.
 * @param {{ code?: string, values?: Values, message?: string }} fault
 */
export function faultText({ code, values = {}, message = "" }) {
  const own = known(`reason.${code}`, translated(values));
  if (own !== null) return own;
  return language === "en" || !message ? message : say("reason.refused", { message });
}
