// Recording a meter's line from the page: begin, see it grow, stop, download.

import { SOON_MS, ask, get, post, textOf } from "../api.js";
import { make, show, write } from "../dom.js";
import { choiceField, downloadLink, section } from "../forms.js";
import { dateOf, duration, moment, number } from "../format.js";
import { nameOf } from "../live/meter.js";
import { say } from "../text.js";

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
  const meter = choiceField(say("telegrams.meter"), [], "");
  const minutes = choiceField(
    say("capture.minutes"),
    MINUTES.map((each) => [String(each), say("capture.within", { minutes: each })]),
    String(USUAL),
  );
  const state = make("p", { role: "status" });
  const fault = make("p", { class: "error", role: "alert", hidden: true });
  const begin = make("button", { type: "button", onclick: start }, say("capture.begin"));
  const stop = make("button", { type: "button", onclick: () => change("POST", "/capture/stop") }, say("capture.stop"));
  const forget = make(
    "button",
    { type: "button", class: "plain", onclick: () => change("DELETE", "/capture") },
    say("capture.forget"),
  );
  const link = downloadLink(say("capture.download"), () => "/capture/file");
  const warning = make("p", { class: "note" }, say("capture.warning"));
  const element = section(
    say("capture.title"),
    make("p", {}, say("capture.what")),
    warning,
    meter.element,
    minutes.element,
    state,
    fault,
    make("div", { class: "actions" }, begin, stop, link, forget),
  );
  let units = "";

  /** @param {CaptureData} told */
  function fill(told) {
    const running = told.state === "running";
    const there = told.state !== "none";
    // What changes each second is not read out each second.
    state.setAttribute("aria-live", running ? "off" : "polite");
    write(state, stateText(told));
    show(begin, !running);
    show(stop, running);
    show(link, there);
    show(forget, there && !running);
    show(meter.element, !running && meter.control.options.length > 1);
    show(minutes.element, !running);
  }

  /** @param {Promise<unknown>} done */
  async function after(done) {
    show(fault, false);
    try {
      await done;
    } catch (error) {
      write(fault, textOf(error));
      show(fault, true);
    }
    await load();
  }

  /**
   * @param {string} method
   * @param {string} path
   */
  async function change(method, path) {
    await after(ask(method, path));
    (begin.hidden ? stop : begin).focus();
  }

  async function start() {
    await after(post("/capture", { unit: Number(meter.value()), minutes: Number(minutes.value()) }));
    (stop.hidden ? begin : stop).focus();
  }

  async function load() {
    if (document.hidden) return;
    /** @type {CaptureData | null} */
    const told = await get("/capture", SOON_MS).catch(() => null);
    if (told) fill(told);
  }

  /** @param {LiveData} data */
  function update({ meters }) {
    const now = meters.map((each) => each.unit).join();
    if (now === units) return;
    units = now;
    meter.control.replaceChildren(
      ...meters.map((each) => make("option", { value: each.unit }, nameOf(each, meters.length === 1))),
    );
    load();
  }

  const timer = setInterval(load, ASK_MS);
  fill({ state: "none", ending: null, unit: null, begun: null, lasted_s: 0, within_s: 0, octets: 0, size: 0, most: 0 });
  return { element, update, close: () => clearInterval(timer) };
}
