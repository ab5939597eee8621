// A change of the network that waits to be confirmed: the time that is left, and the way to the new address.

import { SOON_MS, get, post } from "../api.js";
import { make, show, write } from "../dom.js";
import { faultText } from "../fault.js";
import { say } from "../text.js";

const ASK_MS = 1000;
/** So often the old address must have kept silent before the page leaves it. */
const SILENCES = 2;

/** The page at the new address, where the change is confirmed. */
export function newPlace(change, left) {
  const [address] = change.addresses[0]?.split("/") ?? [];
  if (!address) return null;
  const port = location.port ? `:${location.port}` : "";
  const until = Math.round(Date.now() / 1000 + left);
  return `${location.protocol}//${address}${port}/#confirm=${encodeURIComponent(change.token)}&until=${until}`;
}

/** Whether the page is at one of these addresses already. */
function isHere(addresses) {
  return addresses.some((address) => address.split("/")[0] === location.hostname);
}

/** What became of the last change, for as long as that is of interest. */
export function lastChange() {
  const element = make("div", { class: "banner", hidden: true });
  function update(last) {
    const told = last !== null && last !== undefined && last.ending !== "confirmed";
    show(element, told);
    if (!told) return;
    element.className = "banner warning";
    const faults = Object.values(last.errors ?? {}).map(faultText);
    element.replaceChildren(
      make("strong", {}, say(`network.ending.${last.ending}`)),
      ...faults.map((text) => make("p", {}, text)),
    );
  }
  return { element, update };
}

/** The part that counts down. `onEnded` is called when nothing waits any more. */
export function pendingPart({ announce, onEnded }) {
  const title = make("strong");
  const text = make("p");
  const count = make("p", { class: "countdown" });
  const link = make("a", { href: "#network" });
  const keep = make("button", { type: "button", onclick: () => end("confirm") }, say("network.keep"));
  const back = make("button", { type: "button", class: "plain", onclick: () => end("rollback") }, say("network.undo"));
  const fault = make("p", { class: "error", hidden: true });
  const element = make("div", { class: "banner notice", hidden: true });
  element.append(title, text, make("p", {}, link), count, make("div", { class: "actions" }, keep, back), fault);
  let change = null;
  let until = 0;
  let silences = 0;
  let timer = 0;
  let asking = false;

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
    tell();
  }

  function tell() {
    const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    const place = newPlace(change, left);
    const there = isHere(change.addresses);
    const inForce = change.state === "in-force";
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
    if (asking) return null;
    if (tell() === 0 && silences === 0) return finish();
    asking = true;
    try {
      const network = await get("/network", SOON_MS);
      silences = 0;
      if (!network.pending) return finish();
      return begin(network.pending);
    } catch (error) {
      if (error.status === 0) silences += 1;
      const place = newPlace(change, (until - Date.now()) / 1000);
      if (silences >= SILENCES && place && !isHere(change.addresses)) location.assign(place);
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

  async function end(verb) {
    show(fault, false);
    try {
      await post(`/network/${verb}`, { token: change.token });
      announce(say(verb === "confirm" ? "network.kept" : "network.ending.rolled-back"));
      finish();
    } catch (error) {
      write(fault, error.text);
      show(fault, true);
    }
  }

  function close() {
    clearInterval(timer);
  }
  return { element, begin, close };
}
