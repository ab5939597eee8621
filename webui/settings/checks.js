// What can be told to be wrong before it is sent. The gateway checks all of it again, and more.

import { number } from "../format.js";
import { say } from "../text.js";

const IPV4 = /^(\d{1,3}\.){3}\d{1,3}$/;
const NETWORK = /^((\d{1,3}\.){3}\d{1,3}(\/\d{1,2})?|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(\/\d{1,3})?)$/;
const LINE = /^(auto|\d{3,6} [78][NEO][12])$/;
const SERVER = /^socket:\/\/\S+:\d{1,5}$/;

/**
 * @param {{ minimum: number, maximum: number }} range
 * @param {string} text
 */
function wholeNumber({ minimum, maximum }, text) {
  const range = { minimum: number(minimum), maximum: number(maximum) };
  if (!/^\d+$/.test(text)) return say("check.whole", range);
  return Number(text) < minimum || Number(text) > maximum ? say("check.whole", range) : "";
}

/** @param {string} text */
function listen(text) {
  const [, host, port] = /^(.*):([^:]*)$/.exec(text) ?? ["", "", ""];
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535) return say("check.port");
  const fits = ["", "*", "localhost"].includes(host) || IPV4.test(host) || /^\[[0-9a-fA-F:.]+\]$/.test(host);
  return fits ? "" : say("check.address");
}

/** @param {string[]} lines */
function networks(lines) {
  if (!lines.length) return say("check.networks.none");
  const wrong = lines.find((line) => !NETWORK.test(line));
  return wrong === undefined ? "" : say("check.network", { network: wrong });
}

/**
 * What is wrong with a value for this row of the table of settings; "" when nothing is.
 * @param {SettingRow} row
 * @param {SettingValue} value
 */
export function fault(row, value) {
  if (row.type === "integer" && row.minimum !== undefined && row.maximum !== undefined) {
    return wholeNumber({ minimum: row.minimum, maximum: row.maximum }, String(value));
  }
  if (row.key === "listen" || (row.key.endsWith("_listen") && value)) return listen(value);
  if (row.key === "allow" || row.key === "writers") return networks(value);
  if (row.key === "serial_settings") return LINE.test(value) ? "" : say("check.line");
  if (row.section === "meters" && row.key === "port") {
    return value === "" || value.startsWith("/") || SERVER.test(value) ? "" : say("check.serial");
  }
  return "";
}
