// Saving a text that the page has as a file.

import { make } from "./dom.js";

const KEEP_MS = 30_000;

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
