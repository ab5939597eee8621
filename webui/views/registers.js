// The registers as Modbus clients read them, and what those clients do.

import { make } from "../dom.js";
import { page } from "../forms.js";
import { modbusView } from "../registers/clients.js";
import { recipesView } from "../registers/recipes.js";
import { registersOf } from "../registers/table.js";
import { say } from "../text.js";

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ announce }) {
  const tables = make("div", {}, make("p", { class: "waiting" }, say("page.waiting")));
  const modbus = modbusView();
  const recipes = recipesView(announce);
  const element = page(say("view.registers"), tables, recipes.element, modbus.element);
  /** @type {ReturnType<typeof registersOf>[]} */
  let parts = [];
  let shape = "";

  /** @param {LiveData} data */
  function update(data) {
    const newShape = JSON.stringify(
      data.meters.map((meter) => [meter.unit, meter.registers.map((register) => register.number)]),
    );
    if (newShape !== shape) {
      const alone = data.meters.length === 1;
      closeTables();
      parts = data.meters.map((meter, index) => registersOf(meter, { alone, opened: index === 0, announce }));
      tables.replaceChildren(...parts.map((part) => part.element));
    }
    shape = newShape;
    data.meters.forEach((meter, index) => parts[index].update(meter, data));
    recipes.update(data);
  }

  function closeTables() {
    for (const part of parts) part.close();
  }

  function close() {
    closeTables();
    modbus.close();
  }

  return { element, update, close };
}
