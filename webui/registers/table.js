// The register table of one meter, and how to read it.

import { copy, plainNumbers } from "../copy.js";
import { make, show, write } from "../dom.js";
import { duration, hex, number } from "../format.js";
import { nameOf } from "../live/meter.js";
import { known, say } from "../text.js";
import { moreRegisters } from "./more.js";

// On a narrow screen the rows are laid out as small cards, and some browsers then forget that this is a table:
// the roles are named for that reason.
/** @type {Record<string, string>} */
const HEADS = {
  number: "registers.number",
  address: "registers.address",
  name: "registers.name",
  value: "registers.value",
  unit: "registers.unit",
  words: "registers.words",
  copy: "registers.copy",
};
const COLUMNS = Object.keys(HEADS);
const SHOWN_WORDS = 4; // of a text there are more, which are of no use to anybody

/** @param {AnyRegisterData} register */
function numbersOf(register) {
  return register.last > register.number ? `${register.number}–${register.last}` : String(register.number);
}

/** @param {AnyRegisterData} register */
function addressesOf(register) {
  const last = register.address + register.last - register.number;
  return last > register.address ? `${register.address}–${last}` : String(register.address);
}

/** @param {number[]} words */
function wordsText(words) {
  return words.length > SHOWN_WORDS ? `${hex(words.slice(0, SHOWN_WORDS))} …` : hex(words);
}

/** @param {AnyRegisterData} register */
function valueText({ value, unit }) {
  // A year or a version is a name more than a number, and has no thousands.
  return unit && typeof value === "number" ? number(value) : String(value ?? "");
}

/** @param {AnyRegisterData} register */
function registerName(register) {
  return known(`register.${register.number}`) ?? register.name;
}

function tableHead() {
  const heads = COLUMNS.map((column) =>
    make("th", { scope: "col", role: "columnheader", class: column }, say(HEADS[column])),
  );
  return make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads));
}

/**
 * @param {AnyRegisterData} register
 * @param {Announce} announce
 */
function tableRow(register, announce) {
  /** @type {Record<string, HTMLElement>} */
  const cells = Object.fromEntries(COLUMNS.map((column) => [column, make("td", { role: "cell", class: column })]));
  const name = make("th", { scope: "row", role: "rowheader", class: "name" }, registerName(register));
  if (register.writable) name.append(" ", make("small", { class: "tag" }, say("registers.writable")));
  cells.name = name;
  write(cells.number, numbersOf(register));
  write(cells.address, addressesOf(register));
  write(cells.unit, register.unit);
  const title = say("registers.copy.one", { number: register.number });
  const button = make("button", {
    type: "button",
    class: "plain small copy-button",
    "aria-label": title,
    title,
    onclick: copyRow,
  });
  cells.copy.append(button);
  const row = make("tr", { role: "row", class: register.measured ? "measured" : "" });
  row.append(...COLUMNS.map((column) => cells[column]));

  async function copyRow() {
    const texts = COLUMNS.slice(0, -1).map((column) =>
      column === "name" ? registerName(register) : cells[column].textContent,
    );
    const done = await copy(plainNumbers(texts.join("\t")));
    announce(say(done ? "copy.done" : "copy.failed"));
    button.classList.toggle("done", done);
    setTimeout(() => button.classList.remove("done"), 1500);
  }

  /** @param {AnyRegisterData} now */
  function update(now) {
    write(cells.value, now.known ? valueText(now) : say("value.none"));
    write(cells.words, wordsText(now.words));
    cells.words.title = now.words.length > SHOWN_WORDS ? hex(now.words) : "";
    row.dataset.state = now.stale ? "stale" : "current";
    cells.value.title = now.known && now.age_s !== null ? say("value.aged", { age: duration(now.age_s) }) : "";
  }
  return { element: row, update };
}

/**
 * A ready-made command for mbpoll, a Modbus client that Debian has.
 * @param {number} unit
 * @param {LiveData["modbus"]} modbus
 */
function command(unit, modbus) {
  const port = modbus?.port && modbus.port !== 502 ? ` -p ${modbus.port}` : "";
  return `mbpoll -m tcp -a ${unit}${port} -t 4:int -B -r 1 -c 1 -1 ${location.hostname.replace(/^\[|\]$/g, "")}`;
}

/** @param {number} unit */
function pollingNote(unit) {
  const example = make("code");
  const texts = [say("poll.request", { unit }), say("poll.words"), say("poll.pace"), say("poll.command")];
  const element = make(
    "details",
    { class: "poll" },
    make("summary", {}, say("poll.title")),
    ...texts.map((text) => make("p", {}, text)),
    make("pre", { tabindex: "0" }, example),
  );
  return { element, update: (/** @type {LiveData} */ gateway) => write(example, command(unit, gateway.modbus)) };
}

/**
 * A table of registers.
 * @param {AnyRegisterData[]} registers
 * @param {string} caption
 * @param {Announce} announce
 */
export function registerTable(registers, caption, announce) {
  const rows = registers.map((register) => tableRow(register, announce));
  const body = make("tbody", { role: "rowgroup" }, ...rows.map((row) => row.element));
  const element = make("table", { class: "registers", role: "table" }, make("caption", {}, caption), tableHead(), body);
  /** @param {AnyRegisterData[]} now */
  const update = (now) => rows.forEach((row, index) => row.update(now[index]));
  return { element, update };
}

/**
 * The registers of one meter.
 * @param {MeterData} meter
 * @param {{ alone: boolean, opened: boolean, announce: Announce }} how
 */
export function registersOf(meter, { alone, opened, announce }) {
  const table = registerTable(meter.registers, say("registers.caption", { unit: meter.unit }), announce);
  const old = make("span", { class: "old" }, say("value.old"));
  const title = make("h3");
  const unknown = make("p", { class: "note" }, say("registers.unknown"));
  const factor = make("p", { class: "note" });
  const imitates = make("p", { class: "note" });
  const poll = pollingNote(meter.unit);
  const element = make("details", { class: "group", open: opened }, make("summary", {}, title, " ", old));
  const more = moreRegisters(meter.unit, announce);
  element.append(imitates, table.element, unknown, factor, poll.element, more.element);

  /**
   * @param {MeterData} now
   * @param {LiveData} gateway
   */
  function update(now, gateway) {
    write(title, nameOf(now, alone));
    element.dataset.state = now.stale ? "stale" : "current";
    table.update(now.registers);
    show(
      unknown,
      now.registers.some((register) => !register.known),
    );
    write(imitates, say("registers.imitates", { unit: now.unit, meter: now.imitates }));
    show(imitates, now.imitates !== "");
    write(factor, say("registers.factor", { factor: number(now.scaling_factor / 1000, 3) }));
    poll.update(gateway);
  }
  return { element, update, close: more.close };
}
