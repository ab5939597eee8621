// Registers as texts: their numbers as the reader counts them, their words, and their values for people and spreadsheets.

import { hex } from "../format.js";
import { locale } from "../text.js";

/** As a HAN2X manual counts; further up its numbers would have to have six digits, and other makers count otherwise. */
const FIRST_NUMBER = 40001;
const MOST_COUNTED_SO = 9999;
const SHOWN_WORDS = 4; // of a text there are more, which are of no use to anybody

/**
 * The number of a place as it is counted; other makers' documents have PDU addresses.
 * @param {number} address
 * @param {boolean} own
 * @param {string} counting
 */
function counted(address, own, counting) {
  if (counting === "1") return address + 1;
  return counting === "40001" && own && address < MOST_COUNTED_SO ? address + FIRST_NUMBER : address;
}

/**
 * Whether a block has PDU addresses although another counting is chosen.
 * @param {ServedBlockData} block
 * @param {string} counting
 */
export function hasPduAddresses({ first, own }, counting) {
  return counting === "40001" && (!own || first >= MOST_COUNTED_SO);
}

/**
 * Its number, or from-to.
 * @param {ServedRegisterData} register
 * @param {boolean} own
 * @param {string} counting
 */
export function numbersOf({ address, number, last }, own, counting) {
  const first = counted(address, own, counting);
  return last > number ? `${first}–${first + last - number}` : String(first);
}

/**
 * @param {number[]} words
 * @param {string} form hex or decimal
 */
export function allWords(words, form) {
  return form === "decimal" ? words.join(" ") : hex(words);
}

/**
 * The words as a table has room for them.
 * @param {number[]} words
 * @param {string} form hex or decimal
 */
export function wordsText(words, form) {
  return words.length > SHOWN_WORDS ? `${allWords(words.slice(0, SHOWN_WORDS), form)} …` : allWords(words, form);
}

/**
 * A number as spreadsheets take it: the reader's decimal sign, and nothing between the thousands.
 * @param {number} value
 * @param {number} decimals
 */
export function plainNumber(value, decimals) {
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return new Intl.NumberFormat(locale, { ...digits, useGrouping: false }).format(value);
}

/**
 * What the register says, without its unit; "" where that is not known.
 * @param {ServedRegisterData} register
 */
export function figureOf({ value, quantity, decimals }) {
  return quantity === null ? String(value ?? "") : plainNumber(quantity, decimals);
}

/**
 * The number that its words make; "" where that is none, or not known.
 * @param {ServedRegisterData} register
 */
export function readOf({ known: isKnown, value }) {
  if (!isKnown || typeof value !== "number") return "";
  return Number.isInteger(value) ? String(value) : plainNumber(value, 3);
}
