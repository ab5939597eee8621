// One meter: who it is, how fresh its values are, and the values.

import { make, show, write } from "../dom.js";
import { settingsLink } from "../settings/place.js";
import { duration, number } from "../format.js";
import { label, say } from "../text.js";
import { powerChart } from "./chart.js";
import { activeEnergies } from "./energies.js";
import { factorNote } from "./factor.js";
import { lights } from "./lights.js";
import { nowTiles } from "./now.js";
import { phaseTable } from "./phases.js";
import { rareValues } from "./rare.js";
import { staleBanner } from "./stale.js";
import { stepsNote } from "./steps.js";
import { warningBanner } from "./warnings.js";

/**
 * Facts about the meter: what to call each, and how to tell it.
 * @type {[string, (meter: MeterData) => string | null | undefined][]}
 */
const FACTS = [
  ["fact.age", (meter) => ageText(meter.age_s)],
  ["fact.maker", (meter) => (meter.maker === null ? null : label("maker", meter.maker))],
  ["fact.id", (meter) => meter.meter_id],
  ["fact.type", (meter) => meter.meter_type],
  ["fact.list", listText],
  ["fact.version", (meter) => meter.list_version],
  ["fact.clock", (meter) => meter.meter_time?.replace("T", " ")],
  ["fact.telegrams", telegramsText],
  ["fact.line", (meter) => lineText(meter.line)],
];

/** @type {Record<string, string>} */
const LINE_STATES = {
  opening: "line.opening",
  open: "line.open",
  receiving: "line.receiving",
  failed: "line.failed",
};

/** @param {number | null} age in s */
function ageText(age) {
  if (age === null) return say("age.never");
  return age < 1 ? say("age.now") : say("age.ago", { age: duration(age) });
}

/** @param {MeterData} meter */
function listText({ list, diagnosis }) {
  if (list === null) return null;
  const text = label("list", list);
  return diagnosis.code === "unchecked" ? say("fact.list.unchecked", { list: text }) : text;
}

/** @param {MeterData} meter */
function telegramsText(meter) {
  const bad = Object.values(meter.problems).reduce((sum, count) => sum + count, 0);
  return say(bad ? "telegrams.bad" : "telegrams.good", { good: number(meter.readings), bad: number(bad) });
}

/** @param {LineData} line */
function lineText(line) {
  if (!line.port) return say("line.none");
  const state = say(LINE_STATES[line.state] ?? "line.open", { port: line.port });
  return line.settings ? `${state} (${line.settings})` : state;
}

function factList() {
  const rows = FACTS.map(([key, tell]) => ({ tell, value: make("dd"), name: make("dt", {}, say(key)) }));
  return {
    element: make("dl", { class: "facts" }, ...rows.map((row) => make("div", {}, row.name, row.value))),
    update: (/** @type {MeterData} */ meter) =>
      rows.forEach((row) => write(row.value, row.tell(meter) ?? say("value.none"))),
  };
}

/** @param {number} place */
function simulatedBanner(place) {
  const title = make("strong", {}, say("simulated.title"));
  const todo = make("p", {}, say("simulated.todo"), " ", settingsLink(`meters.${place}.port`));
  return make("div", { class: "banner notice", hidden: true }, title, todo);
}

/**
 * What a meter is called: its own name, or a number where there are several.
 * @param {{ name?: string, unit: number }} meter
 * @param {boolean} alone
 */
export function nameOf(meter, alone) {
  return meter.name || (alone ? say("meter.only") : say("meter.name", { unit: meter.unit }));
}

/**
 * The view of one meter. `announce` tells screen readers when its values stop or start to be current.
 * @param {MeterData} meter
 * @param {number} place of the meter in the settings
 * @param {boolean} alone
 * @param {Announce} announce
 */
export function meterView(meter, place, alone, announce) {
  const name = make("h2", { id: `meter-${meter.unit}` });
  const front = lights();
  const unit = make("p", { class: "unit-id" }, say("meter.unit", { unit: meter.unit }));
  const head = make("div", { class: "meter-head" }, name, unit, front.element);
  const facts = factList();
  const simulated = simulatedBanner(place);
  const stale = staleBanner(place);
  const warnings = warningBanner(place);
  const chart = powerChart(meter.unit);
  const parts = [factorNote(), nowTiles(place), chart, phaseTable(), activeEnergies(), stepsNote(), rareValues()];
  const element = make("section", { class: "meter", "aria-labelledby": name.id });
  element.append(head, simulated, stale.element, warnings.element, ...parts.map((part) => part.element));
  element.append(make("h3", {}, say("fact.title")), facts.element);

  /** @param {MeterData} now */
  function tellFreshness(now) {
    const state = now.stale ? "stale" : "current";
    if (element.dataset.state && element.dataset.state !== state) {
      announce(say(now.stale ? "meter.stale.said" : "meter.current.said", { meter: nameOf(now, alone) }));
    }
    element.dataset.state = state;
    front.update(now.age_s);
  }

  /**
   * @param {MeterData} now
   * @param {LiveData} gateway
   */
  function update(now, gateway) {
    write(name, nameOf(now, alone));
    show(simulated, now.simulated);
    tellFreshness(now);
    for (const part of [facts, stale, warnings, ...parts]) part.update(now, gateway);
  }

  return { element, update, lose: () => front.lose(), close: () => chart.close() };
}
