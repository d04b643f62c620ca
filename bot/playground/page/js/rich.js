/** rich_text as elements. https://docs.slack.dev/reference/block-kit/blocks/rich-text-block */

import { dateText } from "./dates.js";
import { h } from "./dom.js";
import { EMOJI } from "./emoji.js";
import { channelOf, person } from "./store.js";
import { link } from "./text.js";

/** @param {any} part @returns {HTMLElement} */
export function richText(part) {
  const inside = () => part.elements.map(word);
  switch (part.type) {
    case "rich_text_list":
      return list(part);
    case "rich_text_quote":
      return h("blockquote", { class: "quote" }, ...inside());
    case "rich_text_preformatted":
      return h("pre", { class: "pre" }, ...inside());
    default:
      return h("div", { class: "b-text" }, ...inside());
  }
}

/** @param {any} part */
function list(part) {
  const items = part.elements.map((/** @type {any} */ item) => h("li", {}, ...item.elements.map(word)));
  const start = part.offset ? part.offset + 1 : undefined;
  return h(part.style === "ordered" ? "ol" : "ul", { class: "b-list", start, data: { indent: part.indent ?? 0 } }, ...items);
}

/** @param {any} one @returns {Node} */
function word(one) {
  let node = bare(one);
  for (const [style, tag] of [["bold", "strong"], ["italic", "em"], ["strike", "s"], ["code", "code"]]) {
    if (one.style?.[style]) node = h(tag, {}, node);
  }
  return node;
}

/** @param {any} one @returns {Node} */
function bare(one) {
  const mention = (/** @type {string} */ text) => h("span", { class: "mention" }, text);
  switch (one.type) {
    case "link":
      return link(one.url, one.text ?? "");
    case "emoji":
      return document.createTextNode(EMOJI[one.name] ?? `:${one.name}:`);
    case "user":
      return mention(`@${person(one.user_id).name}`);
    case "channel":
      return mention(`#${channelOf(one.channel_id)?.name ?? one.channel_id}`);
    case "broadcast":
      return mention(`@${one.range}`);
    case "usergroup":
      return mention(`@${one.usergroup_id}`);
    case "date":
      return h("time", {}, dateText(one.timestamp, one.format) || one.fallback || "");
    default:
      return document.createTextNode(one.text ?? one.value ?? "");
  }
}
