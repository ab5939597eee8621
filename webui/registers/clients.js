// What Modbus clients do: who is connected, what they asked last, and how much in all.

import { ApiError, SOON_MS, get } from "../api.js";
import { fillList, make, show, write } from "../dom.js";
import { duration, number } from "../format.js";
import { say } from "../text.js";
import { exceptionText } from "./codes.js";
import { dataTable } from "./data_table.js";
import { requestMonitor } from "./requests.js";

const ASK_MS = 2000;
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
    .sort((a, b) => b.time - a.time);
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

/**
 * @param {HTMLElement} row
 * @param {string[]} texts
 */
function fillRow(row, texts) {
  texts.forEach((text, index) => write(row.children[index], text));
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
 */
export function modbusView() {
  const heads = ["client", "since", "idle", "requests", "framing"].map((name) => say(`clients.${name}`));
  const clients = dataTable(say("clients.title"), heads, say("clients.none"));
  const monitor = requestMonitor();
  const counters = counterList();
  const where = make("p", { class: "note" });
  const counted = make("section", { class: "group" }, make("h3", {}, say("clients.counters")), counters.element);
  const element = make("div", { hidden: true }, clients.element, where, monitor.element, counted);

  /** @param {ModbusData} told */
  function update(told) {
    clients.fill(clientRows(told));
    monitor.take(lastRequests(told));
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
  return { element, close, serve: monitor.serve };
}
