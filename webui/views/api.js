// What programs may ask of the gateway, to read: made from the description that it has of itself.

import { get, textOf } from "../api.js";
import { operationDetails } from "../api_docs/operation.js";
import { make, show, write } from "../dom.js";
import { page, section, textField } from "../forms.js";
import { say } from "../text.js";

const AREAS = ["values", "history", "settings", "network", "care", "access"];

/**
 * The operations by their area.
 * @param {ApiDocument} told
 * @param {Announce} announce
 */
function areasOf({ paths, components }, announce) {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      area: operation.tags[0],
      ...operationDetails(method.toUpperCase(), path, operation, components.schemas, announce),
    })),
  );
  return AREAS.map((area) => {
    const operations = all.filter((each) => each.area === area);
    return { operations, element: section(say(`api.area.${area}`), ...operations.map((each) => each.element)) };
  }).filter((area) => area.operations.length);
}

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ announce }) {
  const search = textField(say("api.search"), { type: "search", maxlength: 100 }, { help: say("api.search.help") });
  const status = make("p", { class: "note", role: "status" }, say("page.loading"));
  const list = make("div");
  /** @type {ReturnType<typeof areasOf>} */
  let areas = [];

  function filter() {
    const wanted = search.value().trim().toLowerCase().split(/\s+/);
    let found = 0;
    for (const { element, operations } of areas) {
      const fitting = operations.filter(({ text }) => wanted.every((word) => text.includes(word)));
      for (const each of operations) show(each.element, fitting.includes(each));
      show(element, fitting.length > 0);
      found += fitting.length;
    }
    write(status, say("api.found", { count: found }));
  }

  async function load() {
    try {
      areas = areasOf(await get("/openapi.json"), announce);
      list.replaceChildren(...areas.map((area) => area.element));
      filter();
    } catch (error) {
      write(status, textOf(error));
    }
  }

  search.control.addEventListener("input", filter);
  load();
  const raw = make("a", { href: "/api/v1/openapi.json" }, say("api.raw"));
  const tokens = make("a", { href: "#access" }, say("api.tokens"));
  const lead = make("p", { class: "lead" }, say("api.what"), " ", tokens, " · ", raw);
  return { element: page(say("view.api"), lead, search.element, status, list) };
}
