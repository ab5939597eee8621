// The hand-over sheet: one page to print or save, in the language of whoever gets it, and without any secret.

import { get, session, textOf } from "../api.js";
import { make } from "../dom.js";
import { choiceField, page, textField } from "../forms.js";
import { collect } from "../handover/facts.js";
import { sheet } from "../handover/sheet.js";
import { language, languageName, languages, say, speechIn } from "../text.js";

/** What only the installer knows; it is on the sheet and nowhere else. */
const TYPED = /** @type {const} */ (["site", "installer", "password"]);

/** @returns {View} */
export function open() {
  const choice = choiceField(
    say("handover.language"),
    languages.map((code) => [code, languageName(code)]),
    language,
    { help: say("handover.language.help") },
  );
  const fields = TYPED.map((name) => textField(say(`handover.${name}`), { maxlength: 80 }));
  const print = make("button", { type: "button", onclick: () => window.print() }, say("handover.print"));
  const tools = make("div", { class: "sheet-tools" }, make("p", { class: "lead" }, say("handover.lead")));
  const typing = make("div", { class: "grid-of-fields" }, choice.element, ...fields.map((field) => field.element));
  tools.append(typing, make("p", { class: "note" }, say("handover.empty")), make("div", { class: "actions" }, print));
  const place = make("div", { class: "sheet-place" }, make("p", { class: "waiting" }, say("page.loading")));
  const element = page(say("view.handover"), tools, place);
  /** @type {{ settings: SettingsData, network: NetworkData | null } | null} */
  let stored = null;
  /** @type {LiveData | null} */
  let live = null;
  /** @type {Speech | null} */
  let speech = null;
  let shown = "";

  function typed() {
    return Object.fromEntries(TYPED.map((name, index) => [name, fields[index].value().trim()]));
  }

  function tell() {
    if (!stored || !live || !speech) return;
    const facts = collect({ ...stored, live, button: session.reset_button });
    const now = JSON.stringify([facts, typed(), speech.language]);
    if (now !== shown) place.replaceChildren(sheet(speech, facts, typed()));
    shown = now;
  }

  async function speak() {
    speech = await speechIn(choice.value());
    tell();
  }

  async function load() {
    try {
      const [settings, network] = await Promise.all([get("/settings"), get("/network").catch(() => null)]);
      stored = { settings, network };
      await speak();
    } catch (error) {
      place.replaceChildren(make("p", { class: "banner problem" }, textOf(error)));
    }
  }

  /** @param {LiveData} data */
  function update(data) {
    live = data;
    tell();
  }

  choice.control.addEventListener("change", speak);
  for (const field of fields) field.control.addEventListener("input", tell);
  load();
  return { element, update };
}
