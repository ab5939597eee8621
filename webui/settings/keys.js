// A meter's keys: typed or pasted, or from a KEM file. They go to the gateway and never come back.

import { ApiError, post } from "../api.js";
import { make, show } from "../dom.js";
import { FieldErrors, choiceField, fileField, form, labelled, passwordField } from "../forms.js";
import { guarded } from "../reach/encryption.js";
import { say } from "../text.js";
import { change } from "./section.js";

const MOST_OCTETS = 1 << 20;

/**
 * @param {File} file
 * @returns {Promise<string>}
 */
function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(new FieldErrors({ kem: say("keys.file.unreadable") }));
    reader.readAsDataURL(file);
  });
}

/** @param {{ serial?: string, authentication_key: boolean }} saved */
function savedText({ serial, authentication_key: both }) {
  const what = say(both ? "keys.saved.both" : "keys.saved.one");
  return serial ? `${what} ${say("keys.saved.serial", { serial })}` : what;
}

/**
 * @param {number} unit
 * @param {Reload} onSaved
 */
function typedForm(unit, onSaved) {
  const area = make("textarea", { rows: 3, spellcheck: "false", autocapitalize: "off", autocomplete: "off" });
  const text = labelled(say("keys.text"), area, { help: say("keys.text.help") });
  async function send() {
    if (!area.value.trim()) throw new FieldErrors({ text: say("reason.missing") });
    const answer = await post("/keys", { unit, text: area.value });
    area.value = "";
    return onSaved(savedText(answer));
  }
  return form({ parts: [text], fields: { text }, submit: say("keys.text.submit"), send });
}

/**
 * @param {number} unit
 * @param {Reload} onSaved
 */
function fileForm(unit, onSaved) {
  const kem = fileField(say("keys.file"), ".kem,.kem2,.xml,.zip", { help: say("keys.file.help") });
  const password = passwordField(say("keys.password"), "off", { help: say("keys.password.help") });
  const serial = choiceField(say("keys.serial"), [], "", { help: say("keys.serial.help") });
  show(serial.element, false);
  kem.control.addEventListener("change", () => show(serial.element, false));

  /** The file that was chosen. Throws `FieldErrors` where it, or its password, cannot be sent. */
  function checked() {
    const file = kem.value();
    const errors = {
      kem: file ? (file.size > MOST_OCTETS ? say("keys.file.large") : "") : say("reason.missing"),
      password: password.value() ? "" : say("reason.missing"),
    };
    if (!file || Object.values(errors).some(Boolean)) throw new FieldErrors(errors);
    return file;
  }

  async function send() {
    const file = checked();
    const chosen = serial.element.hidden ? {} : { serial: serial.value() };
    try {
      const answer = await post("/keys", {
        unit,
        kem: await base64(file),
        password: password.value(),
        ...chosen,
      });
      password.control.value = "";
      return onSaved(savedText(answer));
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "several-meters") throw error;
      serial.control.replaceChildren(
        ...(error.more.serials ?? []).map((each) => make("option", { value: each }, each)),
      );
      show(serial.element, true);
      throw new FieldErrors({ serial: say("keys.serial.choose") });
    }
  }
  return form({
    parts: [kem, password, serial],
    fields: { kem, password, serial },
    submit: say("keys.file.submit"),
    send,
  });
}

/**
 * @param {number} index
 * @param {Reload} onSaved
 */
function removeForm(index, onSaved) {
  const names = ["encryption_key", "authentication_key"];
  const send = async () => {
    await change(names.map((name) => ({ path: ["meters", index, name], value: null })));
    return onSaved(say("keys.removed"));
  };
  return form({ parts: [], fields: {}, submit: say("keys.remove"), send, className: "danger" });
}

/**
 * The keys of one meter: which are set, and how to enter them.
 * @param {number} index
 * @param {MeterSettings} meter
 * @param {Reload} reload
 */
export function keysPart(index, meter, reload) {
  const state = say(
    meter.encryption_key ? (meter.authentication_key ? "keys.state.both" : "keys.state.one") : "keys.state.none",
  );
  const typed = make("details", {}, make("summary", {}, say("keys.text.title")), typedForm(meter.unit, reload).element);
  const file = make("details", {}, make("summary", {}, say("keys.file.title")), fileForm(meter.unit, reload).element);
  const element = make(
    "div",
    { class: "keys", "data-place": `meters.${index}.encryption_key` },
    make("h4", {}, say("keys.title")),
    make("p", {}, state),
    guarded(make("div", {}, typed, file)),
  );
  if (meter.encryption_key) element.append(removeForm(index, reload).element);
  return element;
}
