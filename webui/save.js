// Saving what the page has as a file.

import { session } from "./api.js";
import { make } from "./dom.js";

const KEEP_MS = 30_000;
/** @type {Record<string, string>} */
const LETTERS = { æ: "ae", ø: "o", đ: "d", ð: "d", þ: "th", ß: "ss", ł: "l" };
const LONGEST = 40;

/**
 * What a file is called: whose it is, what it is, of which day; the gateway names those that it sends alike.
 * @param {string} what
 * @param {string} ending
 */
export function fileName(what, ending) {
  const letters = session.name
    .toLowerCase()
    .replace(/[æøđðþßł]/g, (letter) => LETTERS[letter])
    .normalize("NFKD")
    .replace(/[^\0-\x7f]/g, "");
  const words = letters.replace(/[^a-z0-9]+/g, "-").slice(0, LONGEST);
  const now = new Date();
  const day = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
  return `${words.replace(/^-|-$/g, "") || "han2x"}-${what}-${day}.${ending}`;
}

/**
 * @param {string} name
 * @param {string} text
 * @param {string} type
 */
export function save(name, text, type = "text/plain") {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  make("a", { href: address, download: name }).click();
  // The browser has begun to take it by then.
  setTimeout(() => URL.revokeObjectURL(address), KEEP_MS);
}

/** @param {unknown} cell */
function quoted(cell) {
  const text = String(cell ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Save rows as a file of comma-separated values (RFC 4180), as programs read them: the first row has the names of the
 * columns, numbers have a point before their decimals, and null is empty.
 * @param {string} what as `fileName` has it
 * @param {unknown[][]} rows
 */
export function saveCsv(what, rows) {
  const text = rows.map((row) => row.map(quoted).join(",") + "\r\n").join("");
  save(fileName(what, "csv"), text, "text/csv");
}
