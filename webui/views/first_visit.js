// The first visit: nothing can be done before the owner has chosen a password.

import { post, session } from "../api.js";
import { make } from "../dom.js";
import { FieldErrors, form, hiddenUser, page, passwordField } from "../forms.js";
import { guarded } from "../reach/encryption.js";
import { say } from "../text.js";

const SHORTEST = 10;

/**
 * A new password, typed twice: the two fields and what they hold. Throws `FieldErrors` when that cannot be used.
 * @param {string} name
 */
export function newPassword(name) {
  const first = passwordField(say("password.new"), "new-password", { help: say("password.rules") });
  const again = passwordField(say("password.again"), "new-password");

  function value() {
    const typed = first.value();
    if ([...typed].length < SHORTEST) throw new FieldErrors({ [name]: say("reason.password-short") });
    if (typed !== again.value()) throw new FieldErrors({ again: say("password.differ") });
    return typed;
  }
  return { parts: [first, again], fields: { [name]: first, again }, value };
}

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ sessionChanged }) {
  const password = newPassword("password");
  const send = async () => {
    await post("/setup", { password: password.value() });
    await sessionChanged();
  };
  const setup = form({
    parts: [hiddenUser(), ...password.parts],
    fields: password.fields,
    submit: say("first.submit"),
    send,
  });
  const look = session.live_open ? make("p", {}, make("a", { href: "#look" }, say("first.look"))) : null;
  const element = page(
    say("first.title"),
    make("p", { class: "lead" }, say("first.why")),
    guarded(setup.element),
    look,
  );
  element.classList.add("narrow");
  return { element };
}
