// One thing that programs may ask for.

import { copy } from "../copy.js";
import { make } from "../dom.js";
import { say } from "../text.js";
import { curl } from "./example.js";
import { allNamesIn, fieldTable, namesIn, prose, typeParts, typeText } from "./schema.js";

/**
 * Who may ask, in few words.
 * @param {ApiOperation} operation
 */
export function needText({ security }) {
  if (!security.length) return say("api.need.nobody");
  const scope = security.find((way) => way.token)?.token?.[0];
  if (!scope) return say("api.need.person");
  const needed = say("api.need.token", { scope });
  return security.some((way) => !Object.keys(way).length) ? say("api.need.open", { needed }) : needed;
}

/**
 * Whether a program can ask for it, with a token or without.
 * @param {ApiOperation} operation
 */
function forPrograms({ security }) {
  return !security.length || security.some((way) => "token" in way);
}

/**
 * A body with its type.
 * @param {string} title
 * @param {Record<string, { schema: ApiSchema }>} content
 * @param {Record<string, ApiSchema>} types
 */
function body(title, content, types) {
  return Object.entries(content).flatMap(([kind, { schema }]) => {
    const names = namesIn(schema);
    const head = make("h4", {}, `${title}: `, make("code", {}, typeText(schema)), ` (${kind})`);
    return [head, ...prose(schema.description ?? ""), ...names.flatMap((name) => typeParts(name, types))];
  });
}

/**
 * @param {string} command
 * @param {Announce} announce
 */
function commandLine(command, announce) {
  const take = async () => announce(say((await copy(command)) ? "copy.done" : "copy.failed"));
  return [
    make("h4", {}, say("api.example")),
    make("pre", { tabindex: "0", role: "group", "aria-label": say("api.example") }, command),
    make("button", { type: "button", class: "plain small", onclick: take }, say("registers.copy")),
  ];
}

/**
 * All that there is to say of an operation.
 * @param {string} method
 * @param {string} path
 * @param {ApiOperation} operation
 * @param {Record<string, ApiSchema>} types
 * @param {Announce} announce
 */
function parts(method, path, operation, types, announce) {
  const parameters = (operation.parameters ?? []).filter((each) => each.in !== "header");
  const [status, answer] = Object.entries(operation.responses)[0];
  const refusals = Object.keys(operation.responses).slice(1);
  return [
    make("p", { class: "note" }, needText(operation)),
    ...(parameters.length
      ? [
          make("h4", {}, say("api.parameters")),
          fieldTable(
            parameters.map(({ name, schema, required }) => [name, schema, required === true]),
            types,
            say("api.parameters"),
          ),
        ]
      : []),
    ...(operation.requestBody ? body(say("api.body"), operation.requestBody.content, types) : []),
    ...(answer.content
      ? body(say("api.answer", { status }), answer.content, types)
      : [make("h4", {}, say("api.answer.empty", { status }))]),
    make("p", { class: "note" }, say("api.refusals", { statuses: refusals.join(", ") })),
    ...(forPrograms(operation) ? commandLine(curl(method, path, operation, types), announce) : []),
  ];
}

/**
 * An operation, closed; what is in it is built when it is opened. `text` is what it can be found by.
 * @param {string} method
 * @param {string} path
 * @param {ApiOperation} operation
 * @param {Record<string, ApiSchema>} types
 * @param {Announce} announce
 */
export function operationDetails(method, path, operation, types, announce) {
  const summary = make(
    "summary",
    {},
    make("code", { class: "method" }, method),
    " ",
    make("code", {}, path),
    " ",
    make("span", { lang: "en" }, operation.summary),
  );
  const element = make("details", { class: "operation" }, summary);
  element.addEventListener("toggle", () => {
    if (element.open && element.children.length === 1)
      element.append(make("div", {}, ...parts(method, path, operation, types, announce)));
  });
  const told = [operation.requestBody?.content, ...Object.values(operation.responses).map((each) => each.content)];
  const names = told.flatMap((content) =>
    Object.values(content ?? {}).flatMap(({ schema }) => [...allNamesIn(schema, types)]),
  );
  const fields = names.flatMap((name) => Object.keys(types[name]?.properties ?? {}));
  const parameters = (operation.parameters ?? []).map((each) => each.name);
  const words = [method, path, operation.summary, operation.description, ...names, ...fields, ...parameters];
  return { element, text: words.join(" ").toLowerCase() };
}
