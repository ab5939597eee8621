// Finds settings: an index of the sections, words to look for, and the way to one of them by its path.

import { freshId, make, show, write } from "../dom.js";
import { say } from "../text.js";

const FOUND_MS = 4000;

/** @param {string} text */
function plain(text) {
  return text.toLocaleLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
}

/**
 * The smallest part of `body` that has the setting with this path, or the section it is in.
 * @param {HTMLElement} body
 * @param {string} path
 */
function partAt(body, path) {
  const parts = /** @type {HTMLElement[]} */ ([...body.querySelectorAll("[data-place]")]);
  for (let names = path.split("."); names.length; names = names.slice(0, -1)) {
    const found = parts.find((part) => part.dataset.place === names.join("."));
    if (found) return found;
  }
  return null;
}

/** @param {Element} part */
function openAround(part) {
  for (let each = part.closest("details"); each; each = part.closest("details:not([open])")) each.open = true;
}

/**
 * Bring a part into sight and into focus: its first field, or the heading of a section.
 * @param {HTMLElement} part
 */
function goTo(part) {
  openAround(part);
  const inside = part.querySelector("details:not([open])");
  const field = /** @type {HTMLElement | null} */ (
    [...part.querySelectorAll("input, select, textarea")].find((each) => each.checkVisibility())
  );
  const heading = part.matches("section") ? part.querySelector("h3") : null;
  const target = heading ?? field ?? inside?.querySelector("summary") ?? part;
  if (target === heading || target === part) target.setAttribute("tabindex", "-1");
  target.focus({ preventScroll: true });
  if (target instanceof HTMLInputElement && target.type === "text") target.select();
  part.scrollIntoView({ block: heading ? "start" : "center" });
  part.classList.add("found");
  setTimeout(() => part.classList.remove("found"), FOUND_MS);
}

/**
 * Show of a section what has all the words: how many fields that are. With no words all is as it was.
 * @param {HTMLElement} section
 * @param {string[]} words
 */
function filter(section, words) {
  const title = plain(section.querySelector("h3, summary")?.textContent ?? "");
  if (section.matches("details:not([open])")) {
    // What adds a meter has the same fields as a meter.
    section.classList.toggle("filtered", !words.every((word) => title.includes(word)));
    return 0;
  }
  const parts = /** @type {HTMLElement[]} */ ([...section.querySelectorAll("[data-place]")]);
  const has = (/** @type {string} */ text) => words.every((word) => `${title} ${text}`.includes(word));
  const found = parts.filter((part) => has(plain(`${part.dataset.place} ${part.textContent}`)));
  for (const part of parts) part.classList.toggle("filtered", !found.includes(part));
  for (const rare of /** @type {NodeListOf<HTMLDetailsElement>} */ (section.querySelectorAll("details.seldom"))) {
    const inside = found.some((part) => rare.contains(part));
    rare.classList.toggle("filtered", !inside);
    if (words.length && inside && !rare.open) rare.dataset.opened = "";
    if (words.length && inside) rare.open = true;
    if (words.length || !("opened" in rare.dataset)) continue;
    rare.open = false;
    delete rare.dataset.opened;
  }
  section.classList.toggle("filtered", found.length === 0);
  return found.length;
}

/**
 * The index and the field to look for settings, for the sections in `body`.
 * @param {HTMLElement} body
 */
export function settingsFinder(body) {
  const id = freshId("find");
  const input = make("input", { type: "search", id, autocomplete: "off", spellcheck: "false", maxlength: 60 });
  const told = make("p", { class: "note", role: "status" });
  const links = make("ul", { class: "index" });
  const index = make("nav", { "aria-label": say("settings.index") }, links);
  const look = make("div", { class: "find" }, make("label", { for: id }, say("settings.find")), input);
  const element = make("div", { class: "finder", hidden: true }, index, look, told);
  const sections = () => /** @type {HTMLElement[]} */ ([...body.querySelectorAll(".card[data-place]")]);

  function filterAll() {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    const count = sections().reduce((sum, section) => sum + filter(section, words), 0);
    write(told, words.length ? say(count ? "settings.find.count" : "settings.find.none", { count }) : "");
  }
  input.addEventListener("input", filterAll);

  return {
    element,
    /** The sections have been built. */
    update() {
      const items = sections().map((section) => {
        const title = section.querySelector("h3, summary")?.textContent ?? "";
        return make("li", {}, make("a", { href: `#settings/${section.dataset.place}` }, title));
      });
      links.replaceChildren(...items);
      show(element, true);
      filterAll();
    },
    /** @param {string} path of a setting or a section; "" for none */
    go(path) {
      if (!path) return void window.scrollTo(0, 0);
      const part = partAt(body, path);
      if (!part) return;
      if (input.value) {
        input.value = "";
        filterAll();
      }
      goTo(part);
    },
  };
}
