// One meter: who it is, how fresh its values are, and the values.

import { make, show, write } from "./dom.js";
import { duration, number } from "./format.js";
import { energyTiles, phaseTable, powerTiles } from "./tiles.js";
import { registersView } from "./registers.js";
import { staleBanner } from "./stale.js";
import { label, say } from "./text.js";

const none = say("value.none");

/** Facts about the meter: what to call each, and how to tell it. */
const FACTS = [
  ["fact.age", (meter) => ageText(meter.age_s)],
  ["fact.maker", (meter) => (meter.maker === null ? none : label("maker", meter.maker))],
  ["fact.id", (meter) => meter.meter_id ?? none],
  ["fact.type", (meter) => meter.meter_type ?? none],
  ["fact.list", (meter) => (meter.list === null ? none : label("list", meter.list))],
  ["fact.version", (meter) => meter.list_version ?? none],
  ["fact.clock", (meter) => meter.meter_time?.replace("T", " ") ?? none],
  ["fact.telegrams", telegramsText],
  ["fact.line", (meter) => lineText(meter.line)],
];

const LINE_STATES = {
  opening: "line.opening",
  open: "line.open",
  receiving: "line.receiving",
  failed: "line.failed",
};

function ageText(age) {
  if (age === null) return say("age.never");
  return age < 1 ? say("age.now") : say("age.ago", { age: duration(age) });
}

function telegramsText(meter) {
  const bad = Object.values(meter.problems).reduce((sum, count) => sum + count, 0);
  return say(bad ? "telegrams.bad" : "telegrams.good", { good: number(meter.readings), bad: number(bad) });
}

function lineText(line) {
  return line.port ? say(LINE_STATES[line.state] ?? "line.open", line) : say("line.none");
}

function factList() {
  const rows = FACTS.map(([key, tell]) => ({ tell, value: make("dd"), name: make("dt", {}, say(key)) }));
  return {
    element: make("dl", { class: "facts" }, ...rows.map((row) => make("div", {}, row.name, row.value))),
    update: (meter) => rows.forEach((row) => write(row.value, row.tell(meter))),
  };
}

function simulatedBanner() {
  const title = make("strong", {}, say("simulated.title"));
  return make("div", { class: "banner notice", hidden: "" }, title, make("p", {}, say("simulated.todo")));
}

/** What a meter is called: its own name, or a number where there are several. */
function nameOf(meter, alone) {
  return meter.name || (alone ? say("meter.only") : say("meter.name", { unit: meter.unit }));
}

/** The view of one meter. `announce` tells screen readers when its values stop or start to be current. */
export function meterView(meter, alone, announce) {
  const name = make("h2", { id: `meter-${meter.unit}` });
  const light = make("p", { class: "light" });
  const unit = make("p", { class: "unit-id" }, say("meter.unit", { unit: meter.unit }));
  const head = make("div", { class: "meter-head" }, name, unit, light);
  const facts = factList();
  const simulated = simulatedBanner();
  const stale = staleBanner();
  const parts = [powerTiles(), phaseTable(), energyTiles(), registersView(meter, alone)];
  const element = make("section", { class: "meter", "aria-labelledby": name.id });
  element.append(head, simulated, stale.element, facts.element, ...parts.map((part) => part.element));

  function tellFreshness(now) {
    const state = now.stale ? "stale" : "current";
    if (element.dataset.state && element.dataset.state !== state) {
      announce(say(now.stale ? "meter.stale.said" : "meter.current.said", { meter: nameOf(now, alone) }));
    }
    element.dataset.state = state;
    write(light, say(now.stale ? "light.off" : "light.on"));
  }

  function update(now, gateway) {
    write(name, nameOf(now, alone));
    show(simulated, now.simulated);
    tellFreshness(now);
    for (const part of [facts, stale, ...parts]) part.update(now, gateway);
  }

  /** Without news from the gateway nobody knows what the light does. */
  function lose() {
    write(light, say("light.unknown"));
  }

  return { element, update, lose };
}
