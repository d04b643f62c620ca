/** Puts the page together. */

import { mountModals } from "./dialogs.js";
import { mountRoom } from "./room.js";
import { mountSidebar } from "./sidebar.js";
import { mountStage } from "./stage.js";
import { channelOf, follow, person, state } from "./store.js";
import { spoken } from "./text.js";
import { mountThread } from "./thread.js";
import { mountWire } from "./wire.js";

const SAID_CHARACTERS = 200;

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} name */
const toggle = (name) => () => document.body.classList.toggle(name);
/** @param {string} name */
const close = (name) => () => document.body.classList.remove(name);

mountStage(at("stage"));
mountSidebar(at("sidebar"), { close: close("shows-sidebar") });
mountRoom(at("room"), { toggleSidebar: toggle("shows-sidebar"), toggleWire: toggle("shows-wire") });
mountThread(at("thread"));
mountWire(at("wire"), { close: close("shows-wire") });
mountModals();

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.body.classList.remove("shows-sidebar", "shows-wire");
});

follow((message) => {
  if (message.to && message.to !== state.me) return;
  const channel = channelOf(message.channel);
  const where = channel?.with_user ? "" : ` in #${channel?.name}`;
  at("live").textContent = `${person(message.user).name}${where}: ${spoken(message.text).slice(0, SAID_CHARACTERS)}`;
});
