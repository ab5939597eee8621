// The last telegrams as they came, decoded and octet by octet, for those who look for a fault.

import { get, textOf } from "../api.js";
import { copy } from "../copy.js";
import { make, show, write } from "../dom.js";
import { section } from "../forms.js";
import { dateOf, moment } from "../format.js";
import { quantityName } from "../quantities.js";
import { plainNumber } from "../registers/numbers.js";
import { known, label, say } from "../text.js";
import { meterChoice } from "./meter_choice.js";

/** @type {Record<string, string>} */
const PARTS = {
  frame: "telegrams.part.frame",
  ciphering: "telegrams.part.ciphering",
  data: "telegrams.part.data",
  tag: "telegrams.part.tag",
  other: "telegrams.part.other",
};
/** @type {[string, (reading: ReadingData) => string | null][]} */
const FACTS = [
  ["fact.id", (reading) => reading.meter_id],
  ["fact.type", (reading) => reading.meter_type],
  ["fact.version", (reading) => reading.list_version],
  ["fact.clock", (reading) => reading.meter_time?.replace("T", " ") ?? null],
];

/** @param {string} hex */
function pairs(hex) {
  return hex.replace(/\s/g, "").replace(/(..)(?=.)/g, "$1 ");
}

/**
 * The octets as the lines that they are in a P1 telegram; null where they are none.
 * @param {string} hex
 */
function linesOf(hex) {
  const text = hex.replace(/../g, (octet) => String.fromCharCode(parseInt(octet, 16)));
  return /^[\r\n\x20-\x7e]+$/.test(text) ? text.replaceAll("\r\n", "\n").trim() : null;
}

/**
 * What came of a telegram: the lists that were read, or the problems, with commas between.
 * @param {string} outcome
 */
function outcomeText(outcome) {
  return outcome
    .split(", ")
    .filter(Boolean)
    .map((each) => known(`list.${each}`) ?? label("problem", each))
    .join(", ");
}

/** @param {ReadingData} reading */
function readingPart(reading) {
  const heads = ["obis", "name", "value"].map((name) =>
    make("th", { scope: "col" }, say(name === "obis" ? "telegrams.obis" : `registers.${name}`)),
  );
  const decimals = (/** @type {number} */ value) => (String(value).split(".")[1] ?? "").length;
  const rows = reading.values.map(({ obis, value, unit }) =>
    make(
      "tr",
      {},
      make("td", {}, obis),
      make("th", { scope: "row" }, quantityName(obis)),
      make("td", { class: "value" }, `${plainNumber(value, decimals(value))} ${unit === "1" ? "" : unit}`.trim()),
    ),
  );
  const facts = FACTS.map(([key, tell]) => ({ key, text: tell(reading) })).filter(({ text }) => text !== null);
  const told = facts.map(({ key, text }) => make("div", {}, make("dt", {}, say(key)), make("dd", {}, text)));
  const title = [label("list", reading.list), reading.encrypted ? say("telegrams.encrypted") : ""];
  return make(
    "div",
    {},
    make(
      "table",
      { class: "plain-table decoded" },
      make("caption", {}, title.filter(Boolean).join(", ")),
      make("thead", {}, make("tr", {}, ...heads)),
      make("tbody", {}, ...rows),
    ),
    make("dl", { class: "facts" }, ...told),
  );
}

/**
 * Why nothing more is said of a telegram, and who sent it where that can be told.
 * @param {TelegramData["problems"][number]} problem
 */
function problemPart({ kind, cause, values }) {
  const why = known(`cause.${cause}`) ?? label("problem", kind);
  const sender = known("stale.serial", values) ?? known("stale.sender", values);
  return make("p", { class: "note" }, [say("telegrams.problem", { cause: why }), sender].filter(Boolean).join(" "));
}

/** @param {TelegramData} telegram */
function partList({ parts }) {
  const rows = parts.map(({ kind, hex }) => {
    const lines = kind === "data" ? linesOf(hex) : null;
    return make(
      "div",
      { "data-kind": kind },
      make("dt", {}, say(PARTS[kind] ?? PARTS.other)),
      lines === null ? null : make("dd", {}, make("pre", { tabindex: "0" }, lines)),
      make("dd", {}, make("code", {}, pairs(hex))),
    );
  });
  return make("dl", { class: "parts" }, ...rows);
}

/**
 * The section with the raw telegrams of one meter.
 * @param {Announce} announce
 */
export function telegramSection(announce) {
  const list = make("ol", { class: "telegrams" });
  const frame = make(
    "div",
    {
      class: "scroll telegrams-frame",
      tabindex: "0",
      role: "group",
      "aria-label": say("telegrams.title"),
      hidden: true,
    },
    list,
  );
  const meter = meterChoice(loadOthers);
  const nothing = make("p", { class: "note" }, say("page.loading"));
  const again = make("button", { type: "button", class: "plain", onclick: load }, say("page.again"));
  /** Whether there was none when they were asked for. */
  let awaited = false;
  const element = section(
    say("telegrams.title"),
    make("p", {}, say("telegrams.what")),
    meter.element,
    frame,
    nothing,
    again,
  );

  /**
   * @param {TelegramData} telegram
   * @param {number} place
   */
  function item(telegram, place) {
    const told = `${moment(dateOf(telegram.time))} · ${outcomeText(telegram.outcome) || say("telegrams.nothing")}`;
    const button = make(
      "button",
      { type: "button", class: "plain small", onclick: () => copyOne(telegram.hex) },
      say("telegrams.copy"),
    );
    const details = make("details", { open: place === 0 }, make("summary", {}, told));
    details.append(
      ...telegram.readings.map(readingPart),
      ...telegram.problems.map(problemPart),
      partList(telegram),
      button,
    );
    return make("li", {}, details);
  }

  /** @param {string} hex */
  async function copyOne(hex) {
    announce(say((await copy(pairs(hex))) ? "copy.done" : "copy.failed"));
  }

  async function load() {
    if (!meter.value()) return;
    awaited = false;
    try {
      /** @type {TelegramData[]} */
      const telegrams = await get(`/telegrams?unit=${encodeURIComponent(meter.value())}`);
      list.replaceChildren(...[...telegrams].reverse().map(item));
      write(nothing, say("telegrams.none"));
      show(nothing, telegrams.length === 0);
      show(frame, telegrams.length > 0);
      awaited = telegrams.length === 0;
    } catch (error) {
      write(nothing, textOf(error));
      show(nothing, true);
    }
  }

  function loadOthers() {
    meter.offer(true);
    load();
  }

  /**
   * The first telegram shows itself when it has come whole; later ones do not push away what somebody reads.
   * @param {LiveData} data
   */
  function update(data) {
    meter.update(data);
    const shown = data.meters.find(({ unit }) => String(unit) === meter.value());
    if (awaited && shown?.line.octets) load();
  }

  meter.control.addEventListener("change", load);
  return { element, update };
}
