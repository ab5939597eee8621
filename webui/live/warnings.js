// Says that a meter's readings contradict a setting, and what the setting would have to be.

import { fillList, make, show, write } from "../dom.js";
import { exact } from "../format.js";
import { settingsLink } from "../settings/place.js";
import { known, say } from "../text.js";

/**
 * A warning in the reader's language; one of a kind that has no words here is told as the gateway tells it.
 * @param {WarningData} warning
 */
function warningText({ code, setting, value, mended, factor, what }) {
  const unit = known(`setting.meters.${setting}.step`) ?? "";
  const amount = (/** @type {number} */ number) => `${exact(number)} ${unit}`.trim();
  const name = known(`setting.meters.${setting}`) ?? setting;
  const values = { setting: name, value: amount(value), mended: amount(mended), factor: exact(factor) };
  return known(`warning.${code}`, values) ?? what;
}

/**
 * The banner; it is seen only while there is something to warn of.
 * @param {number} place of the meter in the settings
 */
export function warningBanner(place) {
  const list = make("ul");
  const link = settingsLink(`meters.${place}`);
  const settings = make("p", {}, link);
  const element = make("div", { class: "banner doubt", hidden: true });
  element.append(make("strong", {}, say("warnings.title")), list, settings);

  /** @param {MeterData} meter */
  function update({ warnings }) {
    fillList(list, warnings.map(warningText), () => make("li"), write);
    link.href = `#settings/meters.${place}${warnings.length ? `.${warnings[0].setting}` : ""}`;
    show(element, warnings.length > 0);
  }

  return { element, update };
}
