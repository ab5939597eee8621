// A change of the network that waits to be confirmed: the time that is left, and the way to the new address.

import { ApiError, SOON_MS, get, post } from "../api.js";
import { attempts } from "../attempt.js";
import { make, show, write } from "../dom.js";
import { faultText } from "../fault.js";
import { say } from "../text.js";
import { noteKept, wasKeptHere } from "./draft.js";

const ASK_MS = 1000;
/** So often the old address must have kept silent before the page leaves it. */
const SILENCES = 2;

/**
 * The page at the new address, where the change is confirmed.
 * @param {PendingData} change
 * @param {number} left in s
 */
export function newPlace(change, left) {
  const [address] = change.addresses[0]?.split("/") ?? [];
  if (!address) return null;
  const port = location.port ? `:${location.port}` : "";
  const until = String(Math.round(Date.now() / 1000 + left));
  const told = { confirm: change.token, until, from: location.origin, next: location.hash.slice(1) };
  return `${location.protocol}//${address}${port}/#${new URLSearchParams(told)}`;
}

/**
 * Whether the page is at one of these addresses already.
 * @param {string[]} addresses
 */
function isHere(addresses) {
  return addresses.some((address) => address.split("/")[0] === location.hostname);
}

/** What became of the last change, for as long as that is of interest: one that was kept, where that was done here. */
export function lastChange() {
  const element = make("div", { class: "banner", hidden: true });
  /**
   * Whether it was kept, and that here.
   * @param {NetworkData} network
   */
  function update({ pending, last }) {
    const kept = !pending && wasKeptHere(last);
    const told = !pending && last && (kept || last.ending !== "confirmed") ? last : null;
    show(element, told !== null);
    if (!told) return false;
    element.className = kept ? "banner notice" : "banner warning";
    const faults = Object.values(told.errors ?? {}).map(faultText);
    element.replaceChildren(
      make("strong", {}, kept ? say("network.kept") : say(`network.ending.${told.ending}`)),
      ...faults.map((text) => make("p", {}, text)),
    );
    return kept;
  }
  return { element, update };
}

/**
 * The part that counts down. `onEnded` is called when nothing waits any more.
 * @param {{ announce: Announce, onEnded: () => void }} tools
 */
export function pendingPart({ announce, onEnded }) {
  const title = make("strong");
  const text = make("p");
  const count = make("p", { class: "countdown" });
  const link = make("a", { href: "#network" });
  const keep = make("button", { type: "button", onclick: () => end("confirm") }, say("network.keep"));
  const back = make("button", { type: "button", class: "plain", onclick: () => end("rollback") }, say("network.undo"));
  const { fault, attempt } = attempts();
  const element = make("div", { class: "banner notice", hidden: true });
  element.append(title, text, make("p", {}, link), count, make("div", { class: "actions" }, keep, back), fault);
  /** @type {PendingData | null} */
  let change = null;
  let until = 0;
  let silences = 0;
  /** @type {number | undefined} */
  let timer;
  let asking = false;

  /** @param {PendingData} pending */
  function begin(pending) {
    const fresh = change?.token !== pending.token;
    change = pending;
    until = Date.now() + (pending.remaining_s ?? pending.confirm_within_s) * 1000;
    if (fresh) {
      silences = 0;
      announce(say("network.pending.title"));
      clearInterval(timer);
      timer = setInterval(step, ASK_MS);
      show(element, true);
      element.scrollIntoView({ block: "nearest" });
    }
    tell(pending);
  }

  /** @param {PendingData} waiting */
  function tell(waiting) {
    const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    const place = newPlace(waiting, left);
    const there = isHere(waiting.addresses);
    const inForce = waiting.state === "in-force";
    write(title, say(inForce ? "network.pending.in-force" : "network.pending.title"));
    write(text, say(there ? "network.pending.here" : place ? "network.pending.follow" : "network.pending.find"));
    write(count, say("network.pending.left", { seconds: left }));
    show(link, Boolean(place) && !there);
    if (place) link.href = place;
    write(link, place ? new URL(place).host : "");
    // Who is not at the new address has not seen that it works.
    show(keep, inForce && (there || !place));
    return left;
  }

  async function step() {
    const waiting = change;
    if (asking || !waiting) return null;
    if (tell(waiting) === 0 && silences === 0) return finish();
    asking = true;
    try {
      /** @type {NetworkData} */
      const network = await get("/network", SOON_MS);
      silences = 0;
      if (!network.pending) return finish();
      return begin(network.pending);
    } catch (error) {
      if (error instanceof ApiError && error.status === 0) silences += 1;
      const place = newPlace(waiting, (until - Date.now()) / 1000);
      if (silences >= SILENCES && place && !isHere(waiting.addresses)) location.assign(place);
      return null;
    } finally {
      asking = false;
    }
  }

  function finish() {
    close();
    show(element, false);
    change = null;
    onEnded();
  }

  /** @param {"confirm" | "rollback"} verb */
  async function end(verb) {
    await attempt(async () => {
      await post(`/network/${verb}`, { token: change?.token });
      if (verb === "confirm") noteKept(change?.token ?? "");
      announce(say(verb === "confirm" ? "network.kept" : "network.ending.rolled-back"));
      finish();
    });
  }

  function close() {
    clearInterval(timer);
  }
  return { element, begin, close };
}
