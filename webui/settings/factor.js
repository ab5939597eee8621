// The scaling factor, as people know it: a number (40) or a ratio (200/5). The gateway stores thousandths (40000).

import { make, show, write } from "../dom.js";
import { textField } from "../forms.js";
import { exact, number } from "../format.js";
import { say } from "../text.js";

const ONE = 1000;
const EXAMPLE = { watts: 1000, amperes: 5 };
/** The highest factor that the HAN2X manual names; more is more likely a factor typed in thousandths. */
const USUAL = 1_000_000;
/** A factor that changes by more than this many times is asked about. */
const JUMP = 10;

/**
 * The thousandths that a text amounts to; NaN when it is neither a number nor a ratio. A comma is a decimal point, as it
 * is where the meters hang: nobody parts the thousands of a factor with one.
 * @param {string} text
 */
export function thousandths(text) {
  const typed = text.replace(/\s/g, "").replace(/^[×x]/i, "").replaceAll(",", ".");
  const [, above, below = "1"] = /^(\d+\.?\d*|\.\d+)(?:[/:](\d+\.?\d*|\.\d+))?$/.exec(typed) ?? [null, "NaN"];
  const factor = Number(above) / Number(below);
  return Number.isFinite(factor) ? Math.round(factor * ONE) : NaN;
}

/**
 * The same of a text that has thousandths already.
 * @param {string} text
 */
function whole(text) {
  const typed = text.replace(/\s/g, "");
  return /^\d+$/.test(typed) ? Number(typed) : NaN;
}

/**
 * What is to be asked before this is stored; "" for nothing.
 * @param {number} stored
 * @param {number} present
 */
function doubt(stored, present) {
  const factor = exact(stored / ONE);
  const before = exact(present / ONE);
  if (stored < ONE) return say("scaling.low", { factor });
  if (stored > USUAL) return say("scaling.high", { factor, meant: exact(stored / ONE / ONE) });
  if (stored > JUMP * present) return say("scaling.up", { factor, before, times: exact(stored / present) });
  if (stored * JUMP < present) return say("scaling.down", { factor, before, times: exact(present / stored) });
  return "";
}

/** @param {number} stored */
function effectOf(stored) {
  const scaled = (/** @type {number} */ amount) => exact((amount * stored) / ONE);
  return say("scaling.effect", {
    factor: exact(stored / ONE),
    stored: number(stored),
    before: number(EXAMPLE.watts),
    after: scaled(EXAMPLE.watts),
    before_a: number(EXAMPLE.amperes),
    after_a: scaled(EXAMPLE.amperes),
  });
}

/** A button that has the factor typed in thousandths, as the register holds it. @param {() => void} onChange */
function inThousandths(onChange) {
  const attributes = { type: "button", class: "plain small", "aria-pressed": "false" };
  const button = make("button", attributes, say("scaling.thousandths"));
  const chosen = () => button.getAttribute("aria-pressed") === "true";
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(!chosen()));
    onChange();
  });
  return { button, chosen };
}

/** What is to be confirmed, with a box to tick. */
function confirmation() {
  const sure = make("input", { type: "checkbox" });
  const what = make("p");
  const text = make("span");
  const element = make("div", { class: "banner notice", hidden: true }, what, make("label", {}, sure, " ", text));

  /**
   * @param {string} asked "" for nothing
   * @param {number} stored
   */
  function ask(asked, stored) {
    sure.checked = false;
    write(what, asked);
    write(text, asked ? say("scaling.sure", { factor: exact(stored / ONE) }) : "");
    show(element, asked !== "");
  }
  return { element, ask, given: () => sure.checked };
}

/**
 * The field for the factor, with what it does to a power below, and a box to tick for a factor that is hardly meant.
 * @param {SettingRow} row
 * @param {number} present in thousandths
 * @param {string} name
 * @param {string} help
 * @returns {Field<SettingValue>}
 */
export function factorField({ minimum = 0, maximum = Infinity, default: usual }, present, name, help) {
  const range = { minimum: exact(minimum / ONE), maximum: exact(maximum / ONE), default: exact(usual / ONE) };
  const effect = make("output", { class: "effect" });
  const doubts = confirmation();
  const raw = inThousandths(rewrite);
  const field = textField(
    name,
    { inputmode: "text", value: exact(present / ONE), maxlength: 24, class: "short", spellcheck: "false" },
    { help: `${help} ${say("setting.range", range)}`, extra: raw.button },
  );
  const typed = () => (raw.chosen() ? whole : thousandths)(field.control.value);
  const fits = () => typed() >= minimum && typed() <= maximum;
  let before = present;
  const asked = () => (fits() && typed() !== before ? doubt(typed(), before) : "");

  function follow() {
    write(effect, fits() ? effectOf(typed()) : "");
    doubts.ask(asked(), typed());
  }

  /** The same factor in the other way of writing; what was no factor stays as it was typed. */
  function rewrite() {
    const stored = (raw.chosen() ? thousandths : whole)(field.control.value);
    if (Number.isFinite(stored)) field.control.value = raw.chosen() ? number(stored) : exact(stored / ONE);
    follow();
    field.control.focus();
  }
  field.control.addEventListener("input", follow);
  follow();

  return {
    element: make("div", {}, field.element, effect, doubts.element),
    control: field.control,
    setError: field.setError,
    value: () => (fits() ? typed() : field.control.value.trim()),
    kept: (value) => {
      before = value;
      follow();
    },
    fault: () => {
      if (!fits() && raw.chosen()) return say("check.whole", { minimum: number(minimum), maximum: number(maximum) });
      if (!fits()) return say("check.factor", range);
      return asked() && !doubts.given() ? say("check.factor.sure") : "";
    },
  };
}
