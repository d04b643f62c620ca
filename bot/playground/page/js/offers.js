/** What can be chosen in a menu, and the button that opens it. */

import { h, icon } from "./dom.js";
import { openMenu } from "./menu.js";
import { channelOf, person, rooms, state } from "./store.js";
import { plain } from "./text.js";

/** @typedef {{label: string, value: any, detail?: string, nth: number}} Offer */

/** @param {any} element */
export const label = (element) => element.placeholder?.text ?? element.type.replaceAll("_", " ");

/** @param {any} element @returns {{label: string, options: any[]}[]} */
export function groupsOf(element) {
  const groups = element.option_groups ?? [{ options: element.options ?? [] }];
  return groups.map((/** @type {any} */ group) => ({ label: group.label?.text ?? "", options: group.options }));
}

/** @param {any} element */
export const several = (element) => element.type.startsWith("multi_");

/** @param {number} seconds */
const local = (seconds) => {
  const at = new Date(seconds * 1000);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

/** @type {Record<string, {type: string, shown: (value: any) => string, read: (text: string) => any}>} */
export const pickers = {
  datepicker: { type: "date", shown: (value) => value ?? "", read: (text) => text },
  timepicker: { type: "time", shown: (value) => value ?? "", read: (text) => text },
  datetimepicker: {
    type: "datetime-local",
    shown: (value) => (value ? local(value) : ""),
    read: (text) => Math.round(new Date(text).getTime() / 1000),
  },
};

/** What an element starts from, as it is sent: labels, ids, a date. @param {any} element */
export function shownValue(element) {
  const { initial_option: option, initial_options: options } = element;
  if (option) return option.text.text;
  if (options) return options.map((/** @type {any} */ each) => each.text.text);
  const name = Object.keys(element).find((each) => each.startsWith("initial_"));
  return name ? element[name] : several(element) ? [] : null;
}

/** All options; an external menu asks the app for them. @param {any} element @returns {{label: string, options: Offer[]}[]} */
export function choices(element) {
  if (element.type.includes("users")) {
    const all = [...state.people, ...state.bots];
    return [{ label: "", options: all.map((each) => ({ label: each.name, value: each.id, detail: `@${each.handle}`, nth: 0 })) }];
  }
  if (/channels|conversations/.test(element.type)) {
    const { channels, directs } = rooms();
    const open = channels.filter((each) => !each.private || element.type.includes("conversations"));
    const all = element.type.includes("conversations") ? [...open, ...directs] : open;
    return [{ label: "", options: all.map((each) => ({ label: spoken(each.id), value: each.id, nth: 0 })) }];
  }
  return asOffers(groupsOf(element));
}

/** @param {{label: string, options: any[]}[]} groups */
const asOffers = (groups) => groups.map((each) => ({
  label: each.label,
  options: each.options.map((option) => ({ label: option.text.text, value: option.text.text, detail: option.description?.text, nth: 0 })),
}));

/** The name of a conversation. @param {string} id */
function spoken(id) {
  const channel = channelOf(id);
  if (!channel) return id;
  return channel.with_user ? state.app.name : `#${channel.name}`;
}

/** The choice in words. @param {any} element @param {any} value */
export function said(element, value) {
  const one = (/** @type {string} */ each) =>
    element.type.includes("users") ? person(each).name : /channels|conversations/.test(element.type) ? spoken(each) : each;
  return several(element) ? (value ?? []).map(one).join(", ") : value ? one(value) : "";
}

/**
 * A button that opens an element's menu and reports the choice.
 * @param {any} element
 * @param {{value: any, load: (typed: string) => Promise<any>, picked: (value: any) => void} & Record<string, any>} options
 */
export function offers(element, { value, load, picked, aria = {}, ...props }) {
  let now = value;
  const text = h("span", { class: "el-label" });
  const made = h("button", { type: "button", class: "el-button el-select", ...props, aria: { ...aria, haspopup: "listbox", expanded: false } }, text, icon("caret"));
  const draw = () => {
    const words = said(element, now);
    text.replaceChildren(plain(words || label(element)));
    made.classList.toggle("is-empty", !words);
    made.setAttribute("aria-label", words ? `${label(element)}: ${words}` : label(element));
  };
  draw();
  const external = element.type.includes("external");
  made.addEventListener("click", async () => {
    const least = element.min_query_length ?? 3;
    const search = external && (async (/** @type {string} */ typed) => {
      if (typed.length < least) return `Type at least ${least} ${least === 1 ? "character" : "characters"}.`;
      const told = await load(typed);
      if (!told?.acked) return `${state.app.name} did not answer.`;
      return asOffers([{ label: "", options: told.options }]);
    });
    const chosen = await openMenu(made, {
      groups: external ? [] : choices(element),
      name: label(element),
      search: true,
      load: search || undefined,
      current: several(element) ? undefined : said(element, now),
      several: several(element) ? (now ?? []) : undefined,
      most: element.max_selected_items,
    });
    const next = several(element) ? chosen : chosen?.value;
    if (!next || JSON.stringify(next) === JSON.stringify(now ?? [])) return;
    now = next;
    draw();
    picked(now);
  });
  return { node: made, read: () => now };
}
