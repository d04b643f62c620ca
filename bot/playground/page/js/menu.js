/** A list to choose from, below the button that opened it: arrows, Enter, Escape, typing to search. */

import { h, icon } from "./dom.js";
import { plain } from "./text.js";

/**
 * @typedef {{label: string, nth: number, detail?: string, url?: string, value?: any}} Option
 * @typedef {{label: string, options: Option[]}[]} Groups
 * With `several`, the values chosen so far, the menu stays open and gives a list of values, at most
 * `most`. With `load`, what to choose from depends on what is typed; a text says why there is none.
 * @typedef {{groups: Groups, current?: string, search?: boolean, name: string, several?: any[],
 *   most?: number, load?: (typed: string) => Promise<Groups | string>}} Menu
 */

let number = 0;
/** @type {(() => void) | null} */ let closeOpen = null;

/**
 * Opens a menu at a button; gives what was chosen, or null.
 * @param {HTMLElement} anchor @param {Menu} menu @returns {Promise<any>}
 */
export function openMenu(anchor, menu) {
  const again = anchor.getAttribute("aria-expanded") === "true";
  closeOpen?.();
  if (again) return Promise.resolve(null);
  return new Promise((resolve) => show(anchor, menu, resolve));
}

/** @param {HTMLElement} anchor @param {Menu} menu @param {(chosen: any) => void} resolve */
function show(anchor, menu, resolve) {
  number += 1;
  const id = `menu-${number}`;
  const list = h("div", { class: "menu-list", role: "listbox", id, "aria-label": menu.name, "aria-multiselectable": menu.several && "true" });
  const search = /** @type {HTMLInputElement} */ (
    h("input", {
      class: "menu-search", type: "text", role: "combobox", placeholder: "Search", autocomplete: "off", spellcheck: "false",
      aria: { label: `Search: ${menu.name}`, controls: id, expanded: true, autocomplete: "list" },
    })
  );
  const box = h("div", { class: menu.search ? "menu" : "menu no-search" }, search, list);
  /** @type {{node: HTMLElement, option: Option}[]} */ let rows = [];
  let at = 0;
  let ticked = menu.several ?? [];
  let { groups } = menu;
  let none = "Nothing matches.";

  const close = (/** @type {Option | null} */ option, back = true) => {
    closeOpen = null;
    box.remove();
    anchor.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
    window.removeEventListener("resize", away);
    document.removeEventListener("scroll", moved, true);
    if (back) still(anchor).focus({ preventScroll: true });
    resolve(menu.several ? ticked : option);
  };
  const take = (/** @type {Option | undefined} */ option) => {
    if (!menu.several) return close(option ?? null);
    if (!option) return;
    if (ticked.includes(option.value)) ticked = ticked.filter((each) => each !== option.value);
    else if (ticked.length < (menu.most ?? Infinity)) ticked = [...ticked, option.value];
    draw(at);
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
  const draw = (/** @type {number} */ to) => {
    const chosen = (/** @type {Option} */ option) => (menu.several ? ticked.includes(option.value) : option.label === menu.current);
    rows = rowsOf(groups, menu.load ? "" : search.value, id, chosen);
    rows.forEach(({ node, option }, index) => {
      node.addEventListener("click", () => take(option));
      node.addEventListener("pointermove", () => index !== at && mark(index));
    });
    list.replaceChildren(...withGroups(groups, rows, none));
    mark(to);
  };
  const fill = async () => {
    const asked = search.value;
    if (menu.load) {
      const told = await menu.load(asked);
      if (asked !== search.value) return;
      groups = typeof told === "string" ? [] : told;
      none = typeof told === "string" ? told : "Nothing matches.";
    }
    draw(0);
    if (!asked && !menu.several) mark(Math.max(0, rows.findIndex(({ option }) => option.label === menu.current)));
    position(box, anchor);
  };
  search.addEventListener("input", () => void fill());
  search.addEventListener("keydown", (event) => {
    const last = rows.length - 1;
    const moves = { ArrowDown: at === last ? 0 : at + 1, ArrowUp: at === 0 ? last : at - 1, Home: 0, End: last };
    if (event.key in moves) mark(moves[/** @type {keyof moves} */ (event.key)]);
    else if (event.key === "Enter" || (event.key === " " && !menu.search)) take(rows[at]?.option);
    else if (event.key === "Escape" || event.key === "Tab") close(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  closeOpen = () => close(null, false);
  anchor.setAttribute("aria-expanded", "true");
  (anchor.closest("dialog") ?? document.body).append(box);
  void fill();
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

/** @param {Groups} groups @param {string} sought @param {string} id @param {(option: Option) => boolean} chosen */
function rowsOf(groups, sought, id, chosen) {
  const words = sought.trim().toLocaleLowerCase();
  return groups
    .flatMap((group) => group.options)
    .filter((option) => option.label.toLocaleLowerCase().includes(words))
    .map((option, index) => {
      const selected = chosen(option);
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

/** @param {Groups} groups @param {{node: HTMLElement, option: Option}[]} rows @param {string} none */
function withGroups(groups, rows, none) {
  if (!rows.length) return [h("p", { class: "menu-none" }, none)];
  const shown = new Map(rows.map(({ node, option }) => [option, node]));
  return groups.flatMap((group) => {
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
