// The page at its new address: confirms the network settings that brought it there. The token in the address is enough.

import { post, session } from "../api.js";
import { make, show, write } from "../dom.js";
import { form, page, section } from "../forms.js";
import { noteKept } from "../network/draft.js";
import { guarded } from "../reach/encryption.js";
import { say } from "../text.js";
import { loginForm } from "./login.js";

/** What the address says after its #: the token, until when (in s since 1970), where the page was, and with what. */
function told() {
  const values = new URLSearchParams(location.hash.slice(1));
  const from = values.get("from") ?? "";
  const next = values.get("next") ?? "";
  return {
    token: values.get("confirm") ?? "",
    until: Number(values.get("until")) || 0,
    back: /^https?:\/\/[^/@]+$/.test(from) ? from : "",
    next: /^[a-z]+(\/[a-z0-9-]+)*$/.test(next) ? `#${next}` : "#network",
  };
}

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ announce, sessionChanged }) {
  const { token, until, back, next } = told();
  const count = make("p", { class: "countdown" });
  const over = make("p", { class: "banner warning", hidden: true }, say("confirm.over"));
  if (back)
    over.append(" ", make("a", { href: `${back}/${next}` }, say("confirm.back", { place: new URL(back).host })));
  const confirm = form({ parts: [count], fields: {}, submit: say("network.keep"), send: keep });
  const body = make("div", {}, make("p", { class: "lead" }, say("confirm.why")), over, confirm.element);
  const element = page(say("view.confirm"), body);
  element.classList.add("narrow");
  /** @type {ReturnType<typeof loginForm> | null} */
  let login = null;

  function tell() {
    const left = Math.ceil(until - Date.now() / 1000);
    write(count, left > 0 ? say("network.pending.left", { seconds: left }) : "");
    show(over, until > 0 && left <= 0);
  }

  async function keep() {
    await post("/network/confirm", { token });
    clearInterval(timer);
    noteKept(token);
    announce(say("network.kept"));
    if (session.logged_in) location.hash = next;
    else askForPassword();
    return "";
  }

  /** A browser keeps a login for one address, and this is another. */
  function askForPassword() {
    const kept = make("div", { class: "banner notice" }, make("strong", {}, say("network.kept")));
    kept.append(make("p", {}, say("confirm.kept", { place: location.host })));
    login = loginForm(goOn);
    body.replaceChildren(kept, section(say("view.login"), guarded(login.element)));
    login.password.control.focus();
  }

  async function goOn() {
    history.replaceState(null, "", next);
    await sessionChanged();
  }

  tell();
  const timer = setInterval(tell, 1000);
  return {
    element,
    close: () => {
      clearInterval(timer);
      login?.close();
    },
  };
}
