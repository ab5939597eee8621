// The values of a telegram as the meter sent them, without the scaling factor; what it did not send is not shown.

import { fillList, make, show, write } from "../dom.js";
import { number } from "../format.js";
import { say } from "../text.js";

/** By their OBIS groups C.D.E: what each is called, of which phase, and how it is shown. */
const SENT = [
  { code: "1.7.0", key: "power.active.import", phase: "", unit: "W", scale: 1, decimals: 0 },
  { code: "2.7.0", key: "power.active.export", phase: "", unit: "W", scale: 1, decimals: 0 },
  { code: "1.8.0", key: "energy.active.import", phase: "", unit: "kWh", scale: 1000, decimals: 2 },
  ...["L1", "L2", "L3"].flatMap((phase, place) => [
    { code: `${32 + 20 * place}.7.0`, key: "phases.voltage", phase, unit: "V", scale: 1, decimals: 1 },
    { code: `${31 + 20 * place}.7.0`, key: "phases.current", phase, unit: "A", scale: 1, decimals: 2 },
  ]),
];

/** @param {MeterData} meter */
function told({ values }) {
  return SENT.flatMap(({ code, key, phase, unit, scale, decimals }) => {
    const sent = values[code];
    if (!sent) return [];
    const name = `${say(key)} ${phase}`.trim();
    return [{ name, text: `${number(sent.value / scale, decimals)} ${unit}`, stale: sent.stale }];
  });
}

/** The first values, and the later ones as they come. */
export function sentValues() {
  const list = make("dl", { class: "tiles sent" });
  const title = make("h3", {}, say("start.meter.values"));
  const element = make("section", { class: "group", hidden: true }, title, list);
  const create = () => make("div", { class: "tile" }, make("dt"), make("dd"));

  /** @param {MeterData} meter */
  function update(meter) {
    const values = told(meter);
    fillList(list, values, create, (tile, { name, text, stale }) => {
      write(tile.children[0], name);
      write(tile.children[1], text);
      tile.dataset.state = stale ? "stale" : "current";
    });
    show(element, values.length > 0);
  }
  return { element, update };
}
