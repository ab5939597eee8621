// What the parts of a plot mean, in words, beside a sample of each.

import { make } from "../dom.js";
import { say } from "../text.js";

export function legend() {
  const element = make("ul", { class: "legend", hidden: true });

  /**
   * Show what is there, by its names; nothing where there is nothing to be told apart.
   * @param {string[]} names
   */
  function show(names) {
    element.hidden = names.length === 0;
    element.replaceChildren(
      ...names.map((name) =>
        make("li", {}, make("span", { class: `sample ${name}`, "aria-hidden": "true" }), say(`legend.${name}`)),
      ),
    );
  }

  return { element, show };
}
