// The registers of a meter beyond the HAN2X map, asked for as long as somebody looks at them.

import { get } from "../api.js";
import { make } from "../dom.js";
import { say } from "../text.js";
import { registerTable } from "./table.js";

const ASK_MS = 5000;

/**
 * @param {number} unit
 * @param {Announce} announce
 */
export function moreRegisters(unit, announce) {
  const tables = make("div");
  const element = make(
    "details",
    { ontoggle: ask },
    make("summary", {}, say("registers.more")),
    make("p", { class: "note" }, say("registers.more.help")),
    tables,
  );
  /** @type {ReturnType<typeof registerTable>[]} */
  let parts = [];

  async function ask() {
    if (!element.open || !element.isConnected || document.hidden) return;
    /** @type {RegisterBlockData[] | null} */
    const blocks = await get(`/registers?unit=${unit}`, ASK_MS).catch(() => null);
    // SunSpec has hundreds of rows, for programs that find them by themselves.
    if (blocks) fill(blocks.filter(({ name }) => name === "extended"));
  }

  /** @param {RegisterBlockData[]} blocks */
  function fill(blocks) {
    if (parts.length !== blocks.length) {
      parts = blocks.map((block) => registerTable(block.rows, say("registers.more.caption", { unit }), announce));
      tables.replaceChildren(...parts.map((part) => part.element));
    }
    blocks.forEach((block, place) => parts[place].update(block.rows));
  }

  const timer = setInterval(ask, ASK_MS);
  return { element, close: () => clearInterval(timer) };
}
