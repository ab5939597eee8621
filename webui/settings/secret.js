// A secret of a section: whether it is set, and how to enter it. It goes to the gateway and never comes back.

import { make } from "../dom.js";
import { FieldErrors, form, passwordField } from "../forms.js";
import { guarded } from "../reach/encryption.js";
import { known, say } from "../text.js";
import { change } from "./section.js";

/**
 * @param {SettingRow} row
 * @param {Record<string, SettingValue>} values
 * @param {Reload} reload
 */
export function secretPart(row, values, reload) {
  const path = [row.section, row.key];
  const name = `setting.${path.join(".")}`;
  const field = passwordField(known(name) ?? row.key, "off", { help: known(`${name}.help`) ?? row.meaning });

  async function save() {
    if (!field.value()) throw new FieldErrors({ [path.join(".")]: say("reason.missing") });
    const { told } = await change([{ path, value: field.value() }]);
    return reload(told);
  }
  async function remove() {
    await change([{ path, value: null }]);
    return reload(say("settings.secret.removed"));
  }

  const fields = { [path.join(".")]: field };
  const typed = form({ parts: [field], fields, submit: say("settings.secret.save"), send: save });
  const element = make(
    "div",
    { class: "keys", "data-place": path.join(".") },
    make("p", {}, say(values[row.key] ? "settings.secret.set" : "settings.secret.none")),
    guarded(make("div", {}, typed.element)),
  );
  if (values[row.key]) {
    element.append(
      form({ parts: [], fields: {}, submit: say("settings.secret.remove"), send: remove, className: "danger" }).element,
    );
  }
  return element;
}
