// Who changed what: the gateway's record of changes.

import { get, textOf } from "../api.js";
import { fillList, make, show, write } from "../dom.js";
import { section } from "../forms.js";
import { dateOf, exact, moment } from "../format.js";
import { nameOf } from "../settings/place.js";
import { known, label, say } from "../text.js";

const MOST = 200;

/**
 * A value from, or to, which something was changed; of a secret there are only words.
 * @param {string | number | boolean | null} value
 */
function valueText(value) {
  return value === null || value === "" ? say("value.none") : (known(`changes.value.${value}`) ?? String(value));
}

/**
 * A factor as people know it; the record has thousandths.
 * @param {string | number | boolean | null} value
 */
function factorText(value) {
  return value === null || value === "" ? say("value.none") : `×${exact(Number(value) / 1000)}`;
}

/** @param {string} path */
function placeText(path) {
  const secret = /^(meters\.\d+)\.(\w+_key)$/.exec(path);
  const word = secret && known(`changes.key.${secret[2]}`);
  return word ? `${nameOf(secret[1])}, ${word}` : nameOf(path) || path;
}

/** @param {RecordedChange} change */
function whatText({ action, what, before, after, times }) {
  const count = times > 1 ? say("changes.times", { count: times }) : "";
  const done = [label("changes.action", action), placeText(what), count].filter(Boolean).join(" · ");
  if (before === null && after === null) return done;
  if (action === "history-deleted") return say("changes.before", { done, date: moment(dateOf(Number(after))) });
  const text = action === "factor" || what.endsWith(".scaling_factor") ? factorText : valueText;
  if (before === null) return say("changes.to", { done, after: text(after) });
  return say("changes.from-to", { done, before: text(before), after: text(after) });
}

/** @param {RecordedChange} change */
function whoText({ actor, name, address }) {
  return [label("changes.actor", actor), name, address].filter(Boolean).join(" · ");
}

/**
 * @param {HTMLElement} item
 * @param {RecordedChange} change
 */
function fill(item, change) {
  const [when, who, what] = item.children;
  const date = dateOf(change.time);
  write(when, moment(date));
  when.setAttribute("datetime", date.toISOString());
  write(who, whoText(change));
  write(what, whatText(change));
}

const create = () => make("li", {}, make("time"), " ", make("span", { class: "tag" }), " ", make("span"));

/** The section with the last changes; it is asked for when it is opened. */
export function changesSection() {
  const list = make("ol", { class: "log changes" });
  const title = say("changes.title");
  const frame = make("div", { class: "scroll tall", tabindex: "0", role: "group", "aria-label": title }, list);
  const nothing = make("p", { class: "note" }, say("page.loading"));
  const damaged = make("p", { class: "note", hidden: true });
  const again = make("button", { type: "button", class: "plain", onclick: load }, say("page.again"));

  async function load() {
    try {
      /** @type {{ entries: RecordedChange[], damaged: number }} */
      const told = await get(`/audit?most=${MOST}`);
      fillList(list, told.entries, create, fill);
      write(nothing, say("changes.none"));
      show(nothing, told.entries.length === 0);
      show(frame, told.entries.length > 0);
      write(damaged, say("changes.damaged", { count: told.damaged }));
      show(damaged, told.damaged > 0);
    } catch (error) {
      write(nothing, textOf(error));
      show(nothing, true);
    }
  }

  show(frame, false);
  load();
  return { element: section(title, frame, damaged, nothing, again) };
}
