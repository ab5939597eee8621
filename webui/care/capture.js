// Recording a meter's line from the page: begin, see it grow, stop, download.

import { SOON_MS, ask, get, post } from "../api.js";
import { attempts } from "../attempt.js";
import { make, show, write } from "../dom.js";
import { choiceField, downloadButton, section } from "../forms.js";
import { dateOf, duration, moment, number } from "../format.js";
import { say } from "../text.js";
import { meterChoice } from "./meter_choice.js";

const ASK_MS = 1000;
const MINUTES = [1, 5, 10, 30, 60];
const USUAL = 10;
const KB = 1000;
/** @type {Record<string, string>} */
const ENDINGS = {
  time: "capture.ending.time",
  full: "capture.ending.full",
  stopped: "capture.ending.stopped",
  gone: "capture.ending.gone",
};

/** @param {number} octets */
function size(octets) {
  return say("capture.size", { size: number(octets / KB, 1) });
}

/** @param {CaptureData} told */
function stateText(told) {
  if (told.state === "none" || told.begun === null) return say("capture.none");
  const values = {
    unit: told.unit,
    time: moment(dateOf(told.begun)),
    lasted: duration(told.lasted_s),
    within: duration(told.within_s),
    octets: number(told.octets),
    size: size(told.size),
  };
  if (told.state === "running") return say("capture.running", values);
  return `${say("capture.ended", values)} ${say(ENDINGS[told.ending ?? ""] ?? "capture.ending.stopped")}`;
}

export function captureSection() {
  const meter = meterChoice(load);
  const minutes = choiceField(
    say("capture.minutes"),
    MINUTES.map((each) => [String(each), say("capture.within", { minutes: each })]),
    String(USUAL),
  );
  const state = make("p", { role: "status" });
  const { fault, attempt } = attempts();
  const begin = make("button", { type: "button", onclick: start }, say("capture.begin"));
  const stop = make("button", { type: "button", onclick: () => change("POST", "/capture/stop") }, say("capture.stop"));
  const forget = make(
    "button",
    { type: "button", class: "plain", onclick: () => change("DELETE", "/capture") },
    say("capture.forget"),
  );
  const file = downloadButton(say("capture.download"), () => "/capture/file");
  const warning = make("p", { class: "note" }, say("capture.warning"));
  const element = section(
    say("capture.title"),
    make("p", {}, say("capture.what")),
    warning,
    meter.element,
    minutes.element,
    state,
    fault,
    make("div", { class: "actions" }, begin, stop, file, forget),
  );

  /** @param {CaptureData} told */
  function fill(told) {
    const running = told.state === "running";
    const there = told.state !== "none";
    // What changes each second is not read out each second.
    state.setAttribute("aria-live", running ? "off" : "polite");
    write(state, stateText(told));
    show(begin, !running);
    show(stop, running);
    show(file, there);
    show(forget, there && !running);
    meter.offer(!running);
    show(minutes.element, !running);
  }

  /** @param {() => Promise<unknown>} action */
  async function run(action) {
    await attempt(action);
    await load();
  }

  /**
   * @param {string} method
   * @param {string} path
   */
  async function change(method, path) {
    await run(() => ask(method, path));
    (begin.hidden ? stop : begin).focus();
  }

  async function start() {
    await run(() => post("/capture", { unit: Number(meter.value()), minutes: Number(minutes.value()) }));
    (stop.hidden ? begin : stop).focus();
  }

  async function load() {
    if (document.hidden) return;
    /** @type {CaptureData | null} */
    const told = await get("/capture", SOON_MS).catch(() => null);
    if (told) fill(told);
  }

  const timer = setInterval(load, ASK_MS);
  fill({ state: "none", ending: null, unit: null, begun: null, lasted_s: 0, within_s: 0, octets: 0, size: 0, most: 0 });
  return { element, update: meter.update, close: () => clearInterval(timer) };
}
