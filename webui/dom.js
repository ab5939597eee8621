// The page is built from text nodes alone: nothing that comes from outside can become markup.

/**
 * A new element. Attributes are named as in HTML: a function is listened with (`onclick`), true and false set the
 * attribute or leave it out, and null leaves it out too. Children are elements or text; null is skipped.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/**
 * A part of index.html.
 * @param {string} id
 */
export function part(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return element;
}

/**
 * Change an element's text, and nothing when it is the same: selections and screen readers are left in peace.
 * @param {Node} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Show an element, or take it away.
 * @param {HTMLElement} element
 * @param {boolean} visible
 */
export function show(element, visible) {
  element.hidden = !visible;
}

/**
 * Make the children of `parent` as many as `items`, each filled in place by `fill(child, item)`.
 * @template {Element} Item, Content
 * @param {HTMLElement} parent
 * @param {Content[]} items
 * @param {() => Item} create
 * @param {(child: Item, item: Content) => void} fill
 */
export function fillList(parent, items, create, fill) {
  while (parent.children.length > items.length) parent.lastElementChild?.remove();
  while (parent.children.length < items.length) parent.append(create());
  items.forEach((item, index) => fill(/** @type {Item} */ (parent.children[index]), item));
}

let count = 0;

/**
 * An id that nothing else on the page has.
 * @param {string} name
 */
export function freshId(name) {
  count += 1;
  return `${name}-${count}`;
}
