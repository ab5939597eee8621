// Ready texts for the programs that read the gateway, with this gateway's address in them.

import { copy } from "../copy.js";
import { fillList, freshId, make, show, write } from "../dom.js";
import { nameOf } from "../live/meter.js";
import { save } from "../save.js";
import { say } from "../text.js";

/** Each client's own name, the file with its text, and the block of registers that it reads. */
const RECIPES = [
  { name: "Home Assistant", file: "home-assistant.yaml", reads: "extended" },
  { name: "evcc", file: "evcc.yaml", reads: "SunSpec" },
  { name: "Node-RED", file: "node-red.json", reads: "extended" },
  { name: "Telegraf", file: "telegraf.toml", reads: "extended" },
  { name: "ioBroker", file: "iobroker.tsv", reads: "extended" },
  { name: "openHAB", file: "openhab.things", reads: "extended" },
];
const MODBUS_PORT = 502;
const EVERYWHERE = ["0.0.0.0", "::"];
const PLACE = /^\[?(.*?)\]?:(\d+)$/;

/** @param {string} host */
function isLoopback(host) {
  return host.startsWith("127.") || host === "::1" || host === "localhost";
}

/**
 * Where clients reach Modbus: at the address that this page is at, unless it is served at another one alone.
 * @param {LiveData} data
 */
function placeOf({ modbus, listeners = [] }) {
  const here = location.hostname.replace(/^\[|\]$/g, "");
  const plain = listeners.find(({ what }) => what === "modbus");
  const hosts = (plain?.places ?? []).map((place) => PLACE.exec(place)?.[1] ?? "");
  const everywhere = !hosts.length || hosts.some((host) => EVERYWHERE.includes(host) || host === here);
  const host = everywhere ? here : hosts[0];
  return {
    host,
    port: modbus?.port ?? MODBUS_PORT,
    served: Boolean(modbus?.port),
    only: !everywhere && hosts.every(isLoopback),
    tls: listeners.some(({ what }) => what === "modbus-tls"),
  };
}

/**
 * @param {string} recipe
 * @param {{ host: string, port: number }} place
 * @param {number} unit
 */
function filledIn(recipe, { host, port }, unit) {
  const places = { ADDRESS: host, PORT: String(port), UNIT: String(unit) };
  return recipe.replace(
    /\b(?:ADDRESS|PORT|UNIT)\b/g,
    (name) => places[/** @type {"ADDRESS" | "PORT" | "UNIT"} */ (name)],
  );
}

/** @param {Announce} announce */
export function recipesView(announce) {
  const ids = { program: freshId("recipe"), meter: freshId("recipe") };
  const choice = make(
    "select",
    { id: ids.program, onchange: load },
    make("option", { value: "" }, say("recipes.choose")),
    ...RECIPES.map(({ name, file }) => make("option", { value: file }, name)),
  );
  const meter = make("select", { id: ids.meter, onchange: fill });
  const meters = make("p", { hidden: true }, make("label", { for: ids.meter }, say("telegrams.meter")), " ", meter);
  const text = make("pre", { tabindex: "0" });
  const notes = make("ul", { class: "note" });
  const button = make("button", { type: "button", class: "plain", onclick: copyText }, say("recipes.copy"));
  const file = make("button", { type: "button", class: "plain", onclick: saveText }, say("recipes.save"));
  const told = make("div", { hidden: true }, notes, text, make("div", { class: "actions" }, button, file));
  const element = make(
    "section",
    { class: "group poll" },
    make("h3", {}, say("recipes.title")),
    make("p", {}, make("label", { for: ids.program }, say("recipes.client")), " ", choice),
    meters,
    told,
  );
  let recipe = "";
  /** @type {LiveData | null} */
  let last = null;
  /** @type {ServedUnitData[]} */
  let units = [];

  async function load() {
    const wanted = choice.value;
    const answer = wanted ? await fetch(`/recipes/${wanted}`).catch(() => null) : null;
    if (choice.value !== wanted) return;
    recipe = answer?.ok ? await answer.text() : "";
    if (wanted && !recipe) announce(say("error.unreachable"));
    fill();
  }

  /** What keeps the text from working as it is. */
  function doubts() {
    if (!last) return [];
    const { served, only, tls, host } = placeOf(last);
    const unit = units.find((each) => !each.on && each.unit === Number(meter.value));
    const reads = RECIPES.find((each) => each.file === choice.value)?.reads;
    const lacks = unit && reads && !unit.blocks.some(({ name }) => name === reads);
    return [
      served ? "" : say("recipes.not-served"),
      only ? say("recipes.only-here", { host }) : "",
      lacks ? say("recipes.lacks", { unit: unit.unit, meter: unit.maps.join(", ") }) : "",
      tls ? say("recipes.plain") : "",
    ].filter(Boolean);
  }

  function fill() {
    if (last) write(text, filledIn(recipe, placeOf(last), Number(meter.value) || 1));
    fillList(notes, doubts(), () => make("li"), write);
    show(notes, notes.children.length > 0);
    show(told, recipe !== "" && last !== null);
  }

  async function copyText() {
    announce(say((await copy(text.textContent)) ? "copy.done" : "copy.failed"));
  }

  function saveText() {
    save(choice.value, text.textContent);
  }

  /** @param {LiveData} data */
  function update(data) {
    last = data;
    const there = [...meter.options].map((option) => option.value).join();
    if (there !== data.meters.map((each) => each.unit).join()) {
      const before = meter.value;
      const alone = data.meters.length === 1;
      const option = (/** @type {MeterData} */ each) =>
        make("option", { value: each.unit, selected: String(each.unit) === before }, nameOf(each, alone));
      meter.replaceChildren(...data.meters.map(option));
    }
    show(meters, data.meters.length > 1);
    fill();
  }

  /** @param {ServedUnitData[]} served */
  function serve(served) {
    units = served;
    fill();
  }
  return { element, update, serve };
}
