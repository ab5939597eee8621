// What stands around every view: the navigation, the language, logging in and out, and the foot.

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
 * @param {SessionData} session
 * @param {ShellActions} actions
 */
function loginButton(session, actions) {
  if (!session.password_set && location.hash !== "#look") return null;
  const comeIn = { key: session.password_set ? "login.in" : "first.title", onclick: actions.logIn };
  const { key, onclick } = session.logged_in ? { key: "login.out", onclick: actions.logOut } : comeIn;
  return make("button", { type: "button", class: "plain", onclick }, say(key));
}

/**
 * The navigation with `place` marked, and the login as `session` has it.
 * @param {string} place
 * @param {SessionData} session
 * @param {ShellActions} actions
 */
export function buildShell(place, session, actions) {
  const links = PLACES.map((name) =>
    make("a", { href: `#${name}`, "aria-current": name === place ? "page" : null }, say(`view.${name}`)),
  );
  const nav = part("nav");
  nav.setAttribute("aria-label", say("page.nav"));
  nav.replaceChildren(...links);
  show(nav, session.password_set);
  part("bar-end").replaceChildren(...[languageChoice(), loginButton(session, actions)].filter((each) => each !== null));
}

/**
 * Name the view in the browser's own title.
 * @param {string} name
 */
export function setTitle(name) {
  document.title = `${say(`view.${name}`)} – HAN2X`;
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

/**
 * What the gateway says of itself.
 * @param {LiveData} data
 */
export function setFoot(data) {
  const foot = { version: data.version, uptime: duration(data.uptime_s), time: moment(new Date(data.time)) };
  write(part("foot"), say("page.foot", foot));
}
