/** The elements of Block Kit that people work with: buttons, menus, fields. */

import { act } from "./api.js";
import { confirmed } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { group, valuesOf } from "./fields.js";
import { visit } from "./links.js";
import { openMenu } from "./menu.js";
import { groupsOf, label, offers, pickers, shownValue } from "./offers.js";
import { keyOf, state, tell } from "./store.js";
import { plain, textOf } from "./text.js";

/** Controls that wait for the bot's acknowledgement. @type {Set<string>} */
const waiting = new Set();
/** A menu's choice: Slack shows it while the menu's block keeps its id. @type {Map<string, any>} */
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
 * Sends a gesture unless the same control still waits; asks first if the app wants that.
 * @param {string} name @param {any} element @param {any} block @param {any} place
 * @param {Record<string, any>} what @param {string} [url]
 */
async function send(name, element, block, place, what, url) {
  const key = `${placeKey(place)}/${block.block_id}/${element.action_id}`;
  if (waiting.has(key) || !(await confirmed(element.confirm))) return;
  if (url) visit(url);
  if ("label" in what && element.type === "static_select") chosen.set(`${key}/${state.me}`, what.label);
  if ("value" in what) chosen.set(`${key}/${state.me}`, what.value);
  waiting.add(key);
  paint(key);
  if ("ts" in place) fail(place, "");
  const told = await act(name, { ...where(place), block: block.block_id, ...what });
  waiting.delete(key);
  paint(key);
  if (!("ts" in place) || !told || told.acked) return;
  fail(place, told.body === "operation_timeout" ? `${state.app.name} did not answer in time. Try again.` : `That did not reach ${state.app.name}. Try again.`);
}

/** Slack's note beside a message, for the person who pressed there. @param {{channel: string, ts: string}} place @param {string} told */
function fail(place, told) {
  if ((state.failed.get(keyOf(place)) ?? "") === told) return;
  if (told) state.failed.set(keyOf(place), told);
  else state.failed.delete(keyOf(place));
  tell("messages");
}

/** The place of a gesture; in a form, with the form's input. @param {any} place */
function where(place) {
  if (!("view" in place)) return { channel: place.channel, ts: place.ts };
  return place.form ? { view: place.view, values: valuesOf(place.form) } : { view: place.view };
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
    case "icon_button":
      return button(element, element, block, place, count, { data, aria });
    case "feedback_buttons":
      return h("span", { class: "el-pair" }, ...[element.positive_button, element.negative_button].map((each) =>
        button({ ...element, ...each }, element, block, place, count, { data: { ...data, focus: `${data.focus} ${each.value}` }, aria })));
    case "static_select":
      return select(element, block, place, count, { data, aria });
    case "overflow":
      return overflow(element, block, place, count, { data, aria });
    case "radio_buttons":
    case "checkboxes":
      return boxes(element, block, place, count);
    case "datepicker":
    case "timepicker":
    case "datetimepicker":
      return moment(element, block, place, { data, aria });
    default:
      return picker(element, block, place, { data, aria });
  }
}

/** @param {any} element @param {any} whole @param {any} block @param {any} place @param {any} count @param {any} props */
function button(element, whole, block, place, count, props) {
  const text = element.text.text;
  const nth = count("button", text);
  return h(
    "button",
    {
      type: "button",
      class: `el-button ${element.style ?? ""}`,
      ...props,
      aria: { ...props.aria, label: element.accessibility_label },
      onclick: () => send("click", whole, block, place, { label: text, nth }, element.url),
    },
    h("span", { class: "el-label" }, textOf(element.text)),
  );
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
    const sending = send("choose", element, block, place, { label: option.label, nth: option.nth });
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
    if (option) await send("choose", element, block, place, { label: option.label, nth: option.nth }, option.url);
  });
  return made;
}

/** A menu of people, channels or the app's options, or with several choices. @param {any} element @param {any} block @param {any} place @param {any} props */
function picker(element, block, place, props) {
  const key = `${props.data.control}/${state.me}`;
  const made = offers(element, {
    ...props,
    value: chosen.has(key) ? chosen.get(key) : shownValue(element),
    load: (/** @type {string} */ typed) => act("suggest", { ...where(place), block: block.block_id, name: element.action_id, typed }),
    picked: (/** @type {any} */ value) => send("pick", element, block, place, { name: element.action_id, value }),
  });
  return made.node;
}

/** A date or a time. @param {any} element @param {any} block @param {any} place @param {any} props */
function moment(element, block, place, props) {
  const key = `${props.data.control}/${state.me}`;
  const { type, shown, read } = pickers[element.type];
  const value = chosen.has(key) ? chosen.get(key) : shownValue(element);
  const made = /** @type {HTMLInputElement} */ (h("input", { type, class: "el-field el-moment", value: shown(value), ...props, aria: { ...props.aria, label: label(element) } }));
  let sent = made.value;
  made.addEventListener("change", () => {
    // A half-typed year is one of the first century.
    if (!made.value || made.value.startsWith("0") && type !== "time" || made.value === sent) return;
    sent = made.value;
    void send("pick", element, block, place, { name: element.action_id, value: read(made.value) });
  });
  return made;
}

/** Radio buttons and checkboxes that act at once. @param {any} element @param {any} block @param {any} place @param {any} count */
function boxes(element, block, place, count) {
  const key = `${placeKey(place)}/${block.block_id}/${element.action_id}/${state.me}`;
  const made = group(element, `${placeKey(place)}-${block.block_id}-${element.action_id}`, (option) => {
    chosen.set(key, [...made.querySelectorAll("input:checked")].map((each) => /** @type {HTMLInputElement} */ (each).value));
    void send("choose", element, block, place, { label: option.text.text, nth: nth.get(option) });
  }, chosen.get(key));
  const nth = new Map(element.options.map((/** @type {any} */ each) => [each, count("option", each.text.text)]));
  return made;
}
