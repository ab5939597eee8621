// Import as bars upwards and export downwards; how each is known is seen by how its bar is filled, not by colour alone.

import { make, write } from "../dom.js";
import { number } from "../format.js";
import { legend } from "../plot/legend.js";
import { library } from "../plot/library.js";
import { LETTER, axis, colours, picture, valueAxis } from "../plot/picture.js";
import { say } from "../text.js";
import { kwh, stepName } from "./figures.js";

/** @type {Known[]} */
const WAYS = ["meter", "estimated", "spread", "incomplete"];
/** @type {Record<string, string>} */
const SAMPLES = {
  meter: "bar-meter",
  estimated: "bar-estimated",
  spread: "bar-spread",
  incomplete: "bar-incomplete",
};
const TILE = 8;
const LABEL_WIDTH = 34;

/**
 * How bars of a way are filled: whole, with stripes, with dots, or hardly.
 * @param {CanvasRenderingContext2D} context
 * @param {Known} way
 * @param {string} colour
 */
function fillOf(context, way, colour) {
  if (way === "meter") return colour;
  if (way === "incomplete") return `${colour}30`;
  const size = TILE * devicePixelRatio;
  const tile = make("canvas", { width: size, height: size });
  const pen = tile.getContext("2d");
  if (!pen) return colour;
  pen.fillStyle = `${colour}40`;
  pen.fillRect(0, 0, size, size);
  pen.fillStyle = pen.strokeStyle = colour;
  if (way === "spread") pen.fillRect(size / 4, size / 4, size / 2.6, size / 2.6);
  else stripes(pen, size);
  return context.createPattern(tile, "repeat") ?? colour;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {number} size
 */
function stripes(pen, size) {
  pen.lineWidth = size / 5;
  pen.beginPath();
  for (const shift of [-size / 2, 0, size / 2, size]) {
    pen.moveTo(shift - size / 4, size + size / 4);
    pen.lineTo(shift + size + size / 4, -size / 4);
  }
  pen.stroke();
}

/**
 * One series for each way of knowing, with the energies that are known so, in kWh.
 * @param {EnergyRow[]} rows
 */
function columns(rows) {
  const imports = WAYS.map((way) => rows.map((row) => (row.importKnown === way ? inKwh(row.imported) : null)));
  const exports = WAYS.map((way) => rows.map((row) => (row.exportKnown === way ? inKwh(row.exported, -1) : null)));
  return [rows.map((_, index) => index), ...imports, ...exports];
}

/**
 * @param {number | null} wh
 * @param {number} [sign]
 */
function inKwh(wh, sign = 1) {
  // No export is no bar; no import is one of no height, as what is not known has none.
  return wh === null || (sign < 0 && wh === 0) ? null : (sign * wh) / 1000;
}

/**
 * @param {any} Plot
 * @param {Known} way
 * @param {"accent" | "export"} name
 */
function series(Plot, way, name) {
  return {
    paths: Plot.paths.bars({ size: [0.8, 48] }),
    width: 1,
    points: { show: false },
    stroke: () => colours()[name],
    fill: (/** @type {any} */ plot) => fillOf(plot.ctx, way, colours()[name]),
    dash: way === "incomplete" ? [3, 3] : undefined,
  };
}

/**
 * The bars that have a name below them: as many as fit without touching, which goes by the longest of the language.
 * @param {any} plot
 * @param {BarsShown} shown
 */
function labelled(plot, { rows, kind, place }) {
  const letters = Math.max(...rows.map((row) => stepName(kind, row, place, true).length), 0);
  const width = Math.max(LABEL_WIDTH, LETTER * (letters + 1));
  const every = Math.max(1, Math.ceil((rows.length * width) / Math.max(1, plot.width - 60)));
  return rows.map((_, index) => index).filter((index) => index % every === 0);
}

/**
 * @param {any} Plot
 * @param {BarsShown} shown
 * @param {HTMLElement} told
 */
function options(Plot, shown, told) {
  const { rows, kind, place } = shown;
  return {
    cursor: { y: false, drag: { setScale: false, x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: false, range: () => [-0.6, rows.length - 0.4] },
      y: {
        range: (/** @type {any} */ _plot, /** @type {number | null} */ low, /** @type {number | null} */ high) =>
          Plot.rangeNum(Math.min(0, low ?? 0), Math.max(low ? 0 : 0.1, high ?? 0), 0.08, true),
      },
    },
    axes: [
      axis({
        grid: { show: false },
        splits: (/** @type {any} */ plot) => labelled(plot, shown),
        values: (/** @type {any} */ _plot, /** @type {number[]} */ splits) =>
          splits.map((index) => (rows[index] ? stepName(kind, rows[index], place, true) : "")),
      }),
      valueAxis("kWh", (value) => number(value, Number.isInteger(value) ? 0 : Math.abs(value) < 1 ? 2 : 1)),
    ],
    series: [{}, ...WAYS.map((way) => series(Plot, way, "accent")), ...WAYS.map((way) => series(Plot, way, "export"))],
    hooks: {
      setCursor: [(/** @type {any} */ { cursor: { idx } }) => write(told, rows[idx] ? barText(shown, rows[idx]) : "")],
    },
  };
}

/**
 * What one bar says.
 * @param {BarsShown} shown
 * @param {EnergyRow} row
 */
function barText({ kind, place, decimals }, row) {
  const step = stepName(kind, row, place);
  if (row.imported === null && row.exported === null) return say("energy.bar.unknown", { step });
  return say("energy.bar", { step, import: kwh(row.imported, decimals), export: kwh(row.exported, decimals) });
}

/**
 * What in the plot needs words: export, and bars that are not simply measured.
 * @param {EnergyRow[]} rows
 */
function parts(rows) {
  const ways = WAYS.filter((way) => rows.some((row) => row.importKnown === way && row.imported !== null));
  const exports = rows.some((row) => row.exported);
  const told = ways.every((way) => way === "meter") ? [] : ways.map((way) => SAMPLES[way]);
  return [...(exports ? ["bar-import", "bar-export"] : []), ...told];
}

/** A place for bars; `draw` puts them there. */
export function bars() {
  const box = make("div", { class: "chart-box", role: "img", hidden: true });
  const told = make("p", { class: "note plot-point", "aria-hidden": "true" });
  const key = legend();
  const element = make("div", { class: "plot" }, box, told, key.element);
  /** @type {ReturnType<typeof picture> | null} */
  let drawn = null;
  let turn = 0;

  /**
   * @param {BarsShown} shown
   * @param {string} label  what it says to those who do not see it
   */
  async function draw(shown, label) {
    const mine = (turn += 1);
    const Plot = await library();
    if (mine !== turn) return;
    box.hidden = Plot === null;
    if (!Plot) return;
    drawn?.close();
    write(told, "");
    box.setAttribute("aria-label", label);
    key.show(parts(shown.rows));
    drawn = picture(Plot, box, options(Plot, shown, told), columns(shown.rows));
  }

  function close() {
    turn += 1;
    drawn?.close();
  }

  return { element, draw, close };
}
