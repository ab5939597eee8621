// Copying text to the clipboard, also where the page comes without encryption and browsers offer no Clipboard API.

import { make } from "./dom.js";

/**
 * Copy a text; whether that could be done.
 * @param {string} text
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

const GROUPS = /(\d)\u202f(?=\d)/g;
const MINUS = /\u2212(?=\d)/g;

/**
 * Numbers as programs read them: without the thin spaces between their thousands, and with the keyboard's minus.
 * @param {string} text
 */
export function plainNumbers(text) {
  return text.replace(GROUPS, "$1").replace(MINUS, "-");
}

/**
 * Give what is selected on the page to the clipboard with its numbers as programs read them.
 * @param {ClipboardEvent} event
 */
export function copyNumbers(event) {
  const selected = getSelection()?.toString() ?? "";
  if (plainNumbers(selected) === selected) return;
  event.clipboardData?.setData("text/plain", plainNumbers(selected));
  event.preventDefault();
}

/** @param {string} text */
function copyBySelection(text) {
  const before = document.activeElement;
  const area = make("textarea", { class: "unseen", "aria-hidden": "true", tabindex: "-1" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}
