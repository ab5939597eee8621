// The scaling factor, as people know it: a number (40) or a ratio (200/5). The gateway stores thousandths (40000).

import { make, show, write } from "../dom.js";
import { textField } from "../forms.js";
import { exact, number } from "../format.js";
import { say } from "../text.js";

const ONE = 1000;
const EXAMPLE_W = 1000;
/** The highest factor that the HAN2X manual names; more is more likely a factor typed in thousandths. */
const USUAL = 1_000_000;

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
 * What is to be asked before this is stored; "" for nothing.
 * @param {number} stored
 */
function doubt(stored) {
  if (stored < ONE) return say("scaling.low", { factor: exact(stored / ONE) });
  return stored > USUAL ? say("scaling.high", { factor: exact(stored / ONE), meant: exact(stored / ONE / ONE) }) : "";
}

/** @param {number} stored */
function effectOf(stored) {
  return say("scaling.effect", {
    factor: exact(stored / ONE),
    stored: number(stored),
    before: number(EXAMPLE_W),
    after: number(Math.round((EXAMPLE_W * stored) / ONE)),
  });
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
  const sure = make("input", { type: "checkbox" });
  const sureText = make("span");
  const warning = make(
    "div",
    { class: "banner notice", hidden: true },
    make("p"),
    make("label", {}, sure, " ", sureText),
  );
  const field = textField(
    name,
    { inputmode: "text", value: exact(present / ONE), maxlength: 24, class: "short", spellcheck: "false" },
    { help: `${help} ${say("setting.range", range)}` },
  );
  const typed = () => thousandths(field.control.value);
  const fits = () => typed() >= minimum && typed() <= maximum;
  const asked = () => (fits() && typed() !== present ? doubt(typed()) : "");

  function follow() {
    sure.checked = false;
    write(effect, fits() ? effectOf(typed()) : "");
    write(warning.children[0], asked());
    write(sureText, fits() ? say("scaling.sure", { factor: exact(typed() / ONE) }) : "");
    show(warning, asked() !== "");
  }
  field.control.addEventListener("input", follow);
  follow();

  return {
    element: make("div", {}, field.element, effect, warning),
    control: field.control,
    setError: field.setError,
    value: () => (fits() ? typed() : field.control.value.trim()),
    fault: () => {
      if (!fits()) return say("check.factor", range);
      return asked() && !sure.checked ? say("check.factor.sure") : "";
    },
  };
}
