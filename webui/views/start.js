// Setting up step by step. The address says which step is open; each can be skipped, and none has to be done.

import { make } from "../dom.js";
import { page } from "../forms.js";
import { FIRST, LAST, addressOf, countOf, forgetPlace, keepPlace, placeOf, stepFrom } from "../steps/course.js";
import { stepTrack } from "../steps/track.js";
import { say } from "../text.js";

/** @type {Record<string, () => Promise<StepModule>>} */
const LOADERS = {
  adapter: () => import("../steps/adapter.js"),
  meter: () => import("../steps/meter.js"),
  factor: () => import("../steps/factor.js"),
  network: () => import("../steps/network.js"),
  clients: () => import("../steps/clients.js"),
  done: () => import("../steps/done.js"),
};

/**
 * Where else one can go: back, on without doing this step, or out of all of them.
 * @param {string} step
 * @param {number | null} unit
 */
function ways(step, unit) {
  const back = stepFrom(step, -1);
  const on = stepFrom(step, 1);
  const link = (/** @type {string} */ to, /** @type {string} */ text) =>
    make("a", { class: "button plain", href: addressOf(to, unit) }, text);
  const further = on === null ? null : link(on, say("start.skip"));
  const later = make("a", { href: "#live", onclick: forgetPlace }, say("start.later"));
  const element = make("div", { class: "actions ways" });
  element.append(
    ...[back && link(back, say("start.back")), further, step === LAST ? null : later].filter((each) => each !== null),
  );

  /** What this step is for is done: then one goes on, and nothing is skipped. */
  function done() {
    if (!further) return;
    further.textContent = say("start.next");
    further.className = "button";
  }
  return { element, done };
}

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ announce, sessionChanged }) {
  const { step, unit } = placeOf(location.hash) ?? { step: FIRST, unit: null };
  const { number, all } = countOf(step);
  const body = make("div", { class: "step" }, make("p", { class: "waiting" }, say("page.loading")));
  const way = ways(step, unit);
  const count = make("p", { class: "step-count" }, say("start.count", { number, all }));
  const element = make("div", { class: "steps" }, stepTrack(step, unit), count, page(say(`start.${step}`), body));
  element.append(way.element);
  if (step === LAST) forgetPlace();
  else keepPlace(addressOf(step, unit));
  /** @type {View | null} */
  let shown = null;
  /** @type {LiveData | null} */
  let last = null;
  let closed = false;

  function goOn() {
    location.hash = addressOf(stepFrom(step, 1) ?? step, unit);
  }

  async function load() {
    const module = await LOADERS[step]();
    if (closed) return;
    shown = module.open({ announce, sessionChanged, unit, goOn, done: way.done });
    body.replaceChildren(shown.element);
    if (last) shown.update?.(last);
  }

  /** @param {LiveData} data */
  function update(data) {
    last = data;
    shown?.update?.(data);
  }

  function close() {
    closed = true;
    shown?.close?.();
  }

  load();
  return { element, update, lose: () => shown?.lose?.(), close };
}
