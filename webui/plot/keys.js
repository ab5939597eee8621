// Reading a plot over time point by point: with the keys, for those who do not see it too, and with a finger.

import { freshId, make, write } from "../dom.js";
import { say } from "../text.js";

const HOUR_S = 3600;
const OUTSIDE = { left: -10, top: -10 };

/**
 * The point that a key leads to from another; null for a key that leads nowhere.
 * @param {string} key
 * @param {number} from
 * @param {number[]} times in s since 1970, rising
 */
function pointAt(key, from, times) {
  if (key === "ArrowLeft") return from - 1;
  if (key === "ArrowRight") return from + 1;
  if (key === "Home") return 0;
  if (key === "End") return times.length - 1;
  if (key === "PageUp") return times.findLastIndex((time) => time <= times[from] - HOUR_S);
  if (key !== "PageDown") return null;
  const later = times.findIndex((time) => time >= times[from] + HOUR_S);
  return later < 0 ? times.length - 1 : later;
}

/**
 * What lies over a plot and takes the keys, what says which ones, and what is read out. `use` is given the plot, also
 * again when its points have changed.
 * @param {{ times: number[], powers: (number | null)[] }} shown what is drawn, now
 * @param {HTMLElement} told where the plot writes what is at its cursor
 */
export function plotKeys(shown, told) {
  const hint = make("p", { class: "note plot-hint", id: freshId("plot") }, say("chart.keys"));
  const spoken = make("p", { class: "unseen", role: "status" });
  const element = make("div", {
    class: "plot-keys",
    // Else screen readers keep the arrow keys for themselves.
    role: "application",
    tabindex: "0",
    "aria-label": say("chart.title"),
    "aria-describedby": hint.id,
    onkeydown: press,
    onfocus: () => go(present()),
    onblur: leave,
  });
  /** @type {any} */
  let plot = null;
  /** @type {number | null} */
  let chosen = null;

  /** The point at the cursor, else the one that was chosen last, else the last that is known. */
  function present() {
    const { times, powers } = shown;
    if (plot?.cursor.idx !== null && plot?.cursor.idx !== undefined) return plot.cursor.idx;
    const again = chosen === null ? -1 : times.findIndex((time) => time >= /** @type {number} */ (chosen));
    const last = powers.findLastIndex((watts) => watts !== null);
    return again < 0 ? Math.max(0, last) : again;
  }

  /** @param {number} point */
  function put(point) {
    chosen = shown.times[point];
    plot.setCursor({ left: plot.valToPos(chosen, "x"), top: plot.over.clientHeight / 2 });
  }

  /** @param {number} point */
  function go(point) {
    if (!plot || !shown.times.length) return;
    put(Math.min(shown.times.length - 1, Math.max(0, point)));
    write(spoken, told.textContent ?? "");
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const point = pointAt(event.key, present(), shown.times);
    if (point === null) return;
    event.preventDefault();
    go(point);
  }

  function leave() {
    plot?.setCursor(OUTSIDE);
    write(spoken, "");
  }

  /** @param {PointerEvent} event */
  function touch({ pointerType, clientX }) {
    if (pointerType !== "touch") return;
    const { left, height } = plot.over.getBoundingClientRect();
    plot.setCursor({ left: clientX - left, top: height / 2 });
  }

  /** @param {any} drawn as uPlot has it */
  function use(drawn) {
    if (plot !== drawn) drawn.over.addEventListener("pointermove", touch);
    plot = drawn;
    // The point that was chosen has moved on while the cursor stood still.
    if (document.activeElement !== element || chosen === null || !shown.times.length) return;
    plot.setCursor(OUTSIDE);
    put(present());
  }

  return { element, hint, spoken, use };
}
