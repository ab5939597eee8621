// Forms: a field with its name, its help and its error, and sending what was typed once.

import { ApiError, download } from "./api.js";
import { attempts } from "./attempt.js";
import { freshId, make, show, write } from "./dom.js";
import { placed } from "./settings/place.js";
import { say } from "./text.js";

/**
 * A control with its label above and its help below. `setError` says what is wrong at the field, "" for nothing; the
 * element to focus is `control`.
 * @template {Control} C
 * @param {string} text
 * @param {C} control
 * @param {FieldOptions} [options]
 * @returns {Field<string, C>}
 */
export function labelled(text, control, { help = "", extra = null } = {}) {
  const id = control.id || freshId("field");
  const error = make("p", { class: "error", id: `${id}-error`, hidden: true });
  const helpLine = make("p", { class: "help", id: `${id}-help` }, help);
  control.id = id;
  /** @param {boolean} wrong */
  const describe = (wrong) => {
    const ids = [wrong ? error.id : "", helpLine.textContent ? helpLine.id : ""].filter(Boolean).join(" ");
    if (ids) control.setAttribute("aria-describedby", ids);
    else control.removeAttribute("aria-describedby");
  };
  show(helpLine, Boolean(help));
  describe(false);

  /** @param {string} message */
  function setError(message) {
    write(error, message);
    show(error, Boolean(message));
    if (message) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
    describe(Boolean(message));
  }

  const label = make("label", { for: id }, text);
  const parts = control.type === "checkbox" ? [make("div", { class: "check" }, control, label)] : [label, control];
  const element = make("div", { class: "field" }, ...parts, extra, error, helpLine);
  return { element, control, setError, value: () => control.value };
}

/**
 * A line of text to type.
 * @param {string} text
 * @param {Attributes} [attributes]
 * @param {FieldOptions} [options]
 */
export function textField(text, attributes = {}, options = {}) {
  return labelled(text, make("input", { type: "text", autocomplete: "off", ...attributes }), options);
}

/**
 * A password to type, with a button that shows it.
 * @param {string} text
 * @param {string} autocomplete
 * @param {FieldOptions} [options]
 */
export function passwordField(text, autocomplete, options = {}) {
  const input = make("input", { type: "password", autocomplete, maxlength: 200 });
  const look = make("button", { type: "button", class: "plain small", "aria-pressed": "false" }, say("password.show"));
  look.addEventListener("click", () => {
    const seen = input.type === "password";
    input.type = seen ? "text" : "password";
    look.setAttribute("aria-pressed", String(seen));
  });
  return labelled(text, input, { ...options, extra: look });
}

/** Whose password it is: password managers want a name to keep it under. */
export function hiddenUser() {
  return make("input", { type: "text", autocomplete: "username", value: "HAN2X", hidden: true });
}

/**
 * A choice; `options` are [value, text].
 * @param {string} text
 * @param {[string, string][]} options
 * @param {string} value
 * @param {FieldOptions} [more]
 */
export function choiceField(text, options, value, more = {}) {
  const entries = options.map(([key, name]) => make("option", { value: key, selected: key === value }, name));
  return labelled(text, make("select", {}, ...entries), more);
}

/**
 * A box to tick.
 * @param {string} text
 * @param {boolean} ticked
 * @param {FieldOptions} [options]
 * @returns {Field<boolean, HTMLInputElement>}
 */
export function tickField(text, ticked, options = {}) {
  const field = labelled(text, make("input", { type: "checkbox", checked: ticked }), options);
  return { ...field, value: () => field.control.checked };
}

/**
 * A file to choose.
 * @param {string} text
 * @param {string} accept
 * @param {FieldOptions} [options]
 * @returns {Field<File | null, HTMLInputElement>}
 */
export function fileField(text, accept, options = {}) {
  const field = labelled(text, make("input", { type: "file", accept }), options);
  return { ...field, value: () => field.control.files?.[0] ?? null };
}

/**
 * A field in a closed part of the page could not be seen.
 * @param {HTMLElement | undefined} element
 */
function openUp(element) {
  for (let part = element?.closest("details"); part; part = part.parentElement?.closest("details")) part.open = true;
}

/**
 * A form of `parts` (fields or other elements). `fields` are those by the name under which the gateway refuses them;
 * `send` does the work and returns what to say of it. It is not begun anew before it has ended, and errors are put at
 * their fields; nothing that was typed is lost. `refused` is the key of what is said beside the button then, "" for
 * nothing: where nothing is saved anyhow.
 * @param {FormParts} parts
 */
export function form({ parts, fields = {}, submit, send, className = "", refused = "form.see-fields" }) {
  const status = make("p", { class: "form-status", role: "status" });
  const button = make("button", { type: "submit" }, submit);
  const element = make("form", { novalidate: true, class: className });
  element.append(
    ...parts.map((each) => ("element" in each ? each.element : each)),
    make("div", { class: "actions" }, button, status),
  );
  let busy = false;

  /**
   * @param {string} text
   * @param {boolean} [wrong]
   */
  function tell(text, wrong = false) {
    write(status, text);
    status.classList.toggle("wrong", wrong);
  }

  /**
   * Put errors at their fields; what belongs to no field is told beside the button.
   * @param {Record<string, string>} errors
   * @param {string} [otherwise]
   */
  function refuse(errors, otherwise = "") {
    const names = Object.keys(errors).filter((name) => errors[name]);
    for (const [name, field] of Object.entries(fields)) field.setError(errors[name] ?? "");
    const homeless = names.filter((name) => !(name in fields)).map((name) => placed(name, errors[name]));
    const first = names.find((name) => name in fields);
    tell([...homeless, first ? refused && say(refused) : otherwise].filter(Boolean).join(" "), true);
    for (const name of names) openUp(fields[name]?.element);
    if (first) fields[first].control.focus();
    return first !== undefined || homeless.length > 0;
  }

  async function run(action = send) {
    if (busy) return;
    busy = true;
    element.setAttribute("aria-busy", "true");
    tell(say("form.busy"));
    for (const field of Object.values(fields)) field.setError("");
    try {
      tell((await action()) ?? "");
    } catch (error) {
      if (error instanceof FieldErrors) refuse(error.fields);
      else if (error instanceof ApiError) refuse(error.fieldTexts, Object.keys(error.fields).length ? "" : error.text);
      else throw error;
    } finally {
      busy = false;
      element.removeAttribute("aria-busy");
    }
  }

  element.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  return { element, tell, refuse, run, button };
}

/** What was typed cannot be sent: the errors by field. */
export class FieldErrors extends Error {
  /** @param {Record<string, string>} fields */
  constructor(fields) {
    super("not sent");
    this.fields = fields;
  }
}

/**
 * A button that downloads a file, and says why when it cannot.
 * @param {string} text
 * @param {() => string} path
 * @param {number} [timeout] in ms, where it is not the usual one
 */
export function downloadButton(text, path, timeout) {
  const { fault, attempt } = attempts();
  const take = () => attempt(() => download(path(), timeout));
  return make("div", {}, make("button", { type: "button", onclick: take }, text), fault);
}

/**
 * A part of a view under its own heading.
 * @param {string} title
 * @param {...Child} children
 */
export function section(title, ...children) {
  const heading = make("h3", { id: freshId("section") }, title);
  return make("section", { class: "card", "aria-labelledby": heading.id }, heading, ...children);
}

/**
 * A view: its heading, then its parts.
 * @param {string} title
 * @param {...Child} children
 */
export function page(title, ...children) {
  return make("div", { class: "page" }, make("h2", {}, title), ...children);
}
