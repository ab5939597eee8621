// Which meter and which period: links, so that the address carries the choice and the way back works.

import { make, show, write } from "../dom.js";
import { choiceField, labelled } from "../forms.js";
import { say } from "../text.js";
import { shortTitleOf } from "./figures.js";
import { KINDS, moved, periodOf, readPeriod, written } from "./periods.js";

const UNIT = /^unit-(\d{1,3})$/;

/**
 * What the address asks for: a unit id, null for none; a period, null for none or one that cannot be read.
 * @param {string} hash  like #energy/unit-2/month/2026-03
 */
export function wantedOf(hash) {
  const [, ...parts] = hash.split("/");
  const unit = UNIT.exec(parts[0] ?? "");
  const [kind = "", text = ""] = unit ? parts.slice(1) : parts;
  return { unit: unit ? Number(unit[1]) : null, period: readPeriod(kind, text) };
}

/**
 * @param {Chosen} chosen
 * @param {Period} period
 */
export function addressOf({ unit, alone }, period) {
  return `#energy/${alone ? "" : `unit-${unit}/`}${written(period)}`;
}

/**
 * A link that leads nowhere while `address` is null.
 * @param {HTMLAnchorElement} link
 * @param {string | null} address
 */
function lead(link, address) {
  if (address === null) {
    link.removeAttribute("href");
    link.setAttribute("aria-disabled", "true");
  } else {
    link.href = address;
    link.removeAttribute("aria-disabled");
  }
}

export function choice() {
  const meters = choiceField(say("energy.meter.which"), [], "");
  const kinds = KINDS.map((kind) => ({ kind, link: make("a", {}, say(`energy.kind.${kind}`)) }));
  const earlier = make("a", { class: "button plain", role: "link" });
  const later = make("a", { class: "button plain", role: "link" });
  const today = make("a", { class: "button plain" }, say("energy.today"));
  const day = labelled(say("energy.date"), make("input", { type: "date", required: true }));
  const bar = make("nav", { class: "kinds", "aria-label": say("energy.kinds") }, ...kinds.map(({ link }) => link));
  const steps = make("div", { class: "period-steps" }, earlier, later, today, day.element);
  const element = make("div", { class: "choice", hidden: true }, meters.element, bar, steps);
  /** @type {Chosen | null} */
  let present = null;

  /** @param {Period} period */
  const go = (period) => present && (location.hash = addressOf(present, period));

  day.control.addEventListener("change", () => {
    if (!present || !day.control.value) return;
    go(periodOf(present.period.kind === "all" ? "day" : present.period.kind, day.control.value));
  });
  meters.control.addEventListener("change", () => {
    if (present) location.hash = addressOf({ ...present, unit: Number(meters.control.value) }, present.period);
  });

  /**
   * The meters that there are, by unit id and name.
   * @param {[number, string][]} names
   * @param {number} unit
   */
  function showMeters(names, unit) {
    show(meters.element, names.length > 1);
    meters.control.replaceChildren(
      ...names.map(([id, name]) => make("option", { value: id, selected: id === unit }, name)),
    );
  }

  /** @param {Chosen} chosen */
  function update(chosen) {
    present = chosen;
    show(element, true);
    const { period, since, now } = chosen;
    const inside = period.kind === "all" ? now : clamp(period.first, since, now);
    for (const { kind, link } of kinds) {
      lead(link, addressOf(chosen, periodOf(kind, keepsDay(period, kind, inside, now))));
      if (kind === period.kind) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    const [before, after] = [moved(period, -1), moved(period, 1)];
    const whole = period.kind === "all";
    write(earlier, whole ? "‹" : `‹ ${shortTitleOf(before)}`);
    write(later, whole ? "›" : `${shortTitleOf(after)} ›`);
    lead(earlier, whole || since === null || period.first <= since ? null : addressOf(chosen, before));
    lead(later, whole || after.first > now ? null : addressOf(chosen, after));
    lead(today, addressOf(chosen, periodOf(whole ? "day" : period.kind, now)));
    if (document.activeElement !== day.control) day.control.value = whole ? now : period.first;
    day.control.min = since ?? "";
    day.control.max = now;
  }

  return { element, update, showMeters };
}

/**
 * @param {string} day
 * @param {string | null} least
 * @param {string} most
 */
function clamp(day, least, most) {
  if (least !== null && day < least) return least;
  return day > most ? most : day;
}

/**
 * Which day a shorter period is chosen around: today, where the present one has it.
 * @param {Period} period
 * @param {PeriodKind} kind
 * @param {string} inside
 * @param {string} now
 */
function keepsDay(period, kind, inside, now) {
  return kind !== "all" && period.kind !== "all" && periodOf(period.kind, now).first === period.first ? now : inside;
}
