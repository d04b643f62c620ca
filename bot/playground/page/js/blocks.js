/** Block Kit as elements. https://docs.slack.dev/reference/block-kit/blocks */

import { h } from "./dom.js";
import { control } from "./elements.js";
import { field } from "./fields.js";
import { richText } from "./rich.js";
import { link, mrkdwn, plain, textOf } from "./text.js";

/**
 * The place of blocks: a message, or a view with the form that collects its input.
 * @typedef {{channel: string, ts: string} | {view: string, form?: import("./fields.js").Form}} Place
 */

/** @param {any[]} blocks @param {Place} place @returns {HTMLElement} */
export function blocksOf(blocks, place) {
  return h("div", { class: "blocks" }, ...blocks.map((block) => blockOf(block, place)));
}

/** @type {Record<string, (block: any, place: Place) => HTMLElement>} */
const DRAWN = {
  header: (block) => h("h3", { class: "b-header" }, textOf(block.text)),
  divider: () => h("hr", { class: "b-divider" }),
  section,
  context: (block) => h("div", { class: "b-context" }, ...block.elements.map(inContext)),
  actions,
  context_actions: actions,
  card,
  carousel: (block, place) => h("div", { class: "b-carousel", tabindex: "0" }, ...block.elements.map((/** @type {any} */ each) => card({ block_id: block.block_id, ...each }, place))),
  table,
  data_table: table,
  data_visualization: chart,
  container,
  alert: (block) => h("div", { class: `b-alert is-${block.level ?? "default"}`, role: "note" }, textOf(block.text)),
  video: (block) => picture(block, block.title?.text),
  input,
  image: (block) => picture(block, block.title?.text),
  rich_text: (block) => h("div", { class: "b-rich" }, ...block.elements.map(richText)),
  markdown: (block) => h("div", { class: "b-text" }, block.text),
};

/** @param {any} block @param {Place} place */
function blockOf(block, place) {
  const drawn = DRAWN[block.type]?.(block, place);
  return drawn ?? h("p", { class: "b-unknown" }, `A block of the type ${block.type} is not drawn here.`);
}

/** @param {any} block @param {Place} place */
function container(block, place) {
  const title = block.rich_text_title ? block.rich_text_title.elements.map(richText) : [textOf(block.title)];
  const subtitle = block.subtitle && h("div", { class: "b-text" }, textOf(block.subtitle));
  const inside = [subtitle, blocksOf(block.child_blocks, place)];
  if (!block.is_collapsible) return h("div", { class: "b-card" }, h("div", { class: "b-header" }, ...title), ...inside);
  return h("details", { class: "b-card", open: !block.default_collapsed }, h("summary", { class: "b-header" }, ...title), ...inside);
}

/** @param {any} block @param {Place} place */
function section(block, place) {
  const fields = (block.fields ?? []).map((/** @type {any} */ each) => h("div", { class: "b-field" }, textOf(each)));
  return h(
    "div",
    { class: "b-section" },
    h(
      "div",
      { class: "b-section-text" },
      block.text && h("div", { class: "b-text" }, textOf(block.text)),
      fields.length > 0 && h("div", { class: "b-fields" }, ...fields),
    ),
    block.accessory && h("div", { class: "b-accessory" }, element(block.accessory, block, place, counter())),
  );
}

/** @param {any} block @param {Place} place */
function actions(block, place) {
  const count = counter();
  return h("div", { class: "b-actions" }, ...block.elements.map((/** @type {any} */ each) => element(each, block, place, count)));
}

/** @param {any} each @param {any} block @param {Place} place @param {(kind: string, label: string) => number} count */
function element(each, block, place, count) {
  return each.type === "image" ? picture(each) : control(each, block, place, count);
}

/** Numbers equal labels within a block. */
function counter() {
  /** @type {Record<string, number>} */ const seen = {};
  return (/** @type {string} */ kind, /** @type {string} */ label) => {
    const key = `${kind} ${label}`;
    seen[key] = (seen[key] ?? -1) + 1;
    return seen[key];
  };
}

/** @param {any} each */
function inContext(each) {
  if (each.type === "image") return h("span", { class: "b-thumb", role: "img", "aria-label": each.alt_text });
  return h("span", { class: "b-context-text" }, textOf(each));
}

