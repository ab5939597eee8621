// The current of each phase beside what the main fuse carries.

import { fillList, make, show, write } from "../dom.js";
import { number } from "../format.js";
import { say } from "../text.js";
import { quantity, tile } from "./quantity.js";

const HIGH = 80; // per cent
const FULL = 100;
/** @type {Record<string, string>} */
const WAYS = { import: "power.from", export: "power.to" };

/** One phase: its current with the way it goes where that is known, and how much of the fuse that is. */
function phaseRow() {
  const name = make("span", { class: "phase" });
  const current = quantity("A");
  const way = make("small", { class: "way" });
  const filled = make("span", { class: "filled" });
  const bar = make("span", { class: "bar-of-load", "aria-hidden": "true" }, filled);
  const share = make("span", { class: "share" });
  const element = make("li", {}, name, make("span", {}, current.element, " ", way), share, bar);

  /** @param {PhaseLoadData} phase */
  function update({ phase, current_a: amperes, direction, load_percent: load, stale, age_s: age }) {
    write(name, phase);
    current.set(amperes === null ? null : { text: number(amperes, 1), stale, age });
    write(way, direction ? say(WAYS[direction]) : "");
    write(share, load === null ? "" : `${number(load)} %`);
    show(bar, load !== null);
    filled.style.width = `${Math.min(load ?? 0, FULL)}%`;
    element.dataset.load = load === null || load <= HIGH ? "" : load > FULL ? "over" : "high";
    element.dataset.state = stale ? "stale" : "current";
  }
  return Object.assign(element, { update });
}

/**
 * What is to be said of the phases that carry too much, or nearly; nothing of values that are not current.
 * @param {PhaseLoadData[]} phases
 */
function loadTexts(phases) {
  const current = phases.filter(({ stale, load_percent: load }) => !stale && load !== null && load > HIGH);
  const over = current.filter(({ load_percent: load }) => (load ?? 0) > FULL);
  const high = current.filter((each) => !over.includes(each));
  const names = (/** @type {PhaseLoadData[]} */ those) => those.map(({ phase }) => phase).join(", ");
  return [
    over.length ? say("load.over", { phases: names(over) }) : "",
    high.length ? say("load.high", { phases: names(high) }) : "",
  ].filter(Boolean);
}

/**
 * The tile with all phases.
 * @param {number} place of the meter in the settings
 */
export function phaseLoad(place) {
  const list = make("ul", { class: "loads" });
  const none = make("span", { class: "figure" }, say("value.none"));
  const fuse = make("span", { class: "ahead" });
  const alerts = make("ul", { class: "alerts", "aria-live": "polite" });
  const set = make("a", { href: `#settings/meters.${place}.main_fuse_a` }, say("load.set"));
  const element = tile("tile", say("load.title"), none, list, alerts, fuse, set);

  /** @param {MeterData} meter */
  function update({ phases, main_fuse_a: amperes }) {
    show(none, phases.length === 0);
    fillList(list, phases, phaseRow, (row, phase) => row.update(phase));
    fillList(alerts, loadTexts(phases), () => make("li", { class: "alert" }), write);
    show(alerts, alerts.children.length > 0);
    write(fuse, amperes === null ? "" : say("load.fuse", { amperes: number(amperes) }));
    show(set, amperes === null);
  }
  return { element, update };
}
