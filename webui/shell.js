// What stands around every view: the navigation, the language, logging in and out, and the foot.

import { session } from "./api.js";
import { make, part, show, write } from "./dom.js";
import { duration, moment } from "./format.js";
import { chooseLanguage, language, languageName, languages, say } from "./text.js";

const PLACES = ["live", "energy", "registers", "settings", "network", "care", "access"];
const LINK_STATES = { up: "link.up", down: "link.down" };

function languageChoice() {
  const options = languages.map((code) =>
    make("option", { value: code, lang: code, selected: code === language }, languageName(code)),
  );
  const change = (/** @type {{ target: HTMLSelectElement }} */ event) => {
    chooseLanguage(event.target.value);
    location.reload();
  };
  return make("select", { "aria-label": say("page.language"), class: "language", onchange: change }, ...options);
}

/**
 * @param {SessionData} who
 * @param {ShellActions} actions
 */
function loginButton(who, actions) {
  if (!who.password_set && location.hash !== "#look") return null;
  const comeIn = { key: who.password_set ? "login.in" : "first.title", onclick: actions.logIn };
  const { key, onclick } = who.logged_in ? { key: "login.out", onclick: actions.logOut } : comeIn;
  return make("button", { type: "button", class: "plain", onclick }, say(key));
}

/**
 * The navigation with `place` marked, and the login as `who` has it.
 * @param {string} place
 * @param {SessionData} who
 * @param {ShellActions} actions
 */
export function buildShell(place, who, actions) {
  const links = PLACES.map((name) =>
    make("a", { href: `#${name}`, "aria-current": name === place ? "page" : null }, say(`view.${name}`)),
  );
  const nav = part("nav");
  nav.setAttribute("aria-label", say("page.nav"));
  nav.replaceChildren(...links);
  show(nav, who.password_set);
  part("bar-end").replaceChildren(...[languageChoice(), loginButton(who, actions)].filter((each) => each !== null));
}

let titled = "live";

/**
 * Name the view in the browser's own title, and the gateway above it and in the header.
 * @param {string} [name]
 */
export function setTitle(name = titled) {
  titled = name;
  const gateway = session.name || "HAN2X";
  document.title = `${say(`view.${name}`)} – ${gateway}`;
  write(part("gateway"), gateway);
  part("gateway").title = gateway;
}

/**
 * What stands in place of a view that the gateway could not be asked for.
 * @returns {View}
 */
export function notLoadedView() {
  const again = make("button", { type: "button", onclick: () => location.reload() }, say("page.again"));
  return { element: make("div", { class: "page" }, make("p", { class: "lead" }, say("page.not-loaded")), again) };
}

/**
 * Tell how the connection is: "up", "down", or null while nothing is followed. Returns how it was.
 * @param {"up" | "down" | null} state
 */
export function setLink(state) {
  const before = document.body.dataset.link;
  document.body.dataset.link = state ?? "";
  show(part("link"), state !== null);
  if (state) write(part("link"), say(LINK_STATES[state]));
  return before;
}

/** Whether the gateway has not been heard of for a while. */
export function isDown() {
  return document.body.dataset.link === "down";
}

/**
 * What the gateway says of itself.
 * @param {LiveData} data
 */
export function setFoot(data) {
  const foot = { version: data.version, uptime: duration(data.uptime_s), time: moment(new Date(data.time)) };
  write(part("foot"), say("page.foot", foot));
}
