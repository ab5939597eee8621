// The adapter that leads to the meter: those that are plugged in are listed, and the one chosen is in force at once.

import { SOON_MS, get, textOf } from "../api.js";
import { make, show, write } from "../dom.js";
import { FieldErrors, choiceField, form } from "../forms.js";
import { fault } from "../settings/checks.js";
import { change } from "../settings/section.js";
import { say } from "../text.js";
import { addressOf } from "./course.js";
import { indexOf, titleOf } from "./meters.js";
import { isPlugged, portChoice } from "./ports.js";

/** So often it is looked whether an adapter has been plugged in or pulled out. */
const LOOK_MS = 2000;

function noneFound() {
  const tips = ["plug", "other", "kind"].map((name) => make("li", {}, say(`adapter.none.${name}`)));
  const title = make("strong", {}, say("adapter.none"));
  return make("div", { class: "banner notice", hidden: true }, title, make("ul", {}, ...tips));
}

/**
 * Which of several meters it is about.
 * @param {MeterSettings[]} meters
 * @param {number} unit
 */
function meterChoice(meters, unit) {
  if (meters.length < 2) return null;
  /** @type {[string, string][]} */
  const options = meters.map((meter) => [String(meter.unit), titleOf(meter)]);
  const field = choiceField(say("adapter.meter"), options, String(unit));
  field.control.addEventListener("change", () => {
    location.hash = addressOf("adapter", Number(field.control.value));
  });
  return field.element;
}

/**
 * @param {StepTools} tools
 * @returns {View}
 */
export function open({ unit, goOn }) {
  const element = make("div", {}, make("p", { class: "waiting" }, say("page.loading")));
  const none = noneFound();
  /** @type {ReturnType<typeof portChoice> | null} */
  let ports = null;
  /** Says beside the button how many there are. @type {(text: string) => void} */
  let tell = () => {};
  let known = "";
  let closed = false;
  let looking = false;

  /** @param {boolean} asked */
  async function look(asked) {
    if (looking || closed || !ports || (document.hidden && !asked)) return;
    looking = true;
    try {
      take(await get("/ports", SOON_MS), asked);
    } catch {
      // The watch over the live data tells the reader.
    } finally {
      looking = false;
    }
  }

  /**
   * @param {PortData[]} found
   * @param {boolean} asked
   */
  function take(found, asked) {
    const told = JSON.stringify(found);
    if (told !== known) ports?.update(found);
    if (told !== known || asked) tell(say("adapter.found", { count: found.length }));
    known = told;
    show(none, !found.some(isPlugged));
  }

  async function load() {
    try {
      const [settings, found] = await Promise.all([get("/settings"), get("/ports")]);
      if (!closed) build(settings, found);
    } catch (error) {
      element.replaceChildren(make("p", { class: "banner problem" }, textOf(error)));
    }
  }

  /**
   * @param {SettingsData} settings
   * @param {PortData[]} found
   */
  function build({ table, values, overridden }, found) {
    /** @type {MeterSettings[]} */
    const meters = values.meters;
    const index = indexOf(meters, unit);
    const meter = meters[index];
    const path = ["meters", index, "port"];
    const row = table.find((each) => each.section === "meters" && each.key === "port");
    const choice = (ports = portChoice(String(meter.port ?? ""), meters, index));

    async function send() {
      const port = choice.value();
      if (!port) throw new FieldErrors({ [path.join(".")]: say("adapter.choose") });
      const wrong = row ? fault(row, port) : "";
      if (wrong) throw new FieldErrors({ [path.join(".")]: wrong });
      const told = port === meter.port ? "" : (await change([{ path, value: port }])).told;
      goOn();
      return told;
    }

    const again = make("button", { type: "button", class: "plain", onclick: () => look(true) }, say("adapter.again"));
    const chosen = form({
      parts: [choice],
      fields: { [path.join(".")]: choice },
      submit: say("adapter.use"),
      send,
    });
    chosen.button.after(again);
    tell = chosen.tell;
    const note = make("p", { class: "banner notice", hidden: true });
    const forced = overridden[path.join(".")];
    show(note, forced !== undefined);
    write(note, forced === undefined ? "" : say("settings.overridden", { value: forced }));
    const lead = make("p", { class: "lead" }, say("adapter.lead"));
    const which = meterChoice(meters, meter.unit);
    element.replaceChildren(...[lead, which, note, none, chosen.element].filter((each) => each !== null));
    known = JSON.stringify(found);
    choice.update(found);
    show(none, !found.some(isPlugged));
  }

  function close() {
    closed = true;
    clearInterval(timer);
  }

  const timer = setInterval(() => look(false), LOOK_MS);
  load();
  return { element, close };
}
