// The name that the gateway has in the network.

import { post } from "../api.js";
import { make } from "../dom.js";
import { FieldErrors, form, section, textField } from "../forms.js";
import { say } from "../text.js";

/**
 * The section for the host name; only to look at where nothing can be changed.
 * @param {string} hostname
 * @param {boolean} available
 */
export function hostnameSection(hostname, available) {
  const title = say("network.hostname");
  if (!available) return section(title, make("p", {}, hostname));
  const field = textField(
    title,
    { value: hostname, maxlength: 63, spellcheck: "false", autocapitalize: "off" },
    { help: say("network.hostname.help") },
  );
  async function send() {
    const name = field.value().trim();
    if (!name) throw new FieldErrors({ hostname: say("reason.missing") });
    await post("/hostname", { hostname: name });
    return say("network.hostname.saved", { hostname: name });
  }
  return section(
    title,
    form({ parts: [field], fields: { hostname: field }, submit: say("network.hostname.save"), send }).element,
  );
}
