// Tokens by which programs come in.

import { get, post, remove } from "../api.js";
import { sure } from "../ask.js";
import { attempts } from "../attempt.js";
import { copy } from "../copy.js";
import { make, show, write } from "../dom.js";
import { FieldErrors, choiceField, form, section, textField } from "../forms.js";
import { dateOf, moment } from "../format.js";
import { say } from "../text.js";

/** What a token may do, the least first. */
const SCOPES = ["read", "write", "administer"];

/**
 * @param {TokenData} token
 * @param {(token: TokenData) => void} onRemove
 */
function tokenRow(token, onRemove) {
  const made = say("tokens.made", { time: moment(dateOf(token.created)) });
  const used = token.used === null ? say("tokens.unused") : say("tokens.used", { time: moment(dateOf(token.used)) });
  const button = make(
    "button",
    { type: "button", class: "plain small", onclick: () => onRemove(token) },
    say("tokens.remove", { name: token.name }),
  );
  return make(
    "li",
    {},
    make(
      "div",
      {},
      make("strong", {}, token.name),
      make("div", { class: "note" }, `${say(`scope.${token.scope}`)} · ${made} · ${used}`),
    ),
    button,
  );
}

/**
 * A token that was just made: it is shown this once.
 * @param {Announce} announce
 */
function freshToken(announce) {
  const text = make("code");
  const take = make("button", { type: "button", class: "plain small", onclick: copyIt }, say("tokens.copy"));
  const element = make(
    "div",
    { class: "banner notice", hidden: true },
    make("strong", {}, say("tokens.once")),
    make("p", { class: "token" }, text, " ", take),
  );
  async function copyIt() {
    announce(say((await copy(text.textContent ?? "")) ? "copy.done" : "copy.failed"));
  }
  /** @param {string} token */
  function tell(token) {
    write(text, token);
    show(element, true);
  }
  return { element, tell };
}

/** @param {Announce} announce */
export function tokenSection(announce) {
  const list = make("ul", { class: "tokens" });
  const none = make("p", { class: "note" }, say("tokens.none"));
  const fresh = freshToken(announce);
  const name = textField(say("tokens.name"), { maxlength: 64 }, { help: say("tokens.name.help") });
  const scope = choiceField(
    say("tokens.scope"),
    SCOPES.map((each) => [each, say(`scope.${each}`)]),
    SCOPES[0],
  );
  const { fault, attempt } = attempts();

  async function load() {
    /** @type {TokenData[]} */
    const tokens = await get("/tokens");
    list.replaceChildren(...tokens.map((token) => tokenRow(token, drop)));
    show(none, tokens.length === 0);
  }

  /** @param {TokenData} token */
  async function drop(token) {
    const told = { name: token.name };
    if (!(await sure(say("tokens.remove.sure", told), say("tokens.remove.what"), say("tokens.remove", told)))) return;
    await attempt(async () => {
      await remove(`/tokens/${encodeURIComponent(token.id)}`);
      announce(say("tokens.removed", told));
      await load();
    });
  }

  async function send() {
    if (!name.value().trim()) throw new FieldErrors({ name: say("reason.missing") });
    const { token } = await post("/tokens", { name: name.value().trim(), scope: scope.value() });
    fresh.tell(token);
    name.control.value = "";
    await load();
    return "";
  }

  const reload = () => attempt(load);
  reload();
  const add = form({ parts: [name, scope], fields: { name }, submit: say("tokens.add"), send });
  const description = make("a", { href: "#api" }, say("tokens.openapi"));
  const lead = make("p", {}, say("tokens.what"), " ", description);
  return { element: section(say("tokens.title"), lead, list, none, fault, fresh.element, add.element), reload };
}
