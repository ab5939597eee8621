// The page at a new place: that it is here shows that it is reached, and so the change is confirmed by itself.

import { ApiError, post, textOf } from "../api.js";
import { make, show, write } from "../dom.js";
import { page } from "../forms.js";
import { say } from "../text.js";

const AGAIN_MS = 1000;

/** What the address says after its #: the token, and where the page was. */
function told() {
  const values = new URLSearchParams(location.hash.slice(1));
  const from = values.get("from") ?? "";
  return { token: values.get("reach"), from: /^https?:\/\/[^/@]+$/.test(from) ? from : "" };
}

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ announce }) {
  const { token, from } = told();
  const state = make("p", { class: "lead" }, say("form.busy"));
  const on = make("p", { hidden: true }, make("a", { href: "#settings" }, say("view.settings")));
  const back = make("p", { hidden: true }, make("a", { href: `${from}/#settings` }, say("reach.return")));
  const element = page(say("view.reached"), state, on, back);
  element.classList.add("narrow");
  /** @type {number | undefined} */
  let timer;

  /** @param {string} text */
  function tell(text) {
    write(state, text);
    announce(text);
  }

  async function keep() {
    try {
      await post("/settings/confirm", { token });
      show(on, true);
      tell(say("reach.kept"));
    } catch (error) {
      if (error instanceof ApiError && error.status === 0) timer = setTimeout(keep, AGAIN_MS);
      show(back, from !== "");
      tell(say("reach.failed", { reason: textOf(error) }));
    }
  }

  keep();
  return { element, close: () => clearTimeout(timer) };
}
