// uPlot, which is loaded when the first plot comes into sight.

import { make } from "../dom.js";

const SCRIPT = "/vendor/uplot.js";
const STYLE = "/vendor/uplot.css";
/** @type {Promise<any> | null} */
let loading = null;

/** @returns {Promise<void>} */
function style() {
  return new Promise((resolve, reject) => {
    const link = make("link", { rel: "stylesheet", href: STYLE, onload: () => resolve(), onerror: reject });
    document.head.append(link);
  });
}

async function load() {
  const [script] = await Promise.all([import(SCRIPT), style()]);
  return script.default;
}

/** uPlot, or null where the gateway does not have it. */
export async function library() {
  loading ??= load();
  try {
    return await loading;
  } catch {
    loading = null;
    return null;
  }
}
