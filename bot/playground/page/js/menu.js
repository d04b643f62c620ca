/** A list to choose from, below the button that opened it: arrows, Enter, Escape, typing to search. */

import { h, icon } from "./dom.js";
import { plain } from "./text.js";

/**
 * @typedef {{label: string, nth: number, detail?: string, url?: string}} Option
 * @typedef {{groups: {label: string, options: Option[]}[], current?: string, search?: boolean,
 *   name: string}} Menu
 */

let number = 0;
/** @type {(() => void) | null} */ let closeOpen = null;

/**
 * Opens a menu at a button; gives what was chosen, or null.
 * @param {HTMLElement} anchor @param {Menu} menu @returns {Promise<Option | null>}
 */
export function openMenu(anchor, menu) {
  const again = anchor.getAttribute("aria-expanded") === "true";
  closeOpen?.();
  if (again) return Promise.resolve(null);
  return new Promise((resolve) => show(anchor, menu, resolve));
}

/** @param {HTMLElement} anchor @param {Menu} menu @param {(option: Option | null) => void} resolve */
function show(anchor, menu, resolve) {
  number += 1;
  const id = `menu-${number}`;
  const list = h("div", { class: "menu-list", role: "listbox", id, "aria-label": menu.name });
  const search = /** @type {HTMLInputElement} */ (
    h("input", {
      class: "menu-search", type: "text", role: "combobox", placeholder: "Search", autocomplete: "off", spellcheck: "false",
      aria: { label: `Search: ${menu.name}`, controls: id, expanded: true, autocomplete: "list" },
    })
  );
  const box = h("div", { class: menu.search ? "menu" : "menu no-search" }, search, list);
  /** @type {{node: HTMLElement, option: Option}[]} */ let rows = [];
  let at = 0;

  const close = (/** @type {Option | null} */ option, back = true) => {
    closeOpen = null;
    box.remove();
    anchor.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
    window.removeEventListener("resize", away);
    document.removeEventListener("scroll", moved, true);
    if (back) still(anchor).focus({ preventScroll: true });
    resolve(option);
  };
  const away = () => close(null, false);
  const outside = (/** @type {Event} */ event) => {
    const target = /** @type {Node} */ (event.target);
    if (!box.contains(target) && !anchor.contains(target)) close(null, false);
  };
  const moved = (/** @type {Event} */ event) => {
    if (!box.contains(/** @type {Node} */ (event.target)) && anchor.isConnected) position(box, anchor);
  };
  const mark = (/** @type {number} */ index) => {
    rows[at]?.node.classList.remove("is-active");
    at = Math.max(0, Math.min(index, rows.length - 1));
    rows[at]?.node.classList.add("is-active");
    rows[at]?.node.scrollIntoView({ block: "nearest" });
    search.setAttribute("aria-activedescendant", rows[at]?.node.id ?? "");
  };
  const fill = () => {
    rows = rowsOf(menu, search.value, id);
    rows.forEach(({ node, option }, index) => {
      node.addEventListener("click", () => close(option));
      node.addEventListener("pointermove", () => index !== at && mark(index));
    });
    list.replaceChildren(...withGroups(menu, rows));
    const current = rows.findIndex(({ option }) => option.label === menu.current);
    mark(search.value ? 0 : Math.max(0, current));
  };
  search.addEventListener("input", fill);
  search.addEventListener("keydown", (event) => {
    const last = rows.length - 1;
    const moves = { ArrowDown: at === last ? 0 : at + 1, ArrowUp: at === 0 ? last : at - 1, Home: 0, End: last };
    if (event.key in moves) mark(moves[/** @type {keyof moves} */ (event.key)]);
    else if (event.key === "Enter" || (event.key === " " && !menu.search)) close(rows[at]?.option ?? null);
    else if (event.key === "Escape" || event.key === "Tab") close(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  closeOpen = () => close(null, false);
  anchor.setAttribute("aria-expanded", "true");
  (anchor.closest("dialog") ?? document.body).append(box);
  fill();
  position(box, anchor);
  search.focus({ preventScroll: true });
  document.addEventListener("pointerdown", outside, true);
  document.addEventListener("scroll", moved, true);
  window.addEventListener("resize", away);
}

/** The button itself, or the one in its place if its message was drawn again. @param {HTMLElement} anchor */
function still(anchor) {
  if (anchor.isConnected) return anchor;
  const all = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-control]"));
  return [...all].find((each) => each.dataset.control === anchor.dataset.control) ?? anchor;
}

/** @param {Menu} menu @param {string} sought @param {string} id */
function rowsOf(menu, sought, id) {
  const words = sought.trim().toLocaleLowerCase();
  return menu.groups
    .flatMap((group) => group.options)
    .filter((option) => option.label.toLocaleLowerCase().includes(words))
    .map((option, index) => {
      const selected = option.label === menu.current;
      const detail = option.detail && h("small", {}, option.detail);
      const node = h(
        "div",
        { class: "menu-option", role: "option", id: `${id}-${index}`, aria: { selected } },
        h("span", { class: "menu-label" }, plain(option.label), detail),
        selected && icon("check"),
      );
      return { node, option };
    });
}

/** @param {Menu} menu @param {{node: HTMLElement, option: Option}[]} rows */
function withGroups(menu, rows) {
  if (!rows.length) return [h("p", { class: "menu-none" }, "Nothing matches.")];
  const shown = new Map(rows.map(({ node, option }) => [option, node]));
  return menu.groups.flatMap((group) => {
    const nodes = group.options.flatMap((option) => shown.get(option) ?? []);
    if (!nodes.length) return [];
    return group.label ? [h("div", { class: "menu-group", role: "presentation" }, group.label), ...nodes] : nodes;
  });
}

/** Below the anchor where there is room, else above it. @param {HTMLElement} box @param {HTMLElement} anchor */
function position(box, anchor) {
  const at = anchor.getBoundingClientRect();
  const own = box.getBoundingClientRect();
  const gap = 6;
  const below = window.innerHeight - at.bottom - gap >= own.height || at.top < own.height;
  const top = below ? at.bottom + gap : at.top - own.height - gap;
  box.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - own.width - 8))}px`;
  box.style.top = `${Math.max(8, Math.min(top, window.innerHeight - own.height - 8))}px`;
}
