// What reads the gateway: the place to type there, ready to copy, texts for known programs, and who reads it already.

import { SOON_MS, get } from "../api.js";
import { copy } from "../copy.js";
import { fillList, make, show, write } from "../dom.js";
import { recipesView } from "../registers/recipes.js";
import { say } from "../text.js";
import { meterOf } from "./meters.js";

const ASK_MS = 2000;

/**
 * A value with a button that copies it.
 * @param {string} name
 * @param {Announce} announce
 */
function copied(name, announce) {
  const text = make("code");
  const button = make("button", { type: "button", class: "plain small", onclick: take }, say("registers.copy"));
  button.setAttribute("aria-label", say("start.clients.copy", { what: name }));
  async function take() {
    announce(say((await copy(text.textContent ?? "")) ? "copy.done" : "copy.failed"));
  }
  return {
    element: make("div", {}, make("dt", {}, name), make("dd", {}, text, " ", button)),
    /** @param {string} value */
    set(value) {
      write(text, value || say("value.none"));
      show(button, value !== "");
    },
  };
}

/** The computers that are connected, without their port numbers. @param {ModbusData} modbus */
function readers({ connections, tls, maps }) {
  const all = [...connections, ...(tls?.connections ?? []), ...maps.flatMap((each) => each.connections)];
  return [...new Set(all.filter((each) => each.requests > 0).map((each) => each.client.replace(/:\d+$/, "")))];
}

/**
 * @param {StepTools} tools
 * @returns {View}
 */
export function open({ announce, unit, done }) {
  const [address, port, id] = ["address", "port", "unit"].map((name) => copied(say(`start.clients.${name}`), announce));
  const place = make("dl", { class: "facts" }, address.element, port.element, id.element);
  const state = make("p");
  const list = make("ul");
  const reading = make("div", { class: "banner notice" }, state, list);
  const recipes = recipesView(announce);
  const lead = make("p", { class: "lead" }, say("start.clients.lead"));
  const more = make("p", {}, make("a", { href: "#registers" }, say("start.clients.registers")));
  const element = make("div", {}, lead, make("div", { class: "card" }, place), reading, recipes.element, more);
  address.set(location.hostname.replace(/^\[|\]$/g, ""));

  async function look() {
    if (document.hidden) return;
    try {
      const found = readers(await get("/modbus", SOON_MS));
      write(state, say(found.length ? "start.clients.reading" : "start.clients.none"));
      fillList(list, found, () => make("li"), write);
      if (found.length) done();
    } catch {
      // The watch over the live data tells the reader.
    }
  }

  /** @param {LiveData} data */
  function update(data) {
    port.set(String(data.modbus?.port ?? ""));
    id.set(String(meterOf(data, unit)?.unit ?? ""));
    recipes.update(data);
  }

  write(state, say("start.clients.none"));
  const timer = setInterval(look, ASK_MS);
  look();
  return { element, update, close: () => clearInterval(timer) };
}
