// The steps of setting up in their order, and where one is among them: the address says it, and this browser keeps it.

/** The first is the first visit's own view: without a password nothing else can be done. */
export const STEPS = /** @type {const} */ (["password", "adapter", "meter", "factor", "network", "clients", "done"]);
export const FIRST = STEPS[1];
export const LAST = STEPS[STEPS.length - 1];
const VIEW = "start";
const KEPT = "han2x-start";

/**
 * The step and the meter, by its unit id, that an address names: #start/factor/2; null for any other.
 * @param {string} hash
 * @returns {{ step: string, unit: number | null } | null}
 */
export function placeOf(hash) {
  const [view, step, unit] = hash.slice(1).split("/");
  if (view !== VIEW) return null;
  const known = STEPS.slice(1).find((each) => each === step);
  return { step: known ?? FIRST, unit: /^\d{1,3}$/.test(unit ?? "") ? Number(unit) : null };
}

/**
 * @param {string} step
 * @param {number | null} [unit]
 */
export function addressOf(step, unit = null) {
  return `#${VIEW}/${step}${unit === null ? "" : `/${unit}`}`;
}

/**
 * The step so many places from another; null where there is none.
 * @param {string} step
 * @param {number} by
 */
export function stepFrom(step, by) {
  const place = STEPS.findIndex((each) => each === step) + by;
  return place < 1 ? null : (STEPS[place] ?? null);
}

/** Which of how many a step is, counted from 1. @param {string} step */
export function countOf(step) {
  return { number: STEPS.findIndex((each) => each === step) + 1, all: STEPS.length };
}

/**
 * Go on here at the next visit.
 * @param {string} address
 */
export function keepPlace(address) {
  try {
    localStorage.setItem(KEPT, address);
  } catch {
    // A browser may refuse to keep anything; the address still has it.
  }
}

/** Where setting up was left by going away from it; null where it was not begun here, or was ended. */
export function keptPlace() {
  try {
    const kept = localStorage.getItem(KEPT);
    return kept !== null && placeOf(kept) ? kept : null;
  } catch {
    return null;
  }
}

export function forgetPlace() {
  try {
    localStorage.removeItem(KEPT);
  } catch {
    // Then it was not kept either.
  }
}
