// The gateway itself: version, running time, temperature and time.

import { make, write } from "../dom.js";
import { section } from "../forms.js";
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
  const element = section(say("about.title"), list);
  return {
    element,
    update: (/** @type {LiveData} */ data) => rows.forEach((row) => write(row.value, row.tell(data))),
  };
}
