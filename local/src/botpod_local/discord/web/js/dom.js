// Elements from plain values. Text always becomes a text node: nothing a person or a bot wrote is ever parsed as HTML.

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "selected", "multiple", "tabIndex", "indeterminate"]);

/**
 * Make an element. `props`: on<Event> adds a listener, `class`, `data-*` and the rest are attributes (null, undefined
 * and false leave them out). Children may be nodes, texts, arrays, or null.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2).toLowerCase(), value);
    else if (PROPERTIES.has(name)) element[name] = value;
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...flat(children));
  return element;
}

/** Put these children in place of all others. */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

/** Refill `element` only where `key` isn't what it was filled for, so that nothing flickers or loses its focus. */
export function fillWhenChanged(element, key, make) {
  const text = JSON.stringify(key);
  if (element.filledFor === text) return;
  element.filledFor = text;
  fill(element, ...[make()].flat());
}

const PATHS = {
  attach: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  down: "M6 10l6 6 6-6",
  edit: "M4 20h4L19 9l-4-4L4 16zM13.5 6.5l4 4",
  file: "M7 3h7l5 5v13H7zM14 3v5h5",
  menu: "M4 7h16M4 12h16M4 17h16",
  people: "M9 11a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 4.5a3.5 3.5 0 010 6.5M17.5 14.5c2.3.6 3.7 2.5 4 5.500",
  react: "M12 21a9 9 0 100-18 9 9 0 000 18zM8.5 14.5c1 1.3 2.1 2 3.5 2s2.5-.7 3.5-2M9 9.5v.5M15 9.5v.5",
  reply: "M10 6L4 12l6 6M4 12h9c4 0 6 2 7 6",
  send: "M4 12l16-8-6 16-3-7z",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
};

/** A line icon from this file; hidden from screen readers, so its button needs a label. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** A button that shows an icon only. */
export function iconButton(name, label, onClick, props = {}) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onClick, ...props }, icon(name));
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}
