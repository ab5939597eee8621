// Says that a meter is silent: since when, why, what to do, and what Modbus clients get meanwhile.

import { fillList, make, show, write } from "../dom.js";
import { faultText } from "../fault.js";
import { duration, moment } from "../format.js";
import { settingsLink } from "../settings/place.js";
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
/** @type {Record<string, string>} */
const SETTINGS = {
  "no-port": "port",
  "port-failed": "port",
  "no-frames": "serial_settings",
  "no-checksum": "p1_checksum",
  replay: "encryption_key",
  ...Object.fromEntries(KEYS.map((code) => [code, "encryption_key"])),
};
const MEASURE = ["nothing-received", "fell-silent"];
const TELL_FAULT = ["wrong-key", "not-verified", "unknown-list", "damaged", "no-frames", "replay"];
const PARTLY = "values-stopped";
const GONE = "no-longer-sent";
/** @type {Record<string, string>} */
const STOPPED = {
  import: "stopped.import",
  export: "stopped.export",
  reactive: "stopped.reactive",
  current: "stopped.current",
  voltage: "stopped.voltage",
  factor: "stopped.factor",
  energy: "stopped.energy",
};
/** @type {Record<string, string>} */
const MEANWHILE_PARTLY = {
  exception: "stale.partly.exception",
  hold: "stale.partly.hold",
  zero: "stale.partly.zero",
};
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
 * The words for values that the gateway names together, one after the other.
 * @param {unknown} names
 */
function stoppedNames(names) {
  return String(names ?? "")
    .split(",")
    .filter((name) => name in STOPPED)
    .map((name) => say(STOPPED[name]))
    .join(", ");
}

/**
 * Which values no longer come, and which do.
 * @param {Values} values
 */
function stoppedText({ stopped, coming, seconds }) {
  const gone = say("stale.stopped", { values: stoppedNames(stopped), age: duration(Number(seconds)) });
  return coming ? `${gone} ${say("stale.coming", { values: stoppedNames(coming) })}` : gone;
}

/**
 * What Modbus clients get meanwhile.
 * @param {MeterData} meter
 * @param {boolean} partly
 */
function meanwhileText(meter, partly) {
  const texts = partly ? MEANWHILE_PARTLY : MEANWHILE;
  return (meter.stale || partly) && meter.when_stale in texts ? say(texts[meter.when_stale]) : "";
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
  if (code === PARTLY) texts.push(stoppedText(values));
  if (code === GONE) texts.push(say("stale.gone", { values: stoppedNames(values.gone), codes: values.codes }));
  if (MEASURE.includes(code)) texts.push(say("stale.measure"));
  if (problem && TELL_FAULT.includes(code)) texts.push(problemText(problem));
  if (KEYS.includes(code)) texts.push(known("stale.serial", values) ?? known("stale.sender", values) ?? "");
  return texts.filter(Boolean);
}

/**
 * The banner; it is seen only while the meter is silent, or some of its values no longer come or are sent.
 * @param {number} place of the meter in the settings
 */
export function staleBanner(place) {
  const since = make("strong");
  const list = make("ul");
  const clients = make("p");
  const settings = settingsLink(`meters.${place}`);
  const element = make("div", { class: "banner", hidden: true }, since, list, make("p", {}, settings), clients);

  /**
   * @param {MeterData} meter
   * @param {LiveData} gateway
   */
  function update(meter, gateway) {
    const { code } = meter.diagnosis;
    const early = code === "waiting" && meter.age_s === null;
    const failed = ["port-failed", "no-port"].includes(code) && !meter.simulated;
    const partly = code === PARTLY && !meter.stale;
    const gone = code === GONE && !meter.stale;
    show(element, meter.stale || failed || partly || gone);
    element.className = early || gone ? "banner notice" : "banner warning";
    if (partly) write(since, say("stale.partly"));
    else write(since, early ? say("stale.first") : sinceText(meter, gateway));
    show(since, meter.stale || partly);
    fillList(list, steps(meter), () => make("li"), write);
    if (code in SETTINGS) settings.href = `#settings/meters.${place}.${SETTINGS[code]}`;
    show(/** @type {HTMLElement} */ (settings.parentElement), code in SETTINGS);
    write(clients, meanwhileText(meter, partly));
  }

  return { element, update };
}
