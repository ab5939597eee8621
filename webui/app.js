// Puts the page together: who is logged in, which view is open, and where live data go.

import { SOON_MS, onLoggedOut, post, refreshSession, session, textOf } from "./api.js";
import { follow } from "./connection.js";
import { copyNumbers } from "./copy.js";
import { make, part, show, write } from "./dom.js";
import { moment } from "./format.js";
import { showListeners } from "./listeners.js";
import { logInAgain } from "./login_again.js";
import { tidyAddress } from "./reach/places.js";
import { trialBanner } from "./reach/trial.js";
import { buildShell, isDown, notLoadedView, setFoot, setLink, setTitle } from "./shell.js";
import { keptPlace } from "./steps/course.js";
import { showTakenBack } from "./taken_back.js";
import { fillIn, say, useLanguage } from "./text.js";

/**
 * The views by their place after the # of the address. `open` ones show only what may be open to all.
 * @type {Record<string, { load: () => Promise<ViewModule>, open?: boolean }>}
 */
const VIEWS = {
  live: { load: () => import("./views/live.js"), open: true },
  energy: { load: () => import("./views/energy.js"), open: true },
  registers: { load: () => import("./views/registers.js"), open: true },
  settings: { load: () => import("./views/settings.js") },
  network: { load: () => import("./views/network.js") },
  care: { load: () => import("./views/care.js") },
  access: { load: () => import("./views/access.js") },
  start: { load: () => import("./views/start.js") },
  handover: { load: () => import("./views/handover.js") },
  api: { load: () => import("./views/api.js"), open: true },
};
const FIRST_VISIT = { name: "first-visit", load: () => import("./views/first_visit.js") };
const CONFIRM = { name: "confirm", load: () => import("./views/confirm.js") };
const REACHED = { name: "reached", load: () => import("./views/reached.js") };
const LOGIN = { name: "login", load: () => import("./views/login.js") };
const NOT_LOADED = { open: notLoadedView };

const CHECK_SESSION_MS = 30_000;

/** @type {View | null} */
let view = null;
/** @type {{ name: string } | null} */
let shown = null;
let opening = 0;
/** Whether the view that is wanted could not be had from the gateway. */
let notLoaded = false;
let loginAsked = false;
/** @type {TrialBanner | null} */
let trial = null;
/** @type {(() => void) | null} */
let endLive = null;
/** @type {LiveData | null} */
let lastData = null;
/** @type {Date | null} */
let lastSeen = null;

/** The name of the view that the address asks for, and what of it is to be shown: #settings/modbus.listen. */
function wanted() {
  const [name, ...place] = location.hash.slice(1).split("/");
  return { name: Object.hasOwn(VIEWS, name) ? name : "live", place: place.join("/") };
}

/**
 * The view that may be seen: the wanted one, or what must be done before it.
 * @returns {{ name: string, load: () => Promise<ViewModule> }}
 */
function permitted() {
  const { name } = wanted();
  if (location.hash.startsWith("#confirm=")) return CONFIRM;
  if (location.hash.startsWith("#reach=")) return REACHED;
  const open = session.live_open && VIEWS[name].open && !loginAsked;
  // Who only wants to look may, where values are open to all; but a password is what the first visit asks for.
  if (!session.password_set) return open && location.hash === "#look" ? { name, ...VIEWS[name] } : FIRST_VISIT;
  const may = session.logged_in || open;
  return may ? { name, ...VIEWS[name] } : LOGIN;
}

/** @param {boolean} moveFocus */
async function openView(moveFocus) {
  const ticket = (opening += 1);
  const next = permitted();
  const module = await next.load().catch(() => NOT_LOADED);
  if (ticket !== opening) return;
  view?.close?.();
  view = module.open({ announce, sessionChanged });
  part("view").replaceChildren(view.element);
  shown = next;
  notLoaded = module === NOT_LOADED;
  refreshShell();
  setTitle(next.name);
  if (lastData) view.update?.(lastData);
  if (isDown()) view.lose?.();
  if (moveFocus) part("main").focus({ preventScroll: true });
  if (moveFocus) window.scrollTo(0, 0);
}

/** Show who is logged in, and leave the view as it is. */
function refreshShell() {
  const nowhere = shown === CONFIRM || shown === REACHED || (shown === LOGIN && loginAsked);
  buildShell(nowhere ? "" : wanted().name, session, { logIn, logOut });
}

