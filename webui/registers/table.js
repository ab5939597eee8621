// A table of registers: what each says, and what a client gets that reads it now.

import { copy } from "../copy.js";
import { fillList, make, show, write } from "../dom.js";
import { duration } from "../format.js";
import { say } from "../text.js";
import { nameOf } from "./names.js";
import { allWords, figureOf, hasPduAddresses, numbersOf, readOf, wordsText } from "./numbers.js";
import { asTabs, cellsOf } from "./sheet.js";

const REFUSED = "0x0B";
// On a narrow screen the rows are laid out as small cards, and some browsers then forget that this is a table:
// the roles are named for that reason.
/** @type {Record<string, string>} */
const HEADS = {
  number: "registers.number",
  name: "registers.name",
  value: "registers.value",
  read: "registers.read",
  unit: "registers.unit",
  words: "registers.words",
  copy: "registers.copy",
};
const COLUMNS = Object.keys(HEADS);

function tableHead() {
  const heads = COLUMNS.map((column) =>
    make("th", { scope: "col", role: "columnheader", class: column }, say(HEADS[column])),
  );
  return make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads));
}

/**
 * What stands in place of a value that is not there.
 * @param {ServedRegisterData} register
 */
function missingText({ state }) {
  if (state === "awaited") return say("registers.awaited");
  return state === "stale" ? say("value.old") : say("value.none");
}

/**
 * What there is to explain of these rows, each as the words of a line.
 * @param {ServedRegisterData[]} rows
 */
function notesOf(rows) {
  const any = (/** @type {(row: ServedRegisterData) => boolean} */ fits) => rows.some(fits);
  const lines = [];
  if (any((row) => row.refused)) lines.push("registers.note.refused");
  if (any((row) => row.state === "awaited")) lines.push("registers.note.awaited");
  if (any((row) => row.measured && row.state === "unknown")) lines.push("registers.note.unknown");
  if (any((row) => row.state === "stale" && row.known && !row.refused)) lines.push("registers.note.held");
  if (any((row) => row.state === "stale" && !row.known && !row.refused)) lines.push("registers.note.dropped");
  return lines.map((key) => say(key));
}

/**
 * @param {ServedRegisterData} first
 * @param {TablePlace} place
 * @param {Announce} announce
 */
function tableRow(first, place, announce) {
  /** @type {Record<string, HTMLElement>} */
  const cells = Object.fromEntries(COLUMNS.map((column) => [column, make("td", { role: "cell", class: column })]));
  const name = make("th", { scope: "row", role: "rowheader", class: "name" }, nameOf(first, place.block.own));
  if (first.writable) name.append(" ", make("small", { class: "tag" }, say("registers.writable")));
  cells.name = name;
  const link = make("a", { href: place.link(first) });
  cells.number.append(link);
  const figure = make("span", { class: "amount" });
  const unit = make("span", { class: "in-unit" });
  cells.value.append(figure, " ", unit);
  const button = make("button", { type: "button", class: "plain small copy-button", onclick: copyRow });
  cells.copy.append(button);
  const row = make("tr", { role: "row", tabindex: "-1", class: first.measured ? "measured" : "" });
  row.append(...COLUMNS.map((column) => cells[column]));
  let now = first;
  /** @type {Record<string, string>} */
  let how = {};

  async function copyRow() {
    const done = await copy(asTabs([cellsOf(now, place.block.own, how)]));
    announce(say(done ? "copy.done" : "copy.failed"));
    button.classList.toggle("done", done);
    setTimeout(() => button.classList.remove("done"), 1500);
  }

  /**
   * @param {ServedRegisterData} register
   * @param {Record<string, string>} wanted
   */
  function update(register, wanted) {
    now = register;
    how = wanted;
    const number = numbersOf(now, place.block.own, how.counting);
    write(link, number);
    button.title = say("registers.copy.one", { number });
    button.setAttribute("aria-label", button.title);
    write(figure, now.known ? figureOf(now) : missingText(now));
    write(unit, now.known ? now.quantity_unit : "");
    write(cells.read, readOf(now));
    write(cells.unit, now.unit);
    write(cells.words, now.refused ? say("clients.exception", { code: REFUSED }) : wordsText(now.words, how.words));
    cells.words.title = now.refused ? "" : allWords(now.words, how.words);
    row.dataset.state = now.state === "current" ? "current" : "stale";
    row.dataset.refused = String(now.refused);
    cells.value.title = now.known && now.age_s !== null ? say("value.aged", { age: duration(now.age_s) }) : "";
  }

  /** @param {string} sought in lower case */
  function fits(sought) {
    const texts = [
      numbersOf(now, place.block.own, how.counting),
      String(now.number),
      nameOf(now, place.block.own),
      now.name,
    ];
    return texts.some((text) => text.toLowerCase().includes(sought));
  }

  return { element: row, update, fits, cells: () => cellsOf(now, place.block.own, how), number: first.number };
}

/**
 * The table of one block, whose rows are never others.
 * @param {ServedRegisterData[]} registers
 * @param {TablePlace} place
 * @param {Announce} announce
 */
export function registerTable(registers, place, announce) {
  const rows = registers.map((register) => tableRow(register, place, announce));
  const body = make("tbody", { role: "rowgroup" }, ...rows.map((row) => row.element));
  const table = make(
    "table",
    { class: "registers", role: "table" },
    make("caption", {}, place.caption),
    tableHead(),
    body,
  );
  const nothing = make("p", { class: "note", hidden: true }, say("registers.none"));
  const pdu = make("p", { class: "note" }, say("registers.pdu"));
  const notes = make("ul", { class: "note" });
  const element = make("div", {}, pdu, table, nothing, notes);
  let sought = "";

  /**
   * @param {ServedRegisterData[]} now
   * @param {Record<string, string>} how
   */
  function update(now, how) {
    rows.forEach((row, index) => row.update(now[index], how));
    show(pdu, hasPduAddresses(place.block, how.counting));
    fillList(notes, notesOf(now), () => make("li"), write);
    show(notes, notes.children.length > 0);
    search(sought);
  }

  /** @param {string} text in lower case; "" for all */
  function search(text) {
    sought = text;
    for (const row of rows) show(row.element, !sought || row.fits(sought));
    const found = rows.some((row) => !row.element.hidden);
    show(table, found);
    show(nothing, !found);
  }

  /**
   * Bring a register into view; whether it is there.
   * @param {number} number
   */
  function reveal(number) {
    const row = rows.find((each) => each.number === number);
    row?.element.classList.add("sought");
    row?.element.scrollIntoView({ block: "center" });
    row?.element.focus({ preventScroll: true });
    return row !== undefined;
  }

  const visible = () => rows.filter((row) => !row.element.hidden).map((row) => row.cells());
  return { element, update, search, reveal, visible };
}
