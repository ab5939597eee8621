// Asking once more before something is done that cannot be undone, or that cuts others off.

import { freshId, make } from "./dom.js";
import { say } from "./text.js";

/**
 * Whether somebody means it. Escape, and leaving the question, mean no.
 * @param {string} question
 * @param {string} consequence
 * @param {string} yes what the button says that does it
 * @returns {Promise<boolean>}
 */
export function sure(question, consequence, yes) {
  return new Promise((resolve) => {
    let meant = false;
    const mean = () => {
      meant = true;
      dialog.close();
    };
    const heading = make("h2", { id: freshId("dialog") }, question);
    const why = make("p", { class: "lead", id: freshId("dialog") }, consequence);
    const no = make("button", { type: "button", class: "plain", onclick: () => dialog.close() }, say("ask.no"));
    const buttons = make("div", { class: "actions" }, make("button", { type: "button", onclick: mean }, yes), no);
    const dialog = make(
      "dialog",
      { class: "ask", "aria-labelledby": heading.id, "aria-describedby": why.id },
      heading,
      why,
      buttons,
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(meant);
    });
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  });
}
