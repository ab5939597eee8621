// The first visit: nothing can be done before the owner has chosen a password.

import { ApiError, patch, post, refreshSession, session } from "../api.js";
import { make } from "../dom.js";
import { FieldErrors, form, hiddenUser, page, passwordField, textField, tickField } from "../forms.js";
import { guarded } from "../reach/encryption.js";
import { FIRST, STEPS, addressOf, countOf } from "../steps/course.js";
import { stepTrack } from "../steps/track.js";
import { say } from "../text.js";

const SHORTEST = 10;
/** Who came for a certain view gets that one; everybody else is led on. */
const NOWHERE = ["", "#live", "#look"];

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

/** The claim code, where the gateway asks for one; it is wrong as often as anything that is copied by hand. */
function codeField() {
  if (session.setup !== "code") return null;
  const help = session.reset_button ? `${say("first.code.help")} ${say("first.code.button")}` : say("first.code.help");
  const options = { autocapitalize: "characters", spellcheck: "false", maxlength: 20, class: "short" };
  return textField(say("first.code"), options, { help });
}

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ sessionChanged }) {
  const password = newPassword("password");
  const code = codeField();
  const liveOpen = tickField(say("first.live-open"), false, { help: say("first.live-open.help") });
  const send = async () => {
    const typed = password.value();
    if (code && !code.value().trim()) throw new FieldErrors({ code: say("reason.missing") });
    try {
      await post("/setup", code ? { password: typed, code: code.value() } : { password: typed });
    } catch (error) {
      if (code && error instanceof ApiError && error.code === "claim") throw new FieldErrors({ code: error.text });
      throw error;
    }
    const wanted = liveOpen.value();
    await refreshSession();
    if (session.live_open !== wanted)
      await patch("/settings", { changes: [{ path: ["web", "live_open"], value: wanted }] });
    if (NOWHERE.includes(location.hash)) history.replaceState(null, "", addressOf(FIRST));
    await sessionChanged();
  };
  const setup = form({
    parts: [hiddenUser(), ...(code ? [code] : []), ...password.parts, liveOpen],
    fields: code ? { code, ...password.fields } : password.fields,
    submit: say("first.submit"),
    send,
  });
  const minutes = Math.ceil((session.setup_open_s ?? 0) / 60);
  const left = minutes ? make("p", { class: "note" }, say("first.open", { minutes })) : null;
  const look = session.live_open ? make("p", {}, make("a", { href: "#look" }, say("first.look"))) : null;
  const lead = make("p", { class: "lead" }, say("first.why"));
  const content = page(say("first.title"), lead, left, guarded(setup.element), look);
  content.classList.add("narrow");
  const count = make("p", { class: "step-count" }, say("start.count", countOf(STEPS[0])));
  return { element: make("div", { class: "steps" }, stepTrack(STEPS[0]), count, content) };
}
