// Says that a meter is silent: since when, what to do, and what Modbus clients get meanwhile.

import { make, show, write } from "./dom.js";
import { duration, moment } from "./format.js";
import { label, say } from "./text.js";

const FIRST_TELEGRAM_S = 20;

function sinceText(meter, gateway) {
  if (meter.age_s === null) return say("stale.never");
  const time = moment(new Date(Date.parse(gateway.time) - meter.age_s * 1000));
  return say("stale.since", { time, age: duration(meter.age_s) });
}

/** What to do, the likeliest cause first; the gateway's own diagnosis where it has one. */
function remedies(meter) {
  if (meter.diagnosis) return [meter.diagnosis.what, meter.diagnosis.advice].filter(Boolean);
  if (!meter.line.port) return [say("stale.port")];
  if (meter.line.state === "failed") return [say("stale.line", meter.line)];
  const steps = [say("stale.cable"), say("stale.grid")];
  if (meter.last_problem === null) return steps;
  const kind = label("problem", meter.last_problem.kind);
  const faulty = say("stale.faulty", { kind, detail: meter.last_problem.detail });
  const onlyFaults = meter.age_s === null && meter.line.state === "receiving";
  return onlyFaults ? [faulty, ...steps] : [...steps, faulty];
}

function meanwhile(meter) {
  const key = { exception: "stale.exception", hold: "stale.hold", zero: "stale.zero" }[meter.when_stale];
  return key ? say(key) : "";
}

/** The banner; it is seen only while the meter is silent. */
export function staleBanner() {
  const since = make("strong");
  const todo = make("p", {}, say("stale.todo"));
  const steps = make("ul");
  const clients = make("p");
  const element = make("div", { class: "banner", hidden: "" }, since, todo, steps, clients);

  function update(meter, gateway) {
    const failed = meter.line.state === "failed" || !meter.line.port;
    const early = meter.age_s === null && gateway.uptime_s < FIRST_TELEGRAM_S && !failed;
    show(element, meter.stale || failed);
    element.className = early ? "banner notice" : "banner warning";
    show(todo, !early);
    show(steps, !early);
    write(since, early ? say("stale.first") : sinceText(meter, gateway));
    show(since, meter.stale);
    writeSteps(early ? [] : remedies(meter));
    write(clients, meter.stale ? meanwhile(meter) : "");
  }

  function writeSteps(texts) {
    while (steps.children.length > texts.length) steps.lastElementChild.remove();
    while (steps.children.length < texts.length) steps.append(make("li"));
    texts.forEach((text, index) => write(steps.children[index], text));
  }

  return { element, update };
}
