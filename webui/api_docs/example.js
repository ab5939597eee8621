// An example of a request: the least that a type takes, and the line for a shell.

import { session } from "../api.js";

const REFERENCE = "#/components/schemas/";
/** Deeper than this nothing that a request holds is. */
const DEEPEST = 6;

/**
 * A value that fits a type.
 * @param {ApiSchema} schema
 * @param {Record<string, ApiSchema>} types
 * @param {number} [depth]
 * @returns {unknown}
 */
export function example(schema, types, depth = 0) {
  if (schema.examples?.length) return schema.examples[0];
  if (depth > DEEPEST) return null;
  const deeper = (/** @type {ApiSchema} */ each) => example(each, types, depth + 1);
  if (schema.$ref) return deeper(types[schema.$ref.replace(REFERENCE, "")] ?? {});
  if ("const" in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return deeper(schema.anyOf[0]);
  if (schema.type === "object") {
    const all = schema.properties ?? {};
    const named = schema.required?.length ? schema.required : Object.keys(all).slice(0, 1);
    return Object.fromEntries(named.map((name) => [name, deeper(all[name])]));
  }
  if (schema.type === "array")
    return schema.prefixItems ? schema.prefixItems.map(deeper) : [deeper(schema.items ?? {})];
  if (schema.type === "boolean") return false;
  if (schema.type === "integer" || schema.type === "number") return schema.default ?? schema.minimum ?? 1;
  return "…";
}

/** @param {string} text for a POSIX shell */
function quoted(text) {
  return `'${text.replace(/'/g, "'\\''")}'`;
}

/**
 * How curl asks for this, from this address.
 * @param {string} method
 * @param {string} path
 * @param {ApiOperation} operation
 * @param {Record<string, ApiSchema>} types
 */
export function curl(method, path, operation, types) {
  const query = (operation.parameters ?? []).filter((each) => each.in === "query" && each.schema.default !== undefined);
  const asked = query.map(({ name, schema }) => `${name}=${encodeURIComponent(String(schema.default ?? ""))}`);
  const content = operation.requestBody?.content["application/json"];
  const address = location.origin + path + (asked.length ? `?${asked.join("&")}` : "");
  const token = operation.security.some((way) => "token" in way);
  return [
    "curl",
    // The browser was told to trust a certificate that the gateway has made for itself; curl was not.
    location.protocol === "https:" && session.https?.self_made ? "--insecure" : "",
    method === "GET" ? "" : `-X ${method}`,
    token ? '-H "Authorization: Bearer $TOKEN"' : "",
    content ? "-H 'Content-Type: application/json'" : "",
    content ? `-d ${quoted(JSON.stringify(example(content.schema, types)))}` : "",
    binary(operation) ? "-OJ" : "",
    quoted(address),
  ]
    .filter(Boolean)
    .join(" ");
}

/** @param {ApiOperation} operation */
function binary({ responses }) {
  return Object.values(responses).some(({ content }) => content && Object.keys(content).some(isFile));
}

/** @param {string} kind a media type */
function isFile(kind) {
  return kind === "application/zip" || kind === "application/toml";
}
