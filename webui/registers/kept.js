// How the reader wants registers shown, kept for this browser.

const KEPT = "han2x-registers";
/** @type {Record<string, string[]>} The first of each is what nobody has chosen. */
export const CHOICES = { counting: ["40001", "1", "0"], words: ["hex", "decimal"] };

/** @returns {Record<string, string>} */
export function chosen() {
  /** @type {Record<string, unknown>} */
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}") ?? {};
  } catch {
    // A browser may refuse to keep anything, and what it kept may be of another version.
  }
  const pick = (/** @type {[string, string[]]} */ [name, values]) => [
    name,
    values.find((value) => value === kept[name]) ?? values[0],
  ];
  return Object.fromEntries(Object.entries(CHOICES).map(pick));
}

/**
 * @param {string} name
 * @param {string} value
 */
export function choose(name, value) {
  const all = { ...chosen(), [name]: value };
  try {
    localStorage.setItem(KEPT, JSON.stringify(all));
  } catch {
    // Then it lasts no longer than this view.
  }
  return all;
}
