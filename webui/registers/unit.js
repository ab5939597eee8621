// What one unit id serves: its blocks of registers, and how to read them.

import { session } from "../api.js";
import { make, show, write } from "../dom.js";
import { number } from "../format.js";
import { nameOf } from "../live/meter.js";
import { say } from "../text.js";
import { registerBlock } from "./block.js";
import { factorPart } from "./factor.js";
import { pollingNote } from "./poll.js";

const OWN = "HAN2X";
const FIRST_NUMBER = 40001;

/**
 * What a unit id is called: its meter, and whom it shows as and where, when that is not the usual.
 * @param {ServedUnitData} unit
 * @param {MeterData} meter
 * @param {boolean} alone
 */
export function unitTitle({ unit, on, maps, blocks }, meter, alone) {
  const name = nameOf(meter, alone);
  if (!on && unit === meter.unit && blocks.some((block) => block.name === OWN)) return name;
  const as = say("registers.as", { meter: name, map: maps.join(", "), unit });
  return on ? say("registers.as.on", { as, on }) : as;
}

/**
 * @param {ServedUnitData} unit
 * @param {{ opened: boolean, first: boolean, announce: Announce, how: () => Record<string, string> }} options
 */
export function unitView(unit, options) {
  const title = make("h3", {}, say("meter.unit", { unit: unit.unit }));
  const old = make("span", { class: "old" }, say("value.old"));
  const element = make(
    "details",
    { class: "group served", open: options.opened },
    make("summary", {}, title, " ", old),
  );
  const blocks = unit.blocks.map((block, place) => registerBlock(unit, block, { ...options, opened: place === 0 }));
  const imitates = make("p", { class: "note" });
  const note = make("p", { class: "note" });
  const isOwn = !unit.on && unit.unit === unit.meter;
  const change = isOwn ? factorPart(unit.meter, options.announce) : null;
  const poll = pollingNote(unit.unit);
  const hasHan2x = blocks.some(({ block }) => block.name === OWN);
  element.append(imitates, ...blocks.map((block) => block.element), note);
  if (change) element.append(change.element);
  if (isOwn && hasHan2x) element.append(poll.element);
  element.addEventListener("toggle", ask);

  function ask() {
    if (element.open) for (const block of blocks) block.ask();
  }

  /**
   * @param {MeterData} meter
   * @param {LiveData} gateway
   */
  function update(meter, gateway) {
    write(title, unitTitle(unit, meter, gateway.meters.length === 1));
    element.dataset.state = meter.stale ? "stale" : "current";
    write(imitates, say("registers.imitates", { unit: unit.unit, meter: unit.maps.join(", ") }));
    show(imitates, isOwn && !hasHan2x);
    write(note, say("registers.factor", { factor: number(meter.scaling_factor / 1000, 3) }));
    if (change) show(change.element, session.logged_in);
    poll.update(gateway);
  }

  /**
   * Open it at a register, by its 4xxxx number; whether it has it.
   * @param {number} wanted
   */
  function reveal(wanted) {
    const block = blocks.find(
      (each) => wanted - FIRST_NUMBER >= each.block.first && wanted - FIRST_NUMBER < each.block.end,
    );
    if (!block) return false;
    element.open = true;
    return block.reveal(wanted - FIRST_NUMBER, wanted);
  }

  return {
    element,
    unit,
    ask,
    update,
    reveal,
    search: (/** @type {string} */ text) => blocks.forEach((block) => block.search(text)),
    redraw: () => blocks.forEach((block) => block.redraw()),
    visible: () => (element.open ? blocks.flatMap((block) => block.visible()) : []),
  };
}
