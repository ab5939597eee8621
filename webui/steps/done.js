// The end of setting up: what is set now, what may still be missing, and where to go from here.

import { get, textOf } from "../api.js";
import { fillList, make, write } from "../dom.js";
import { exact } from "../format.js";
import { say } from "../text.js";
import { addressOf } from "./course.js";
import { indexOf, meterOf } from "./meters.js";

const ONE = 1000;

/**
 * What each step has come to; the last says whether that is as it should be.
 * @param {{ settings: SettingsData, network: NetworkData | null, modbus: ModbusData | null, meter: MeterData | undefined }} seen
 * @param {number | null} unit
 * @returns {[string, string, boolean][]}
 */
function outcomes({ settings, network, modbus, meter }, unit) {
  const set = settings.values.meters[indexOf(settings.values.meters, unit)];
  const coming = Boolean(meter && !meter.stale && meter.readings > 0);
  const addresses = (network?.interfaces ?? []).flatMap((each) => each.addresses.map((full) => full.split("/")[0]));
  const clients = (modbus?.connections ?? []).length;
  const line = meter?.line.port || set.port;
  return [
    ["adapter", line || say("line.none"), Boolean(line)],
    ["meter", say(coming ? "start.meter.coming" : "start.done.silent"), coming],
    ["factor", exact((set.scaling_factor ?? ONE) / ONE), true],
    ["network", addresses.join(", ") || location.hostname, true],
    ["clients", clients ? say("start.done.connected", { count: clients }) : say("start.clients.none"), clients > 0],
  ];
}

function createOutcome() {
  return make("li", {}, make("a"), " ", make("span"));
}

/**
 * @param {StepTools} tools
 * @returns {View}
 */
export function open({ unit }) {
  const list = make("ol", { class: "outcomes" });
  const live = make("a", { class: "button", href: "#live" }, say("start.done.live"));
  const sheet = make("a", { class: "button plain", href: "#handover" }, say("view.handover"));
  const again = make("p", { class: "note" }, say("start.done.again"));
  const lead = make("p", { class: "lead" }, say("start.done.lead"));
  const element = make("div", {}, lead, list, make("div", { class: "actions" }, live, sheet), again);
  /** @type {LiveData | null} */
  let last = null;
  /** @type {Omit<Parameters<typeof outcomes>[0], "meter"> | null} */
  let seen = null;

  function tell() {
    if (!seen || !last) return;
    const rows = outcomes({ ...seen, meter: meterOf(last, unit) }, unit);
    fillList(list, rows, createOutcome, (row, [step, text, good]) => {
      const [link, told] = row.children;
      /** @type {HTMLAnchorElement} */ (link).href = addressOf(step, unit);
      write(link, say(`start.short.${step}`));
      write(told, text);
      row.dataset.state = good ? "good" : "open";
    });
  }

  async function load() {
    try {
      const optional = (/** @type {string} */ path) => get(path).catch(() => null);
      const [settings, network, modbus] = await Promise.all([
        get("/settings"),
        optional("/network"),
        optional("/modbus"),
      ]);
      seen = { settings, network, modbus };
      tell();
    } catch (error) {
      list.replaceChildren(make("li", { class: "error" }, textOf(error)));
    }
  }

  /** @param {LiveData} data */
  function update(data) {
    last = data;
    tell();
  }

  load();
  return { element, update };
}
