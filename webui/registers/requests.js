// The request monitor: each request with what it asked, wrote and got, as long as the view is open.

import { make, show, write } from "../dom.js";
import { choiceField, tickField } from "../forms.js";
import { dateOf, moment } from "../format.js";
import { say } from "../text.js";
import { exceptionText, functionText, whyText } from "./codes.js";
import { dataTable } from "./data_table.js";

const MOST_KEPT = 500;
const MOST_SHOWN = 100;

/**
 * What a request wrote: its words, or the masks of function code 22; and where, if that is not where it read.
 * @param {RequestData} request
 */
function writtenText({ function: code, address, written }) {
  if (!written) return "";
  const hex = (/** @type {number} */ word) => `0x${word.toString(16).toUpperCase().padStart(4, "0")}`;
  if (code === 22) return say("clients.masks", { and: hex(written.words[0]), or: hex(written.words[1] ?? 0) });
  const place = written.address === address ? "" : `${written.address}: `;
  return `${place}${written.words.join(" ")}${written.count > written.words.length ? " …" : ""}`;
}

/**
 * @param {RequestData} request
 * @param {number[]} units
 */
function requestRow(request, units) {
  const { address, count, exception } = request;
  const place = address === null ? say("value.none") : `${address}${count > 1 ? `–${address + count - 1}` : ""}`;
  const refused = exception ? say("clients.exception", { code: exceptionText(exception) }) : "";
  const why = exception ? whyText(request, units) : "";
  return [
    moment(dateOf(request.time)),
    request.client,
    String(request.unit),
    functionText(request.function),
    place,
    writtenText(request),
    refused ? [refused, why].filter(Boolean).join(": ") : say("clients.answered"),
  ];
}

/**
 * Requests by what tells each from all others, also when it is told again.
 * @param {RequestData[]} requests
 * @returns {[string, RequestData][]}
 */
function keyed(requests) {
  /** @type {Record<string, number>} */
  const seen = {};
  return requests.map((request) => {
    const { time, client, unit, function: code, address, written, took_us: took } = request;
    // The gateway tells moments of a clock of its own by the computer's, which differ by some microseconds each time.
    const key = JSON.stringify([Math.round(time), client, unit, code, address, written, took]);
    seen[key] = (seen[key] ?? 0) + 1;
    return [`${key} ${seen[key]}`, request];
  });
}

/** @param {string} client */
function hostOf(client) {
  return client.replace(/:\d+$/, "");
}

/**
 * A choice among what has been seen, which grows as more is seen.
 * @param {string} title
 */
function seenChoice(title) {
  const field = choiceField(title, [["", say("clients.all")]], "");
  return {
    element: field.element,
    control: field.control,
    value: field.value,
    /** @param {string[]} values */
    offer(values) {
      const there = [...field.control.options].map((option) => option.value);
      for (const value of new Set(values)) {
        if (!there.includes(value)) field.control.append(make("option", { value }, value));
        there.push(value);
      }
    },
  };
}

/** The monitor; `take` gives it the last requests again and again, `serve` the unit ids that there are. */
export function requestMonitor() {
  const client = seenChoice(say("clients.client"));
  const unit = seenChoice(say("clients.unit"));
  const errors = tickField(say("clients.errors"), false);
  const pause = make("button", { type: "button", class: "plain", "aria-pressed": "false", onclick: toggle });
  const state = make("p", { class: "note", role: "status" });
  const tools = make("div", { class: "toolbar" }, client.element, unit.element, errors.element, pause);
  const heads = ["time", "client", "unit", "function", "address", "written", "outcome"];
  const table = dataTable(
    say("clients.recent"),
    heads.map((name) => say(`clients.${name}`)),
    say("clients.quiet"),
    tools,
    state,
  );
  /** @type {Map<string, RequestData>} The newest last. */
  const kept = new Map();
  /** @type {number[]} */
  let units = [];
  let paused = false;

  for (const each of [client.control, unit.control, errors.control]) each.addEventListener("change", draw);

  function toggle() {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    draw();
  }

  /** @param {RequestData} request */
  function fits(request) {
    if (client.value() && hostOf(request.client) !== client.value()) return false;
    if (unit.value() && String(request.unit) !== unit.value()) return false;
    return !errors.value() || Boolean(request.exception);
  }

  function draw() {
    const found = [...kept.values()]
      .filter(fits)
      .reverse()
      .sort((a, b) => b.time - a.time);
    table.fill(found.slice(0, MOST_SHOWN).map((request) => requestRow(request, units)));
    write(pause, say(paused ? "clients.go-on" : "clients.pause"));
    const count = { shown: Math.min(found.length, MOST_SHOWN), kept: kept.size };
    write(state, paused ? say("clients.paused", count) : say("clients.shown", count));
    show(state, kept.size > 0);
  }

  /** @param {RequestData[]} requests the newest first */
  function take(requests) {
    if (paused) return;
    for (const [key, request] of keyed([...requests].reverse())) kept.set(key, request);
    for (const key of [...kept.keys()].slice(0, Math.max(0, kept.size - MOST_KEPT))) kept.delete(key);
    client.offer([...kept.values()].map((request) => hostOf(request.client)));
    unit.offer([...kept.values()].map((request) => String(request.unit)));
    draw();
  }

  /** @param {ServedUnitData[]} served */
  function serve(served) {
    units = served.map((each) => each.unit);
    draw();
  }

  draw();
  return { element: table.element, take, serve };
}
