// Says that a meter is silent: since when, why, what to do, and what Modbus clients get meanwhile.

import { fillList, make, show, write } from "../dom.js";
import { faultText } from "../fault.js";
import { duration, moment } from "../format.js";
import { known, label, say } from "../text.js";

const QUIET = ["receiving", "unchecked", "waiting"];
/** Where the reader can do something about it: on the settings page. */
const KEYS = [
  "no-key",
  "no-authentication-key",
  "keys-swapped",
  "authentication-key-wrong",
  "wrong-key",
  "not-verified",
];
const SETTINGS = ["no-port", "port-failed", "replay", "no-frames", "no-checksum", ...KEYS];
const MEASURE = ["nothing-received", "fell-silent"];
const TELL_FAULT = ["wrong-key", "not-verified", "unknown-list", "damaged", "no-frames", "replay"];
/** @type {Record<string, string>} */
const MEANWHILE = { exception: "stale.exception", hold: "stale.hold", zero: "stale.zero" };

/**
 * @param {MeterData} meter
 * @param {LiveData} gateway
 */
function sinceText(meter, gateway) {
  if (meter.age_s === null) return say("stale.never");
  const time = moment(new Date(Date.parse(gateway.time) - meter.age_s * 1000));
  return say("stale.since", { time, age: duration(meter.age_s) });
}

/**
 * Why the line is not open.
 * @param {MeterData["line"]} line
 */
function portText({ port, code, values, detail }) {
  return faultText({ code, values }) || say("stale.line", { port, detail });
}

/**
 * What was last wrong with what came; a cause without words is told as the gateway tells it.
 * @param {NonNullable<MeterData["last_problem"]>} problem
 */
function problemText({ kind, cause, detail }) {
  return say("stale.fault", { cause: known(`cause.${cause}`) ?? `${label("problem", kind)} (${detail})` });
}

/**
 * The cause, then what to do about it.
 * @param {MeterData} meter
 */
function steps({ diagnosis, line, last_problem: problem }) {
  const { code, values = {} } = diagnosis;
  if (QUIET.includes(code)) return [];
  const texts = [code === "port-failed" ? portText(line) : (known(`diagnosis.${code}.what`) ?? diagnosis.what)];
  texts.push(known(`diagnosis.${code}.advice`) ?? diagnosis.advice);
  if (MEASURE.includes(code)) texts.push(say("stale.measure"));
  if (problem && TELL_FAULT.includes(code)) texts.push(problemText(problem));
  if (KEYS.includes(code)) texts.push(known("stale.serial", values) ?? known("stale.sender", values) ?? "");
  return texts.filter(Boolean);
}

/** The banner; it is seen only while the meter is silent. */
export function staleBanner() {
  const since = make("strong");
  const list = make("ul");
  const clients = make("p");
  const settings = make("a", { href: "#settings" }, say("stale.settings"));
  const element = make("div", { class: "banner", hidden: true }, since, list, make("p", {}, settings), clients);

  /**
   * @param {MeterData} meter
   * @param {LiveData} gateway
   */
  function update(meter, gateway) {
    const { code } = meter.diagnosis;
    const early = code === "waiting" && meter.age_s === null;
    const failed = ["port-failed", "no-port"].includes(code) && !meter.simulated;
    show(element, meter.stale || failed);
    element.className = early ? "banner notice" : "banner warning";
    write(since, early ? say("stale.first") : sinceText(meter, gateway));
    show(since, meter.stale);
    fillList(list, steps(meter), () => make("li"), write);
    show(/** @type {HTMLElement} */ (settings.parentElement), SETTINGS.includes(code));
    write(clients, meter.stale && meter.when_stale in MEANWHILE ? say(MEANWHILE[meter.when_stale]) : "");
  }

  return { element, update };
}
