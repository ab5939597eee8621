// Ready texts for the programs that read the gateway, with this gateway's address in them.

import { copy } from "../copy.js";
import { freshId, make, show, write } from "../dom.js";
import { say } from "../text.js";

/** Each client's own name, and the file with its text. @type {Record<string, string>} */
const RECIPES = {
  "Home Assistant": "home-assistant.yaml",
  evcc: "evcc.yaml",
  "Node-RED": "node-red.json",
  Telegraf: "telegraf.toml",
  ioBroker: "iobroker.tsv",
  openHAB: "openhab.things",
};
const MODBUS_PORT = 502;

/**
 * @param {string} recipe
 * @param {{ unit: number, port: number }} place
 */
function filledIn(recipe, { unit, port }) {
  const places = { ADDRESS: location.hostname.replace(/^\[|\]$/g, ""), PORT: String(port), UNIT: String(unit) };
  return recipe.replace(
    /\b(?:ADDRESS|PORT|UNIT)\b/g,
    (name) => places[/** @type {"ADDRESS" | "PORT" | "UNIT"} */ (name)],
  );
}

/** @param {Announce} announce */
export function recipesView(announce) {
  const id = freshId("recipe");
  const choice = make(
    "select",
    { id, onchange: load },
    make("option", { value: "" }, say("recipes.choose")),
    ...Object.entries(RECIPES).map(([name, file]) => make("option", { value: file }, name)),
  );
  const text = make("pre", { tabindex: "0" });
  const button = make("button", { type: "button", class: "plain", onclick: copyText }, say("recipes.copy"));
  const told = make("div", { hidden: true }, text, button);
  const element = make(
    "section",
    { class: "group poll" },
    make("h3", {}, say("recipes.title")),
    make("p", {}, make("label", { for: id }, say("recipes.client")), " ", choice),
    told,
  );
  let recipe = "";
  const place = { unit: 1, port: MODBUS_PORT };

  async function load() {
    const file = choice.value;
    const answer = file ? await fetch(`/recipes/${file}`).catch(() => null) : null;
    if (choice.value !== file) return;
    recipe = answer?.ok ? await answer.text() : "";
    if (file && !recipe) announce(say("error.unreachable"));
    fill();
  }

  function fill() {
    write(text, filledIn(recipe, place));
    show(told, recipe !== "");
  }

  async function copyText() {
    announce(say((await copy(text.textContent)) ? "copy.done" : "copy.failed"));
  }

  /** @param {LiveData} data */
  function update(data) {
    place.unit = data.meters[0]?.unit ?? 1;
    place.port = data.modbus?.port ?? MODBUS_PORT;
    fill();
  }
  return { element, update };
}
