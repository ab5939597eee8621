// The settings of the meters: each has its own form, its keys, and can be removed again.

import { make } from "../dom.js";
import { form, section } from "../forms.js";
import { say } from "../text.js";
import { keysPart } from "./keys.js";
import { change, settingsForm } from "./section.js";

/** @param {MeterSettings} meter */
function titleOf(meter) {
  return meter.name || say("meter.name", { unit: meter.unit });
}

/** @param {MeterSettings[]} meters */
function freeUnit(meters) {
  const taken = meters.map((meter) => meter.unit);
  return Array.from({ length: 247 }, (_, index) => index + 1).find((unit) => !taken.includes(unit));
}

/**
 * @param {number} index
 * @param {MeterSettings} meter
 * @param {Reload} reload
 */
function removeForm(index, meter, reload) {
  const send = async () => {
    await change([{ path: ["meters", index], value: null }]);
    reload(say("settings.meter.removed", { meter: titleOf(meter) }));
  };
  const warning = make("p", {}, say("settings.meter.remove.what"));
  const sure = form({
    parts: [warning],
    fields: {},
    submit: say("settings.meter.remove.sure"),
    send,
    className: "danger",
  });
  return make("details", {}, make("summary", {}, say("settings.meter.remove")), sure.element);
}

/**
 * @param {number} index
 * @param {MeterSettings} meter
 * @param {MeterContext} shared
 */
function meterSection(index, meter, { rows, meters, context, reload }) {
  const editor = settingsForm({
    rows,
    values: meter,
    path: ["meters", index],
    context: { ...context, taken: meters.map(({ port }) => port) },
  });
  /** @type {HTMLElement[]} */
  const parts = [editor.element, keysPart(index, meter, reload)];
  if (meters.length > 1) parts.push(removeForm(index, meter, reload));
  const element = section(titleOf(meter), ...parts);
  element.dataset.place = `meters.${index}`;
  return element;
}

/** @param {MeterContext} shared */
function newMeter({ rows, meters, context, reload }) {
  const values = { unit: freeUnit(meters) };
  const path = ["meters", meters.length];
  const onSaved = () => reload(say("settings.saved"));
  const editor = settingsForm({
    rows,
    values,
    path,
    context: { ...context, taken: meters.map(({ port }) => port) },
    isNew: true,
    onSaved,
  });
  const summary = make("summary", {}, say("settings.meter.add"));
  return make("details", { class: "card", "data-place": path.join(".") }, summary, editor.element);
}

/**
 * Sections for all meters, and one to add another. `reload` builds the view anew and says why.
 * @param {SettingRow[]} table
 * @param {MeterSettings[]} meters
 * @param {FieldContext} context
 * @param {Reload} reload
 */
export function meterSections(table, meters, context, reload) {
  const rows = table.filter((row) => row.section === "meters" && !row.secret);
  const shared = { rows, meters, context, reload };
  return [...meters.map((meter, index) => meterSection(index, meter, shared)), newMeter(shared)];
}
