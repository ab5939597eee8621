// One block of registers of a unit id, asked for as long as somebody looks at it.

import { SOON_MS, get } from "../api.js";
import { make } from "../dom.js";
import { known, say } from "../text.js";
import { registerTable } from "./table.js";

const OWN = "HAN2X";

/**
 * The words of a block's heading; a map of another maker has its own name.
 * @param {ServedBlockData} block
 */
function titleOf({ name }) {
  return known(`registers.block.${name}`) ?? name;
}

/**
 * @param {ServedUnitData} unit
 * @param {ServedBlockData} block
 * @param {{ opened: boolean, first: boolean, announce: Announce, how: () => Record<string, string> }} options
 */
export function registerBlock(unit, block, { opened, first, announce, how }) {
  const element = make(
    "details",
    { class: "block", open: opened, ontoggle: ask },
    make("summary", {}, make("h4", {}, titleOf(block))),
  );
  const place = {
    block,
    caption: say(block.name === OWN ? "registers.caption" : "registers.caption.of", {
      unit: unit.unit,
      block: titleOf(block),
    }),
    link: (/** @type {ServedRegisterData} */ { number }) => {
      const where = [number, ...(first ? [] : [unit.unit, ...(unit.on ? [unit.on] : [])])];
      return `#registers/${where.map((each) => encodeURIComponent(each)).join("/")}`;
    },
  };
  /** @type {ReturnType<typeof registerTable> | null} */
  let table = null;
  /** @type {ServedRegisterData[]} */
  let rows = [];
  let sought = "";
  /** @type {number | null} */
  let wanted = null;

  /** Ask for the registers, when they are looked at. */
  async function ask() {
    if (!element.open || !element.checkVisibility() || document.hidden) return;
    const query = new URLSearchParams({ unit: String(unit.unit), on: unit.on, block: block.name });
    /** @type {RegisterBlockData[] | null} */
    const found = await get(`/registers?${query}`, SOON_MS).catch(() => null);
    // The watch over the live data tells the reader where none come.
    if (found?.length === 1) fill(found[0].rows);
  }

  /** @param {ServedRegisterData[]} now */
  function fill(now) {
    if (!table || rows.length !== now.length) {
      table?.element.remove();
      table = registerTable(now, place, announce);
      element.append(table.element);
      table.search(sought);
    }
    rows = now;
    table.update(rows, how());
    if (wanted !== null && table.reveal(wanted)) wanted = null;
  }

  /** @param {string} text in lower case; "" for all */
  function search(text) {
    sought = text;
    table?.search(sought);
  }

  /**
   * Open it at a register, if that is in here; whether it is.
   * @param {number} address
   * @param {number} number
   */
  function reveal(address, number) {
    if (address < block.first || address >= block.end) return false;
    wanted = number;
    element.open = true;
    ask();
    return true;
  }

  const redraw = () => table?.update(rows, how());
  return { element, block, ask, search, reveal, redraw, visible: () => (element.open ? (table?.visible() ?? []) : []) };
}
