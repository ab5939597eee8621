// What the gateway has logged, also before its last start.

import { get, textOf } from "../api.js";
import { make, show, write } from "../dom.js";
import { choiceField, downloadButton, section, textField } from "../forms.js";
import { dateOf, moment } from "../format.js";
import { label, say } from "../text.js";

const MOST = 2000;
/** So many are shown at once; "more" shows as many again. */
const AT_ONCE = 100;
/**
 * The levels that are shown, by the choice.
 * @type {Record<string, string[]>}
 */
const LEVELS = {
  all: ["debug", "info", "warning", "error", "critical"],
  warning: ["warning", "error", "critical"],
  error: ["error", "critical"],
};

/** @param {LogData} event */
function row({ time, level, message }) {
  const date = dateOf(time);
  return make(
    "li",
    { "data-level": level },
    make("time", { datetime: date.toISOString() }, moment(date)),
    " ",
    make("span", { class: "tag" }, label("level", level)),
    " ",
    make("span", { lang: "en" }, message),
  );
}

/** @param {LogData} first the first event of a run */
function startOf({ time }) {
  return make("li", { class: "run" }, say("log.started", { time: moment(dateOf(time)) }));
}

/**
 * The rows of events with the newest last: the newest first, and below the oldest of each run when it started.
 * @param {LogData[]} events
 * @param {LogData[]} shown those of them that are to be seen
 */
function rowsOf(events, shown) {
  const starts = new Map(events.toReversed().map((event) => [event.run, event]));
  return shown.toReversed().flatMap((event, index, all) => {
    const next = all[index + 1];
    const started = starts.get(event.run);
    // Of the oldest run only the end may be kept, so that it has no start.
    return next && next.run !== event.run && started ? [row(event), startOf(started)] : [row(event)];
  });
}

/** The section with the log; it is asked for when it is opened. */
export function logSection() {
  const list = make("ol", { class: "log" });
  const title = say("log.title");
  const frame = make("div", { class: "scroll tall", tabindex: "0", role: "group", "aria-label": title }, list);
  const nothing = make("p", { class: "note", role: "status" }, say("page.loading"));
  const choices = Object.keys(LEVELS).map((each) => /** @type {[string, string]} */ ([each, say(`log.show.${each}`)]));
  const level = choiceField(say("log.level"), choices, "all");
  const text = textField(say("log.text"), { type: "search", maxlength: 100 });
  const more = make("button", { type: "button", class: "plain", onclick: showMore }, say("log.more"));
  const again = make("button", { type: "button", class: "plain", onclick: load }, say("page.again"));
  /** @type {LogData[]} */
  let events = [];
  let most = AT_ONCE;

  function fill() {
    const levels = LEVELS[level.value()];
    const wanted = text.value().trim().toLowerCase();
    const fitting = events.filter(
      (event) => levels.includes(event.level) && event.message.toLowerCase().includes(wanted),
    );
    list.replaceChildren(...rowsOf(events, fitting.slice(-most)));
    write(nothing, say(events.length ? "log.none-fits" : "log.empty"));
    show(nothing, fitting.length === 0);
    show(frame, fitting.length > 0);
    show(more, fitting.length > most);
  }

  function filter() {
    most = AT_ONCE;
    fill();
    frame.scrollTop = 0;
  }

  function showMore() {
    most += AT_ONCE;
    fill();
  }

  async function load() {
    try {
      events = await get(`/log?earlier=1&most=${MOST}`);
      fill();
    } catch (error) {
      write(nothing, textOf(error));
      show(nothing, true);
    }
  }

  level.control.addEventListener("change", filter);
  text.control.addEventListener("input", filter);
  show(frame, false);
  show(more, false);
  load();
  const filters = make("div", { class: "filters" }, level.element, text.element);
  const actions = make(
    "div",
    { class: "actions" },
    more,
    again,
    downloadButton(say("log.download"), () => "/log/download"),
  );
  return { element: section(title, filters, frame, nothing, actions) };
}
