// The last telegrams as they came, octet by octet, for those who look for a fault.

import { get, textOf } from "../api.js";
import { copy } from "../copy.js";
import { fillList, make, show, write } from "../dom.js";
import { choiceField, section } from "../forms.js";
import { dateOf, moment } from "../format.js";
import { nameOf } from "../live/meter.js";
import { known, label, say } from "../text.js";

/** @param {string} hex */
function pairs(hex) {
  return hex.replace(/\s/g, "").replace(/(..)(?=.)/g, "$1 ");
}

/**
 * What came of a telegram: the lists that were read, or the problems, with commas between.
 * @param {string} outcome
 */
function outcomeText(outcome) {
  return outcome
    .split(", ")
    .map((each) => known(`list.${each}`) ?? label("problem", each))
    .join(", ");
}

/**
 * @param {HTMLElement} item
 * @param {TelegramData} telegram
 */
function fill(item, { time, hex, outcome }) {
  const [head, octets] = item.children;
  write(/** @type {Node} */ (head.firstChild), `${moment(dateOf(time))} · ${outcomeText(outcome)}`);
  write(octets, pairs(hex));
}

/**
 * The section with the raw telegrams of one meter.
 * @param {Announce} announce
 */
export function telegramSection(announce) {
  const list = make("ol", { class: "telegrams" });
  const meter = choiceField(say("telegrams.meter"), [], "");
  const nothing = make("p", { class: "note" }, say("page.loading"));
  const again = make("button", { type: "button", class: "plain", onclick: load }, say("page.again"));
  const element = section(
    say("telegrams.title"),
    make("p", {}, say("telegrams.what")),
    meter.element,
    list,
    nothing,
    again,
  );
  let units = "";

  function create() {
    const octets = make("pre", { tabindex: "0" });
    const button = make(
      "button",
      { type: "button", class: "plain small", onclick: () => copyOne(octets) },
      say("telegrams.copy"),
    );
    return make("li", {}, make("div", { class: "telegram-head" }, make("span"), button), octets);
  }

  /** @param {HTMLElement} octets */
  async function copyOne(octets) {
    announce(say((await copy(octets.textContent ?? "")) ? "copy.done" : "copy.failed"));
  }

  async function load() {
    if (!meter.value()) return;
    try {
      /** @type {TelegramData[]} */
      const telegrams = await get(`/telegrams?unit=${encodeURIComponent(meter.value())}`);
      fillList(list, [...telegrams].reverse(), create, fill);
      write(nothing, say("telegrams.none"));
      show(nothing, telegrams.length === 0);
    } catch (error) {
      write(nothing, textOf(error));
      show(nothing, true);
    }
  }

  /** @param {LiveData} data */
  function update({ meters }) {
    const now = meters.map((each) => each.unit).join();
    if (now === units) return;
    units = now;
    meter.control.replaceChildren(
      ...meters.map((each) => make("option", { value: each.unit }, nameOf(each, meters.length === 1))),
    );
    show(meter.element, meters.length > 1);
    load();
  }

  meter.control.addEventListener("change", load);
  return { element, update };
}
