// Logging in, and what to do when that is not possible.

import { ApiError, post, session } from "../api.js";
import { make } from "../dom.js";
import { FieldErrors, form, hiddenUser, page, passwordField } from "../forms.js";
import { guarded } from "../reach/encryption.js";
import { say } from "../text.js";

/**
 * The form that asks for the password; `done` is called once somebody is logged in.
 * @param {() => Promise<void>} done
 * @param {...Node} more stands beside the button
 */
export function loginForm(done, ...more) {
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
    await done();
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

  const parts = [hiddenUser(), password];
  const login = form({ parts, fields: { password }, submit: say("login.in"), send, refused: "" });
  login.button.after(...more);
  return { element: login.element, password, close: () => clearInterval(waiting) };
}

/** What helps who has forgotten the password, on this gateway. */
export function forgotten() {
  const address = session.reset_address ? ` ${say("forgotten.address", { address: session.reset_address })}` : "";
  const button = session.reset_button ? make("p", {}, say("forgotten.button") + address) : null;
  return make(
    "details",
    {},
    make("summary", {}, say("login.forgotten")),
    make("p", {}, say("forgotten.command")),
    button,
  );
}

/** Nobody can log in: what somebody at the gateway can do. */
function locked() {
  const ways = [session.reset_button ? say("locked.button") : "", say("forgotten.command")].filter(Boolean);
  const list = make("ul", {}, ...ways.map((way) => make("li", {}, way)));
  const element = page(say("locked.title"), make("div", { class: "banner problem" }, say("locked.why")), list);
  element.classList.add("narrow");
  return { element };
}

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ sessionChanged }) {
  if (session.locked) return locked();
  const login = loginForm(sessionChanged);
  const lead = make("p", { class: "lead" }, say("login.why"));
  const element = page(say("view.login"), lead, guarded(login.element), forgotten());
  element.classList.add("narrow");
  return { element, close: login.close };
}
