/** Explains the playground to people who know neither Slack bots nor SendKit. */

import { h, icon } from "./dom.js";

const PARTS = [
  ["The bot is real", "It is the program that you would deploy, with its own database. Slack and SendKit are simulated on this machine; no email is sent and nothing leaves it."],
  ["The story", "SendKit sends cold emails for a sales team. Each reply from a lead becomes a card in #triage. Somebody reads it and decides; the bot writes the decision to SendKit, and into the card’s thread for the colleagues."],
  ["aiTag and tags", "An aiTag is SendKit’s verdict on a reply, such as Interested or Not now; a conversation has one at most, set by SendKit’s AI or by you. Tags are labels of your own; a conversation has any number."],
  ["The people", "Below the channels, act as any of them. Guests and people from other companies see the cards and may not decide."],
  ["The switches", "Let SendKit or Slack fail, or kill the bot while it works. Then let them recover, and see that every decision is carried out, once."],
  ["The wire", "It shows every request between the three. Open a row to read it. A green row, PATCH, is a change in SendKit. “Bot’s log” is what the bot writes."],
];
const FIRST = ["Press a button on the card.", "Open its thread, and look for the green row on the wire.", "Type /sendkit and choose a command.", "In the card’s thread, type @SendKit Triage not now.", "Add the reaction 🎉 (tada) to a card, which sets Interested, or ✅ (white_check_mark), which marks it as read. Take it away again.", "Choose SendKit: Down, decide something, and choose Working."];

/** A button that opens the explanation. */
export function aboutButton() {
  return h("button", { type: "button", class: "about-button", "aria-haspopup": "dialog", onclick: show }, h("span", {}, "What is this?"));
}

function show() {
  const close = () => dialog.close();
  const dialog = /** @type {HTMLDialogElement} */ (
    h(
      "dialog",
      { class: "dialog modal about", "aria-labelledby": "about-title" },
      h(
        "div",
        { class: "dialog-head" },
        h("h2", { id: "about-title", class: "dialog-title" }, "The SendKit Triage playground"),
        h("button", { type: "button", class: "plain-button", "aria-label": "Close", onclick: close }, icon("close")),
      ),
      h(
        "div",
        { class: "dialog-body", tabindex: "0" },
        h("dl", { class: "about-parts" }, ...PARTS.flatMap(([name, told]) => [h("dt", {}, name), h("dd", {}, told)])),
        h("h3", {}, "Try this first"),
        h("ol", { class: "about-first" }, ...FIRST.map((each) => h("li", {}, each))),
      ),
      h("div", { class: "dialog-foot" }, h("button", { type: "button", class: "el-button primary", onclick: close }, "Got it")),
    )
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
