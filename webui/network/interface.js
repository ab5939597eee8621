// One wired or wireless interface: what is in force, and the form to change it.

import { post } from "../api.js";
import { freshId, make, show } from "../dom.js";
import { faultText } from "../fault.js";
import { FieldErrors, form, section, textField } from "../forms.js";
import { say } from "../text.js";
import { keepDraft } from "./draft.js";

const FACTORY = { method: "static", address: "192.168.1.232", prefix: "24", gateway: "", dns: [] };
const IPV4 = /^(\d{1,3}\.){3}\d{1,3}$/;
const FIELDS = /** @type {const} */ (["address", "prefix", "gateway", "dns"]);

/** @param {InterfaceData} each */
function facts(each) {
  const list = (/** @type {string[]} */ values) => (values.length ? values.join(", ") : say("value.none"));
  const rows = [
    ["network.link", say(each.link ? "network.link.up" : "network.link.down")],
    ["network.addresses", list(each.addresses)],
    ["network.gateway", each.gateway ?? say("value.none")],
    ["network.dns", list(each.dns)],
    ["network.ipv6", list(each.ipv6)],
    ["network.mac", each.mac || say("value.none")],
  ];
  return make(
    "dl",
    { class: "facts" },
    ...rows.map(([key, text]) => make("div", {}, make("dt", {}, say(key)), make("dd", {}, text))),
  );
}

/**
 * Where the address comes from: DHCP, or what is typed.
 * @param {string} method
 * @param {(method: string) => void} onChange
 */
function methodChoice(method, onChange) {
  const name = freshId("method");
  const radios = ["dhcp", "static"].map((value) => {
    const input = make("input", {
      type: "radio",
      name,
      value,
      checked: value === method,
      onchange: () => onChange(value),
    });
    const help = make("small", {}, say(`network.method.${value}.help`));
    return {
      input,
      element: make("label", { class: "radio" }, input, make("span", {}, say(`network.method.${value}`), " ", help)),
    };
  });
  const error = make("p", { class: "error", hidden: true });
  const legend = make("legend", {}, say("network.method"));
  return {
    element: make("fieldset", {}, legend, ...radios.map((radio) => radio.element), error),
    control: radios[0].input,
    value: () => radios.find((radio) => radio.input.checked)?.input.value ?? "",
    choose: (/** @type {string} */ value) =>
      radios.forEach((radio) => (radio.input.checked = radio.input.value === value)),
    /** @param {string} text */
    setError(text) {
      error.textContent = text;
      show(error, Boolean(text));
    },
  };
}

/** @param {AddressSettings} settings */
function addressFields(settings) {
  const attributes = { inputmode: "decimal", maxlength: 60, spellcheck: "false" };
  const field = (/** @type {string} */ name, /** @type {string} */ value) =>
    textField(say(`network.${name}`), { ...attributes, value }, { help: say(`network.${name}.help`) });
  return {
    address: field("address", settings.address ?? ""),
    prefix: field("prefix", settings.prefix ?? ""),
    gateway: field("gateway", settings.gateway ?? ""),
    dns: field("dns", [settings.dns ?? []].flat().join(", ")),
  };
}

/**
 * What the interface has now, as a person would type it; nothing of what it does not have.
 * @param {InterfaceData} each
 * @returns {AddressSettings}
 */
function presentOf({ addresses, gateway, dns }) {
  const [address = "", prefix = ""] = (addresses[0] ?? "").split("/");
  return {
    method: "",
    address,
    prefix,
    gateway: gateway ?? "",
    dns: dns.filter((each) => IPV4.test(each)).slice(0, 3),
  };
}

/**
 * @param {InterfaceData} each
 * @param {Applying} how
 */
function editor(each, { draft, onApplied }) {
  const settings = draft ?? each.settings ?? { method: "" };
  const fields = addressFields(settings);
  const manual = make("div", { class: "grid-of-fields" }, ...FIELDS.map((name) => fields[name].element));
  const method = methodChoice(settings.method, follow);
  const factory = make("button", { type: "button", class: "plain", onclick: fillFactory }, say("network.factory"));
  const what = make("p", { class: "note" }, say("network.apply.what"));

  /** @param {string} value */
  function follow(value) {
    show(manual, value === "static");
    // Who wants a fixed address most often wants the one that is there.
    if (value === "static" && FIELDS.every((name) => !fields[name].value().trim())) fillWith(presentOf(each));
  }

  /** @param {AddressSettings} known */
  function fillWith(known) {
    for (const name of FIELDS) fields[name].control.value = [known[name] ?? ""].flat().join(", ");
  }

  function fillFactory() {
    fillWith(FACTORY);
    method.choose(FACTORY.method);
    follow(FACTORY.method);
    fields.address.control.focus();
  }

  function typed() {
    const wanted = method.value();
    if (!wanted) throw new FieldErrors({ method: say("reason.missing") });
    if (wanted === "dhcp") return { interface: each.name, method: wanted };
    const values = Object.fromEntries(FIELDS.map((name) => [name, fields[name].value().trim()]));
    const missing = FIELDS.slice(0, 2).filter((name) => !values[name]);
    if (missing.length) throw new FieldErrors(Object.fromEntries(missing.map((name) => [name, say("reason.missing")])));
    return { interface: each.name, method: wanted, ...values };
  }

  async function send() {
    const wanted = typed();
    const answer = await post("/network", wanted);
    keepDraft(answer.pending.token, wanted);
    onApplied(answer.pending);
    return "";
  }

  follow(settings.method);
  return form({
    parts: [factory, method, manual, what],
    fields: { method, ...fields },
    submit: say("network.apply"),
    send,
  });
}

/**
 * The section of one interface. `draft` is what was typed before, which did not come into force.
 * @param {InterfaceData} each
 * @param {Applying & { available: boolean }} how
 */
export function interfaceSection(each, { available, draft, onApplied }) {
  const title = say(`network.kind.${each.kind}`, { name: each.name });
  /** @type {HTMLElement[]} */
  const parts = [facts(each)];
  if (each.fault) parts.push(make("p", { class: "banner notice" }, faultText(each.fault)));
  else if (available) parts.push(editor(each, { draft, onApplied }).element);
  return section(title, ...parts);
}
