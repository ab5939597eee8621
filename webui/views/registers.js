// The registers as Modbus clients read them, and what those clients do.

import { SOON_MS, get, textOf } from "../api.js";
import { copy } from "../copy.js";
import { make } from "../dom.js";
import { page } from "../forms.js";
import { modbusView } from "../registers/clients.js";
import { recipesView } from "../registers/recipes.js";
import { asTabs, fileRows, heads } from "../registers/sheet.js";
import { toolbar } from "../registers/toolbar.js";
import { unitView } from "../registers/unit.js";
import { saveCsv } from "../save.js";
import { say } from "../text.js";

const ASK_MS = 2000;
const UNITS_MS = 10_000;

/** What the address names behind the view: a register's number, a unit id, and a place; each may be left out. */
function named() {
  const [, number, unit, on = ""] = location.hash.split("/").map(decodeURIComponent);
  return number ? { number: Number(number), unit: unit ? Number(unit) : null, on } : null;
}

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ announce }) {
  const tables = make("div", {}, make("p", { class: "waiting" }, say("page.waiting")));
  const bar = toolbar({ onChoice: redraw, onSearch: search, onCopy: copyAll, onCsv: saveAll });
  const modbus = modbusView();
  const recipes = recipesView(announce);
  const element = page(say("view.registers"), bar.element, tables, recipes.element, modbus.element);
  /** @type {ReturnType<typeof unitView>[]} */
  let parts = [];
  /** @type {ServedUnitData[]} */
  let units = [];
  /** @type {LiveData | null} */
  let last = null;
  let sought = "";
  let target = named();

  async function loadUnits() {
    if (document.hidden && parts.length) return;
    /** @type {ServedUnitData[] | null} */
    const found = await get("/units", SOON_MS).catch(() => null);
    if (!found?.length || JSON.stringify(found) === JSON.stringify(units)) return;
    units = found;
    parts = units.map((unit, place) =>
      unitView(unit, { opened: place === 0, first: place === 0, announce, how: bar.how }),
    );
    tables.replaceChildren(...parts.map((part) => part.element));
    for (const part of parts) part.search(sought);
    if (last) update(last);
    modbus.serve(units);
    recipes.serve(units);
    reveal();
    ask();
  }

  /** Go to the register that the address names. */
  function reveal() {
    if (target === null) return;
    const { number, unit, on } = target;
    const part = unit === null ? parts[0] : parts.find((each) => each.unit.unit === unit && each.unit.on === on);
    if (part?.reveal(number)) target = null;
  }

  function ask() {
    if (!parts.length) loadUnits();
    for (const part of parts) part.ask();
  }

  /** @param {LiveData} data */
  function update(data) {
    const known = data.meters.map((meter) => meter.unit).join();
    // A meter that has come or gone serves at once, and the page shall not show another's registers as its own.
    if (last && known !== last.meters.map((meter) => meter.unit).join()) loadUnits();
    last = data;
    for (const part of parts) {
      const meter = data.meters.find((each) => each.unit === part.unit.meter);
      if (meter) part.update(meter, data);
    }
    recipes.update(data);
  }

  /** @param {string} text */
  function search(text) {
    sought = text;
    for (const part of parts) part.search(text);
  }

  function redraw() {
    for (const part of parts) part.redraw();
  }

  async function copyAll() {
    const rows = parts.flatMap((part) => part.visible());
    announce(say((await copy(asTabs([heads(), ...rows]))) ? "copy.done" : "copy.failed"));
  }

  /** The registers of the first unit id that is open, all blocks of it. */
  async function saveAll() {
    const part = parts.find((each) => each.element.open) ?? parts[0];
    if (!part) return;
    const { unit, on } = part.unit;
    try {
      /** @type {RegisterBlockData[]} */
      const blocks = await get(`/registers?${new URLSearchParams({ unit: String(unit), on })}`);
      saveCsv(`registers-unit-${unit}`, fileRows(blocks));
    } catch (error) {
      announce(textOf(error));
    }
  }

  const timers = [setInterval(ask, ASK_MS), setInterval(loadUnits, UNITS_MS)];
  loadUnits();

  function close() {
    timers.forEach(clearInterval);
    modbus.close();
  }

  return { element, update, close };
}
