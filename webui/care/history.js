// What the gateway remembers of its meters: how much there is, and what can be done with it.

import { LONG_MS, get, textOf } from "../api.js";
import { fillList, make, show, write } from "../dom.js";
import { placeOf } from "../energy/place.js";
import { faultText } from "../fault.js";
import { downloadButton, section } from "../forms.js";
import { dateOf, moment, number } from "../format.js";
import { settingsLink } from "../settings/place.js";
import { say } from "../text.js";
import { deletionPart, exportPart, restorePart } from "./history_forms.js";
import { daysOf, titleOf } from "./remembered.js";

const MB = 1e6;

/** @param {HistoryStateData} told */
function sizeText({ octets, written_at: written, meters }) {
  if (!meters.length) return say("history.nothing");
  const size = say("history.size", { size: number(octets / MB, 1) });
  return written === null ? size : `${size} ${say("history.written", { time: moment(dateOf(written)) })}`;
}

/** How much there is of which meter. */
function contents() {
  const size = make("p");
  const list = make("ul", { class: "list" });
  const create = () => make("li", {}, make("strong"), ": ", make("span"));
  /**
   * @param {HistoryStateData} told
   * @param {Place} place
   */
  function fill(told, place) {
    write(size, sizeText(told));
    fillList(list, told.meters, create, (item, meter) => {
      write(item.children[0], titleOf(meter, told.meters));
      write(item.children[1], daysOf(meter, place));
    });
    show(list, told.meters.length > 0);
  }
  return { element: make("div", {}, size, list), fill };
}

function backupPart() {
  return {
    element: make(
      "div",
      {},
      make("h4", {}, say("history.backup")),
      make("p", {}, say("history.backup.what")),
      downloadButton(say("history.backup.download"), () => "/history/backup", LONG_MS),
    ),
  };
}

/** The section with the history; how much there is is asked for when it is opened, and after each change. */
export function historySection() {
  const state = make("p", { class: "note", role: "status" }, say("page.loading"));
  const fault = make("p", { class: "error", hidden: true });
  const off = make("p", { class: "note", hidden: true }, say("history.off"), " ", settingsLink("history.enabled"));
  const again = make("button", { type: "button", class: "plain", hidden: true, onclick: load }, say("page.again"));
  /** @type {HistoryPart[]} */
  const parts = [contents(), exportPart(), backupPart(), restorePart(load), deletionPart(load)];
  const all = make("div", { class: "history", hidden: true }, ...parts.map((part) => part.element));
  const element = section(say("history.title"), make("p", {}, say("history.what")), state, off, fault, all, again);

  /** @param {HistoryStateData} told */
  function fill(told) {
    const place = placeOf(told.zone);
    for (const part of parts) part.fill?.(told, place);
    show(off, !told.enabled);
    show(all, told.enabled);
    write(fault, told.fault ? faultText(told.fault) : "");
    show(fault, told.fault !== null);
  }

  async function load() {
    try {
      fill(await get("/history/state"));
      show(state, false);
      show(again, false);
    } catch (error) {
      write(state, textOf(error));
      show(state, true);
      show(again, true);
    }
  }

  load();
  return { element };
}
