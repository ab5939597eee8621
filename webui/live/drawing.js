// The drawing itself, with Chart.js, in the colours of the page.

import { clock, dateOf, number } from "../format.js";
import { say } from "../text.js";

const LIBRARY = "/vendor/chart.js";
const darkness = matchMedia("(prefers-color-scheme: dark)");

/** Chart.js, or null where the gateway does not have it. */
async function library() {
  try {
    // It is no module: it leaves its name with the window.
    await import(LIBRARY);
    return window.Chart ?? null;
  } catch {
    return null;
  }
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: colour("soft"),
    edge: colour("edge"),
    accent: colour("accent"),
    fill: colour("fill"),
    plain: colour("text"),
  };
}

/**
 * Ticks at whole hours of this device's clock, and no more than fit.
 * @param {number} from in s since 1970
 * @param {number} to in s since 1970
 * @param {number} most
 */
function hourTicks(from, to, most) {
  const steps = [0.25, 0.5, 1, 2, 3, 4, 6].map((hours) => hours * 3600);
  const step = steps.find((candidate) => (to - from) / candidate <= most) ?? 12 * 3600;
  const zone = new Date(to * 1000).getTimezoneOffset() * 60;
  const ticks = [];
  for (let at = Math.ceil((from - zone) / step) * step + zone; at <= to; at += step) ticks.push({ value: at });
  return ticks;
}

/**
 * @param {string} name
 * @param {string} colour
 * @param {object} extra
 * @returns {any} as Chart.js has it
 */
function dataset(name, colour, extra) {
  return { label: name, data: [], borderColor: colour, borderWidth: 1.5, pointRadius: 0, stepped: "after", ...extra };
}

/** What Chart.js is to do; its own types are not here. */
function options() {
  const ticks = { font: { size: 12 }, maxRotation: 0 };
  return {
    animation: false,
    maintainAspectRatio: false,
    normalized: true,
    parsing: false,
    interaction: { mode: "index", intersect: false },
    plugins: {
      legend: { display: false },
      tooltip: {
        displayColors: false,
        callbacks: {
          title: (/** @type {any[]} */ items) => clock(dateOf(items[0].parsed.x)),
          label: (/** @type {any} */ item) => `${item.dataset.label}: ${number(item.parsed.y)} W`,
        },
      },
    },
    scales: {
      x: {
        type: "linear",
        grid: { display: false },
        ticks: { ...ticks, callback: (/** @type {number} */ value) => clock(dateOf(value)) },
        afterBuildTicks: (/** @type {any} */ axis) => {
          axis.ticks = hourTicks(axis.min, axis.max, Math.max(2, axis.width / 70));
        },
      },
      y: {
        beginAtZero: true,
        suggestedMax: 1000,
        ticks: { ...ticks, maxTicksLimit: 6, callback: (/** @type {number} */ value) => number(value) },
        title: { display: true, text: "W" },
      },
    },
  };
}

/**
 * Something that draws a history on `canvas`; null where there is no library for it.
 * @param {HTMLCanvasElement} canvas
 */
export async function drawing(canvas) {
  const Chart = await library();
  if (!Chart) return null;
  const datasets = [
    dataset(say("power.active.import"), "", { fill: "origin" }),
    dataset(say("power.active.export"), "", { borderDash: [4, 3] }),
  ];
  const chart = new Chart(canvas, { type: "line", data: { datasets }, options: options() });

  function paint() {
    const { text, edge, accent, fill, plain } = colours();
    Object.assign(datasets[0], { borderColor: accent, backgroundColor: fill, pointBackgroundColor: accent });
    datasets[1].borderColor = plain;
    for (const axis of Object.values(chart.options.scales)) {
      axis.ticks.color = text;
      axis.grid.color = edge;
      if (axis.title) axis.title.color = text;
    }
    chart.update("none");
  }

  /**
   * @param {HistoryData} history
   * @param {number} hours
   */
  function draw({ points, step_s: step }, hours) {
    const last = points.at(-1);
    const end = last ? last[0] + step : Date.now() / 1000;
    const series = (/** @type {1 | 2} */ column) => points.map((point) => ({ x: point[0], y: point[column] }));
    chart.options.scales.x.min = end - hours * 3600;
    chart.options.scales.x.max = end;
    datasets[0].data = series(1);
    // A gateway that has just started has no line to draw yet.
    datasets[0].pointRadius = points.filter((point) => point[1] !== null).length < 3 ? 3 : 0;
    // Who never sends power to the grid needs no line that lies at 0.
    datasets[1].data = points.some((point) => (point[2] ?? 0) > 0) ? series(2) : [];
    paint();
  }

  darkness.addEventListener("change", paint);
  return {
    draw,
    close() {
      darkness.removeEventListener("change", paint);
      chart.destroy();
    },
  };
}
