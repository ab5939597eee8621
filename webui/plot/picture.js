// A plot in the page: as wide as its place, in the colours of the page, and dark on white on paper.

const darkness = matchMedia("(prefers-color-scheme: dark)");
const NAMES = {
  soft: "soft",
  edge: "edge",
  accent: "accent",
  fill: "fill",
  export: "export",
  exportFill: "export-fill",
};
/** @type {Colours} */
const ON_PAPER = {
  soft: "#444444",
  edge: "#dddddd",
  accent: "#0b6b5c",
  fill: "#0b6b5c33",
  export: "#8a4b00",
  exportFill: "#8a4b0033",
};
const ON_PAPER_SIZE = { width: 680, height: 165 };
const FONT = "12px system-ui, sans-serif";
/** About how wide a letter on an axis is, in px. */
export const LETTER = 7;

let printing = false;

/** @returns {Colours} */
export function colours() {
  if (printing) return ON_PAPER;
  const style = getComputedStyle(document.documentElement);
  const told = Object.entries(NAMES).map(([name, property]) => [name, style.getPropertyValue(`--${property}`).trim()]);
  return Object.fromEntries(told);
}

/**
 * An axis as the page has them. `more` is as uPlot has it.
 * @param {Record<string, unknown>} more
 */
export function axis(more) {
  return {
    font: FONT,
    labelFont: FONT,
    labelSize: 18,
    gap: 4,
    size: 26,
    stroke: () => colours().soft,
    grid: { stroke: () => colours().edge, width: 1 },
    ticks: { show: false },
    ...more,
  };
}

/**
 * An axis of values, as wide as its longest number.
 * @param {string} unit
 * @param {(value: number) => string} write
 */
export function valueAxis(unit, write) {
  return axis({
    label: unit,
    space: 32,
    values: (/** @type {unknown} */ _plot, /** @type {number[]} */ splits) => splits.map(write),
    size: (/** @type {unknown} */ _plot, /** @type {string[] | null} */ texts) =>
      12 + LETTER * Math.max(2, ...(texts ?? []).map((text) => text.length)),
  });
}

/**
 * Draw in `box`. `options` and `data` are as uPlot (`Plot`) has them.
 * @param {any} Plot
 * @param {HTMLElement} box
 * @param {Record<string, unknown>} options
 * @param {unknown[]} data
 */
export function picture(Plot, box, options, data) {
  const size = () => (printing ? ON_PAPER_SIZE : inside(box));
  const plot = new Plot({ legend: { show: false }, ...options, ...size() }, data, box);
  const watch = new ResizeObserver(() => plot.setSize(size()));
  const paint = () => plot.redraw(false, true);
  const print = (/** @type {Event} */ event) => {
    printing = event.type === "beforeprint";
    plot.setSize(size());
    paint();
  };
  watch.observe(box);
  darkness.addEventListener("change", paint);
  window.addEventListener("beforeprint", print);
  window.addEventListener("afterprint", print);
  return {
    plot,
    close() {
      watch.disconnect();
      darkness.removeEventListener("change", paint);
      window.removeEventListener("beforeprint", print);
      window.removeEventListener("afterprint", print);
      plot.destroy();
    },
  };
}

/** @param {HTMLElement} box */
function inside(box) {
  const style = getComputedStyle(box);
  const within = (/** @type {number} */ size, /** @type {string[]} */ ...edges) =>
    Math.max(
      80,
      edges.reduce((left, edge) => left - parseFloat(edge), size),
    );
  return {
    width: within(box.clientWidth, style.paddingLeft, style.paddingRight),
    height: within(box.clientHeight, style.paddingTop, style.paddingBottom),
  };
}
