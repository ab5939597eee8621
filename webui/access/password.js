// Changing the password.

import { post } from "../api.js";
import { FieldErrors, form, hiddenUser, passwordField, section, tickField } from "../forms.js";
import { say } from "../text.js";
import { newPassword } from "../views/first_visit.js";

/**
 * @param {() => void} onChanged
 */
export function passwordSection(onChanged) {
  const old = passwordField(say("password.old"), "current-password");
  const fresh = newPassword("new");
  const keep = tickField(say("password.keep-tokens"), false, { help: say("password.keep-tokens.help") });
  async function send() {
    if (!old.value()) throw new FieldErrors({ old: say("reason.missing") });
    await post("/password", { old: old.value(), new: fresh.value(), keep_tokens: keep.value() });
    onChanged();
    for (const field of [old, ...fresh.parts]) field.control.value = "";
    return say("password.changed");
  }
  const change = form({
    parts: [hiddenUser(), old, ...fresh.parts, keep],
    fields: { old, ...fresh.fields },
    submit: say("password.change"),
    send,
  });
  return section(say("password.title"), change.element);
}
