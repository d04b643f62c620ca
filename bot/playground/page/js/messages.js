/** One message, and a list of them. */

import { act, toast } from "./api.js";
import { attachmentOf, blocksOf } from "./blocks.js";
import { clock, clockBare, dateOf, day, full, when } from "./dates.js";
import { h, icon, reconcile } from "./dom.js";
import { permalink } from "./links.js";
import { openMenu } from "./menu.js";
import { reactButton, reactionsOf } from "./reactions.js";
import { isBot, keyOf, openThread, person, state } from "./store.js";
import { mrkdwn, spoken } from "./text.js";

/** @typedef {import("./store.js").Message} Message */

const TOGETHER_SECONDS = 300;
const LABEL_CHARACTERS = 120;

/** A picture of somebody: their initials. @param {string} id @param {string} [size] */
export function avatar(id, size = "") {
  const { name } = person(id);
  const initials = [...name].slice(0, 1).join("").toUpperCase();
  const hue = [...id].reduce((sum, each) => sum + (each.codePointAt(0) ?? 0), 0) % 8;
  return h("span", { class: `avatar ${size} ${isBot(id) ? "is-bot" : ""}`, data: { hue }, "aria-hidden": "true" }, isBot(id) ? botFace(id) : initials);
}

/** @param {string} id */
const botFace = (id) => (id === state.app.user ? "✉" : "#");

/**
 * A list that follows its end while the reader is there.
 * @param {{key: string, empty: () => HTMLElement | null}} options
 */
export function messageList({ key, empty }) {
  const known = new Map();
  const inner = h("div", { class: "list-inner" });
  const list = h("div", { class: "list", role: "log", "aria-live": "off", "aria-label": "Messages", tabindex: "0" }, inner);
  const pill = h("button", { type: "button", class: "pill", hidden: true }, icon("down"), "New messages");
  let atEnd = true;
  let before = 0;
  const toEnd = () => {
    list.scrollTop = list.scrollHeight;
    before = list.scrollTop;
    atEnd = true;
    pill.hidden = true;
  };
  const scrolled = () => {
    // More may have arrived since the end was last scrolled to: only going up is leaving it.
    if (list.scrollHeight - list.scrollTop - list.clientHeight < 60) atEnd = true;
    else if (list.scrollTop < before - 1) atEnd = false;
    before = list.scrollTop;
    if (atEnd) pill.hidden = true;
  };
  list.addEventListener("scroll", scrolled);
  pill.addEventListener("click", toEnd);
  new ResizeObserver(() => atEnd && toEnd()).observe(list);
  new ResizeObserver(() => atEnd && toEnd()).observe(inner);
  list.addEventListener("keydown", moveBetween);

  const show = (/** @type {Message[]} */ messages, { inThread = false } = {}) => {
    const count = known.size;
    // The event for a scroll may still be on its way.
    scrolled();
    const items = itemsOf(messages, inThread);
    const none = messages.length ? null : empty();
    if (none) items.unshift({ key: "empty", version: [], draw: () => none });
    reconcile(inner, items, known);
    if (atEnd) toEnd();
    else if (known.size > count) pill.hidden = false;
  };
  return { node: h("div", { class: "list-frame", data: { list: key } }, list, pill), show, toEnd };
}

/** @param {KeyboardEvent} event */
function moveBetween(event) {
  const list = /** @type {HTMLElement} */ (event.currentTarget);
  const target = /** @type {HTMLElement} */ (event.target);
  if (!["ArrowUp", "ArrowDown"].includes(event.key) || !(target === list || target.matches(".message"))) return;
  const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".message")]);
  const step = event.key === "ArrowUp" ? -1 : 1;
  const at = target === list ? (step < 0 ? all.length : -1) : all.indexOf(target);
  all[at + step]?.focus();
  event.preventDefault();
}

/** @param {Message[]} messages @param {boolean} inThread */
function itemsOf(messages, inThread) {
  const items = [];
  /** @type {Message | null} */ let before = null;
  for (const message of messages) {
    const at = dateOf(message.ts);
    if (!inThread && (!before || dateOf(before.ts).toDateString() !== at.toDateString())) {
      const name = day(at);
      items.push({ key: `day ${at.toDateString()}`, version: [name], draw: () => h("div", { class: "day", role: "separator" }, h("span", {}, name)) });
      before = null;
    }
    const joined = joins(before, message);
    items.push({ key: keyOf(message), version: [message, joined, inThread, state.me, state.failed.get(keyOf(message))], draw: () => drawn(message, joined, inThread) });
    before = message;
    if (inThread && message === messages[0] && messages.length > 1) {
      const count = counted(messages.length - 1);
      items.push({ key: "replies", version: [count], draw: () => h("div", { class: "day is-replies", role: "separator" }, h("span", {}, count)) });
      before = null;
    }
  }
  return items;
}

