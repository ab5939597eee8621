// Energy over days, weeks, months and years; the capacity charge; the voltage.

import { ApiError, get } from "../api.js";
import { make, show, write } from "../dom.js";
import { capacityPart } from "../energy/capacity.js";
import { choice, wantedOf } from "../energy/choice.js";
import { remembered } from "../energy/data.js";
import { titleOf } from "../energy/figures.js";
import { periodPart } from "../energy/period.js";
import { moved, periodOf } from "../energy/periods.js";
import { voltagePart } from "../energy/voltage.js";
import { page } from "../forms.js";
import { nameOf } from "../live/meter.js";
import { say } from "../text.js";

const REFRESH_MS = 60_000;

/**
 * The prices that were typed, as far as they can be had: nothing here needs them.
 * @returns {Promise<TariffData | null>}
 */
async function prices() {
  try {
    return await get("/tariff");
  } catch {
    return null;
  }
}

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ announce }) {
  const chooser = choice();
  const fault = make("p", { class: "banner problem", hidden: true });
  const nothing = make("p", { class: "banner notice", hidden: true }, say("energy.nothing"));
  const period = periodPart();
  const capacity = capacityPart();
  const voltage = voltagePart();
  const body = make("div", { hidden: true }, period.element, capacity.element, voltage.element);
  const element = page(say("view.energy"), chooser.element, fault, nothing, body);
  element.classList.add("energy");
  /** @type {LiveData | null} */
  let live = null;
  /** @type {{ unit: number, place: Place, since: string | null } | null} */
  let known = null;
  let ahead = 0;
  let loaded = 0;
  let turn = 0;

  const now = () => Math.floor((Date.now() + ahead) / 1000);

  /** The meter that is wanted, or the first. */
  function unitWanted() {
    const units = live?.meters.map((meter) => meter.unit) ?? [];
    const { unit } = wantedOf(location.hash);
    return unit !== null && (units.length === 0 || units.includes(unit)) ? unit : (units[0] ?? 1);
  }

  async function load() {
    const mine = (turn += 1);
    const unit = unitWanted();
    loaded = Date.now();
    try {
      if (known?.unit !== unit || known.since === null) known = { unit, ...(await remembered(unit)) };
      if (mine !== turn) return;
      await showAll(known, mine);
      show(fault, false);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (mine !== turn) return;
      write(fault, error.text);
      show(fault, true);
      show(body, false);
    }
  }

  /**
   * @param {{ unit: number, place: Place, since: string | null }} meter
   * @param {number} mine
   */
  async function showAll({ unit, place, since }, mine) {
    const today = place.dayOf(now());
    const wanted = wantedOf(location.hash).period ?? periodOf("day", today);
    const alone = (live?.meters.length ?? 1) <= 1;
    chooser.update({ unit, alone, period: wanted, since, now: today });
    show(nothing, since === null);
    const tariff = await prices();
    if (mine !== turn) return;
    show(body, true);
    await Promise.all([
      period.load({ unit, alone, period: wanted, place, now: now(), tariff }),
      capacity.load({ unit, place, now: now(), tariff }),
      voltage.load(unit),
    ]);
  }

  /** Another choice in the address. */
  async function go() {
    await load();
    announce(titleOf(wantedOf(location.hash).period ?? periodOf("day", known?.place.dayOf(now()) ?? "")));
  }

  /** Whether what is shown may still change. */
  function running() {
    const wanted = wantedOf(location.hash).period;
    if (!wanted || wanted.kind === "all" || !known) return true;
    return known.place.dayOf(now()) < moved(wanted, 1).first;
  }

  /** Nothing is asked for while nobody looks, and never more than once a minute without being told to. */
  function refresh() {
    if (!document.hidden && Date.now() - loaded >= REFRESH_MS - 1000 && running()) load();
  }

  /** @param {LiveData} data */
  function update(data) {
    const names = (/** @type {LiveData} */ { meters }) => JSON.stringify(meters.map(({ unit, name }) => [unit, name]));
    const others = live === null || names(live) !== names(data);
    live = data;
    ahead = Date.parse(data.time) - Date.now();
    const shown = data.meters.find(({ unit }) => unit === unitWanted());
    if (shown) capacity.update(shown);
    if (!others) return;
    const alone = data.meters.length === 1;
    chooser.showMeters(
      data.meters.map((meter) => [meter.unit, nameOf(meter, alone)]),
      unitWanted(),
    );
    load();
  }

  const timer = setInterval(refresh, REFRESH_MS);
  document.addEventListener("visibilitychange", refresh);
  // The live data, which tell what meters there are and what time it is, come at once; if not, what can be had is shown.
  const patience = setTimeout(() => live === null && load(), 1000);

  function close() {
    turn += 1;
    clearInterval(timer);
    clearTimeout(patience);
    document.removeEventListener("visibilitychange", refresh);
    period.close();
  }

  return { element, update, go, close };
}
