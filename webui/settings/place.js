// Where in the settings something is wrong, for what belongs to no field of the form that was sent.

import { make } from "../dom.js";
import { known, say } from "../text.js";

/**
 * A link to a setting by its path ("modbus.listen", "meters.1.port"), or to a section of them.
 * @param {string} path
 */
export function settingsLink(path) {
  return make("a", { href: `#settings/${path}` }, say("stale.settings"));
}

/**
 * What a setting is called by its path ("modbus.listen", "meters.1.port"); "" for what is no setting.
 * @param {string} path
 */
export function nameOf(path) {
  const [section, ...rest] = path.split(".");
  const key = rest.at(-1) ?? "";
  if (section === "meters") {
    const meter = rest.length ? say("settings.meter.number", { number: Number(rest[0]) + 1 }) : "";
    return [meter, rest.length > 1 ? (known(`setting.meters.${key}`) ?? key) : ""].filter(Boolean).join(", ");
  }
  const title = known(`settings.${section}`);
  if (title === null) return "";
  return [title, key && (known(`setting.${section}.${key}`) ?? key)].filter(Boolean).join(", ");
}

/**
 * What is wrong, with the setting where it is wrong.
 * @param {string} path
 * @param {string} text
 */
export function placed(path, text) {
  const name = nameOf(path);
  return name ? `${name}: ${text}` : text;
}