/** A placeholder for a picture: the page loads nothing from other hosts. @param {any} image @param {string} [title] */
function picture(image, title) {
  return h(
    "figure",
    { class: "b-image" },
    title && h("figcaption", {}, title),
    h("div", { class: "b-picture", role: "img", "aria-label": image.alt_text }, image.alt_text),
  );
}

/** @param {any} block @param {Place} place */
function input(block, place) {
  const id = `field-${block.block_id}`;
  const error = h("p", { class: "b-error", id: `${id}-error`, hidden: true });
  const form = "view" in place ? place.form : undefined;
  const drawn = field(block, { id, describedby: `${id}-error`, labelledby: `${id}-label`, place });
  form?.errors.set(block.block_id, error);
  const optional = block.optional && h("span", { class: "b-optional" }, " (optional)");
  return h(
    "div",
    { class: "b-input" },
    h("label", { for: id, class: "b-label", id: `${id}-label` }, plain(block.label.text), optional),
    drawn,
    block.hint && h("p", { class: "b-hint" }, plain(block.hint.text)),
    error,
  );
}

/** A picture and buttons under a title. @param {any} block @param {Place} place */
function card(block, place) {
  const { title, subtitle, body, hero_image: hero } = block;
  return h(
    "div",
    { class: "b-card" },
    hero && picture(hero),
    title && h("strong", {}, textOf(title)),
    subtitle && h("div", { class: "b-context" }, textOf(subtitle)),
    body && h("div", { class: "b-text" }, textOf(body)),
    block.actions && actions({ ...block, elements: block.actions }, place),
  );
}

/** @param {any} block */
function table(block) {
  const cell = (/** @type {any} */ each) => (each.type === "rich_text" ? h("td", {}, ...each.elements.map(richText)) : h("td", {}, String(each.text ?? each.value ?? "")));
  const rows = block.rows.map((/** @type {any[]} */ row) => h("tr", {}, ...row.map(cell)));
  return h("div", { class: "b-table", tabindex: "0" }, h("table", {}, h("tbody", {}, ...rows)));
}

/** A chart as bars, whatever its kind: one for each value, as long as it is large. @param {any} block */
function chart(block) {
  const { series, segments } = block.chart;
  const parts = segments ? [{ name: "", data: segments }] : series;
  const most = Math.max(...parts.flatMap((/** @type {any} */ each) => each.data.map((/** @type {any} */ point) => point.value)), 0);
  const bar = (/** @type {string} */ name, /** @type {any} */ { label, value }) => {
    const drawn = h("span", { class: "b-chart-bar" });
    drawn.style.inlineSize = `${most > 0 ? (100 * Math.max(value, 0)) / most : 0}%`;
    return h("div", { class: "b-chart-row" }, h("span", {}, parts.length > 1 ? `${label}, ${name}` : label), h("span", { class: "b-chart-track" }, drawn), h("span", {}, String(value)));
  };
  const rows = parts.flatMap((/** @type {any} */ each) => each.data.map((/** @type {any} */ point) => bar(each.name, point)));
  return h("figure", { class: "b-chart" }, h("figcaption", {}, block.title), ...rows);
}

/** A secondary attachment, with its colour at its side. @param {any} attachment @param {Place} place */
export function attachmentOf(attachment, place) {
  const { title, title_link: address, text, pretext, fields = [], footer, author_name: author } = attachment;
  const made = h(
    "div",
    { class: "b-attachment" },
    author && h("div", { class: "b-context" }, author),
    title && h("strong", {}, address ? link(address, title) : title),
    text && h("div", { class: "b-text" }, mrkdwn(text)),
    fields.length > 0 && h("div", { class: "b-fields" }, ...fields.map((/** @type {any} */ each) => h("div", { class: "b-field" }, h("strong", {}, each.title ?? ""), "\n", mrkdwn(each.value ?? "")))),
    attachment.blocks && blocksOf(attachment.blocks, place),
    footer && h("div", { class: "b-context" }, footer),
  );
  if (/^[0-9a-f]{3,8}$/i.test(attachment.color ?? "")) made.style.borderInlineStartColor = `#${attachment.color}`;
  return h("div", {}, pretext && h("div", { class: "b-text" }, mrkdwn(pretext)), made);
}
