// Every word that the page shows, in one place, so that a language is one more table like this one.
// {name} stands for a value that is put in. Names of registers come from the gateway.

const english = {
  "page.subtitle": "Modbus TCP gateway for the electricity meter’s HAN port",
  "page.skip": "Skip to the values",
  "page.waiting": "Waiting for the gateway …",
  "page.foot": "han2x {version} · running for {uptime} · gateway’s clock {time}",

  "link.up": "Live",
  "link.down": "No connection",
  "link.wait": "Connecting …",
  "link.lost": "No connection to the gateway since {time}.",
  "link.lost.todo": "The values below are the last ones that came. The page tries again by itself. Check that the gateway has power and that this device is on the same network.",
  "link.lost.said": "The connection to the gateway is lost.",
  "link.back.said": "The connection to the gateway is back.",

  "meter.name": "Meter {unit}",
  "meter.only": "Electricity meter",
  "meter.unit": "Modbus unit id {unit}",
  "meter.none": "No meter is set up.",
  "meter.current.said": "{meter}: telegrams come in.",
  "meter.stale.said": "{meter}: the values are not current.",

  "light.on": "HAN light is on",
  "light.off": "HAN light is off",
  "light.unknown": "HAN light not known",

  "fact.maker": "Maker",
  "fact.id": "Meter id",
  "fact.type": "Meter type",
  "fact.list": "Push list",
  "fact.version": "List version",
  "fact.clock": "Meter’s clock",
  "fact.age": "Last telegram",
  "fact.line": "Line",
  "fact.telegrams": "Telegrams",

  "age.now": "now",
  "age.ago": "{age} ago",
  "age.never": "none yet",
  "telegrams.good": "{good} good",
  "telegrams.bad": "{good} good, {bad} faulty",

  "maker.kamstrup": "Kamstrup",
  "maker.aidon": "Aidon",
  "maker.kaifa": "Kaifa",
  "maker.landis+gyr": "Landis+Gyr",
  "maker.unknown": "not known",
  "list.list-1": "List 1",
  "list.list-2": "List 2",
  "list.list-3": "List 3",
  "list.push-1": "Push 1",
  "list.p1": "P1",
  "line.open": "{port}, open",
  "line.opening": "{port}, opening …",
  "line.receiving": "{port}, receiving",
  "line.failed": "{port}, not open",
  "line.none": "no port is set",

  "simulated.title": "These values come from the built-in simulated meter, not from a real one.",
  "simulated.todo": "To read your own meter, name its serial port in the settings file.",

  "stale.first": "Waiting for the meter’s first telegram. It normally comes within 20 seconds.",
  "stale.never": "No valid telegram has come yet.",
  "stale.since": "No valid telegram since {time}, {age} ago. The measured values below are not current.",
  "stale.todo": "What to do:",
  "stale.port": "No serial port is set for this meter. Name it in the settings file.",
  "stale.line": "The line {port} is not open: {detail}. Check that the adapter is plugged in and that no other program uses it.",
  "stale.cable": "Check the cable from the meter’s HAN port to the adapter: RJ45 pins 1 and 2, plugged in at both ends.",
  "stale.grid": "Ask your grid company to open the HAN port. Most ports are closed until the customer asks.",
  "stale.faulty": "If faulty telegrams keep coming, check the line’s settings, and the keys if the meter encrypts. The last fault: {kind} ({detail}).",
  "stale.exception": "Meanwhile Modbus clients get exception code 0x0B for the measured registers.",
  "stale.hold": "Meanwhile Modbus clients get the last values.",
  "stale.zero": "Meanwhile Modbus clients read 0 from the measured registers.",

  "problem.checksum": "wrong check sequence",
  "problem.length": "wrong length",
  "problem.framing": "no frame",
  "problem.apdu": "contents not understood",
  "problem.unknown-list": "unknown push list",
  "problem.no-key": "encrypted, and no key is set",
  "problem.authentication": "wrong key or changed on the way",
  "problem.replay": "repeated telegram",
  "problem.p1-checksum": "wrong P1 check sum",

  "power.title": "Power",
  "power.active.import": "Active import",
  "power.active.export": "Active export",
  "power.reactive.import": "Reactive import",
  "power.reactive.export": "Reactive export",
  "power.from": "from the grid",
  "power.to": "to the grid",

  "phases.title": "Phases",
  "phases.phase": "Phase",
  "phases.voltage": "Voltage",
  "phases.current": "Current",

  "energy.title": "Energy",
  "energy.active.import": "Active energy import",
  "energy.active.export": "Active energy export",
  "energy.reactive.import": "Reactive energy import",
  "energy.reactive.export": "Reactive energy export",
  "energy.meter": "Meter’s total",
  "energy.estimate": "Estimate now",
  "energy.note": "Most meters tell their totals once an hour. Between them the gateway estimates from the power; the true total lies within twice the ± nineteen times in twenty.",

  "flag.stale": "stands still",
  "flag.bridged": "telegrams missing",
  "flag.restored": "not confirmed since start",

  "registers.title": "Modbus registers",
  "registers.caption": "Registers of unit id {unit}, as a Modbus client reads them",
  "registers.number": "Register",
  "registers.address": "PDU address",
  "registers.name": "Name",
  "registers.value": "Value",
  "registers.unit": "Unit",
  "registers.words": "Words (hex)",
  "registers.writable": "writable",
  "registers.unknown": "– means that the meter has never sent this value; Modbus clients read 0.",
  "registers.factor": "Scaling factor {factor}: power, current and energy are multiplied by it.",

  "poll.title": "How to read them",
  "poll.request": "Use function code 03 (read holding registers) with unit id {unit}. In a request, the address is the PDU address: the register’s number minus 40001.",
  "poll.words": "A 32-bit value takes two registers, the high word first. Read both in one request; one request can read all 50.",
  "poll.pace": "Once a second is often enough: meters send new values every 2 to 10 seconds.",
  "poll.command": "For example, active power import on the command line:",

  "value.none": "–",
  "value.old": "not current",
  "time.s": "{s} s",
  "time.min": "{min} min {s} s",
  "time.h": "{h} h {min} min",
  "time.d": "{d} d {h} h",
};

export const locale = "en-GB";

const words = english;

/** The words for `key`, with the values put in. */
export function say(key, values = {}) {
  return words[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** The word for a thing that the gateway names; one without a word here is shown by its own name. */
export function label(group, name) {
  return words[`${group}.${name}`] ?? String(name);
}

/** Put words into the parts of the page that are there from the start. */
export function fillIn(root) {
  for (const element of root.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
}
