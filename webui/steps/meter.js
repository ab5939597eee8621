// What comes from the meter, decoded, while one waits for it: what is the matter, how much has come, and what it says.

import { get, textOf } from "../api.js";
import { fillList, make, show, write } from "../dom.js";
import { duration, number } from "../format.js";
import { KEYS, steps } from "../live/stale.js";
import { keysPart } from "../settings/keys.js";
import { label, say } from "../text.js";
import { indexOf, meterOf } from "./meters.js";
import { sentValues } from "./values.js";

/**
 * What is known of the meter and its line: what to call it, and how to tell it; null for what did not come yet.
 * @type {[string, (meter: MeterData) => string | null][]}
 */
const FACTS = [
  ["fact.telegrams", telegramsText],
  ["fact.age", (meter) => (meter.age_s === null ? null : say("age.ago", { age: duration(meter.age_s) }))],
  ["fact.maker", (meter) => (meter.maker === null ? null : label("maker", meter.maker))],
  ["fact.id", (meter) => meter.meter_id],
  ["fact.type", (meter) => meter.meter_type],
  ["fact.list", (meter) => (meter.list === null ? null : label("list", meter.list))],
];

/** @param {MeterData} meter */
function telegramsText({ readings, problems }) {
  const bad = Object.values(problems).reduce((sum, count) => sum + count, 0);
  return say(bad ? "telegrams.bad" : "telegrams.good", { good: number(readings), bad: number(bad) });
}

/** @param {MeterData} meter */
function stateOf({ stale, readings, diagnosis, line, age_s: age }) {
  if (!stale && readings > 0) return "coming";
  if (!line.port) return "no-port";
  if (diagnosis.code === "waiting" || (diagnosis.code === "receiving" && age === null)) return "waiting";
  return "trouble";
}

/** @type {Record<string, string>} */
const HEADLINES = {
  coming: "start.meter.coming",
  waiting: "start.meter.waiting",
  trouble: "start.meter.trouble",
  "no-port": "start.meter.no-port",
};

/** The keys of the meter, asked for only when it turns out that it needs them. @param {number | null} unit */
function keysAsked(unit) {
  const element = make("div", { class: "card", hidden: true });
  let asked = false;

  async function load() {
    try {
      const { values } = await get("/settings");
      const index = indexOf(values.meters, unit);
      element.replaceChildren(keysPart(index, values.meters[index], reload));
    } catch (error) {
      element.replaceChildren(make("p", { class: "error" }, textOf(error)));
      asked = false;
    }
  }

  /** @param {string} text */
  async function reload(text) {
    await load();
    element.prepend(make("p", { class: "form-status", role: "status" }, text));
    return text;
  }

  /** @param {boolean} needed */
  function update(needed) {
    // Once they have been asked for they stay, so that what was said of them does not go with the trouble.
    if (needed && !asked) load().then(() => element.querySelector("details")?.setAttribute("open", ""));
    asked ||= needed;
    show(element, asked);
  }
  return { element, update };
}

/**
 * @param {StepTools} tools
 * @returns {View}
 */
export function open({ announce, unit, done }) {
  const headline = make("h3");
  const list = make("ul");
  const banner = make("div", { class: "banner", hidden: true }, headline, list);
  const keys = keysAsked(unit);
  const values = sentValues();
  const rows = FACTS.map(([key, tell]) => ({ tell, name: make("dt", {}, say(key)), value: make("dd") }));
  const facts = make("dl", { class: "facts" }, ...rows.map(({ name, value }) => make("div", {}, name, value)));
  const lead = make("p", { class: "lead" }, say("start.meter.lead"));
  const element = make("div", {}, lead, banner, keys.element, values.element, make("div", { class: "card" }, facts));
  let before = "";

  /** @param {LiveData} data */
  function update(data) {
    const meter = meterOf(data, unit);
    if (!meter) return;
    const state = stateOf(meter);
    const text = meter.simulated && state === "coming" ? say("simulated.title") : say(HEADLINES[state]);
    write(headline, text);
    banner.className = state === "trouble" ? "banner warning" : "banner notice";
    show(banner, true);
    fillList(list, state === "coming" ? [] : steps(meter), () => make("li"), write);
    for (const { tell, value } of rows) write(value, tell(meter) ?? say("value.none"));
    keys.update(KEYS.includes(meter.diagnosis.code));
    values.update(meter);
    if (state === "coming") done();
    if (state !== before) announce(text);
    before = state;
  }

  return { element, update };
}
