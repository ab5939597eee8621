// Logging in.

import { ApiError, post } from "../api.js";
import { make } from "../dom.js";
import { FieldErrors, form, hiddenUser, page, passwordField } from "../forms.js";
import { guarded } from "../reach/encryption.js";
import { say } from "../text.js";

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ sessionChanged }) {
  const password = passwordField(say("password.word"), "current-password");
  /** @type {number | undefined} */
  let waiting;

  async function send() {
    if (!password.value()) throw new FieldErrors({ password: say("reason.missing") });
    try {
      await post("/login", { password: password.value() });
    } catch (error) {
      if (error instanceof ApiError && error.status === 429) waitFor(error.retryAfter ?? 1);
      if (error instanceof ApiError && error.status === 401) {
        password.control.select();
        throw new FieldErrors({ password: say("reason.password-wrong") });
      }
      throw error;
    }
    await sessionChanged();
  }

  /**
   * Count the seconds down until another attempt makes sense.
   * @param {number} seconds
   */
  function waitFor(seconds) {
    clearInterval(waiting);
    const end = Date.now() + seconds * 1000;
    login.button.disabled = true;
    waiting = setInterval(() => {
      const left = Math.ceil((end - Date.now()) / 1000);
      if (left > 0) return login.tell(say("error.too-many-attempts", { seconds: left }), true);
      clearInterval(waiting);
      login.button.disabled = false;
      return login.tell("");
    }, 500);
  }

  const login = form({ parts: [hiddenUser(), password], fields: { password }, submit: say("login.in"), send });
  const forgotten = make(
    "details",
    {},
    make("summary", {}, say("login.forgotten")),
    make("p", {}, say("login.forgotten.todo")),
  );
  const element = page(
    say("view.login"),
    make("p", { class: "lead" }, say("login.why")),
    guarded(login.element),
    forgotten,
  );
  element.classList.add("narrow");
  return { element, close: () => clearInterval(waiting) };
}
