// A type of the API as people read it: what it may be, and its fields.

import { make } from "../dom.js";
import { say } from "../text.js";

const REFERENCE = "#/components/schemas/";

/**
 * The gateway's own description, which is English: paragraphs, with what stands between backticks as code.
 * @param {string} text
 */
export function prose(text) {
  return text
    .split("\n\n")
    .filter((part) => part.trim())
    .map((part) =>
      make(
        "p",
        { lang: "en" },
        ...part
          .replace(/\s+/g, " ")
          .split("`")
          .map((each, index) => (index % 2 ? make("code", {}, each) : each)),
      ),
    );
}

/**
 * The names of the types that something is made of, each once.
 * @param {ApiSchema} schema
 * @returns {string[]}
 */
export function namesIn(schema) {
  const inner = [...(schema.anyOf ?? []), ...(schema.prefixItems ?? [])];
  for (const each of [schema.items, schema.additionalProperties, schema.contentSchema])
    if (each && typeof each === "object") inner.push(each);
  const own = schema.$ref ? [schema.$ref.replace(REFERENCE, "")] : [];
  return [...new Set([...own, ...inner.flatMap(namesIn)])];
}

/**
 * The names of the types that something is made of, and of those that these are made of.
 * @param {ApiSchema} schema
 * @param {Record<string, ApiSchema>} types
 * @param {Set<string>} [found]
 */
export function allNamesIn(schema, types, found = new Set()) {
  for (const name of namesIn(schema)) {
    if (found.has(name)) continue;
    found.add(name);
    for (const each of Object.values(types[name]?.properties ?? {})) allNamesIn(each, types, found);
  }
  return found;
}

/** @param {ApiSchema} schema */
function bounds({ minimum, maximum, minLength, maxLength, minItems, maxItems }) {
  const range = (/** @type {number | undefined} */ least, /** @type {number | undefined} */ most) => {
    if (least === undefined && most === undefined) return "";
    if (least === most) return String(least);
    if (most === undefined) return `≥ ${least}`;
    return least === undefined ? `≤ ${most}` : `${least} … ${most}`;
  };
  const length = range(minLength, maxLength);
  const count = range(minItems, maxItems);
  return [
    range(minimum, maximum),
    length && say("api.characters", { range: length }),
    count && say("api.items", { range: count }),
  ].filter(Boolean);
}

/**
 * What a value may be, in JSON's own words.
 * @param {ApiSchema} schema
 * @returns {string}
 */
export function typeText(schema) {
  if (schema.$ref) return schema.$ref.replace(REFERENCE, "");
  if (schema.anyOf) return schema.anyOf.map(typeText).join(" | ");
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.prefixItems) return `[${schema.prefixItems.map(typeText).join(", ")}]`;
  const told = bounds(schema);
  const limits = told.length ? ` (${told.join(", ")})` : "";
  if (schema.type === "array") return `[${schema.items ? typeText(schema.items) : "…"}]${limits}`;
  if (schema.type === "object" && typeof schema.additionalProperties === "object")
    return `{ string: ${typeText(schema.additionalProperties)} }`;
  return `${schema.type ?? "…"}${schema.format ? ` ${schema.format}` : ""}${limits}`;
}

/**
 * A row for each field or parameter. The types that it names are below, once somebody opens them.
 * @param {[string, ApiSchema, boolean][]} fields by name, with whether each is needed
 * @param {Record<string, ApiSchema>} types
 * @param {string} title
 */
export function fieldTable(fields, types, title) {
  const rows = fields.map(([name, schema, needed]) => {
    const about = [schema.description, needed ? "" : say("api.optional")].filter(Boolean);
    const described = about.length ? make("div", { class: "help" }, about.join(" ")) : null;
    return make(
      "li",
      {},
      make("code", { class: "name" }, name),
      " ",
      make("span", { class: "type" }, typeText(schema)),
      described,
      ...namesIn(schema).map((each) => typeDetails(each, types)),
    );
  });
  return make("ul", { class: "fields", "aria-label": title }, ...rows);
}

/**
 * A type by its name: closed at first, as types hold others, and built when it is opened.
 * @param {string} name
 * @param {Record<string, ApiSchema>} types
 * @returns {HTMLElement}
 */
export function typeDetails(name, types) {
  const element = make("details", { class: "type" }, make("summary", {}, make("code", {}, name)));
  element.addEventListener("toggle", () => {
    if (element.open && element.children.length === 1) element.append(...typeParts(name, types));
  });
  return element;
}

/**
 * What there is to say of a type.
 * @param {string} name
 * @param {Record<string, ApiSchema>} types
 */
export function typeParts(name, types) {
  const schema = types[name] ?? {};
  const needed = schema.required ?? [];
  /** @type {[string, ApiSchema, boolean][]} */
  const fields = Object.entries(schema.properties ?? {}).map(([key, each]) => [key, each, needed.includes(key)]);
  return [...prose(schema.description ?? ""), fieldTable(fields, types, name)];
}
