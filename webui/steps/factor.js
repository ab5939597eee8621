// The scaling factor, for a meter behind current transformers, with what it makes of the power that comes right now.

import { get, textOf } from "../api.js";
import { make, show, write } from "../dom.js";
import { form } from "../forms.js";
import { exact, number } from "../format.js";
import { factorField } from "../settings/factor.js";
import { change } from "../settings/section.js";
import { known, say } from "../text.js";
import { FieldErrors } from "../forms.js";
import { indexOf, meterOf } from "./meters.js";

const ONE = 1000;
const IMPORT = "1.7.0";
const EXPORT = "2.7.0";
const NAME = "setting.meters.scaling_factor";

/** The power that the meter sends now, in W; null while none comes. @param {MeterData | undefined} meter */
function powerNow(meter) {
  const sent = [IMPORT, EXPORT].map((code) => meter?.values[code]).filter((each) => each && !each.stale);
  return sent.reduce((/** @type {number | null} */ most, each) => Math.max(most ?? 0, each?.value ?? 0), null);
}

/**
 * @param {StepTools} tools
 * @returns {View}
 */
export function open({ unit, goOn }) {
  const element = make("div", {}, make("p", { class: "waiting" }, say("page.loading")));
  const now = make("p", { class: "note", hidden: true });
  /** @type {Field<SettingValue> | null} */
  let field = null;
  /** @type {LiveData | null} */
  let last = null;

  function tellNow() {
    const factor = field?.value();
    const power = last && powerNow(meterOf(last, unit));
    const told = typeof factor === "number" && power !== null;
    show(now, told);
    if (!told) return;
    const after = number(Math.round((power * factor) / ONE));
    write(now, say("start.factor.now", { before: number(power), factor: exact(factor / ONE), after }));
  }

  async function load() {
    try {
      const { table, values, overridden } = await get("/settings");
      build(table, values.meters, overridden);
    } catch (error) {
      element.replaceChildren(make("p", { class: "banner problem" }, textOf(error)));
    }
  }

  /**
   * @param {SettingRow[]} table
   * @param {MeterSettings[]} meters
   * @param {Record<string, SettingValue>} overridden
   */
  function build(table, meters, overridden) {
    const row = table.find((each) => each.section === "meters" && each.key === "scaling_factor");
    if (!row) return;
    const index = indexOf(meters, unit);
    const path = ["meters", index, "scaling_factor"];
    const name = path.join(".");
    const present = meters[index].scaling_factor ?? row.default;
    const own = (field = factorField(row, present, known(NAME) ?? row.key, known(`${NAME}.help`) ?? row.meaning));

    async function send() {
      const wrong = own.fault?.();
      if (wrong) throw new FieldErrors({ [name]: wrong });
      const told = own.value() === present ? "" : (await change([{ path, value: own.value() }])).told;
      goOn();
      return told;
    }

    const forced = overridden[name];
    const note = forced === undefined ? "" : say("settings.overridden", { value: forced });
    const chosen = form({ parts: [own, now], fields: { [name]: own }, submit: say("start.factor.use"), send });
    chosen.element.addEventListener("input", tellNow);
    element.replaceChildren(
      make("p", { class: "lead" }, say("start.factor.lead")),
      make("p", { class: "banner notice", hidden: !note }, note),
      chosen.element,
    );
    tellNow();
  }

  /** @param {LiveData} data */
  function update(data) {
    last = data;
    tellNow();
  }

  load();
  return { element, update };
}
