// The page is built from text nodes alone: nothing that comes from outside can become markup.

/**
 * A new element. Attributes are named as in HTML: a function is listened with (`onclick`), true and false set the
 * attribute or leave it out, and null leaves it out too. Children are elements or text; null is skipped.
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Change an element's text, and nothing when it is the same: selections and screen readers are left in peace. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Show an element, or take it away. */
export function show(element, visible) {
  element.hidden = !visible;
}

/** Make the children of `parent` as many as `items`, each filled in place by `fill(child, item)`. */
export function fillList(parent, items, create, fill) {
  while (parent.children.length > items.length) parent.lastElementChild.remove();
  while (parent.children.length < items.length) parent.append(create());
  items.forEach((item, index) => fill(parent.children[index], item));
}

let count = 0;

/** An id that nothing else on the page has. */
export function freshId(name) {
  count += 1;
  return `${name}-${count}`;
}
