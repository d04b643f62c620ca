/** The composer: messages and slash commands, with hints for commands. */

import { act, toast } from "./api.js";
import { h, icon } from "./dom.js";
import { person, state } from "./store.js";

const MOST_PIXELS = 180;
const MENTION = /(?:^|\s)@([\p{L}\p{N}._-]*)$/u;

/**
 * @param {{id: string, place: () => {channel: string, thread_ts?: string} | null,
 *   placeholder: () => string, sent: () => void}} options
 */
export function composer({ id, place, placeholder, sent: done }) {
  const hints = h("div", { class: "hints", role: "listbox", id: `${id}-hints`, "aria-label": "Commands", hidden: true });
  const area = /** @type {HTMLTextAreaElement} */ (
    h("textarea", {
      class: "composer-text", id, rows: 1, autocomplete: "off",
      aria: { controls: `${id}-hints`, autocomplete: "list", expanded: false },
    })
  );
  const send = h("button", { type: "submit", class: "send", "aria-label": "Send", disabled: true }, icon("send"));
  const form = h("form", { class: "composer" }, hints, h("div", { class: "composer-box" }, area, send));
  /** @type {string[]} */ const sent = [];
  let recalled = 0;
  let at = -1;
  /** @type {any[]} */ let offers = [];
  let offeredBy = state.app;

  const change = (/** @type {string} */ text) => {
    area.value = text;
    typed();
  };
  const typed = () => {
    fit();
    send.toggleAttribute("disabled", !area.value.trim());
    offers = offersFor(area.value);
    offeredBy = state.app;
    // As in Slack, the first command or person is preselected; the words after a command are not.
    at = offers.length && (MENTION.test(area.value) || !area.value.includes(" ")) ? 0 : -1;
    draw();
  };
  const fit = () => {
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, MOST_PIXELS)}px`;
  };
  const take = (/** @type {any} */ offer) => {
    change(offer.fill);
    if (offer.shortcut) void act("shortcut", { callback_id: offer.shortcut });
  };
  const draw = () => {
    hints.hidden = !offers.length;
    area.setAttribute("aria-expanded", String(offers.length > 0));
    area.setAttribute("aria-activedescendant", at < 0 ? "" : `${id}-hint-${at}`);
    const pick = (/** @type {any} */ offer) => {
      area.focus();
      take(offer);
    };
    hints.replaceChildren(...offers.map((offer, index) => hint(offer, `${id}-hint-${index}`, index === at, () => pick(offer))));
    hints.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  };
  const submit = () => {
    const text = area.value.trim();
    const where = place();
    if (!text || !where) return;
    if (text.startsWith("/") && !command(text, where)) return;
    if (!text.startsWith("/")) void act("say", { ...where, text });
    if (sent.at(-1) !== text) sent.push(text);
    recalled = sent.length;
    change("");
    done();
  };
  const recall = (/** @type {number} */ step) => {
    recalled = Math.max(0, Math.min(sent.length, recalled + step));
    change(sent[recalled] ?? "");
    offers = [];
    at = -1;
    draw();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  area.addEventListener("input", typed);
  area.addEventListener("blur", () => setTimeout(() => !form.contains(document.activeElement) && (hints.hidden = true), 150));
  area.addEventListener("focus", typed);
  area.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const open = offers.length > 0;
    const unchanged = !area.value || area.value === sent[recalled];
    if (event.key === "Enter" && !event.shiftKey && at >= 0) take(offers[at]);
    else if (event.key === "Enter" && !event.shiftKey) submit();
    else if (event.key === "Tab" && open && at >= 0) take(offers[at]);
    else if (event.key === "ArrowUp" && unchanged && sent.length && at < 0) recall(-1);
    else if (event.key === "ArrowDown" && unchanged && area.value && at < 0) recall(1);
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && open) {
      at = (at + (event.key === "ArrowDown" ? 1 : offers.length + (at < 0 ? 0 : -1))) % offers.length;
      draw();
    } else if (event.key === "Escape" && open) {
      offers = [];
      at = -1;
      draw();
      event.stopPropagation();
    } else return;
    event.preventDefault();
  });

  const refresh = () => {
    area.placeholder = placeholder();
    area.setAttribute("aria-label", placeholder());
    // A person may type before the page knows the commands.
    if (document.activeElement === area && offeredBy !== state.app) typed();
  };
  return { node: form, refresh, focus: () => area.focus() };
}

/** Suggestions for the text so far. @param {string} text */
function offersFor(text) {
  const mention = MENTION.exec(text);
  if (mention) return peopleFor(text, mention[1]);
  if (!text.startsWith("/") || text.includes("\n")) return [];
  return [...commandsFor(text), ...shortcutsFor(text)];
}

/** People whose names match. @param {string} text @param {string} typed */
function peopleFor(text, typed) {
  const words = typed.toLowerCase();
  return [...state.people.map((each) => each.id), state.app.user].map(person)
    .filter((each) => each.handle.startsWith(words) || each.name.toLowerCase().startsWith(words))
    .map((each) => ({ fill: `${text.slice(0, text.length - typed.length)}${each.handle} `, name: `@${each.name}`, usage: "", about: each.real_name }));
}

/** Slack lists an app's shortcuts beside its commands. @param {string} text */
function shortcutsFor(text) {
  const words = text.slice(1).toLowerCase();
  return state.app.shortcuts
    .filter((/** @type {any} */ each) => each.type === "global" && each.name.toLowerCase().includes(words))
    .map((/** @type {any} */ each) => ({ fill: "", shortcut: each.callback_id, name: each.name, usage: "", about: each.description ?? "Shortcut" }));
}

/** @param {string} text */
function commandsFor(text) {
  return state.app.commands.flatMap((/** @type {any} */ each) => {
    const [name, ...rest] = text.split(" ");
    if (!each.command.startsWith(name.toLowerCase())) return [];
    const head = { fill: `${each.command} `, name: each.command, usage: each.usage_hint, about: each.description };
    if (!text.includes(" ")) return [head];
    const words = rest.join(" ").toLowerCase();
    return each.examples
      .filter(([usage]) => usage.split(" ")[0].startsWith(words))
      .map(([usage, about]) => {
        const verb = usage.split(" ")[0];
        const more = usage.includes(" ");
        return { fill: `${each.command} ${verb}${more ? " " : ""}`, name: each.command, usage, about };
      })
      .filter((/** @type {any} */ offer) => offer.fill.trim() !== text.trim() || offer.usage.includes(" "));
  });
}

/** @param {any} offer @param {string} id @param {boolean} selected @param {() => void} pick */
function hint(offer, id, selected, pick) {
  return h(
    "div",
    { class: "hint", role: "option", id, "aria-selected": String(selected), onpointerdown: (/** @type {Event} */ event) => event.preventDefault(), onclick: pick },
    h("span", { class: "hint-command" }, h("strong", {}, offer.name), ` ${offer.usage}`),
    h("span", { class: "hint-about" }, offer.about),
  );
}

/** Sends a command; false when it stays in the composer. @param {string} text @param {{channel: string, thread_ts?: string}} where */
function command(text, where) {
  const [name, ...rest] = text.split(/\s+/);
  const known = state.app.commands.find((/** @type {any} */ each) => each.command === name.toLowerCase());
  if (!known) {
    toast(`${name} is not a command of this workspace. Try ${state.app.commands[0]?.command ?? "a message"}.`);
    return false;
  }
  if (where.thread_ts) {
    toast("Slack takes commands in channels only, not in threads.");
    return false;
  }
  void act("command", { channel: where.channel, command: known.command, text: rest.join(" ") });
  return true;
}
