// The forms of the history: exporting a meter's, taking a backup back, deleting.

import { LONG_MS, ask, post } from "../api.js";
import { sure } from "../ask.js";
import { make, show } from "../dom.js";
import { FieldErrors, choiceField, downloadButton, fileField, form, labelled } from "../forms.js";
import { number } from "../format.js";
import { say } from "../text.js";
import { dayText, optionsOf, refill, titleOf } from "./remembered.js";

/** @type {[string, string][]} */
const RESOLUTIONS = [
  ["hour", "history.by.hour"],
  ["day", "history.by.day"],
  ["month", "history.by.month"],
  ["year", "history.by.year"],
  ["quarter", "history.by.quarter"],
  ["minute", "history.by.minute"],
];

/** @returns {HistoryPart} */
export function exportPart() {
  const meter = choiceField(say("energy.meter.which"), [], "");
  const steps = choiceField(
    say("history.by"),
    RESOLUTIONS.map(([value, key]) => [value, say(key)]),
    "hour",
  );
  const path = () => `/history/export?series=${meter.value()}&resolution=${steps.value()}`;
  const element = make(
    "div",
    {},
    make("h4", {}, say("history.export")),
    meter.element,
    steps.element,
    downloadButton(say("energy.csv"), path, LONG_MS),
  );
  return {
    element,
    fill(told, place) {
      refill(meter.control, optionsOf(told, place));
      show(element, told.meters.length > 0);
    },
  };
}

/**
 * @param {() => Promise<void>} changed
 * @returns {HistoryPart}
 */
export function restorePart(changed) {
  const file = fileField(say("history.restore.file"), ".gz,application/gzip", { help: say("history.restore.help") });
  async function send() {
    const chosen = file.value();
    if (!chosen) throw new FieldErrors({ file: say("reason.missing") });
    /** @type {{ rows: number }} */
    const { rows } = await ask("POST", "/history/restore", new Blob([chosen], { type: "application/gzip" }), LONG_MS);
    await changed();
    return rows ? say("history.restore.done", { rows: number(rows) }) : say("history.restore.none");
  }
  const restore = form({ parts: [file], fields: { file }, submit: say("history.restore.submit"), send });
  return { element: make("div", {}, make("h4", {}, say("history.restore")), restore.element) };
}

/**
 * @param {() => Promise<void>} changed
 * @returns {HistoryPart}
 */
export function deletionPart(changed) {
  /** @type {{ told: HistoryStateData, place: Place } | null} */
  let last = null;
  const meter = choiceField(say("energy.meter.which"), [], "");
  const extent = choiceField(
    say("history.delete.extent"),
    [
      ["before", say("history.delete.before")],
      ["all", say("history.delete.all")],
    ],
    "before",
  );
  const date = labelled(say("history.delete.date"), make("input", { type: "date" }), {
    help: say("history.delete.date.help"),
  });
  extent.control.addEventListener("change", () => show(date.element, extent.value() === "before"));

  async function send() {
    const series = Number(meter.value());
    const chosen = last?.told.meters.find((each) => each.series === series);
    if (!last || !chosen) return "";
    const day = extent.value() === "before" ? date.value() : null;
    if (day === "") throw new FieldErrors({ before: say("reason.missing") });
    const question = say(day === null ? "history.delete.sure.all" : "history.delete.sure.before", {
      meter: titleOf(chosen, last.told.meters),
      date: day && dayText(day),
    });
    if (!(await sure(question, say("history.delete.what"), say("history.delete.submit")))) return "";
    await post("/history/delete", day === null ? { series } : { series, before: last.place.beginOf(day) });
    await changed();
    return say("history.delete.done");
  }

  const deletion = form({
    parts: [make("p", {}, say("history.delete.what")), meter, extent, date],
    fields: { series: meter, before: date },
    submit: say("history.delete.submit"),
    send,
    className: "danger",
  });
  const element = make("div", {}, make("h4", {}, say("history.delete")), deletion.element);
  return {
    element,
    fill(told, place) {
      last = { told, place };
      refill(meter.control, optionsOf(told, place));
      show(element, told.meters.length > 0);
    },
  };
}
