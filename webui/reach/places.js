// Where the gateway is reached: addresses as the gateway names them, and whether the page is reached there.

const PROBE_MS = 1500;
/** Whether this page was loaded with leave to look elsewhere: else the browser refuses, and complains. */
const mayLook = location.search.startsWith("?try=");

/**
 * A place as this browser goes there: one without a host of its own is on the host that the page is on.
 * @param {string} place
 */
export function onThisHost(place) {
  return place.replace("://:", `://${location.hostname}:`);
}

/**
 * Whether the page is at this place already.
 * @param {string} place
 */
export function isHere(place) {
  return new URL(place).origin === location.origin;
}

/**
 * Whether the page is reached there; false also where the browser may not look.
 * @param {string} place
 */
export async function answers(place) {
  if (!mayLook) return false;
  try {
    const options = { mode: /** @type {RequestMode} */ ("no-cors"), cache: /** @type {RequestCache} */ ("no-store") };
    await fetch(new URL("/healthz", place), { ...options, signal: AbortSignal.timeout(PROBE_MS) });
    return true;
  } catch {
    return false;
  }
}

/** Load the page again, with leave to look whether it is reached at the places that are being tried. */
export function loadAgain() {
  location.assign(`/?try=${Date.now()}${location.hash}`);
}

/** Take from the address what `loadAgain` put there. */
export function tidyAddress() {
  if (location.search) history.replaceState(null, "", `${location.pathname}${location.hash}`);
}
