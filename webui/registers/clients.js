// What Modbus clients do: who is connected, what they asked last, and how much in all.

import { ApiError, SOON_MS, get } from "../api.js";
import { fillList, make, show, write } from "../dom.js";
import { dateOf, duration, moment, number } from "../format.js";
import { say } from "../text.js";

const ASK_MS = 2000;
const MOST_REQUESTS = 20;
const MARK = " (TLS)";
const COUNTERS = [
  "open",
  "requests",
  "reads",
  "writes",
  "accepted",
  "refused",
  "replaced",
  "timed_out",
  "broken",
  "octets_in",
  "octets_out",
];

// Names as in the Modbus Application Protocol Specification V1.1b3, sections 6 and 7: the same in every language.
/** @type {Record<number, string>} */
const FUNCTIONS = {
  3: "Read Holding Registers",
  4: "Read Input Registers",
  6: "Write Single Register",
  16: "Write Multiple Registers",
  22: "Mask Write Register",
  23: "Read/Write Multiple Registers",
  43: "Read Device Identification",
};
/** @type {Record<number, string>} */
const EXCEPTIONS = {
  1: "Illegal Function",
  2: "Illegal Data Address",
  3: "Illegal Data Value",
  4: "Server Device Failure",
  6: "Server Device Busy",
  10: "Gateway Path Unavailable",
  11: "Gateway Target Device Failed To Respond",
};

/** @param {number} count */
function cellsOf(count) {
  return () => make("tr", {}, ...Array.from({ length: count }, () => make("td")));
}

/**
 * @param {HTMLElement} row
 * @param {string[]} texts
 */
function fillRow(row, texts) {
  texts.forEach((text, index) => write(row.children[index], text));
}

/**
 * A table that scrolls inside its own frame where it is wider than the screen.
 * @param {string} title
 * @param {string[]} heads
 * @param {string} empty
 */
function table(title, heads, empty) {
  const body = make("tbody");
  const row = make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)));
  const frame = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title });
  frame.append(make("table", { class: "plain-table" }, make("thead", {}, row), body));
  const nothing = make("p", { class: "note" }, empty);
  const element = make("section", { class: "group" }, make("h3", {}, title), frame, nothing);

  /** @param {string[][]} rows */
  function fill(rows) {
    fillList(body, rows, cellsOf(heads.length), fillRow);
    show(frame, rows.length > 0);
    show(nothing, rows.length === 0);
  }
  return { element, fill };
}

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

/** @param {RequestData} request */
function requestRow(request) {
  const place =
    request.address === null
      ? say("value.none")
      : `${request.address}${request.count > 1 ? `–${request.address + request.count - 1}` : ""}`;
  const outcome = request.exception
    ? say("clients.exception", { code: exceptionText(request.exception) })
    : say("clients.answered");
  return [
    moment(dateOf(request.time)),
    request.client,
    String(request.unit),
    functionText(request.function),
    place,
    writtenText(request),
    outcome,
  ];
}

/** @param {number} code */
function functionText(code) {
  return `${String(code).padStart(2, "0")} ${FUNCTIONS[code] ?? ""}`.trim();
}

/** @param {number | string} code */
function exceptionText(code) {
  const hex = `0x${Number(code).toString(16).toUpperCase().padStart(2, "0")}`;
  return `${hex} ${EXCEPTIONS[Number(code)] ?? ""}`.trim();
}

/**
 * All clients; those of the server with TLS are marked.
 * @param {ModbusData} told
 */
function clientRows({ connections, tls, maps }) {
  const row = (/** @type {ClientData} */ each, /** @type {string} */ mark) => [
    each.client,
    duration(each.connected_s),
    say("age.ago", { age: duration(each.idle_s) }),
    number(each.requests),
    `${each.framing ?? say("value.none")}${mark}`,
  ];
  const plain = [...connections, ...maps.flatMap((each) => each.connections)];
  return [...plain.map((each) => row(each, "")), ...(tls?.connections ?? []).map((each) => row(each, MARK))];
}

/**
 * The last requests to all servers, the newest first.
 * @param {ModbusData} told
 */
function lastRequests({ recent, tls, maps }) {
  return [...recent, ...(tls?.recent ?? []), ...maps.flatMap((each) => each.recent)]
    .reverse()
    .sort((a, b) => b.time - a.time)
    .slice(0, MOST_REQUESTS);
}

/**
 * What all servers have counted, together.
 * @param {ModbusData} told
 * @returns {{ counts: [string, number][], exceptions: [string, number][] }}
 */
function countsOf(told) {
  /** @type {ModbusServerData[]} */
  const servers = [told, ...(told.tls ? [told.tls] : []), ...told.maps];
  const total = (/** @type {(server: ModbusServerData) => number} */ amount) =>
    servers.reduce((sum, server) => sum + amount(server), 0);
  const codes = [...new Set(servers.flatMap((server) => Object.keys(server.exceptions)))];
  return {
    counts: COUNTERS.map((name) => [name, total((server) => Number(server[name] ?? 0))]),
    exceptions: codes.map((code) => [code, total((server) => server.exceptions[code] ?? 0)]),
  };
}

function counterList() {
  const list = make("dl", { class: "facts" });
  const create = () => make("div", {}, make("dt"), make("dd"));

  /** @param {ModbusData} told */
  function update(told) {
    const { counts, exceptions } = countsOf(told);
    fillList(
      list,
      [
        ...counts.map(([name, count]) => [say(`count.${name}`), number(count)]),
        ...exceptions.map(([code, count]) => [say("count.exception", { code: exceptionText(code) }), number(count)]),
      ],
      create,
      fillRow,
    );
  }
  return { element: list, update };
}

/**
 * The clients of the Modbus server, asked for every two seconds as long as the view is open.
 * @returns {View & { close: () => void }}
 */
export function modbusView() {
  const heads = (/** @type {string[]} */ ...names) => names.map((name) => say(`clients.${name}`));
  const clients = table(
    say("clients.title"),
    heads("client", "since", "idle", "requests", "framing"),
    say("clients.none"),
  );
  const recent = table(
    say("clients.recent"),
    heads("time", "client", "unit", "function", "address", "written", "outcome"),
    say("clients.quiet"),
  );
  const counters = counterList();
  const where = make("p", { class: "note" });
  const counted = make("section", { class: "group" }, make("h3", {}, say("clients.counters")), counters.element);
  const element = make("div", { hidden: true }, clients.element, where, recent.element, counted);

  /** @param {ModbusData} told */
  function update(told) {
    clients.fill(clientRows(told));
    recent.fill(lastRequests(told).map(requestRow));
    counters.update(told);
    const encrypted = (told.tls?.addresses ?? []).map((address) => address + MARK);
    const addresses = [...told.addresses, ...encrypted, ...told.maps.flatMap((each) => each.addresses)];
    write(where, say("clients.where", { addresses: addresses.join(", ") || say("value.none") }));
    show(element, true);
  }

  async function load() {
    if (document.hidden) return;
    try {
      update(await get("/modbus", SOON_MS));
    } catch (error) {
      // Who may see the values need not be allowed to see who else reads them.
      if (error instanceof ApiError && error.status === 401) close();
    }
  }

  function close() {
    clearInterval(timer);
  }
  const timer = setInterval(load, ASK_MS);
  load();
  return { element, close };
}
