// The words of the page. Each language is one module in words/, with the same keys; {name} stands for a value.

/**
 * Where a language's own locale is not what its readers here expect: the American way of writing dates.
 * @type {Record<string, string>}
 */
const LOCALES = { en: "en-GB" };
/** @type {Record<string, string>} */
const RELATIVES = { no: "nb", nn: "nb" };
const KEPT = "han2x-language";

export let language = "en";
export let locale = LOCALES.en;
/** The languages that the gateway has words for. */
export let languages = ["en"];
/** @type {Record<string, string>} */
let words = {};

/** What this browser was told to use; null when it was told nothing. */
function chosen() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // A browser may refuse to keep anything.
  }
}

/** @param {(string | null | undefined)[]} candidates */
function firstKnown(candidates) {
  const codes = candidates.map((candidate) => (candidate ?? "").toLowerCase().split("-")[0]);
  return codes.map((code) => RELATIVES[code] ?? code).find((code) => languages.includes(code)) ?? "en";
}

/**
 * Load the words: those this browser chose, else those of the gateway's setting, else the browser's own language.
 * @param {string} setting
 * @param {string[]} offered by the gateway
 */
export async function useLanguage(setting, offered) {
  languages = offered;
  language = firstKnown([chosen(), setting, ...navigator.languages]);
  locale = LOCALES[language] ?? language;
  words = (await import(`./words/${language}.js`)).default;
  document.documentElement.lang = language;
}

/**
 * What a language calls itself: Norsk bokmål.
 * @param {string} code
 */
export function languageName(code) {
  const name = new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code;
  return name[0].toLocaleUpperCase(code) + name.slice(1);
}

/**
 * Keep a choice for this browser.
 * @param {string} code
 */
export function chooseLanguage(code) {
  try {
    localStorage.setItem(KEPT, code);
  } catch {
    // Then it lasts no longer than this page.
  }
}

/**
 * The words for `key`, with the values put in.
 * @param {string} key
 * @param {Values} [values]
 */
export function say(key, values = {}) {
  const text = words[key];
  if (text === undefined) {
    console.error(`no words for ${key} in ${language}`);
    return key;
  }
  return filledIn(text, values);
}

/**
 * @param {string} text
 * @param {Values} values
 */
function filledIn(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/**
 * The words of a language that need not be the page's: for what somebody else is to read.
 * @param {string} code
 * @returns {Promise<Speech>}
 */
export async function speechIn(code) {
  /** @type {Record<string, string>} */
  const own = (await import(`./words/${code}.js`)).default;
  return {
    language: code,
    locale: LOCALES[code] ?? code,
    say: (key, values = {}) => filledIn(own[key] ?? key, values),
    label: (group, name) => own[`${group}.${name}`] ?? name,
  };
}

/**
 * The words for a thing that the gateway names; null when there are none, or they need a value it did not send.
 * @param {string} key
 * @param {Values} [values]
 */
export function known(key, values = {}) {
  const needed = words[key]?.match(/(?<=\{)\w+(?=\})/g) ?? [];
  return key in words && needed.every((name) => name in values) ? say(key, values) : null;
}

/**
 * The word for a thing that the gateway names; one without a word is shown by its own name.
 * @param {string} group
 * @param {string} name
 */
export function label(group, name) {
  return known(`${group}.${name}`) ?? String(name);
}

/**
 * Put words into the parts of the page that are there from the start.
 * @param {ParentNode} root
 */
export function fillIn(root) {
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-text]"))) {
    element.textContent = say(element.dataset.text ?? "");
  }
}
