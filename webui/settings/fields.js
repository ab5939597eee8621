// A field for each row of the table of settings. A row that the page knows nothing of is told as the table tells it.

import { make, show } from "../dom.js";
import { choiceField, labelled, textField, tickField } from "../forms.js";
import { exact, number } from "../format.js";
import { known, say } from "../text.js";

const OTHER = "\u0000other";
const LISTEN = /^(.*):(\d+)$/;
const LINES = ["auto", "2400 8N1", "2400 8E1", "9600 8N1", "115200 8N1"];

function nameOf(row) {
  return known(`setting.${row.section}.${row.key}`) ?? row.key;
}

function helpFor(row) {
  const own = known(`setting.${row.section}.${row.key}.help`);
  const range = row.minimum === undefined ? "" : say("setting.range", rangeOf(row));
  return own === null ? `${row.meaning} ${row.allowed}` : [own, range].filter(Boolean).join(" ");
}

function rangeOf(row) {
  return { minimum: number(row.minimum), maximum: number(row.maximum), default: number(row.default) };
}

function wordFor(row, choice) {
  const unit = known(`setting.${row.section}.${row.key}.step`);
  const text = known(`choice.${row.key}.${choice}`) ?? known(`choice.${choice}`);
  const shown = typeof choice === "number" ? exact(choice) : choice;
  return text ?? (unit ? `${shown} ${unit}` : shown);
}

function choices(row, value) {
  const field = choiceField(
    nameOf(row),
    row.choices.map((each) => [String(each), wordFor(row, each)]),
    String(value),
    { help: helpFor(row) },
  );
  return { ...field, value: () => row.choices.find((each) => String(each) === field.control.value) };
}

function whole(row, value) {
  const field = textField(
    nameOf(row),
    { inputmode: "numeric", value, maxlength: 12, class: "short" },
    { help: helpFor(row) },
  );
  const typed = () => field.control.value.replace(/\s/g, "");
  return { ...field, value: () => (/^\d+$/.test(typed()) ? Number(typed()) : typed()) };
}

function lines(row, value) {
  const area = make("textarea", { rows: Math.min(value.length + 1, 9), spellcheck: "false", autocapitalize: "off" });
  area.value = value.join("\n");
  const field = labelled(nameOf(row), area, { help: helpFor(row) });
  return { ...field, value: () => area.value.split(/[\s,;]+/).filter(Boolean) };
}

/** An address and a port; the port is what people want to change. */
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

/** A choice of known values, and a line to type another. */
function choiceOrOther(row, value, options) {
  const listed = options.some(([key]) => key === value);
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

function serialPort(row, value, { ports }) {
  // A port that was set by its other name is still the same port.
  const found = ports.map((port) => [value === port.device ? port.device : port.path, portText(port)]);
  return choiceOrOther(row, value, [["", say("choice.port.none")], ...found]);
}

function portText({ path, device, description }) {
  const plain = description && description !== "n/a" ? description : "";
  const name = path.split("/").at(-1);
  return plain ? `${plain} (${device || name})` : `${name}${device && device !== path ? ` (${device})` : ""}`;
}

function serialSettings(row, value) {
  return choiceOrOther(
    row,
    value,
    LINES.map((line) => [line, known(`choice.${line}`) ?? line]),
  );
}

/** The field for one row with its present value. `context.ports` are the serial ports found. */
export function fieldFor(row, value, context) {
  if (row.type === "boolean") return tickField(nameOf(row), value, { help: helpFor(row) });
  if (row.choices) return choices(row, value);
  if (row.key === "listen") return listen(row, value);
  if (row.section === "meters" && row.key === "port") return serialPort(row, value, context);
  if (row.key === "serial_settings") return serialSettings(row, value);
  if (row.type.startsWith("list")) return lines(row, value);
  if (row.type === "integer") return whole(row, value);
  const field = textField(
    nameOf(row),
    { value: value ?? "", maxlength: 400, spellcheck: "false" },
    { help: helpFor(row) },
  );
  return { ...field, value: () => field.control.value.trim() };
}
