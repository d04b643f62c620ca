/** Builds elements. Text only ever becomes text nodes, so nothing a lead writes can run. */

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * An element with its properties and children. `on…` are listeners, `data` and `aria` are objects;
 * null, undefined and false are left out.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(element, name, value);
  element.append(...children.flat().filter((child) => child || child === ""));
  return element;
}

/** @param {HTMLElement} element @param {string} name @param {any} value */
function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "data") Object.assign(element.dataset, value);
  else if (name === "aria") {
    for (const [part, said] of Object.entries(value)) {
      if (said !== undefined && said !== null) element.setAttribute(`aria-${part}`, String(said));
    }
  } else element.setAttribute(name, value === true ? "" : String(value));
}

/** @type {Record<string, string>} */
const PATHS = {
  hash: "M6 2.5 4.5 13.5M11.5 2.5 10 13.5M2.5 5.8h11.5M2 10.2h11.5",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  thread: "M2.5 3.5h11v8H8l-3 2.5v-2.5H2.5z",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  close: "m4 4 8 8M12 4l-8 8",
  send: "m2.5 3 11 5-11 5 1.8-5z",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  caret: "m4.5 6.5 3.5 3.5 3.5-3.5",
  warning: "M8 2.5 14 13H2zM8 6.5v3M8 11.3h.01",
  eye: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z",
  check: "m3 8.5 3.2 3.2L13 5",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9",
  moon: "M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3z",
  wire: "M2 5.5h10.5l-2.5-2.5M14 10.5H3.5L6 13",
  sliders: "M2.5 5h6M12 5h1.5M2.5 11H4M7.5 11h6M10.2 3.4v3.2M5.8 9.4v3.2",
  smile: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM5.2 9.4a3.2 3.2 0 0 0 5.6 0M5.9 6.3h.01M10.1 6.3h.01",
  down: "M8 3v10M4 9l4 4 4-4",
};

/** A line icon that takes the colour of the text. @param {string} name @returns {SVGElement} */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon", `icon-${name}`);
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/**
 * Makes the children of `parent` those of `items`, in order, and touches only what differs.
 * An item is drawn again when its `version`, a list of values, has changed.
 * @param {HTMLElement} parent
 * @param {{key: string, version: any[], draw: () => HTMLElement}[]} items
 * @param {Map<string, {node: HTMLElement, version: any[]}>} known
 */
export function reconcile(parent, items, known) {
  const wanted = new Set(items.map((item) => item.key));
  for (const [key, { node }] of known) {
    if (!wanted.has(key)) {
      node.remove();
      known.delete(key);
    }
  }
  let next = parent.firstElementChild;
  for (const { key, version, draw } of items) {
    let had = known.get(key);
    if (!had || had.version.some((value, index) => value !== version[index])) {
      const node = draw();
      if (had) {
        const focused = focusWithin(had.node);
        const wasNext = had.node === next;
        had.node.replaceWith(node);
        if (wasNext) next = node;
        focusAgain(node, focused);
      }
      had = { node, version };
      known.set(key, had);
    }
    if (had.node === next) next = next.nextElementSibling;
    else {
      const focused = focusWithin(had.node);
      parent.insertBefore(had.node, next);
      focusAgain(had.node, focused);
    }
  }
}

/** The key of the focused element. @param {HTMLElement} node @returns {string | null} */
function focusWithin(node) {
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  if (!active || !node.contains(active)) return null;
  return active === node ? "" : (active.dataset.focus ?? "");
}

/** @param {HTMLElement} node @param {string | null} key */
function focusAgain(node, key) {
  if (key === null) return;
  const all = /** @type {NodeListOf<HTMLElement>} */ (node.querySelectorAll("[data-focus]"));
  const again = [...all].find((each) => key && each.dataset.focus === key) ?? node;
  again.focus({ preventScroll: true });
}

/** Replaces the children of a node and keeps the focus. @param {HTMLElement} parent @param {...HTMLElement} children */
export function replace(parent, ...children) {
  const focused = parent.contains(document.activeElement) ? focusWithin(parent) : null;
  parent.replaceChildren(...children);
  if (focused) focusAgain(parent, focused);
}

/** Whether two lists are equal. @param {any} one @param {any} other */
export const equal = (one, other) => JSON.stringify(one) === JSON.stringify(other);
