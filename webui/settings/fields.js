// A field for each row of the table of settings. A row that the page knows nothing of is told as the table tells it.

import { make, show } from "../dom.js";
import { choiceField, labelled, textField, tickField } from "../forms.js";
import { exact, number } from "../format.js";
import { known, say } from "../text.js";
import { factorField } from "./factor.js";
import { stepsField } from "./tariff.js";

const SCALING = "setting.meters.scaling_factor";
const OTHER = "\u0000other";
const LISTEN = /^(.*):(\d+)$/;
const LINES = [
  "auto",
  "2400 8N1",
  "2400 8E1",
  "9600 8N1",
  "9600 7E1",
  "38400 8N1",
  "115200 8N1",
  "115200 7E1",
  "115200 8E1",
];

/** @param {SettingRow} row */
function nameOf(row) {
  return known(`setting.${row.section}.${row.key}`) ?? row.key;
}

/** @param {SettingRow} row */
function helpFor(row) {
  const own = known(`setting.${row.section}.${row.key}.help`);
  return own === null ? `${row.meaning} ${row.allowed}` : [own, rangeText(row)].filter(Boolean).join(" ");
}

/** @param {SettingRow} row */
function rangeText({ minimum, maximum, default: usual }) {
  if (minimum === undefined || maximum === undefined) return "";
  return say("setting.range", { minimum: number(minimum), maximum: number(maximum), default: number(usual) });
}

/**
 * @param {SettingRow} row
 * @param {string | number} choice
 * @returns {string}
 */
function wordFor(row, choice) {
  const unit = known(`setting.${row.section}.${row.key}.step`);
  const text = known(`choice.${row.key}.${choice}`) ?? known(`choice.${choice}`);
  const shown = typeof choice === "number" ? exact(choice) : choice;
  return text ?? (unit ? `${shown} ${unit}` : shown);
}

/**
 * @param {SettingRow} row
 * @param {SettingValue} value
 * @returns {Field<SettingValue>}
 */
function choices(row, value) {
  const all = row.choices ?? [];
  const field = choiceField(
    nameOf(row),
    all.map((each) => [String(each), wordFor(row, each)]),
    String(value),
    { help: helpFor(row) },
  );
  return { ...field, value: () => all.find((each) => String(each) === field.control.value) };
}

/**
 * @param {SettingRow} row
 * @param {SettingValue} value
 * @returns {Field<SettingValue>}
 */
function whole(row, value) {
  const field = textField(
    nameOf(row),
    { inputmode: "numeric", value, maxlength: 12, class: "short" },
    { help: helpFor(row) },
  );
  const typed = () => field.control.value.replace(/\s/g, "");
  return { ...field, value: () => (/^\d+$/.test(typed()) ? Number(typed()) : typed()) };
}

/**
 * @param {SettingRow} row
 * @param {string[]} value
 * @returns {Field<SettingValue>}
 */
function lines(row, value) {
  const area = make("textarea", { rows: Math.min(value.length + 1, 9), spellcheck: "false", autocapitalize: "off" });
  area.value = value.join("\n");
  const field = labelled(nameOf(row), area, { help: helpFor(row) });
  return { ...field, value: () => area.value.split(/[\s,;]+/).filter(Boolean) };
}

/**
 * A list whose lines may have spaces in them, and a choice that adds what the gateway suggests.
 * @param {SettingRow} row
 * @param {string[]} value
 * @returns {Field<SettingValue>}
 */
function suggested(row, value) {
  const area = make("textarea", { rows: value.length + 2, spellcheck: "false", autocapitalize: "off" });
  area.value = value.join("\n");
  const field = labelled(nameOf(row), area, { help: helpFor(row) });
  const typed = () => area.value.split(/[\n,;]+/).flatMap((line) => line.trim().replace(/\s+/g, " ") || []);
  const all = row.suggestions ?? [];
  /** @type {[string, string][]} */
  const options = all.map((each, place) => [String(place), say("suggested.one", { ...each })]);
  const chooser = choiceField(say("suggested.for"), [["", say("suggested.none")], ...options], "", {
    help: say("suggested.help"),
  });
  chooser.control.addEventListener("change", () => {
    const chosen = all[Number(chooser.control.value || -1)]?.value;
    if (chosen) area.value = [...new Set([...typed(), chosen])].join("\n");
    chooser.control.value = "";
  });
  return { ...field, element: make("div", {}, field.element, chooser.element), value: typed };
}

