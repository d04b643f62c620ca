/** The left side: channels, the app, and the acting person. */

import { h, icon, reconcile } from "./dom.js";
import { avatar } from "./messages.js";
import { actAs, go, on, person, rooms, state, unread } from "./store.js";

/** @param {HTMLElement} sidebar @param {{close: () => void}} panel */
export function mountSidebar(sidebar, { close }) {
  const name = h("strong", { class: "workspace-name" });
  const hide = h("button", { type: "button", class: "plain-button only-narrow", "aria-label": "Close", onclick: close }, icon("close"));
  const rows = h("div", { class: "rooms" });
  const people = h("div", { class: "people", role: "radiogroup", "aria-label": "Act as" });
  const who = h("span", { class: "who" });
  const about = h("p", { class: "who-about" });
  sidebar.append(
    h("div", { class: "workspace" }, name, hide),
    rows,
    h("div", { class: "act-as" }, h("div", { class: "act-as-head" }, h("span", {}, "Act as"), who), people, about),
  );
  const visit = (/** @type {string} */ id) => {
    go(id);
    close();
  };
  const known = new Map();
  const head = (/** @type {string} */ text) => ({ key: text, version: [], draw: () => h("h2", { class: "rooms-head" }, text) });
  const row = (/** @type {any} */ channel) => {
    const { id, private: locked, with_user: direct } = channel;
    const title = direct ? state.app.name : channel.name;
    const count = id === state.channel ? 0 : unread(id);
    const label = () => [direct ? avatar(state.app.user, "tiny") : icon(locked ? "lock" : "hash"), h("span", { class: "room-name" }, title)];
    return { key: id, version: [title, locked, count, id === state.channel], draw: () => room(id, label(), count, visit) };
  };
  const draw = () => {
    const { channels, directs } = rooms();
    name.textContent = state.workspace.name;
    const apps = directs.length ? [head("Apps"), ...directs.map(row)] : [];
    reconcile(rows, [head("Channels"), ...channels.map(row), ...apps], known);
  };
  const drawPeople = () => {
    const kept = people.contains(document.activeElement);
    people.replaceChildren(...state.people.map((each) => face(each.id)));
    who.textContent = person(state.me).real_name;
    about.textContent = person(state.me).about;
    if (kept) /** @type {HTMLElement | null} */ (people.querySelector("[aria-checked=true]"))?.focus();
  };
  people.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const at = state.people.findIndex((each) => each.id === state.me);
    actAs(state.people[(at + step + state.people.length) % state.people.length].id);
    event.preventDefault();
  });
  on(["place", "channels", "messages", "seen", "workspace", "app"], draw);
  on(["place", "people"], drawPeople);
}

/** @param {string} id @param {Node[]} label @param {number} count @param {(id: string) => void} visit */
function room(id, label, count, visit) {
  const here = id === state.channel;
  const badge = count > 0 && h("span", { class: "count" }, h("span", { "aria-hidden": "true" }, count > 99 ? "99+" : String(count)), h("span", { class: "said" }, `${count} unread`));
  return h(
    "button",
    { type: "button", class: `room-row ${count ? "is-unread" : ""}`, data: { room: id }, "aria-current": here ? "page" : null, onclick: () => visit(id) },
    ...label,
    badge,
  );
}

/** @param {string} id */
function face(id) {
  const mine = id === state.me;
  const { name, real_name: full, kind, about } = person(id);
  return h(
    "button",
    { type: "button", role: "radio", class: "face", title: about ? `${full}. ${about}` : full, "aria-checked": String(mine), tabindex: mine ? "0" : "-1", onclick: () => actAs(id) },
    avatar(id),
    h("span", { class: "face-name" }, name.split(" ")[0]),
    kind && h("span", { class: "face-kind" }, kind),
  );
}
