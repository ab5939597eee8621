// Says before anything secret is typed that the page is not encrypted, and offers the one that is.

import { session } from "../api.js";
import { make, show } from "../dom.js";
import { say } from "../text.js";

const KEPT = "han2x-unencrypted";
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const HTTPS_PORT = 443;

/** Whether what is typed here crosses a network in clear. */
function inClear() {
  return location.protocol === "http:" && !LOOPBACK.test(location.hostname);
}

function accepted() {
  try {
    return sessionStorage.getItem(KEPT) !== null;
  } catch {
    return false; // A browser may refuse to keep anything.
  }
}

function accept() {
  try {
    sessionStorage.setItem(KEPT, "1");
  } catch {
    // Then it is asked again.
  }
}

/** The same view on the encrypted page; null while there is none. */
function encryptedPage() {
  if (!session.https) return null;
  const port = session.https.port === HTTPS_PORT ? "" : `:${session.https.port}`;
  return `https://${location.hostname}${port}/${location.hash}`;
}

/** @param {HTMLElement} stay */
function notice(stay) {
  const place = encryptedPage();
  const element = make("div", { class: "banner warning unencrypted" });
  element.append(make("strong", {}, say("encrypt.title")), make("p", {}, say("encrypt.why")));
  if (place && session.https?.self_made) {
    element.append(
      make("p", {}, say("encrypt.warns")),
      make("p", { class: "fingerprint" }, make("code", {}, session.https.fingerprint)),
    );
  }
  if (!place) element.append(make("p", {}, say("encrypt.none")));
  const open = place ? make("a", { class: "button", href: place }, say("encrypt.open")) : null;
  element.append(make("div", { class: "actions" }, ...[open, stay].filter((each) => each !== null)));
  return element;
}

/**
 * What secrets are typed into, shown at once where nobody else can read them; elsewhere the choice comes first.
 * @param {HTMLElement} content
 */
export function guarded(content) {
  if (!inClear()) return content;
  const stay = make("button", { type: "button", class: "plain", onclick: go }, say("encrypt.stay"));
  const wrapper = make("div", {}, notice(stay), content);

  function go() {
    accept();
    show(stay, false);
    show(content, true);
    content.querySelector("input")?.focus();
  }

  show(stay, !accepted());
  show(content, accepted());
  return wrapper;
}
