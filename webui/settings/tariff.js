// The steps of the capacity charge: a short table to type in, a line for each.

import { freshId, make, show, write } from "../dom.js";
import { say } from "../text.js";

const MOST = 10;

/**
 * @param {string} text
 */
function plain(text) {
  return text.trim().replace(/\s/g, "").replace(",", ".");
}

/**
 * @param {string} label
 * @param {string} value
 * @param {string} described
 */
function cell(label, value, described) {
  const typed = { type: "text", inputmode: "decimal", autocomplete: "off", maxlength: 13, class: "short" };
  return make("input", { ...typed, value, "aria-label": label, "aria-describedby": described });
}

/**
 * @param {string[]} value  like "5: 250", below 5 kW 250 a month
 * @param {string} name
 * @param {string} help
 * @returns {Field<SettingValue, HTMLInputElement>}
 */
export function stepsField(value, name, help) {
  const ids = { error: freshId("steps"), help: freshId("steps") };
  const error = make("p", { class: "error", id: ids.error, hidden: true });
  const body = make("tbody");
  const add = make("button", { type: "button", class: "plain small" }, say("tariff.step.add"));
  const heads = ["tariff.step.kw", "tariff.step.price"].map((key) => make("th", { scope: "col" }, say(key)));
  const table = make("table", { class: "tariff-steps" });
  table.append(make("thead", {}, make("tr", {}, ...heads, make("td"))), body);
  const legend = make("legend", {}, name);
  const note = make("p", { class: "help", id: ids.help }, help);
  const element = make("fieldset", { class: "field" }, legend, table, add, error, note);

  /** @param {string} step */
  function addRow(step) {
    const [kw, price] = step.split(":").map((part) => part.trim());
    const number = body.children.length + 1;
    const described = `${ids.error} ${ids.help}`;
    const row = make("tr");
    const remove = make(
      "button",
      { type: "button", class: "plain small", "aria-label": say("tariff.step.remove", { number }) },
      "×",
    );
    remove.addEventListener("click", () => {
      row.remove();
      show(add, true);
      add.focus();
    });
    const inputs = [
      cell(say("tariff.step.kw.of", { number }), kw ?? "", described),
      cell(say("tariff.step.price.of", { number }), price ?? "", described),
    ];
    row.append(...inputs.map((input) => make("td", {}, input)), make("td", {}, remove));
    body.append(row);
    show(add, body.children.length < MOST);
    return inputs[0];
  }

  add.addEventListener("click", () => addRow("").focus());
  for (const step of value) addRow(step);
  if (!value.length) addRow("");
  return {
    element,
    get control() {
      return body.querySelector("input") ?? addRow("");
    },
    setError(text) {
      write(error, text);
      show(error, Boolean(text));
      for (const input of body.querySelectorAll("input")) {
        if (text) input.setAttribute("aria-invalid", "true");
        else input.removeAttribute("aria-invalid");
      }
    },
    value: () =>
      [...body.children].flatMap((row) => {
        const [kw, price] = [...row.querySelectorAll("input")].map((input) => plain(input.value));
        return kw || price ? [`${kw}: ${price}`] : [];
      }),
  };
}
