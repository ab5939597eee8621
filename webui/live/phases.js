// Voltage and current of each phase, taken from the same registers that Modbus clients read.

import { make, show } from "../dom.js";
import { say } from "../text.js";
import { group, quantity, told } from "./quantity.js";

const PHASES = ["L1", "L2", "L3"];
const ROWS = [
  { key: "phases.voltage", registers: [40015, 40017, 40019], unit: "V", divisor: 10, decimals: 1 },
  { key: "phases.current", registers: [40009, 40011, 40013], unit: "A", divisor: 1000, decimals: 2 },
];

/** The table of the phases. */
export function phaseTable() {
  const rows = ROWS.map((row) => ({ ...row, values: PHASES.map(() => quantity(row.unit)) }));
  const heads = [say("phases.phase"), ...PHASES].map((name) => make("th", { scope: "col" }, name));
  const body = rows.map((row) => {
    const cells = row.values.map((value) => make("td", {}, value.element));
    return make("tr", {}, make("th", { scope: "row" }, say(row.key)), ...cells);
  });
  const table = make("table", { class: "phases" });
  table.append(make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...body));
  const note = make("p", { class: "note" }, say("phases.note"));
  return {
    element: group("phases.title", table, note),
    /** @param {MeterData} meter */
    update(meter) {
      for (const { values, registers, divisor, decimals } of rows) {
        values.forEach((value, index) => value.set(told(meter, registers[index], divisor, decimals)));
      }
      const present = PHASES.filter((_, index) =>
        meter.registers.some((row) => row.number === 40015 + 2 * index && row.known),
      );
      show(note, present.length > 0 && present.length < PHASES.length);
    },
  };
}
