// The hand-over sheet itself, in a language of its own: tables of what is set, lines for a pen, and what to know.

import { make } from "../dom.js";

/** @typedef {ReturnType<typeof import("./facts.js").collect>} Facts */
/** @typedef {Facts["meters"][number]} MeterFacts */
/** What is put in a row: a text, or null for a line to write on. @typedef {[string, string | null]} Row */

/** What is reached, by the gateway's word for it. @type {Record<string, string>} */
const REACHED = {
  modbus: "handover.listener.modbus",
  "modbus-tls": "handover.listener.modbus-tls",
  "modbus-map": "handover.listener.modbus-map",
  page: "handover.listener.page",
  "page-https": "handover.listener.page-https",
};
/** What else the meters are given to, by the beginning of the output's name. @type {Record<string, string>} */
const OUTPUTS = {
  mqtt: "setting.mqtt.broker",
  mdns: "setting.device.announce",
  p1: "setting.meters.p1_listen",
  shelly: "setting.meters.shelly_listen",
  homewizard: "setting.meters.homewizard_listen",
};

/** @param {string | null} text */
function told(text) {
  return text === null || text === "" ? make("span", { class: "line" }) : text;
}

/**
 * @param {string} title
 * @param {Row[]} rows
 * @param {string | null} [name] of its form
 */
function table(title, rows, name = null) {
  const cells = rows.map(([what, text]) => make("div", {}, make("dt", {}, what), make("dd", {}, told(text))));
  return make("section", { class: name }, make("h3", {}, title), make("dl", {}, ...cells));
}

/**
 * A number with as many decimals as it has.
 * @param {Speech} speech
 * @param {number} value
 */
function exact({ locale }, value) {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 6 }).format(value);
}

/** @param {Speech} speech @param {string} day as 2025-11-20 */
function dateText({ locale }, day) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
}

/**
 * The gateway and how it is reached.
 * @param {Speech} speech
 * @param {Facts} facts
 */
function gatewayRows({ say }, facts) {
  /** @type {Row[]} */
  const rows = [
    [say("handover.name"), facts.name],
    [say("about.version"), facts.version],
  ];
  if (facts.hostname && facts.hostname !== facts.name) rows.push([say("network.hostname"), facts.hostname]);
  for (const { name, kind, mac, method, addresses, gateway } of facts.interfaces) {
    const how = method === "dhcp" || method === "static" ? ` (${say(`network.method.${method}`)})` : "";
    const router = gateway ? `, ${say("network.gateway")} ${gateway}` : "";
    rows.push([say(`network.kind.${kind}`, { name }), `${addresses.join(", ") || say("value.none")}${how}${router}`]);
    rows.push([`${say("network.mac")} (${name})`, mac || say("value.none")]);
  }
  for (const { what, places } of facts.reached) {
    rows.push([what in REACHED ? say(REACHED[what]) : what, places.join(", ")]);
  }
  for (const { name, where } of facts.outputs) {
    const [kind] = name.split("-");
    rows.push([kind in OUTPUTS ? say(OUTPUTS[kind]) : name, where || say("handover.on")]);
  }
  return rows;
}

/**
 * @param {Speech} speech
 * @param {MeterFacts} meter
 * @returns {Row[]}
 */
function meterRows(speech, meter) {
  const { say, label } = speech;
  const unknown = say("value.none");
  const line = [meter.port, meter.line && `(${meter.line})`].filter(Boolean).join(" ");
  return [
    [say("setting.meters.unit"), String(meter.unit)],
    [say("fact.id"), meter.id ?? unknown],
    [say("fact.maker"), meter.maker === null ? unknown : label("maker", meter.maker)],
    [say("fact.type"), meter.type ?? unknown],
    [say("fact.version"), meter.version ?? unknown],
    [say("setting.meters.scaling_factor"), exact(speech, meter.factor)],
    [say("handover.fuse"), meter.fuse === null ? null : `${exact(speech, meter.fuse)} A`],
    [say("setting.meters.port"), line || say("choice.port.none")],
    [say("handover.keys"), say(meter.keys ? "handover.keys.set" : "handover.keys.none")],
    [say("setting.meters.maps"), meter.imitates.join(", ") || say("choice.port.none")],
  ];
}

/** What whoever lives there should know. @param {Speech} speech @param {Facts} facts */
function advice({ say }, facts) {
  const texts = [
    say("handover.know.page", { page: facts.page }),
    say(facts.open ? "handover.know.open" : "handover.know.closed"),
    say("handover.know.port"),
    say("handover.know.power"),
    say("handover.know.bill"),
    `${say("handover.know.forgotten")} ${facts.button ? say("handover.know.button") : ""}`.trim(),
  ];
  return make(
    "section",
    { class: "whole" },
    make("h3", {}, say("handover.know")),
    make("ul", {}, ...texts.map((text) => make("li", {}, text))),
  );
}

/**
 * @param {Speech} speech
 * @param {Facts} facts
 * @param {Record<string, string>} typed by the installer
 */
export function sheet(speech, facts, typed) {
  const { say } = speech;
  const head = make(
    "header",
    {},
    make("h2", {}, `${say("view.handover")}: ${facts.name}`),
    make("p", {}, dateText(speech, facts.day)),
  );
  const alone = facts.meters.length === 1;
  const titleOf = (/** @type {MeterFacts} */ meter) =>
    meter.name || (alone ? say("meter.only") : say("meter.name", { unit: meter.unit }));
  /** @type {Row[]} */
  const people = ["site", "installer", "password", "received"].map((name) => [
    say(`handover.${name}`),
    typed[name] || null,
  ]);
  return make(
    "article",
    { class: "sheet", lang: speech.language },
    head,
    table(say("settings.device"), gatewayRows(speech, facts)),
    ...facts.meters.map((meter) => table(titleOf(meter), meterRows(speech, meter))),
    table(say("handover.people"), people, "people"),
    advice(speech, facts),
    make("p", { class: "note" }, say("handover.secret")),
  );
}
