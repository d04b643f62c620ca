/** Emoji below messages. */

import { act } from "./api.js";
import { h, icon } from "./dom.js";
import { EMOJI } from "./emoji.js";
import { openMenu } from "./menu.js";
import { person, state } from "./store.js";

/** @typedef {import("./store.js").Message} Message */

/** The most used emoji. */
const USUAL = ["white_check_mark", "eyes", "raised_hands", "+1", "tada", "fire"];

/** @param {string} name */
const drawn = (name) => EMOJI[name.split("::")[0]] ?? `:${name}:`;

/** @param {Message} message @param {string} name @param {boolean} on */
const react = (message, name, on) => act("react", { channel: message.channel, ts: message.ts, name, on });

/** A message's reactions with their people; a press adds or removes one's own. @param {Message} message */
export function reactionsOf(message) {
  const made = message.reactions.map(({ name, users }) => {
    const mine = users.includes(state.me);
    const who = users.map((each) => person(each).name).join(", ");
    return h(
      "button",
      {
        type: "button", class: "reaction", title: `${who} reacted with :${name}:`, "aria-pressed": String(mine),
        "aria-label": `${name}, ${users.length}: ${who}`, onclick: () => react(message, name, !mine), data: { focus: `reaction ${name}` },
      },
      h("span", { class: "reaction-emoji" }, drawn(name)),
      h("span", {}, String(users.length)),
    );
  });
  return h("div", { class: "reactions", role: "group", "aria-label": "Reactions" }, ...made);
}

/** A button that opens the list of emoji. @param {Message} message */
export function reactButton(message) {
  const made = h("button", { type: "button", class: "plain-button", "aria-label": "Add reaction", "aria-haspopup": "listbox", "aria-expanded": "false", data: { focus: "react", control: `react ${message.channel}/${message.ts}` } }, icon("smile"));
  made.addEventListener("click", async () => {
    const names = [...USUAL, ...Object.keys(EMOJI).filter((name) => !USUAL.includes(name))];
    const options = names.map((name) => ({ label: `${EMOJI[name]}  ${name}`, value: name, nth: 0 }));
    const chosen = await openMenu(made, { name: "Emoji", search: true, groups: [{ label: "", options }] });
    if (!chosen) return;
    const mine = message.reactions.some(({ name, users }) => name === chosen.value && users.includes(state.me));
    if (!mine) await react(message, chosen.value, true);
  });
  return made;
}
