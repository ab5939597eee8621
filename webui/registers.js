// The register table as a Modbus client sees it, and how to become one.

import { make, show, write } from "./dom.js";
import { hex, number } from "./format.js";
import { say } from "./text.js";

// On a narrow screen the rows are laid out as small cards, and some browsers then forget that this is a table:
// the roles are named for that reason.
const HEADS = {
  number: "registers.number",
  address: "registers.address",
  name: "registers.name",
  value: "registers.value",
  unit: "registers.unit",
  words: "registers.words",
};
const COLUMNS = Object.keys(HEADS);

function numbersOf(register) {
  return register.last > register.number ? `${register.number}–${register.last}` : String(register.number);
}

function addressesOf(register) {
  const last = register.address + register.last - register.number;
  return last > register.address ? `${register.address}–${last}` : String(register.address);
}

function tableHead() {
  const heads = COLUMNS.map((column) =>
    make("th", { scope: "col", role: "columnheader", class: column }, say(HEADS[column])),
  );
  return make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads));
}

function tableRow(register) {
  const cells = Object.fromEntries(COLUMNS.map((column) => [column, make("td", { role: "cell", class: column })]));
  const name = make("th", { scope: "row", role: "rowheader", class: "name" }, register.name);
  if (register.writable) name.append(" ", make("small", { class: "tag" }, say("registers.writable")));
  cells.name = name;
  write(cells.number, numbersOf(register));
  write(cells.address, addressesOf(register));
  write(cells.unit, register.unit);
  const row = make("tr", { role: "row", class: register.measured ? "measured" : "" });
  row.append(...COLUMNS.map((column) => cells[column]));

  function update(now) {
    // A year or a version is a name more than a number, and has no thousands.
    const value = register.unit ? number(now.value) : String(now.value);
    write(cells.value, now.known ? value : say("value.none"));
    write(cells.words, now.known ? hex(now.words) : say("value.none"));
  }
  return { element: row, update };
}

/** A ready-made command for mbpoll, a Modbus client that Debian has. */
function command(unit, modbus) {
  const port = modbus?.port ? ` -p ${modbus.port}` : "";
  return `mbpoll -m tcp -a ${unit}${port} -t 4:int -B -r 1 -c 1 -1 ${location.hostname.replace(/^\[|\]$/g, "")}`;
}

function pollingNote(unit) {
  const example = make("code");
  const element = make(
    "div",
    { class: "poll" },
    make("h4", {}, say("poll.title")),
    make("p", {}, say("poll.request", { unit })),
    make("p", {}, say("poll.words")),
    make("p", {}, say("poll.pace")),
    make("p", {}, say("poll.command")),
    make("pre", { tabindex: "0" }, example),
  );
  return { element, update: (gateway) => write(example, command(unit, gateway.modbus)) };
}

/** The registers of one meter; open from the start when it is the only one. */
export function registersView(meter, alone) {
  const rows = meter.registers.map(tableRow);
  const caption = make("caption", {}, say("registers.caption", { unit: meter.unit }));
  const body = make("tbody", { role: "rowgroup" }, ...rows.map((row) => row.element));
  const table = make("table", { class: "registers", role: "table" }, caption, tableHead(), body);
  const old = make("span", { class: "old" }, say("value.old"));
  const summary = make("summary", {}, make("h3", {}, say("registers.title"), " ", old));
  const unknown = make("p", { class: "note" }, say("registers.unknown"));
  const factor = make("p", { class: "note" });
  const poll = pollingNote(meter.unit);
  const element = make("details", { class: "group" }, summary, table, unknown, factor, poll.element);
  element.open = alone;

  function update(now, gateway) {
    rows.forEach((row, index) => row.update(now.registers[index]));
    show(unknown, now.registers.some((register) => !register.known));
    write(factor, say("registers.factor", { factor: number(now.scaling_factor / 1000, 3) }));
    poll.update(gateway);
  }
  return { element, update };
}