/** @param {number} replies */
const counted = (replies) => (replies === 1 ? "1 reply" : `${replies} replies`);

/** Whether a message stands below the one before without its author. @param {Message | null} before @param {Message} message */
function joins(before, message) {
  if (!before || before.user !== message.user || before.to !== message.to || message.to) return false;
  if (message.broadcast || message.blocks.some((each) => each.type === "header")) return false;
  return Number(message.ts) - Number(before.ts) < TOGETHER_SECONDS && !before.reply_count;
}

/** @param {Message} message @param {boolean} joined @param {boolean} inThread */
function drawn(message, joined, inThread) {
  const { name } = person(message.user);
  const at = dateOf(message.ts);
  const classes = ["message", joined && "is-joined", message.to && "is-private", message.subtype === "tombstone" && "is-gone"];
  const time = h("time", { class: "time", title: full(at), datetime: at.toISOString() }, joined ? clockBare(at) : clock(at));
  const failed = state.failed.get(keyOf(message));
  return h(
    "article",
    { class: classes.filter(Boolean).join(" "), tabindex: "-1", data: { message: keyOf(message) }, "aria-label": `${name}, ${clock(at)}: ${spoken(message.text).slice(0, LABEL_CHARACTERS)}` },
    h("div", { class: "gutter" }, joined ? time : avatar(message.user)),
    h(
      "div",
      { class: "message-main" },
      message.to && privately(message),
      message.broadcast && h("p", { class: "replied" }, "replied to a thread"),
      !joined && h("div", { class: "byline" }, h("span", { class: "author" }, name), isBot(message.user) && h("span", { class: "badge" }, "App"), time),
      body(message),
      message.reactions.length > 0 && reactionsOf(message),
      failed && h("p", { class: "warning", role: "alert" }, icon("warning"), failed),
      !inThread && message.reply_count > 0 && replies(message),
    ),
    !message.to && message.subtype !== "tombstone" && tools(message, inThread),
  );
}

/** @param {Message} message */
function body(message) {
  const place = { channel: message.channel, ts: message.ts };
  const said = message.blocks.length ? blocksOf(message.blocks, place) : h("div", { class: "b-text" }, mrkdwn(message.text), message.edited && h("span", { class: "edited" }, " (edited)"));
  if (!message.attachments.length) return said;
  return h("div", {}, said, ...message.attachments.map((each) => attachmentOf(each, place)));
}

/** @param {Message} message */
function privately(message) {
  const dismiss = () => void act("dismiss", { channel: message.channel, ts: message.ts });
  return h(
    "div",
    { class: "private" },
    icon("eye"),
    h("span", {}, "Only visible to you"),
    h("button", { type: "button", class: "link-button", onclick: dismiss, data: { focus: "dismiss" } }, "Dismiss"),
  );
}

/** @param {Message} message */
function replies(message) {
  return h(
    "button",
    { type: "button", class: "replies", onclick: () => openThread(message), data: { focus: "replies" } },
    ...message.reply_users.slice(0, 4).map((id) => avatar(id, "small")),
    h("strong", {}, counted(message.reply_count)),
    h("span", { class: "replies-when" }, `Last reply ${when(dateOf(message.latest_reply))}`),
  );
}

/** @param {Message} message @param {boolean} inThread */
function tools(message, inThread) {
  const more = h("button", { type: "button", class: "plain-button", "aria-label": "More actions", "aria-haspopup": "listbox", "aria-expanded": "false", data: { focus: "more" } }, icon("more"));
  more.addEventListener("click", async () => {
    const copy = { label: "Copy link", nth: 0 };
    const offered = state.app.shortcuts.filter((/** @type {any} */ each) => each.type === "message").map((/** @type {any} */ each) => ({ label: each.name, nth: 0, id: each.callback_id }));
    const chosen = /** @type {any} */ (await openMenu(more, { name: "More actions", groups: [{ label: "", options: [copy, ...offered] }] }));
    if (chosen?.id) await act("message_action", { channel: message.channel, ts: message.ts, callback_id: chosen.id });
    else if (chosen) await copied(permalink(message));
  });
  const thread = h("button", { type: "button", class: "plain-button", "aria-label": "Reply in thread", onclick: () => openThread(message), data: { focus: "thread" } }, icon("thread"));
  return h("div", { class: "tools" }, reactButton(message), !inThread && thread, more);
}

/** @param {string} text */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("The link is copied. /sendkit takes it in place of an ID.");
  } catch {
    toast(text);
  }
}
