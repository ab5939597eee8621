// The page at its new address: confirms the network settings that brought it there. The token in the address is enough.

import { post } from "../api.js";
import { make, write } from "../dom.js";
import { form, page } from "../forms.js";
import { say } from "../text.js";

/** What the address says after its #: the token, and until when (in s since 1970). */
function told() {
  const values = new URLSearchParams(location.hash.slice(1));
  return { token: values.get("confirm"), until: Number(values.get("until")) || 0 };
}

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ announce }) {
  const { token, until } = told();
  const count = make("p", { class: "countdown" });
  const confirm = form({ parts: [count], fields: {}, submit: say("network.keep"), send: keep });
  const element = page(say("view.confirm"), make("p", { class: "lead" }, say("confirm.why")), confirm.element);
  element.classList.add("narrow");

  function tell() {
    const left = Math.ceil(until - Date.now() / 1000);
    write(count, left > 0 ? say("network.pending.left", { seconds: left }) : "");
  }

  async function keep() {
    await post("/network/confirm", { token });
    announce(say("network.kept"));
    location.hash = "#network";
    return "";
  }

  tell();
  const timer = setInterval(tell, 1000);
  return { element, close: () => clearInterval(timer) };
}
