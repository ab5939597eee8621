// The scaling factor of one meter, written from the register view: with the same field, and the same question, as in the
// settings.

import { get, textOf } from "../api.js";
import { make } from "../dom.js";
import { say } from "../text.js";

const KEY = "scaling_factor";

/**
 * A part to open, with the form in it; it is asked for when it is opened.
 * @param {number} unit
 * @param {Announce} announce
 */
export function factorPart(unit, announce) {
  const place = make("div");
  const element = make(
    "details",
    { class: "poll", ontoggle: load },
    make("summary", {}, say("registers.factor.change")),
    place,
  );

  async function load() {
    if (!element.open) return place.replaceChildren();
    place.replaceChildren(make("p", { class: "note" }, say("page.loading")));
    try {
      const [{ settingsForm }, settings] = await Promise.all([import("../settings/section.js"), get("/settings")]);
      place.replaceChildren(formOf(settings, settingsForm));
    } catch (error) {
      place.replaceChildren(make("p", { class: "error" }, textOf(error)));
    }
  }

  /**
   * @param {SettingsData} settings
   * @param {typeof import("../settings/section.js").settingsForm} settingsForm
   */
  function formOf({ table, values, overridden }, settingsForm) {
    const index = values.meters.findIndex((/** @type {MeterSettings} */ meter) => meter.unit === unit);
    // One that the command line has added is not in the settings.
    if (index < 0) return make("p", { class: "note" }, say("registers.factor.none"));
    return settingsForm({
      rows: table.filter((row) => row.section === "meters" && row.key === KEY),
      values: values.meters[index],
      path: ["meters", index],
      context: { ports: [], overridden },
      onSaved: () => announce(say("settings.saved")),
    }).element;
  }

  return { element };
}
