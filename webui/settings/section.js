// One form of settings: what was changed in it is sent together, and kept together or not at all.

import { patch } from "../api.js";
import { make } from "../dom.js";
import { FieldErrors, form } from "../forms.js";
import { isHere, loadAgain, onThisHost } from "../reach/places.js";
import { namesOf } from "../reach/trial.js";
import { say } from "../text.js";
import { fault } from "./checks.js";
import { fieldFor } from "./fields.js";

/** What of the rare settings belongs together, by what its section and key look like. */
const TOGETHER = {
  kamstrup: /\.kamstrup_/,
  tls: /^modbus\.tls_/,
  mqtt: /^mqtt\.tls/,
  https: /^web\.(host_names|https|https_listen|https_only|certificate|key)$/,
  dialects: /\.(p1|shelly|homewizard)_listen$/,
};
const LOAD_AFTER_MS = 500;

/**
 * @param {SettingValue} a
 * @param {SettingValue} b
 */
function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * What to say of a change that is on trial; where the page is to be reached elsewhere, it begins to look there.
 * @param {ReachPendingData} pending
 * @param {boolean} rest whether something else was saved
 */
export function onTrial(pending, rest) {
  if (pending.places.length && !pending.places.map(onThisHost).some(isHere)) setTimeout(loadAgain, LOAD_AFTER_MS);
  return say(rest ? "settings.tried.rest" : "settings.tried", { settings: namesOf(pending.settings) });
}

/**
 * Says that the command line wins over a setting, also by leaving it empty.
 * @param {SettingValue} value
 */
function overriddenNote(value) {
  const shown = value === "" ? say("value.none") : value;
  return make("p", { class: "help overridden" }, say("settings.overridden", { value: shown }));
}

/**
 * The rare fields, those that belong together under a heading of their own.
 * @param {{ row: SettingRow, field: Field<SettingValue> }[]} entries
 */
function together(entries) {
  const rest = make("div", { class: "settings" });
  /** @type {Record<string, HTMLElement>} */
  const groups = {};
  for (const { row, field } of entries) {
    const name = Object.entries(TOGETHER).find(([, keys]) => keys.test(`${row.section}.${row.key}`))?.[0];
    if (name) groups[name] ??= make("div", { class: "settings" }, make("h4", {}, say(`settings.seldom.${name}`)));
    (name ? groups[name] : rest).append(field.element);
  }
  return [rest, ...Object.values(groups)];
}

/**
 * The fields in their order; those that few people need are behind a heading.
 * @param {{ row: SettingRow, field: Field<SettingValue> }[]} entries
 */
function grouped(entries) {
  const rare = entries.filter(({ row }) => row.rare);
  const basic = entries.filter(({ row }) => !row.rare).map(({ field }) => field.element);
  if (!rare.length) return basic;
  const summary = make("summary", {}, say("settings.rare", { count: rare.length }));
  return [...basic, make("details", { class: "seldom" }, summary, ...together(rare))];
}

/**
 * Send changes; what to say of it.
 * @param {SettingChange[]} changes
 */
export async function change(changes) {
  const answer = await patch("/settings", { changes });
  const tried = answer.pending?.settings.length ?? 0;
  return { answer, told: tried ? onTrial(answer.pending, tried < changes.length) : say("settings.saved") };
}

/**
 * The form of `rows` with the present `values`. `path` is where they are: ["modbus"], ["meters", 0]. With `isNew`
 * everything is sent, not only what was changed. `onSaved` gets the gateway's answer and the changes.
 * @param {SettingsForm} how
 */
export function settingsForm({ rows, values, path, context, isNew = false, onSaved = () => {} }) {
  const entries = rows.map((row) => {
    const field = fieldFor(row, values[row.key] ?? row.default, context);
    const name = [...path, row.key].join(".");
    field.element.dataset.place = name;
    if (name in context.overridden) field.element.append(overriddenNote(context.overridden[name]));
    return { row, name, field, before: field.stored ?? field.value() };
  });
  const fields = Object.fromEntries(entries.map(({ name, field }) => [name, field]));
  const parts = grouped(entries);

  function changed() {
    const all = entries.map((entry) => ({ entry, value: entry.field.value() }));
    const faults = all.map(({ entry, value }) => [entry.name, entry.field.fault?.() ?? fault(entry.row, value)]);
    const errors = Object.fromEntries(faults.filter(([, text]) => text));
    if (Object.keys(errors).length) throw new FieldErrors(errors);
    return all.filter(({ entry, value }) => isNew || !same(value, entry.before));
  }

  async function send() {
    const all = changed();
    const changes = all.map(({ entry, value }) => ({ path: [...path, entry.row.key], value }));
    if (!changes.length) return say("settings.unchanged");
    const { answer, told } = await change(changes);
    for (const { entry, value } of all) {
      entry.before = value;
      entry.field.kept?.(value);
    }
    onSaved(answer, changes);
    const overridden = all.some(({ entry }) => entry.name in context.overridden);
    return overridden && !answer.pending ? say("settings.saved.overridden") : told;
  }

  return form({ parts, fields, submit: say("settings.save"), send, className: "settings" });
}
