// The session has ended while somebody is at work: ask for the password over what they do, and lose nothing of it.

import { refreshSession, session } from "./api.js";
import { freshId, make } from "./dom.js";
import { say } from "./text.js";
import { forgotten, loginForm } from "./views/login.js";

/** @type {Promise<boolean> | null} */
let asking = null;

/** Ask for the password; whether somebody is logged in then. Whoever asks meanwhile waits for the same. */
export function logInAgain() {
  asking ??= ask().finally(() => {
    asking = null;
  });
  return asking;
}

/** @returns {Promise<boolean>} */
async function ask() {
  await refreshSession();
  // In another window of this browser somebody has logged in again.
  if (session.logged_in) return true;
  // Then there is no password that could be asked for.
  if (!session.password_set || session.locked) return false;
  return new Promise((resolve) => {
    const later = make("button", { type: "button", class: "plain", onclick: () => dialog.close() }, say("login.later"));
    const login = loginForm(async () => {
      await refreshSession();
      dialog.close();
    }, later);
    const heading = make("h2", { id: freshId("dialog") }, say("view.login"));
    const why = make("p", { class: "lead" }, say("login.again"));
    const content = make("div", { class: "narrow" }, heading, why, login.element, forgotten());
    const dialog = make("dialog", { class: "ask", "aria-labelledby": heading.id }, content);
    dialog.addEventListener("close", () => {
      login.close();
      dialog.remove();
      resolve(session.logged_in);
    });
    document.body.append(dialog);
    dialog.showModal();
    login.password.control.focus();
  });
}
