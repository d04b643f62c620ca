/** The elements of Block Kit that people work with: buttons, menus, fields. */

import { act } from "./api.js";
import { confirmed } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { openMenu } from "./menu.js";
import { state } from "./store.js";
import { plain, textOf } from "./text.js";

/** Controls that wait for the bot's acknowledgement. @type {Set<string>} */
const waiting = new Set();
/** What was chosen in a menu: Slack shows it for as long as the menu's block keeps its id. @type {Map<string, string>} */
const chosen = new Map();

/** @param {any} place */
const placeKey = (place) => place.view ?? `${place.channel}/${place.ts}`;

/** @param {string} key */
function paint(key) {
  const all = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-control]"));
  for (const each of all) {
    if (each.dataset.control === key) each.setAttribute("aria-busy", String(waiting.has(key)));
  }
}

/**
 * Sends a gesture unless the same control still waits; asks first where the app wants that.
 * @param {string} name @param {any} element @param {any} block @param {any} place
 * @param {{label: string, nth: number, url?: string}} what
 */
async function send(name, element, block, place, what) {
  const key = `${placeKey(place)}/${block.block_id}/${element.action_id}`;
  if (waiting.has(key) || !(await confirmed(element.confirm))) return;
  if (what.url) window.open(what.url, "_blank", "noopener,noreferrer");
  if (element.type === "static_select") chosen.set(`${key}/${state.me}`, what.label);
  waiting.add(key);
  paint(key);
  const where = "view" in place ? { view: place.view } : { channel: place.channel, ts: place.ts };
  await act(name, { ...where, block: block.block_id, label: what.label, nth: what.nth });
  waiting.delete(key);
  paint(key);
}

/**
 * One control of an actions block, or beside a section.
 * @param {any} element @param {any} block @param {any} place
 * @param {(kind: string, label: string) => number} count
 * @returns {HTMLElement}
 */
export function control(element, block, place, count) {
  const key = `${placeKey(place)}/${block.block_id}/${element.action_id}`;
  const data = { control: key, focus: element.action_id };
  const aria = { busy: waiting.has(key) };
  switch (element.type) {
    case "button":
      return button(element, block, place, count, { data, aria });
    case "static_select":
      return select(element, block, place, count, { data, aria });
    case "overflow":
      return overflow(element, block, place, count, { data, aria });
    case "radio_buttons":
    case "checkboxes":
      return boxes(element, block, place, count);
    default:
      return h("span", { class: "el-none", title: "This control is drawn but does nothing here." }, label(element));
  }
}

/** @param {any} element */
const label = (element) => element.placeholder?.text ?? element.type.replaceAll("_", " ");

/** @param {any} element @param {any} block @param {any} place @param {any} count @param {any} props */
function button(element, block, place, count, props) {
  const text = element.text.text;
  const nth = count("button", text);
  return h(
    "button",
    {
      type: "button",
      class: `el-button ${element.style ?? ""}`,
      ...props,
      aria: { ...props.aria, label: element.accessibility_label },
      onclick: () => send("click", element, block, place, { label: text, nth, url: element.url }),
    },
    h("span", { class: "el-label" }, textOf(element.text)),
  );
}

/** @param {any} element @returns {{label: string, options: any[]}[]} */
export function groupsOf(element) {
  const groups = element.option_groups ?? [{ options: element.options ?? [] }];
  return groups.map((/** @type {any} */ group) => ({ label: group.label?.text ?? "", options: group.options }));
}

/** The groups with each option's label and its number among equal ones. @param {any} element @param {any} count */
function numbered(element, count) {
  return groupsOf(element).map((group) => ({
    label: group.label,
    options: group.options.map((option) => ({
      label: option.text.text,
      detail: option.description?.text ?? "",
      url: option.url,
      nth: count("option", option.text.text),
    })),
  }));
}

/** @param {any} element @param {any} block @param {any} place @param {any} count @param {any} props */
function select(element, block, place, count, props) {
  const groups = numbered(element, count);
  const current = () => chosen.get(`${props.data.control}/${state.me}`) ?? element.initial_option?.text.text;
  const said = h("span", { class: "el-label" }, plain(current() ?? label(element)));
  const made = h(
    "button",
    {
      type: "button",
      class: `el-button el-select ${current() ? "" : "is-empty"}`,
      ...props,
      aria: { ...props.aria, haspopup: "listbox", expanded: false, label: current() ? `${label(element)}: ${current()}` : label(element) },
    },
    said,
    icon("caret"),
  );
  made.addEventListener("click", async () => {
    const option = await openMenu(made, { groups, current: current(), search: true, name: label(element) });
    if (!option) return;
    const before = said.textContent;
    const sending = send("choose", element, block, place, option);
    await Promise.resolve();
    const now = chosen.get(`${props.data.control}/${state.me}`);
    if (now && now !== before) said.replaceChildren(plain(now));
    await sending;
  });
  return made;
}

