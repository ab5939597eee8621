// How the registers are shown, what is sought in them, and the ways to take them along.

import { make } from "../dom.js";
import { choiceField, textField } from "../forms.js";
import { say } from "../text.js";
import { CHOICES, chosen, choose } from "./kept.js";

/** @type {Record<string, Record<string, string>>} */
const WORDS = {
  counting: { 40001: "registers.counting.40001", 1: "registers.counting.1", 0: "registers.counting.0" },
  words: { hex: "registers.words.hex", decimal: "registers.words.decimal" },
};
const TITLES = { counting: "registers.counting", words: "registers.words.form" };

/**
 * @param {{ onChoice: () => void, onSearch: (text: string) => void, onCopy: () => void, onCsv: () => void }} actions
 */
export function toolbar({ onChoice, onSearch, onCopy, onCsv }) {
  let how = chosen();
  const choice = (/** @type {keyof typeof TITLES} */ name) => {
    const options = CHOICES[name].map((value) => /** @type {[string, string]} */ ([value, say(WORDS[name][value])]));
    const field = choiceField(say(TITLES[name]), options, how[name]);
    field.control.addEventListener("change", () => {
      how = choose(name, field.control.value);
      onChoice();
    });
    return field.element;
  };
  const search = textField(say("registers.search"), { type: "search", maxlength: 60, spellcheck: "false" });
  search.control.addEventListener("input", () => onSearch(search.control.value.trim().toLowerCase()));
  const copyAll = make("button", { type: "button", class: "plain", onclick: onCopy }, say("registers.copy.all"));
  const csv = make("button", { type: "button", class: "plain", onclick: onCsv }, say("registers.csv"));
  const element = make(
    "div",
    { class: "toolbar", role: "search" },
    search.element,
    choice("counting"),
    choice("words"),
    make("div", { class: "actions" }, copyAll, csv),
  );
  return { element, how: () => how };
}
