// The page is built from text nodes alone: nothing that a meter says can become markup.

/** A new element. `attributes` named `class` or as in HTML; children are elements or text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
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
