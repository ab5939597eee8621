// Something that may fail, and the line that says why it did.

import { textOf } from "./api.js";
import { make, show, write } from "./dom.js";

/** A line for what went wrong, hidden until then; `attempt` does something, and says there why that failed. */
export function attempts() {
  const fault = make("p", { class: "error", role: "alert", hidden: true });

  /** @param {() => Promise<unknown>} action */
  async function attempt(action) {
    show(fault, false);
    try {
      await action();
    } catch (error) {
      write(fault, textOf(error));
      show(fault, true);
    }
  }
  return { fault, attempt };
}
