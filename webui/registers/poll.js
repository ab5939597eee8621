// How to read the registers of a unit id from a command line.

import { make, write } from "../dom.js";
import { say } from "../text.js";

const MODBUS_PORT = 502;

/**
 * A ready-made command for mbpoll, a Modbus client that Debian has.
 * @param {number} unit
 * @param {LiveData["modbus"]} modbus
 */
function command(unit, modbus) {
  const port = modbus?.port && modbus.port !== MODBUS_PORT ? ` -p ${modbus.port}` : "";
  return `mbpoll -m tcp -a ${unit}${port} -t 4:int -B -r 1 -c 1 -1 ${location.hostname.replace(/^\[|\]$/g, "")}`;
}

/** @param {number} unit */
export function pollingNote(unit) {
  const example = make("code");
  const texts = [say("poll.request", { unit }), say("poll.words"), say("poll.pace"), say("poll.command")];
  const element = make(
    "details",
    { class: "poll" },
    make("summary", {}, say("poll.title")),
    ...texts.map((text) => make("p", {}, text)),
    make("pre", { tabindex: "0" }, example),
  );
  return { element, update: (/** @type {LiveData} */ gateway) => write(example, command(unit, gateway.modbus)) };
}
