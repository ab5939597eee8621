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
  name: "",
  csrf: null,
  language: "auto",
  languages: ["en"],
  version: "",
  setup: "done",
  setup_open_s: null,
  locked: false,
  reset_button: false,
  reset_address: "",
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

/** Called when the gateway says that nobody is logged in any more; whether somebody is again. */
export const onLoggedOut = { call: async () => false };

/**
 * A body is sent as JSON, but for a `Blob`: that goes as it is, by its own type.
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {number} timeout in ms
 */
async function send(method, path, body, timeout) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = body instanceof Blob ? body.type : "application/json";
  if (method !== "GET" && session.csrf) headers["X-CSRF-Token"] = session.csrf;
  const content = body === undefined || body instanceof Blob ? body : JSON.stringify(body);
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
 * Whether a refused request can be sent again, now that somebody has logged in again.
 * @param {string} method
 * @param {number} status
 * @param {string} code
 */
async function mayRepeat(method, status, code) {
  // The session is another one than this window knows: somebody has logged in again in another window.
  if (status === 403 && code === "csrf") return (await refreshSession()).logged_in;
  if (status !== 401 || code !== "not-logged-in") return false;
  // What the page asks by itself must not bring up again what was put off.
  return session.logged_in || method !== "GET" ? onLoggedOut.call() : false;
}

/**
 * Send a request, and once more when a login was missing and somebody has logged in. Throws `ApiError`.
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {number} timeout in ms
 */
async function answered(method, path, body, timeout) {
  let answer = await send(method, path, body, timeout);
  let data = answer.ok ? null : await jsonOf(answer);
  if (await mayRepeat(method, answer.status, data?.error?.code)) {
    answer = await send(method, path, body, timeout);
    data = answer.ok ? null : await jsonOf(answer);
  }
  if (answer.ok) return answer;
  const wait = answer.status === 429 ? Number(answer.headers.get("Retry-After") ?? 1) : null;
  throw new ApiError(answer.status, data?.error ?? {}, wait);
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
  const answer = await answered(method, path, body, timeout);
  return answer.status === 204 ? null : jsonOf(answer);
}

/** A history of years, which a small computer packs and sends while it does its work. */
export const LONG_MS = 600_000;
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

/** @param {Response} answer */
async function fileOf(answer) {
  try {
    return await answer.blob();
  } catch {
    throw new ApiError(answer.status, { code: "broken-off" });
  }
}

/**
 * Download a file under the name that the gateway gives it, whole or not at all. Throws `ApiError`.
 * @param {string} path
 * @param {number} [timeout] in ms
 */
export async function download(path, timeout = TIMEOUT_MS) {
  const answer = await answered("GET", path, undefined, timeout);
  const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "han2x";
  const address = URL.createObjectURL(await fileOf(answer));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun to take it by then.
  setTimeout(() => URL.revokeObjectURL(address), TIMEOUT_MS);
}
