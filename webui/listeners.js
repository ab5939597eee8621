// Says what cannot be reached where it is wanted, or does not reach whom it feeds, and why; and that the settings file
// has mistakes.

import { fillList, make, part, show, write } from "./dom.js";
import { faultText } from "./fault.js";
import { settingsLink } from "./settings/place.js";
import { known, label, say } from "./text.js";

/**
 * The setting that says where it is to be reached.
 * @type {Record<string, string>}
 */
const SETTINGS = {
  modbus: "modbus.listen",
  "modbus-tls": "modbus.tls_listen",
  page: "web.listen",
  "page-https": "web.https_listen",
  mqtt: "mqtt.broker",
  mdns: "device.announce",
};

/**
 * @param {ListenerData} listener
 */
function listenerText({ what, state, wanted, places, fault }) {
  const reason = fault ? faultText(fault) : "";
  return say(`listener.${state}`, { what: label("listener", what), wanted, places: places.join(", "), reason }).trim();
}

/** @param {OutputData} output */
function outputText({ name, fault }) {
  const reason = fault ? faultText(fault) : "";
  return say("output.trouble", { name: known(`output.${name}`) ?? name, reason });
}

/** @param {OutputData} output */
function isTroubled({ state, fault }) {
  return Boolean(fault) && state !== "waiting";
}

const entry = () => make("li", {}, make("span"), " ", settingsLink(""));

/** What is tried again by itself; a light or a button is not there before somebody has put it there. */
const TRIED_ONCE = ["front-panel"];

const list = make("ul");
const again = make("p");

/** @param {string | null} [outcome] what is in force instead of a settings file with mistakes */
function fileEntries(outcome) {
  return outcome ? [{ text: label("settings.report", outcome), setting: "" }] : [];
}

/**
 * Show the banner while there is something to tell.
 * @param {ListenerData[]} listeners
 * @param {OutputData[]} outputs
 * @param {string | null} [settingsFile]
 */
export function showListeners(listeners, outputs, settingsFile) {
  const unreached = listeners.filter(({ state, fault }) => state !== "serving" || fault);
  const failing = outputs.filter(isTroubled);
  const troubled = [
    ...fileEntries(settingsFile),
    ...unreached.map((each) => ({ text: listenerText(each), setting: SETTINGS[each.what] })),
    ...failing.map((each) => ({ text: outputText(each), setting: SETTINGS[each.name] })),
  ];
  fillList(list, troubled, entry, (item, { text, setting }) => {
    const [said, link] = /** @type {HTMLCollectionOf<HTMLElement>} */ (item.children);
    write(said, text);
    show(link, setting !== undefined);
    link.setAttribute("href", setting ? `#settings/${setting}` : "#settings");
  });
  write(again, say("listener.again"));
  show(again, unreached.length > 0 || failing.some(({ name }) => !TRIED_ONCE.includes(name)));
  const banner = part("listeners");
  if (!banner.children.length) banner.append(list, again);
  show(banner, troubled.length > 0);
}
