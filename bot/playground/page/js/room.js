/** The middle: the channel, its messages and the composer; and the app's Home. */

import { act } from "./api.js";
import { blocksOf } from "./blocks.js";
import { composer } from "./composer.js";
import { h, icon, replace } from "./dom.js";
import { messageList } from "./messages.js";
import { channelOf, go, look, on, readOnly, shownIn, state } from "./store.js";

/** @param {HTMLElement} room @param {{toggleSidebar: () => void, toggleWire: () => void}} panels */
export function mountRoom(room, { toggleSidebar, toggleWire }) {
  const head = h("div", { class: "room-head" });
  const list = messageList({ key: "channel", empty });
  const home = h("div", { class: "home", role: "tabpanel" });
  const write = composer({
    id: "composer-channel",
    place: () => ({ channel: state.channel }),
    placeholder: () => `Message ${title()}, or / for commands`,
    sent: list.toEnd,
  });
  const closed = h("p", { class: "composer-closed" }, "Sending messages to this app has been turned off.");
  room.append(head, list.node, home, write.node, closed);

  let entered = "";
  const place = () => {
    const direct = channelOf(state.channel)?.with_user;
    const open = h("button", { type: "button", class: "plain-button only-narrow", "aria-label": "Channels and people", onclick: toggleSidebar }, icon("menu"));
    const wire = h("button", { type: "button", class: "plain-button only-medium", "aria-label": "The wire", title: "The wire", onclick: toggleWire }, icon("wire"));
    replace(head, open, h("h1", { class: "room-title" }, ...titleParts()), ...(direct ? tabs() : [about()]), wire);
    const atHome = Boolean(direct && state.app.app_home?.home_tab_enabled) && state.tab === "home";
    list.node.hidden = atHome;
    write.node.hidden = atHome || readOnly(state.channel);
    closed.hidden = atHome || !readOnly(state.channel);
    home.hidden = !atHome;
    if (atHome) replace(home, homeView());
    write.refresh();
    const now = direct ? `${state.me} ${state.tab}` : "";
    if (now && now !== entered) void act("home", { tab: state.tab });
    entered = now;
    document.title = `${title()} · SendKit Triage playground`;
  };
  let shownPlace = "";
  const messages = () => {
    list.show(shownIn(state.channel));
    const now = `${state.me} ${state.channel}`;
    if (now !== shownPlace) list.toEnd();
    shownPlace = now;
    if (document.visibilityState === "visible") look(state.channel);
  };
  on(["place", "channels", "homes", "app"], place);
  on(["messages"], messages);
  document.addEventListener("visibilitychange", messages);
}

function title() {
  const channel = channelOf(state.channel);
  return channel?.with_user ? state.app.name : `#${channel?.name ?? ""}`;
}

function titleParts() {
  const channel = channelOf(state.channel);
  if (channel?.with_user) return [h("span", {}, state.app.name), h("span", { class: "badge" }, "App")];
  return [icon(channel?.private ? "lock" : "hash"), h("span", {}, channel?.name ?? "")];
}

function about() {
  const count = channelOf(state.channel)?.members.length ?? 0;
  return h("span", { class: "room-about" }, `${count} members`);
}

function tabs() {
  if (!state.app.app_home?.home_tab_enabled) return [];
  const tab = (/** @type {string} */ name, /** @type {string} */ label) =>
    h("button", { type: "button", role: "tab", class: "tab", "aria-selected": String(state.tab === name), onclick: () => go(state.channel, name), data: { focus: `tab ${name}` } }, label);
  return [h("div", { class: "tabs", role: "tablist" }, tab("home", "Home"), tab("messages", "Messages"))];
}

function homeView() {
  const view = state.homes[state.me];
  if (view) return blocksOf(view.blocks, { view: view.id });
  return h("p", { class: "empty" }, `${state.app.name} has published no Home yet.`);
}

function empty() {
  if (channelOf(state.channel)?.name !== state.app.channel) {
    const what = channelOf(state.channel)?.with_user ? `your direct messages with ${title()}` : title();
    return h("div", { class: "empty" }, h("strong", {}, `This is the very beginning of ${what}.`));
  }
  return h(
    "div",
    { class: "empty" },
    h("strong", {}, "The first reply is on its way."),
    h("p", {}, "When a lead replies to a cold email, a card appears here. Decide with its buttons, or type /sendkit."),
  );
}
