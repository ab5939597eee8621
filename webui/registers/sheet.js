// Registers for spreadsheets: as text with tabs to paste, and as rows of a file.

import { say } from "../text.js";
import { nameOf } from "./names.js";
import { allWords, figureOf, numbersOf, readOf } from "./numbers.js";

/**
 * The cells of one register as a spreadsheet in the reader's language takes them.
 * @param {ServedRegisterData} register
 * @param {boolean} own
 * @param {Record<string, string>} how
 */
export function cellsOf(register, own, { counting, words }) {
  return [
    numbersOf(register, own, counting),
    nameOf(register, own),
    register.known ? figureOf(register) : "",
    register.quantity_unit,
    readOf(register),
    register.unit,
    register.refused ? "0x0B" : allWords(register.words, words),
  ];
}

/** @param {string[][]} rows */
export function asTabs(rows) {
  return rows.map((row) => row.join("\t")).join("\n");
}

/** What the columns of `cellsOf` are called. */
export function heads() {
  return [
    say("registers.number"),
    say("registers.name"),
    say("registers.value"),
    say("registers.value.unit"),
    say("registers.read"),
    say("registers.unit"),
    say("registers.words"),
  ];
}

/**
 * Blocks as rows of a file that programs read: English heads and PDU addresses.
 * @param {RegisterBlockData[]} blocks
 */
export function fileRows(blocks) {
  const head = [
    "block",
    "pdu_address",
    "count",
    "name",
    "value",
    "unit",
    "raw",
    "raw_unit",
    "words",
    "state",
    "exception",
  ];
  const rows = blocks.flatMap(({ name, rows: registers }) =>
    registers.map((each) => [
      name,
      each.address,
      each.last - each.number + 1,
      each.name,
      each.known ? (each.quantity ?? each.value) : "",
      each.quantity_unit,
      each.known ? each.value : "",
      each.unit,
      each.refused ? "" : allWords(each.words, "hex"),
      each.state,
      each.refused ? "0x0B" : "",
    ]),
  );
  return [head, ...rows];
}