/**
 * An address and a port; the port is what people want to change.
 * @param {SettingRow} row
 * @param {string} value
 * @returns {Field}
 */
function listen(row, value) {
  const [, host, port] = LISTEN.exec(value) ?? [null, "*", ""];
  const first = textField(
    nameOf(row),
    { inputmode: "numeric", value: port, maxlength: 5, class: "short" },
    { help: helpFor(row) },
  );
  const address = textField(
    say("setting.listen.address"),
    { value: host || "*", maxlength: 60 },
    { help: say("setting.listen.address.help") },
  );
  return {
    element: make("div", { class: "pair-of-fields" }, first.element, address.element),
    control: first.control,
    setError: first.setError,
    value: () => `${address.value().trim() || "*"}:${first.value().trim()}`,
  };
}

/**
 * A choice of known values, and a line to type another.
 * @param {SettingRow} row
 * @param {string} value
 * @param {[string, string][]} options
 * @returns {Field}
 */
function choiceOrOther(row, value, options) {
  const listed = options.some(([key]) => key === value);
  /** @type {[string, string][]} */
  const entries = [...options, [OTHER, say("choice.other")]];
  const field = choiceField(nameOf(row), entries, listed ? value : OTHER, { help: helpFor(row) });
  const typed = textField(say("choice.other.typed", { name: nameOf(row) }), {
    value: listed ? "" : value,
    maxlength: 200,
  });
  const follow = () => show(typed.element, field.control.value === OTHER);
  field.control.addEventListener("change", follow);
  follow();
  const chosen = () => (field.control.value === OTHER ? typed : field);
  return {
    element: make("div", {}, field.element, typed.element),
    get control() {
      return chosen().control;
    },
    setError: (text) => chosen().setError(text),
    value: () => chosen().value().trim(),
  };
}

/**
 * The one adapter there is, where a meter has no port yet and no other has that one; "" for none.
 * @param {FieldContext} context
 */
function onlyPort({ ports: [first, ...more], taken = [], overridden }) {
  if (!first || more.length || "meters.0.port" in overridden) return "";
  return taken.includes(first.path) || taken.includes(first.device) ? "" : first.path;
}

/**
 * @param {SettingRow} row
 * @param {string} value
 * @param {FieldContext} context
 * @returns {Field}
 */
function serialPort(row, value, context) {
  const only = value ? "" : onlyPort(context);
  // A port that was set by its other name is still the same port.
  /** @type {[string, string][]} */
  const found = context.ports.map((port) => [value === port.device ? port.device : port.path, portText(port)]);
  const field = choiceOrOther(row, value || only, [["", say("choice.port.none")], ...found]);
  if (!only) return field;
  field.element.append(make("p", { class: "help chosen" }, say("settings.port.only")));
  return Object.assign(field, { stored: value });
}

/** @param {PortData} port */
function portText({ path, device, description }) {
  const plain = description && description !== "n/a" ? description : "";
  const name = path.split("/").at(-1);
  return plain ? `${plain} (${device || name})` : `${name}${device && device !== path ? ` (${device})` : ""}`;
}

/**
 * @param {SettingRow} row
 * @param {string} value
 */
function serialSettings(row, value) {
  return choiceOrOther(
    row,
    value,
    LINES.map((line) => [line, known(`choice.${line}`) ?? line]),
  );
}

/**
 * The field for one row with its present value. `context.ports` are the serial ports found.
 * @param {SettingRow} row
 * @param {SettingValue} value
 * @param {FieldContext} context
 * @returns {Field<SettingValue>}
 */
export function fieldFor(row, value, context) {
  if (row.type === "boolean") return tickField(nameOf(row), value, { help: helpFor(row) });
  if (row.choices) return choices(row, value);
  if (row.key === "listen") return listen(row, value);
  if (row.section === "meters" && row.key === "port") return serialPort(row, value, context);
  if (row.key === "serial_settings") return serialSettings(row, value);
  if (row.suggestions) return suggested(row, value ?? []);
  if (row.section === "tariff" && row.key === "steps") return stepsField(value ?? [], nameOf(row), helpFor(row));
  if (row.type.startsWith("list")) return lines(row, value);
  if (row.key === "scaling_factor")
    return factorField(row, value, nameOf(row), known(`${SCALING}.help`) ?? row.meaning);
  if (row.type === "integer") return whole(row, value);
  const field = textField(
    nameOf(row),
    { value: value ?? "", maxlength: 400, spellcheck: "false" },
    { help: helpFor(row) },
  );
  return { ...field, value: () => field.control.value.trim() };
}
