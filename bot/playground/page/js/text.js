/** Slack's text formats as elements: plain_text and mrkdwn. */

import { dateText } from "./dates.js";
import { h } from "./dom.js";
import { EMOJI } from "./emoji.js";
import { follow } from "./links.js";
import { channelOf, person, state } from "./store.js";

const MARKS = { "*": "strong", _: "em", "~": "s" };

/** A text object of either kind. @param {any} object @returns {DocumentFragment} */
export function textOf(object) {
  return object.type === "mrkdwn" ? mrkdwn(object.text) : plain(object.text, object.emoji !== false);
}

/** @param {string} text @param {boolean} emoji */
export function plain(text, emoji = true) {
  const made = document.createDocumentFragment();
  made.append(emoji ? withEmoji(text) : text);
  return made;
}

/** @param {string} text */
function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (all, name) => EMOJI[name] ?? all);
}

/** @param {string} text */
export function unescaped(text) {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

/** Slack's markup. @param {string} text @returns {DocumentFragment} */
export function mrkdwn(text) {
  const made = document.createDocumentFragment();
  text.split(/```\n?([\s\S]+?)\n?```\n?/).forEach((part, index) => {
    if (index % 2) made.append(h("pre", { class: "pre" }, unescaped(part)));
    else if (part) made.append(lines(part));
  });
  return made;
}

/** Slack's markup as a screen reader says it. @param {string} text */
export const spoken = (text) => mrkdwn(text).textContent ?? "";

/** Quotes, which are whole lines, and the rest. @param {string} text */
function lines(text) {
  const made = document.createDocumentFragment();
  /** @type {string[]} */ let quoted = [];
  const endQuote = () => {
    if (quoted.length) made.append(h("blockquote", { class: "quote" }, inline(quoted.join("\n"))));
    quoted = [];
  };
  const all = text.split("\n");
  all.forEach((line, index) => {
    const quote = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quote) return void quoted.push(quote[1]);
    const afterQuote = quoted.length > 0;
    endQuote();
    if (index && !afterQuote) made.append("\n");
    made.append(inline(line));
  });
  endQuote();
  return made;
}

/** @param {string} text @returns {DocumentFragment} */
function inline(text) {
  const made = document.createDocumentFragment();
  let said = "";
  const flush = () => {
    if (said) made.append(withEmoji(unescaped(said)));
    said = "";
  };
  for (let at = 0; at < text.length; ) {
    const found = piece(text, at);
    if (found) {
      flush();
      made.append(found.node);
      at = found.end;
    } else {
      said += text[at];
      at += 1;
    }
  }
  flush();
  return made;
}

/** The markup that begins at this position, if any. @param {string} text @param {number} at */
function piece(text, at) {
  const sign = text[at];
  if (sign === "<") {
    const end = text.indexOf(">", at);
    return end > at + 1 ? { node: token(text.slice(at + 1, end)), end: end + 1 } : null;
  }
  if (sign === "`") {
    const end = text.indexOf("`", at + 1);
    return end > at + 1 ? { node: h("code", {}, unescaped(text.slice(at + 1, end))), end: end + 1 } : null;
  }
  if (!(sign in MARKS) || /[\p{L}\p{N}]/u.test(text[at - 1] ?? "") || /[\s]/.test(text[at + 1] ?? " ")) return null;
  const end = closing(text, at);
  const tag = MARKS[/** @type {keyof MARKS} */ (sign)];
  return end ? { node: h(tag, {}, inline(text.slice(at + 1, end))), end: end + 1 } : null;
}

/** Where the mark that opens here closes; 0 if it does not. @param {string} text @param {number} at */
function closing(text, at) {
  const line = text.indexOf("\n", at);
  const last = line < 0 ? text.length : line;
  for (let end = text.indexOf(text[at], at + 2); end >= 0 && end < last; end = text.indexOf(text[at], end + 1)) {
    if (!/\s/.test(text[end - 1]) && !/[\p{L}\p{N}]/u.test(text[end + 1] ?? "")) return end;
  }
  return 0;
}

/** The text between < and >. @param {string} inside */
function token(inside) {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? "" : unescaped(inside.slice(bar + 1));
  if (target.startsWith("@")) return mention(`@${person(target.slice(1)).name}`);
  if (target.startsWith("#")) return mention(`#${label || (channelOf(target.slice(1))?.name ?? target.slice(1))}`);
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!")) return mention(label || `@${target.slice(1)}`);
  return link(unescaped(target), label);
}

/** @param {string} text */
const mention = (text) => h("span", { class: "mention" }, text);

/** @param {string} target @param {string} fallback */
function date(target, fallback) {
  const [, seconds, format, url] = target.split("^");
  const text = dateText(Number(seconds), format ?? "{date} {time}") || fallback;
  const full = dateText(Number(seconds), "{date_long} {time}");
  return url ? link(unescaped(url), text) : h("time", { title: full }, text);
}

/** @param {string} url @param {string} label */
export function link(url, label) {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return document.createTextNode(label || url);
  const shown = label || url.replace(/^mailto:/, "");
  const made = h("a", { href: url, class: "link", target: "_blank", rel: "noopener noreferrer" }, shown);
  made.addEventListener("click", (event) => follow(event, url, state.workspace.domain));
  return made;
}
