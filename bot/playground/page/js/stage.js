/** The controls, with a line that explains their effect. */

import { aboutButton } from "./about.js";
import { act, toast } from "./api.js";
import { h, icon } from "./dom.js";
import { on, state } from "./store.js";
import { toggleTheme } from "./theme.js";

const WELCOME = "SendKit sends cold emails. When a lead replies, the bot posts a card in #triage: decide with its buttons, with a reaction 🎉 or ✅, or type /sendkit.";
const BURST = 300;

const SENDKIT = [
  ["well", "Working", "SendKit answers at once."],
  ["slow", "Slow", "SendKit takes 4 seconds for each answer. Press a button on a card: Slack is answered at once, the card follows."],
  ["limited", "Busy (429)", "SendKit answers every request with 429, “too many requests”. The bot keeps decisions, and carries them out when SendKit is back."],
  ["down", "Down", "SendKit answers every request with 503. Decide something, then choose Working: the bot carries it out, once."],
];
const SLACK = [
  ["well", "Working", "Slack answers at once."],
  ["limited", "Rate limits", "Slack takes about one message a second from the bot, as the real one does. Send 300 replies and watch the wire."],
  ["down", "Down", "Slack answers the bot with 500. Decisions still reach SendKit; the line in the thread comes when Slack is back."],
];
const REPLIES = [
  [1, "New reply", "One more lead replies. The card is there within two seconds."],
  [BURST, `${BURST} replies`, `${BURST} leads reply at the same moment.`],
];
const ANSWER = "Somebody on your team answers the newest lead who waits, in SendKit. The card then says whom you wait for.";
const BOT = [
  ["stop", "Stop", "Ends the bot as a deployment does (SIGTERM): it finishes what it has begun."],
  ["kill", "Kill", "Ends the bot in the middle of whatever it does (SIGKILL). Start it again: nothing is lost, nothing is done twice."],
  ["start", "Start", "Starts the bot again. It catches up with what happened in the meantime."],
];
/** @type {Record<string, string>} */
const PHASES = { running: "running", starting: "starting…", stopping: "stopping…" };

/** @param {HTMLElement} stage */
export function mountStage(stage) {
  const hint = h("p", { class: "stage-hint", id: "stage-hint" });
  const bar = h("div", { class: "stage-bar", id: "stage-bar" });
  const fold = h("button", { type: "button", class: "plain-button only-narrow", "aria-expanded": "false", "aria-controls": "stage-bar", "aria-label": "Switches" }, icon("sliders"));
  fold.addEventListener("click", () => {
    const open = stage.classList.toggle("is-open");
    fold.setAttribute("aria-expanded", String(open));
  });
  const light = h("button", { type: "button", class: "plain-button", "aria-label": "Light or dark", title: "Light or dark", onclick: toggleTheme }, icon("sun"), icon("moon"));
  const head = h("div", { class: "stage-head" }, h("strong", { class: "stage-name" }, "SendKit Triage"), h("span", { class: "stage-state" }), fold);
  stage.append(h("div", { class: "stage-row" }, head, bar, aboutButton(), light), hint);

  let pointed = "";
  const say = () => {
    const lost = state.connected ? "" : "The playground has stopped. Start it again; this page reconnects by itself.";
    hint.textContent = lost || pointed || standing();
    hint.classList.toggle("is-lost", Boolean(lost));
  };
  const point = (/** @type {Event} */ event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    pointed = /** @type {HTMLElement | null} */ (target.closest?.("[data-hint]"))?.dataset.hint ?? "";
    say();
  };
  for (const name of ["pointerover", "focusin"]) bar.addEventListener(name, point);
  for (const name of ["pointerleave", "focusout"]) bar.addEventListener(name, () => { pointed = ""; say(); });

  const draw = () => {
    const kept = bar.contains(document.activeElement) && /** @type {HTMLElement} */ (document.activeElement).dataset.focus;
    bar.replaceChildren(replies(), service("SendKit", "sendkit", SENDKIT), service("Slack", "slack", SLACK), bot());
    head.querySelector(".stage-state")?.replaceChildren(lamp());
    const buttons = [...bar.querySelectorAll("button")];
    // The bot's buttons come and go: the last of its group takes the place of one that is gone.
    if (kept) (buttons.find((each) => each.dataset.focus === kept) ?? buttons.at(-1))?.focus();
    say();
  };
  draw();
  on(["switches", "bot", "connected"], draw);
}

/** The current state of the controls, in words. */
function standing() {
  const told = [];
  if (state.bot.phase === "stopped") told.push(`The bot is ${ending()}. Press Start to run it again.`);
  const sendkit = SENDKIT.find(([name]) => name === state.switches.sendkit && name !== "well");
  const slack = SLACK.find(([name]) => name === state.switches.slack && name !== "well");
  const barred = state.switches.do_not_contact;
  const listed = barred.length > 0 && `On SendKit’s do-not-contact list: ${barred.join(", ")}.`;
  return [...told, sendkit?.[2], slack?.[2], listed].filter(Boolean).join(" ") || WELCOME;
}

/** @param {string} label @param {boolean} acts @param {...HTMLElement} buttons */
function group(label, acts, ...buttons) {
  return h("div", { class: "stage-group", role: "group", "aria-label": label }, h("span", { class: "stage-label" }, label), h("div", { class: acts ? "segments stage-acts" : "segments" }, ...buttons));
}

/** @param {string} label @param {string} hint @param {Record<string, any>} props */
function segment(label, hint, props) {
  return h("button", { type: "button", class: "segment", "aria-describedby": "stage-hint", ...props, data: { hint, focus: `stage ${props.name}` } }, label);
}

function replies() {
  const some = REPLIES.map(([count, label, hint]) =>
    segment(String(label), String(hint), { name: `replies ${count}`, onclick: () => void act("replies", { count }) }));
  return group("Replies", true, ...some, segment("Answer a lead", ANSWER, { name: "answer", onclick: () => void answer() }));
}

async function answer() {
  const told = await act("answer");
  if (told) toast(`SendKit has sent an answer to ${told.answered}. The card shows it within seconds.`);
}

/** @param {string} label @param {"slack" | "sendkit"} name @param {string[][]} states */
function service(label, name, states) {
  return group(label, false, ...states.map(([value, text, hint]) =>
    segment(text, `${label}, ${text}: ${hint}`, {
      name: `${name} ${value}`,
      "aria-pressed": String(state.switches[name] === value),
      class: `segment ${value === "well" ? "" : "is-trouble"}`,
      onclick: () => void act(name, { state: value }),
    })));
}

function bot() {
  const { phase } = state.bot;
  /** @type {Record<string, boolean>} */ const can = { start: phase === "stopped", stop: phase !== "stopped", kill: phase !== "stopped" };
  const stopping = (/** @type {string} */ what) => what === "stop" && phase === "stopping";
  const made = group("Bot", true, ...BOT.filter(([what]) => can[what]).map(([what, label, hint]) =>
    segment(label, hint, { name: `bot ${what}`, "aria-disabled": stopping(what) && "true", onclick: () => stopping(what) || void act("bot", { do: what }) })));
  made.querySelector(".stage-label")?.append(" ", lamp());
  return made;
}

function lamp() {
  const { phase } = state.bot;
  return h("span", { class: `lamp is-${phase}` }, PHASES[phase] ?? ending());
}

/** How the last process ended. */
function ending() {
  const { status } = state.bot;
  if (status === null || status === 0) return "stopped";
  return status < 0 ? "killed" : `stopped with status ${status}`;
}
