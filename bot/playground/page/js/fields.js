/** The fields of input blocks and their values. */

import { act } from "./api.js";
import { h } from "./dom.js";
import { offers, pickers, shownValue } from "./offers.js";
import { richText } from "./rich.js";
import { textOf } from "./text.js";

/**
 * A form's fields by block_id: how to read each, where its error is shown, which are required,
 * and the input from before the app redrew the form.
 * @typedef {{fields: Map<string, () => any>, errors: Map<string, HTMLElement>,
 *   required: Set<string>, kept: Map<string, any>}} Form
 */

/** @returns {Form} */
export const newForm = () => ({ fields: new Map(), errors: new Map(), required: new Set(), kept: new Map() });

/** @param {any} value */
export const empty = (value) => value === "" || value === null || value === undefined || (Array.isArray(value) && !value.length);

/** All input, without empty fields. @param {Form} form @returns {Record<string, any>} */
export function valuesOf(form) {
  const all = [...form.fields].map(([name, read]) => [name, read()]);
  return Object.fromEntries(all.filter(([, value]) => !empty(value)));
}

/** Keeps the input of a redrawn form for blocks that keep their ids. @param {Form} from @param {Form} to */
export function keep(from, to) {
  for (const [name, read] of from.fields) to.kept.set(name, read());
}

/**
 * The field of an input block.
 * @param {any} block @param {{id: string, describedby: string, labelledby: string, place: any}} where
 */
export function field(block, { id, describedby, labelledby, place }) {
  const { element } = block;
  const form = /** @type {Form | undefined} */ (place.form);
  const value = form?.kept.has(block.block_id) ? form.kept.get(block.block_id) : shownValue(element);
  const tell = () => {
    if (block.dispatch_action && !empty(read())) {
      void act("pick", { view: place.view, block: block.block_id, name: element.action_id, value: read(), ...(form && { values: valuesOf(form) }) });
    }
  };
  const { node, read } = drawn(element, { id, labelledby, value, place, block, tell });
  node.setAttribute("aria-describedby", describedby);
  form?.fields.set(block.block_id, read);
  if (form && !block.optional) form.required.add(block.block_id);
  return node;
}

const TYPES = { email_text_input: "email", url_text_input: "url", number_input: "text" };

/** @param {any} element @param {any} options @returns {{node: HTMLElement, read: () => any}} */
function drawn(element, { id, labelledby, value, place, block, tell }) {
  if (element.type === "radio_buttons" || element.type === "checkboxes") {
    const node = group(element, id, tell, [value].flat());
    node.setAttribute("aria-labelledby", labelledby);
    const ticked = () => [...node.querySelectorAll("input:checked")].map((each) => /** @type {HTMLInputElement} */ (each).value);
    return { node, read: () => (element.type === "checkboxes" ? ticked() : (ticked()[0] ?? "")) };
  }
  if (element.type.includes("select")) {
    const load = (/** @type {string} */ typed) => act("suggest", { view: place.view, block: block.block_id, name: element.action_id, typed });
    return offers(element, { id, value, load, picked: tell, class: "el-button el-select el-wide", autofocus: element.focus_on_load });
  }
  return typed(element, { id, value, tell });
}

/** @param {any} element @param {any} options */
function typed(element, { id, value, tell }) {
  const uploads = element.type === "file_input";
  const placeholder = uploads ? "There are no files in the playground." : element.placeholder?.text;
  const moment = pickers[element.type];
  const type = moment?.type ?? TYPES[/** @type {keyof TYPES} */ (element.type)] ?? "text";
  const text = value?.type === "rich_text" ? value.elements.map((/** @type {any} */ part) => richText(part).textContent).join("\n") : (value ?? "");
  const shown = moment ? moment.shown(value) : text;
  const common = { id, placeholder, disabled: uploads, class: "el-field", autofocus: element.focus_on_load };
  const node = /** @type {HTMLInputElement} */ (element.multiline || element.type === "rich_text_input" ? h("textarea", { ...common, rows: 4 }, shown) : h("input", { ...common, type, value: shown }));
  const on = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (moment) node.addEventListener("change", tell);
  else if (on.includes("on_character_entered")) node.addEventListener("input", tell);
  return { node, read: () => (moment && node.value ? moment.read(node.value) : node.value) };
}

/** Radio buttons or checkboxes. @param {any} element @param {string} name @param {(option: any) => void} [changed] @param {string[]} [now] */
export function group(element, name, changed, now) {
  const type = element.type === "checkboxes" ? "checkbox" : "radio";
  const at = new Set(now ?? [shownValue(element)].flat());
  const rows = element.options.map((/** @type {any} */ option, /** @type {number} */ index) => {
    const box = h("input", { type, name, value: option.text.text, checked: at.has(option.text.text), autofocus: element.focus_on_load && !index, onchange: () => changed?.(option), data: { focus: `${element.action_id} ${option.value}` } });
    const detail = option.description && h("small", {}, textOf(option.description));
    return h("label", { class: "el-box" }, box, h("span", {}, textOf(option.text), detail));
  });
  return h("div", { class: "el-boxes", role: type === "radio" ? "radiogroup" : "group" }, ...rows);
}