/** @param {any} element @param {any} block @param {any} place @param {any} count @param {any} props */
function overflow(element, block, place, count, props) {
  const groups = numbered(element, count);
  const made = h(
    "button",
    { type: "button", class: "el-button el-overflow", ...props, aria: { ...props.aria, haspopup: "listbox", expanded: false, label: "More actions" } },
    icon("more"),
  );
  made.addEventListener("click", async () => {
    const option = await openMenu(made, { groups, name: "More actions" });
    if (option) await send("choose", element, block, place, option);
  });
  return made;
}

/** Radio buttons and checkboxes that act at once. @param {any} element @param {any} block @param {any} place @param {any} count */
function boxes(element, block, place, count) {
  return group(element, `${placeKey(place)}-${block.block_id}`, (option) => {
    void send("choose", element, block, place, { label: option.text.text, nth: count("option", option.text.text) });
  });
}

/** @param {any} element @param {string} name @param {(option: any) => void} [changed] */
function group(element, name, changed) {
  const type = element.type === "checkboxes" ? "checkbox" : "radio";
  const at = new Set((element.initial_options ?? [element.initial_option]).map((/** @type {any} */ each) => each?.text.text));
  const rows = element.options.map((/** @type {any} */ option) => {
    const box = h("input", { type, name, value: option.text.text, checked: at.has(option.text.text), onchange: () => changed?.(option) });
    const detail = option.description && h("small", {}, textOf(option.description));
    return h("label", { class: "el-box" }, box, h("span", {}, textOf(option.text), detail));
  });
  return h("div", { class: "el-boxes", role: type === "radio" ? "radiogroup" : "group" }, ...rows);
}

/**
 * The field of an input block. What is entered goes into the form under the action_id.
 * @param {any} element @param {{id: string, describedby: string, form?: any}} where
 */
export function field(element, { id, describedby, form }) {
  const made = drawn(element, id);
  made.setAttribute("aria-describedby", describedby);
  form?.fields.set(element.action_id, () => entered(element, made));
  return made;
}

const TYPES = { email_text_input: "email", url_text_input: "url", number_input: "number", datepicker: "date", timepicker: "time" };

/** @param {any} element @param {string} id @returns {HTMLElement} */
function drawn(element, id) {
  if (element.type === "radio_buttons" || element.type === "checkboxes") return group(element, id);
  if (element.type.includes("select")) return choice(element, id);
  const placeholder = element.placeholder?.text;
  if (element.multiline) return h("textarea", { id, placeholder, rows: 4, class: "el-field" }, element.initial_value ?? "");
  const type = TYPES[/** @type {keyof TYPES} */ (element.type)] ?? "text";
  const value = element.initial_value ?? element.initial_date ?? element.initial_time;
  return h("input", { id, type, placeholder, value, class: "el-field" });
}

/** @param {any} element @param {string} id */
function choice(element, id) {
  const several = element.type.startsWith("multi_");
  const made = h("select", { id, class: "el-field", multiple: several });
  if (!several) made.append(h("option", { value: "" }, label(element)));
  const at = new Set([element.initial_option, ...(element.initial_options ?? [])].map((each) => each?.text.text));
  const people = state.people.map((each) => ({ label: each.name, value: each.id }));
  const rooms = state.channels.filter((each) => !each.with_user).map((each) => ({ label: `#${each.name}`, value: each.id }));
  const given = groupsOf(element).flatMap((each) => each.options).map((each) => ({ label: each.text.text, value: each.text.text }));
  const options = element.type.includes("users") ? people : /channels|conversations/.test(element.type) ? rooms : given;
  made.append(...options.map((each) => h("option", { value: each.value, selected: at.has(each.value) }, each.label)));
  return made;
}

/** @param {any} element @param {any} made */
function entered(element, made) {
  if (element.type === "checkboxes") return [...made.querySelectorAll(":checked")].map((each) => each.value);
  if (element.type === "radio_buttons") return made.querySelector(":checked")?.value ?? "";
  if (made.multiple) return [...made.selectedOptions].map((each) => each.value);
  return made.value;
}