/** @param {string} text */
function announce(text) {
  write(part("announcements"), text);
}

/** Who was setting the gateway up in this browser and wants no certain view goes on there. */
function resume() {
  const kept = session.logged_in && !location.hash ? keptPlace() : null;
  if (kept) history.replaceState(null, "", kept);
}

/** Somebody logged in or out, here or elsewhere. */
async function sessionChanged() {
  loginAsked = false;
  await refreshSession();
  resume();
  followLive();
  await openView(true);
}

/** Somebody who may see this much without a password wants more; or whose session has ended in a view of their own. */
async function logIn() {
  if (shown && shown.name in VIEWS && !VIEWS[shown.name].open) return void (await loggedOut());
  loginAsked = true;
  await openView(true);
}

/** The session has ended: what is shown stays, and so does what was typed into it. Whether somebody logged in again. */
async function loggedOut() {
  session.logged_in = false;
  refreshShell();
  const again = await logInAgain();
  if (!session.password_set || session.locked) await sessionChanged();
  followLive();
  refreshShell();
  return again;
}

/** Whether the session has ended without anybody asking for anything. */
async function checkSession() {
  if (!session.logged_in || document.hidden) return;
  try {
    if ((await refreshSession(SOON_MS)).logged_in) return;
  } catch {
    return; // The watch over the live data tells the reader.
  }
  followLive();
  refreshShell();
}

/** What the settings show is not what is in force any more. */
function changedElsewhere() {
  if (wanted().name === "settings") openView(false);
}

async function logOut() {
  onLoggedOut.call = async () => false; // What is refused from now on asks for no password.
  try {
    await post("/logout");
  } finally {
    await sessionChanged().finally(() => (onLoggedOut.call = loggedOut));
    announce(say("login.out.said"));
  }
}

function followLive() {
  const may = session.logged_in || session.live_open;
  if (may === Boolean(endLive)) return;
  endLive?.();
  endLive = may ? follow(onData, onLost, onDenied) : null;
  if (may) return;
  lastData = null;
  showListeners([], []);
  showTakenBack(null);
  setLink(null);
  show(part("lost"), false);
}

/** @param {LiveData} data */
function onData(data) {
  lastSeen = new Date();
  lastData = data;
  if (setLink("up") === "down") {
    announce(say("link.back.said"));
    // Browsers may remember that a file could not be had; a page that is loaded again asks again.
    if (notLoaded) return location.reload();
  }
  show(part("lost"), false);
  showListeners(data.listeners ?? [], data.outputs ?? [], data.settings_file);
  showTakenBack(data.taken_back ?? null);
  setFoot(data);
  trial?.update(data.trial ?? null);
  view?.update?.(data);
}

function onLost() {
  const before = setLink("down");
  if (before === "down") return;
  const since = say("link.lost", { time: moment(lastSeen ?? new Date()) });
  part("lost").replaceChildren(make("strong", {}, since), make("p", {}, say("link.lost.todo")));
  show(part("lost"), true);
  announce(say("link.lost.said"));
  view?.lose?.();
}

async function onDenied() {
  endLive?.();
  endLive = null;
  if (session.logged_in) await loggedOut();
  else await sessionChanged();
}

async function start() {
  try {
    await refreshSession();
  } catch (error) {
    await useLanguage("auto", session.languages);
    part("view").replaceChildren(make("p", { class: "banner problem" }, textOf(error)));
    setTimeout(start, 3000);
    return;
  }
  await useLanguage(session.language, session.languages);
  fillIn(document);
  tidyAddress();
  resume();
  trial = trialBanner({ announce, onEnded: changedElsewhere });
  onLoggedOut.call = loggedOut;
  setInterval(checkSession, CHECK_SESSION_MS);
  document.addEventListener("visibilitychange", checkSession);
  window.addEventListener("hashchange", () => {
    loginAsked = false;
    // Another place of the view that is open: what was typed there stays.
    if (view?.go && shown?.name === permitted().name) view.go(wanted().place);
    else openView(true);
  });
  document.addEventListener("copy", copyNumbers);
  // The address after the # names a view, so that the link past the navigation cannot be an ordinary one.
  document.querySelector(".skip")?.addEventListener("click", (event) => {
    event.preventDefault();
    part("main").focus();
  });
  followLive();
  await openView(false);
}

start();
