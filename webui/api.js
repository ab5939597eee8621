// Requests to the gateway, and what is known of the login.

import { faultText } from "./fault.js";
import { known, say } from "./text.js";

const ROOT = "/api/v1";
const TIMEOUT_MS = 30_000;

/**
 * What GET /session said last.
 * @type {SessionData}
 */
export const session = {
  password_set: true,
  logged_in: false,
  live_open: false,
  csrf: null,
  language: "auto",
  languages: ["en"],
  version: "",
  https: null,
};

/** The gateway refused, or did not answer (status 0). `fields` names what is wrong at each field. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {ErrorData} [data]
   * @param {number | null} [retryAfter]
   */
  constructor(status, { code = "", message = "", fields = {}, codes = {}, ...more } = {}, retryAfter = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
    this.codes = codes;
    this.retryAfter = retryAfter;
    this.more = more;
  }

  /** The error in the reader's language, as far as there are words for it. */
  get text() {
    if (this.status === 0) return say("error.unreachable");
    if (this.retryAfter !== null) return say("error.too-many-attempts", { seconds: this.retryAfter });
    const own = known(`error.${this.code}`) ?? faultText({ ...this.more, code: this.code, message: this.message });
    return own || say("error.status", { status: this.status });
  }

  /** What is wrong at each field, in the reader's language as far as there are words for it. */
  get fieldTexts() {
    const told = (/** @type {[string, string]} */ [name, message]) => [
      name,
      faultText({ ...this.codes[name], message }),
    ];
    return Object.fromEntries(Object.entries(this.fields).map(told));
  }
}

/**
 * What to say of anything that was thrown.
 * @param {unknown} error
 */
export function textOf(error) {
  return error instanceof ApiError ? error.text : String(error);
}

/** Called when the gateway says that nobody is logged in any more. */
export const onLoggedOut = { call: () => {} };

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {number} timeout
 */
async function send(method, path, body, timeout) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && session.csrf) headers["X-CSRF-Token"] = session.csrf;
  const content = body === undefined ? undefined : JSON.stringify(body);
  try {
    return await fetch(ROOT + path, { method, headers, body: content, signal: AbortSignal.timeout(timeout) });
  } catch {
    throw new ApiError(0);
  }
}

/** @param {Response} answer */
async function jsonOf(answer) {
  try {
    return await answer.json();
  } catch {
    return null; // An answer without JSON says all in its status.
  }
}

/**
 * Ask the gateway; its JSON, or null when it answers with none. Throws `ApiError`.
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {number} [timeout] in ms
 * @returns {Promise<any>}
 */
export async function ask(method, path, body, timeout = TIMEOUT_MS) {
  const answer = await send(method, path, body, timeout);
  const data = answer.status === 204 ? null : await jsonOf(answer);
  if (answer.ok) return data;
  if (answer.status === 401 && data?.error?.code !== "password-wrong" && session.logged_in) onLoggedOut.call();
  const wait = answer.status === 429 ? Number(answer.headers.get("Retry-After") ?? 1) : null;
  throw new ApiError(answer.status, data?.error ?? {}, wait);
}

/** What is asked again and again is given up soon: the next time comes, and the gateway may be elsewhere by then. */
export const SOON_MS = 1500;
/**
 * @param {string} path
 * @param {number} [timeout] in ms
 */
export const get = (path, timeout) => ask("GET", path, undefined, timeout);
/**
 * @param {string} path
 * @param {unknown} [body]
 */
export const post = (path, body = {}) => ask("POST", path, body);
/**
 * @param {string} path
 * @param {unknown} body
 */
export const patch = (path, body) => ask("PATCH", path, body);
/** @param {string} path */
export const remove = (path) => ask("DELETE", path);

/**
 * Ask again who is logged in.
 * @param {number} [timeout] in ms
 */
export async function refreshSession(timeout) {
  return Object.assign(session, await get("/session", timeout));
}

/**
 * Where a file can be downloaded from; the browser sends the cookie itself.
 * @param {string} path
 */
export function download(path) {
  return ROOT + path;
}
