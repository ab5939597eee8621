// A table that scrolls inside its own frame where it is wider than the screen; on a telephone each row is a small card.

import { fillList, make, show, write } from "../dom.js";

/**
 * @param {string[]} heads
 */
function rowOf(heads) {
  return () => make("tr", { role: "row" }, ...heads.map((head) => make("td", { role: "cell", "data-head": head })));
}

/**
 * @param {HTMLElement} row
 * @param {string[]} texts
 */
function fillRow(row, texts) {
  texts.forEach((text, index) => write(row.children[index], text));
}

/**
 * @param {string} title
 * @param {string[]} heads
 * @param {string} empty what to say while there are no rows
 * @param {...Node} tools what stands above it
 */
export function dataTable(title, heads, empty, ...tools) {
  const body = make("tbody", { role: "rowgroup" });
  const row = make(
    "tr",
    { role: "row" },
    ...heads.map((head) => make("th", { scope: "col", role: "columnheader" }, head)),
  );
  const head = make("thead", { role: "rowgroup" }, row);
  const frame = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title });
  frame.append(make("table", { class: "plain-table cards", role: "table" }, head, body));
  const nothing = make("p", { class: "note" }, empty);
  const element = make("section", { class: "group" }, make("h3", {}, title), ...tools, frame, nothing);

  /** @param {string[][]} rows */
  function fill(rows) {
    fillList(body, rows, rowOf(heads), fillRow);
    show(frame, rows.length > 0);
    show(nothing, rows.length === 0);
  }
  return { element, fill };
}
