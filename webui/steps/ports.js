// The serial ports to choose from, each with what it is; and a line to type another, such as a serial server.

import { freshId, make, show, write } from "../dom.js";
import { textField } from "../forms.js";
import { say } from "../text.js";
import { titleOf } from "./meters.js";

const OTHER = "\u0000other";
/** What is plugged in, and no serial port of the computer's own. */
const PLUGGED = /^\/dev\/(serial\/by-id\/|tty(USB|ACM))/;

/** @param {PortData} port */
export function isPlugged({ path, device }) {
  return PLUGGED.test(path) || PLUGGED.test(device);
}

/**
 * The one that is meant where nothing was chosen yet: the only one that is plugged in.
 * @param {PortData[]} ports that are free
 */
export function likely(ports) {
  const plugged = ports.filter(isPlugged);
  return plugged.length === 1 ? plugged[0] : null;
}

/** @param {PortData} port */
function nameOf({ path, device, description }) {
  const plain = description && description !== "n/a" ? description : "";
  return plain || path.split("/").at(-1) || device;
}

/** @param {PortData} port */
function detailOf({ path, device }) {
  return path === device ? path : `${device} · ${path.split("/").at(-1)}`;
}

/**
 * @param {string} present the port that is set; "" for none
 * @param {MeterSettings[]} meters
 * @param {number} index of the meter that it is for
 */
export function portChoice(present, meters, index) {
  const group = freshId("port");
  const error = make("p", { class: "error", hidden: true });
  const list = make("div");
  const typed = textField(
    say("adapter.other.typed"),
    { maxlength: 200, spellcheck: "false", autocapitalize: "off", placeholder: "socket://192.168.1.50:4001" },
    { help: say("adapter.other.help") },
  );
  const element = make("fieldset", {}, make("legend", {}, say("adapter.choice")), list, typed.element, error);
  /** @type {HTMLInputElement[]} */
  let radios = [];
  /** What the reader chose; null as long as that is left to the page. @type {string | null} */
  let chosen = null;

  /** @param {PortData} port */
  function taken({ path, device }) {
    const other = meters.find((meter, place) => place !== index && [path, device].includes(String(meter.port)));
    return other ? say("adapter.taken", { meter: titleOf(other) }) : "";
  }

  /** @param {PortData} port */
  function noteOf(port) {
    return taken(port) || (isPlugged(port) ? "" : say("adapter.builtin"));
  }

  /**
   * @param {string} port
   * @param {string} text
   * @param {...string} details
   */
  function entry(port, text, ...details) {
    const input = make("input", { type: "radio", name: group, value: port, onchange: () => pick(port) });
    const more = details.filter(Boolean).map((each) => make("small", {}, each));
    radios.push(input);
    return make("label", { class: "radio" }, input, make("span", {}, text, ...more.flatMap((each) => [" ", each])));
  }

  /** @param {string} port */
  function pick(port) {
    chosen = port;
    follow();
  }

  function picked() {
    return radios.find((radio) => radio.checked)?.value ?? "";
  }

  function follow() {
    show(typed.element, picked() === OTHER);
  }

  /** @param {PortData[]} ports */
  function update(ports) {
    const listed = ports.find((port) => [port.path, port.device].includes(present));
    const free = ports.filter((port) => !taken(port));
    if (present && !listed && !typed.control.value) typed.control.value = present;
    const usual = present ? (listed ? (listed.device === present ? listed.device : listed.path) : OTHER) : "";
    const wanted = chosen ?? (usual || likely(free)?.path || (ports.length ? "" : OTHER));
    const focused = radios.find((radio) => radio === document.activeElement)?.value;
    radios = [];
    const entries = ports.map((port) =>
      entry(port.device === present ? port.device : port.path, nameOf(port), detailOf(port), noteOf(port)),
    );
    list.replaceChildren(...entries, entry(OTHER, say("adapter.other")));
    for (const radio of radios) radio.checked = radio.value === wanted;
    radios.find((radio) => radio.value === focused)?.focus();
    follow();
  }

  function value() {
    return picked() === OTHER ? typed.control.value.trim() : picked();
  }

  /** @param {string} text */
  function setError(text) {
    const other = picked() === OTHER;
    typed.setError(other ? text : "");
    write(error, other ? "" : text);
    show(error, Boolean(text) && !other);
  }

  return {
    element,
    update,
    value,
    setError,
    /** What to focus: the line where another is typed, or the list. */
    get control() {
      return typed.element.hidden ? (radios.find((radio) => radio.checked) ?? radios[0]) : typed.control;
    },
  };
}
