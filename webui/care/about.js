// The gateway itself: version, running time, temperature, time, and the bundle for a fault report.

import { make, write } from "../dom.js";
import { downloadLink, section } from "../forms.js";
import { duration, moment, number } from "../format.js";
import { say } from "../text.js";

const TEMPERATURE = 40044;

/** @param {LiveData} data */
function temperature(data) {
  const register = data.meters[0]?.registers.find((each) => each.number === TEMPERATURE);
  return register?.known ? `${number(register.value / 100, 1)} °C` : say("value.none");
}

/** @type {[string, (data: LiveData) => string][]} */
const FACTS = [
  ["about.version", (data) => data.version],
  ["about.uptime", (data) => duration(data.uptime_s)],
  ["about.temperature", temperature],
  ["about.time", (data) => moment(new Date(data.time))],
];

export function aboutSection() {
  const rows = FACTS.map(([key, tell]) => ({
    tell,
    value: make("dd", {}, say("value.none")),
    name: make("dt", {}, say(key)),
  }));
  const list = make("dl", { class: "facts" }, ...rows.map((row) => make("div", {}, row.name, row.value)));
  const bundle = downloadLink(say("about.bundle"), () => "/diagnostics");
  const element = section(say("about.title"), list, make("p", { class: "note" }, say("about.bundle.what")), bundle);
  return {
    element,
    update: (/** @type {LiveData} */ data) => rows.forEach((row) => write(row.value, row.tell(data))),
  };
}
