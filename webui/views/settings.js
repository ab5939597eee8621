// The settings: generated from the gateway's own table of them.

import { get, refreshSession, textOf } from "../api.js";
import { make, write } from "../dom.js";
import { faultText } from "../fault.js";
import { page, section } from "../forms.js";
import { setTitle } from "../shell.js";
import { known, label, say } from "../text.js";
import { settingsFinder } from "../settings/finder.js";
import { meterSections } from "../settings/meters.js";
import { placed } from "../settings/place.js";
import { secretPart } from "../settings/secret.js";
import { settingsForm } from "../settings/section.js";

const METERS = "meters";
/** Whoever turns the page off here could not turn it on again here; the other is an older word for modbus.write. */
const NOT_HERE = ["web.enabled", "modbus.read_only"];

/** @param {string} name */
function sectionTitle(name) {
  return known(`settings.${name}`) ?? name;
}

/**
 * @param {unknown} _answer
 * @param {SettingChange[]} changes
 */
function afterSaving(_answer, changes) {
  const changed = (/** @type {string} */ name) => changes.some(({ path }) => path.join(".") === name);
  // The words of the page are loaded once, so that another language needs it anew.
  if (changed("web.language")) location.reload();
  // Without an answer the name is there as soon as the page is loaded again.
  if (changed("device.name")) refreshSession().then(() => setTitle(), console.info);
}

/**
 * @param {string} name
 * @param {SettingRow[]} table
 * @param {Record<string, SettingValue>} values
 * @param {Record<string, SettingValue>} overridden
 * @param {Reload} reload
 */
function plainSection(name, table, values, overridden, reload) {
  const rows = table.filter((row) => row.section === name && !row.secret && !NOT_HERE.includes(`${name}.${row.key}`));
  const editor = settingsForm({
    rows,
    values: values[name],
    path: [name],
    context: { ports: [], overridden },
    onSaved: afterSaving,
  });
  const secrets = table.filter((row) => row.section === name && row.secret);
  const parts = secrets.map((row) => secretPart(row, values[name], reload));
  const element = section(sectionTitle(name), editor.element, ...parts);
  element.dataset.place = name;
  return element;
}

/** @param {ReportedProblem} problem */
function problemText(problem) {
  const text = placed(problem.path, faultText(problem));
  return problem.line === null ? text : say("settings.file.line", { line: problem.line, text });
}

/**
 * That something is wrong with the settings file, and what is in force instead.
 * @param {SettingsReport} report
 */
function reportNote({ outcome, text, problems, aside }) {
  const own = problems.map((problem) => make("li", {}, problemText(problem)));
  const lines = text.split("\n").map((line) => make("li", { lang: "en" }, line));
  const list = make("ul", {}, ...(own.length ? own : lines));
  const remedy = aside ? say("settings.file.aside", { file: aside }) : say("settings.file.mend");
  const rest = problems.length ? [list, make("p", {}, remedy)] : [list];
  return make("div", { class: "banner problem" }, make("p", {}, label("settings.report", outcome)), ...rest);
}

/** The ways to what settings make together. */
function stepByStep() {
  const again = make("a", { href: "#start" }, say("start.again"));
  return make("p", { class: "ways-in" }, again, " · ", make("a", { href: "#handover" }, say("view.handover")));
}

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ announce }) {
  const told = make("p", { class: "banner notice", hidden: true });
  const body = make("div", {}, make("p", { class: "waiting" }, say("page.loading")));
  const finder = settingsFinder(body);
  const lead = make("p", { class: "lead" }, say("settings.lead"));
  const element = page(say("view.settings"), lead, stepByStep(), finder.element, told, body);

  async function load() {
    try {
      const [settings, ports] = await Promise.all([get("/settings"), get("/ports")]);
      /** @type {SettingsData} */
      const { table, values, overridden, report } = settings;
      const sections = [...new Set(table.map((row) => row.section))].filter((name) => name !== METERS);
      const meters = meterSections(table, values.meters, { ports, overridden }, reload);
      const plain = sections.map((name) => plainSection(name, table, values, overridden, reload));
      body.replaceChildren(...(report ? [reportNote(report)] : []), ...meters, ...plain);
      finder.update();
    } catch (error) {
      body.replaceChildren(make("p", { class: "banner problem" }, textOf(error)));
    }
  }

  /** @param {string} text */
  async function reload(text) {
    await load();
    write(told, text);
    told.hidden = false;
    announce(text);
    told.scrollIntoView({ block: "nearest" });
    return text;
  }

  load().then(() => finder.go(location.hash.split("/").slice(1).join("/")));
  return { element, go: finder.go };
}
