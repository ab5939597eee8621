// What was typed for a change of the network, kept for this tab until it is confirmed: a trial may fail, and the page
// may have been elsewhere meanwhile.

const KEPT = "han2x-network";
/** The change that was confirmed in this window last. */
let kept = "";

/**
 * Remember what was sent.
 * @param {string} token of the change
 * @param {AddressSettings & { interface: string }} typed
 */
export function keepDraft(token, typed) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ token, typed }));
  } catch {
    // A browser may refuse to keep anything: then it is typed again.
  }
}

/** @returns {{ token: string, typed: AddressSettings & { interface: string } } | null} */
function readDraft() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  } catch {
    return null;
  }
}

function dropDraft() {
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // Then nothing was kept either.
  }
}

/**
 * What was typed for this interface, where the trial of it failed or ran out; null where nobody wants that any more.
 * @param {NetworkData} network
 * @param {string} name of the interface
 */
export function draftOf({ pending, last }, name) {
  const draft = readDraft();
  if (!draft || pending) return null;
  const failed = last?.token === draft.token && !["confirmed", "rolled-back"].includes(last.ending);
  if (!failed) dropDraft();
  return failed && draft.typed.interface === name ? draft.typed : null;
}

/** @param {string} token of a change that was confirmed here */
export function noteKept(token) {
  kept = token;
}

/** @param {LastChangeData | null} last */
export function wasKeptHere(last) {
  return last?.ending === "confirmed" && last.token === kept;
}
