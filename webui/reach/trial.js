// The banner of a change of where, or by whom, the gateway is reached: it counts down, and goes to the new place.

import { get, post, session } from "../api.js";
import { attempts } from "../attempt.js";
import { make, part, show, write } from "../dom.js";
import { nameOf } from "../settings/place.js";
import { known, say } from "../text.js";
import { answers, isHere, onThisHost } from "./places.js";

const TICK_MS = 1000;

/**
 * What settings are called, by their paths.
 * @param {string[]} paths
 */
export function namesOf(paths) {
  return paths.map((path) => nameOf(path) || path).join("; ");
}

/**
 * The page at a place where the change is confirmed.
 * @param {string} place
 * @param {ReachPendingData} pending
 */
function confirmedAt(place, pending) {
  const told = new URLSearchParams({ reach: pending.token, from: location.origin });
  return `${new URL(place).origin}/#${told}`;
}

/**
 * The banner. `onEnded` is called when the change that it showed is kept or taken back.
 * @param {{ announce: Announce, onEnded: () => void }} tools
 */
export function trialBanner({ announce, onEnded }) {
  const title = make("strong", {}, say("reach.title"));
  const what = make("p");
  const text = make("p");
  const link = make("a", {}, say("reach.open"));
  const print = make("p", { class: "fingerprint" });
  const count = make("p", { class: "countdown" });
  const keep = make("button", { type: "button", onclick: () => end("confirm") }, say("reach.keep"));
  const back = make("button", { type: "button", class: "plain", onclick: () => end("rollback") }, say("reach.undo"));
  const { fault, attempt } = attempts();
  const buttons = make("div", { class: "actions" }, keep, back);
  const element = part("trial");
  /** @type {ReachTrialData | null} */
  let trial = null;
  /** @type {ReachPendingData | null} */
  let pending = null;
  let until = 0;
  let asking = false;
  /** @type {number | undefined} */
  let timer;

  /** What the live data say of it: whoever may look sees that, and no more. @param {ReachTrialData | null} now */
  function update(now) {
    if (!now) return trial ? finish() : undefined;
    until = Date.now() + now.remaining_s * 1000;
    // The view at the new place confirms it, and says so.
    if (location.hash.startsWith("#reach=")) return undefined;
    if (!trial) begin(now);
    return undefined;
  }

  /** @param {ReachTrialData} now */
  function begin(now) {
    trial = now;
    show(fault, false);
    element.className = "banner notice";
    element.replaceChildren(title, what, text, make("p", {}, link), print, count, buttons, fault);
    show(element, true);
    element.scrollIntoView({ block: "nearest" });
    announce(say("reach.title"));
    clearInterval(timer);
    timer = setInterval(step, TICK_MS);
    tell();
    step();
  }

  /** @returns {string | null} where it is to be confirmed, when that is elsewhere */
  function elsewhere() {
    const places = (pending?.places ?? []).map(onThisHost);
    return places.length && !places.some(isHere) ? places[0] : null;
  }

  function tell() {
    if (!trial) return;
    const place = elsewhere();
    write(what, say("reach.what", { settings: namesOf(trial.settings) }));
    write(text, place ? say("reach.follow", { place }) : pending ? say("reach.here") : "");
    write(count, say("reach.left", { seconds: Math.max(0, Math.ceil((until - Date.now()) / 1000)) }));
    show(link, place !== null);
    if (place && pending) link.href = confirmedAt(place, pending);
    const warned = place?.startsWith("https:") && session.https?.self_made ? session.https.fingerprint : "";
    write(print, warned ? `${say("reach.warns")} ${warned}` : "");
    show(keep, pending !== null && place === null);
    show(back, pending !== null);
  }

  async function step() {
    tell();
    if (asking || !trial || !session.logged_in) return;
    asking = true;
    try {
      if (!pending) await learn();
      const place = elsewhere();
      if (place && pending && (await answers(place))) location.assign(confirmedAt(place, pending));
    } catch {
      // The live data tell whether the gateway is there.
    } finally {
      asking = false;
    }
  }

  async function learn() {
    const settings = await get("/settings");
    pending = settings.pending;
    session.https = (await get("/session")).https;
    tell();
  }

  async function finish() {
    const paths = trial?.settings ?? [];
    clearInterval(timer);
    trial = null;
    pending = null;
    show(element, false);
    if (!session.logged_in) return;
    const { last } = await get("/settings");
    const told = last ? known(`reach.ending.${last.ending}`) : null;
    if (told === null) return;
    element.className = last.ending === "confirmed" ? "banner notice" : "banner warning";
    element.replaceChildren(make("strong", {}, told), make("p", {}, namesOf(paths)));
    show(element, true);
    announce(told);
    onEnded();
  }

  /** @param {"confirm" | "rollback"} verb */
  async function end(verb) {
    await attempt(async () => {
      await post(`/settings/${verb}`, { token: pending?.token });
      await finish();
    });
  }
  // What became of it has been seen when the reader goes on.
  window.addEventListener("hashchange", () => trial || show(element, false));
  return { update };
}
