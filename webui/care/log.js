// The last events of the gateway's log.

import { get, textOf } from "../api.js";
import { fillList, make, show, write } from "../dom.js";
import { section } from "../forms.js";
import { dateOf, moment } from "../format.js";
import { label, say } from "../text.js";

const MOST = 100;

/**
 * @param {HTMLElement} item
 * @param {LogData} event
 */
function fill(item, { time, level, message }) {
  item.dataset.level = level.toLowerCase();
  const [when, how, what] = item.children;
  write(when, moment(dateOf(time)));
  when.setAttribute("datetime", dateOf(time).toISOString());
  write(how, label("level", level.toLowerCase()));
  write(what, message);
}

const create = () =>
  make("li", {}, make("time"), " ", make("span", { class: "tag" }), " ", make("span", { lang: "en" }));

/** The section with the log; it is asked for when it is opened. */
export function logSection() {
  const list = make("ol", { class: "log" });
  const frame = make(
    "div",
    { class: "scroll tall", tabindex: "0", role: "group", "aria-label": say("log.title") },
    list,
  );
  const nothing = make("p", { class: "note" }, say("page.loading"));
  const again = make("button", { type: "button", class: "plain", onclick: load }, say("page.again"));

  async function load() {
    try {
      /** @type {LogData[]} */
      const events = await get("/log");
      fillList(list, events.slice(-MOST).reverse(), create, fill);
      write(nothing, say("log.empty"));
      show(nothing, events.length === 0);
      show(frame, events.length > 0);
    } catch (error) {
      write(nothing, textOf(error));
      show(nothing, true);
    }
  }

  show(frame, false);
  load();
  return { element: section(say("log.title"), frame, nothing, again) };
}
