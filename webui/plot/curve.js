// One signed power: what comes from the grid above zero, what goes to it below, each with a fill of its own.

import { make, write } from "../dom.js";
import { number } from "../format.js";
import { say } from "../text.js";
import { plotKeys } from "./keys.js";
import { legend } from "./legend.js";
import { library } from "./library.js";
import { axis, colours, picture, valueAxis } from "./picture.js";

const LEAST_W = 1000;
const FEW = 3;

/**
 * Power as one signed number: import less export; null where the import is not known.
 * @param {number | null} imported
 * @param {number | null} exported  null for a meter that never tells it
 */
export function net(imported, exported) {
  return imported === null ? null : imported - (exported ?? 0);
}

/**
 * The highest and the lowest of the powers, in words.
 * @param {number[]} times in s since 1970
 * @param {(number | null)[]} powers in W
 * @param {(at: number) => string} clock
 */
export function summary(times, powers, clock) {
  const told = powers.flatMap((watts, index) => (watts === null ? [] : [{ watts, at: times[index] }]));
  if (!told.length) return say("chart.nothing");
  const highest = told.reduce((a, b) => (b.watts > a.watts ? b : a));
  const lowest = told.reduce((a, b) => (b.watts < a.watts ? b : a));
  const [high, low] = [highest, lowest].map(({ watts, at }) => ({ watts: number(Math.abs(watts)), at: clock(at) }));
  const values = { high: high.watts, high_at: high.at, low: low.watts, low_at: low.at };
  if (lowest.watts >= 0) return say("chart.summary", values);
  return say(highest.watts > 0 ? "chart.summary.both" : "chart.summary.export", values);
}

/**
 * The same colour above zero, another below: a gradient that changes at once.
 * @param {any} plot
 * @param {string} above
 * @param {string} below
 */
function bySign(plot, above, below) {
  const { top, height } = plot.bbox;
  const share = Math.min(1, Math.max(0, (plot.valToPos(0, "y", true) - top) / height));
  if (!Number.isFinite(share)) return above;
  const gradient = plot.ctx.createLinearGradient(0, top, 0, top + height);
  for (const [at, colour] of /** @type {[number, string][]} */ ([
    [0, above],
    [share, above],
    [share, below],
    [1, below],
  ]))
    gradient.addColorStop(at, colour);
  return gradient;
}

/**
 * The places of powers that no line shows: without a neighbour, or so few that a gateway has only just started.
 * @param {(number | null)[]} powers
 */
function alone(powers) {
  const known = powers.flatMap((watts, index) => (watts === null ? [] : [index]));
  if (known.length < FEW) return known;
  return known.filter((index) => (powers[index - 1] ?? null) === null && (powers[index + 1] ?? null) === null);
}

/**
 * Ticks at whole hours of the clock that is `ahead` of UTC, and no more than fit.
 * @param {number} from in s since 1970
 * @param {number} to in s since 1970
 * @param {number} most
 * @param {number} ahead in s
 */
export function hourTicks(from, to, most, ahead) {
  const steps = [0.25, 0.5, 1, 2, 3, 4, 6, 12, 24].map((hours) => hours * 3600);
  const step = steps.find((candidate) => (to - from) / candidate <= most) ?? 48 * 3600;
  const ticks = [];
  for (let at = Math.ceil((from + ahead) / step) * step - ahead; at <= to; at += step) ticks.push(at);
  return ticks;
}

/**
 * @param {any} Plot
 * @param {CurveShown} shown
 * @param {HTMLElement} told
 */
function options(Plot, shown, told) {
  return {
    ms: 1,
    cursor: { y: false, drag: { setScale: false, x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { time: false, range: () => [shown.from, shown.to] },
      y: {
        range: (/** @type {any} */ _plot, /** @type {number | null} */ low, /** @type {number | null} */ high) =>
          Plot.rangeNum(Math.min(0, low ?? 0), Math.max(LEAST_W, high ?? 0), 0.05, true),
      },
    },
    axes: [
      axis({
        grid: { show: false },
        splits: (/** @type {any} */ plot) => hourTicks(shown.from, shown.to, Math.max(2, plot.width / 70), shown.ahead),
        values: (/** @type {any} */ _plot, /** @type {number[]} */ splits) => splits.map(shown.clock),
      }),
      valueAxis("W", (watts) => number(watts)),
    ],
    series: [
      {},
      {
        width: 1.5,
        stroke: (/** @type {any} */ plot) => bySign(plot, colours().accent, colours().export),
        fill: (/** @type {any} */ plot) => bySign(plot, colours().fill, colours().exportFill),
        fillTo: () => 0,
        points: { show: true, size: 4, filter: () => alone(shown.powers) },
      },
    ],
    hooks: {
      setCursor: [(/** @type {any} */ { cursor: { idx } }) => write(told, idx === null ? "" : pointText(shown, idx))],
    },
  };
}

/**
 * What one point says: its mean, and between what that lay where it was not steady.
 * @param {CurveShown} shown
 * @param {number} index
 */
function pointText({ times, powers, lowest, highest, clock }, index) {
  const watts = powers[index];
  const time = clock(times[index]);
  if (watts === null || watts === undefined) return say("chart.point.unknown", { time });
  const key = watts < 0 ? "chart.point.export" : "chart.point.import";
  const point = say(key, { time, power: number(Math.abs(watts)) });
  const [low, high] = [lowest?.[index] ?? null, highest?.[index] ?? null];
  if (low === null || high === null || low === high) return point;
  return say("chart.point.range", { point, low: number(low), high: number(high) });
}

/** A place for a curve; `draw` puts one there, and returns whether that can be done. */
export function curve() {
  const image = make("div", { class: "chart-image", role: "img", "aria-label": say("chart.title") });
  const told = make("p", { class: "note plot-point", "aria-hidden": "true" });
  const key = legend();
  /** @type {CurveShown} */
  const shown = { times: [], powers: [], from: 0, to: 1, ahead: 0, clock: String };
  const keys = plotKeys(shown, told);
  const box = make("div", { class: "chart-box", hidden: true }, image, keys.element);
  const element = make("div", { class: "plot" }, box, told, keys.hint, keys.spoken, key.element);
  /** @type {ReturnType<typeof picture> | null} */
  let drawn = null;
  let closed = false;

  /**
   * @param {CurveShown} wanted
   * @param {string} label  what it says to those who do not see it
   */
  async function draw(wanted, label) {
    const Plot = await library();
    box.hidden = Plot === null;
    if (!Plot || closed) return false;
    Object.assign(shown, wanted);
    image.setAttribute("aria-label", label);
    const exports = shown.powers.some((watts) => watts !== null && watts < 0);
    key.show(exports ? ["curve-import", "curve-export"] : []);
    const data = [shown.times, shown.powers];
    if (drawn) drawn.plot.setData(data);
    else drawn = picture(Plot, image, options(Plot, shown, told), data);
    keys.use(drawn.plot);
    return true;
  }

  function close() {
    closed = true;
    drawn?.close();
  }

  return { element, draw, close };
}
