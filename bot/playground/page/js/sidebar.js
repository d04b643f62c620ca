/** The left side: channels, the app, and whom one acts as. */

import { h, icon } from "./dom.js";
import { avatar } from "./messages.js";
import { actAs, go, on, person, rooms, state, unread } from "./store.js";

/** @param {HTMLElement} sidebar @param {{close: () => void}} panel */
export function mountSidebar(sidebar, { close }) {
  const name = h("strong", { class: "workspace-name" });
  const hide = h("button", { type: "button", class: "plain-button only-narrow", "aria-label": "Close", onclick: close }, icon("close"));
  const rows = h("div", { class: "rooms" });
  const people = h("div", { class: "people", role: "radiogroup", "aria-label": "Act as" });
  const who = h("span", { class: "who" });
  sidebar.append(
    h("div", { class: "workspace" }, name, hide),
    rows,
    h("div", { class: "act-as" }, h("div", { class: "act-as-head" }, h("span", {}, "Act as"), who), people),
  );
  const visit = (/** @type {string} */ id) => {
    go(id);
    close();
  };
  const draw = () => {
    const kept = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.room;
    const { channels, directs } = rooms();
    name.textContent = state.workspace.name;
    rows.replaceChildren(
      h("h2", { class: "rooms-head" }, "Channels"),
      ...channels.map((each) => room(each.id, [icon(each.private ? "lock" : "hash"), h("span", { class: "room-name" }, each.name)], visit)),
      h("h2", { class: "rooms-head" }, "Apps"),
      ...directs.map((each) => room(each.id, [avatar(state.app.user, "tiny"), h("span", { class: "room-name" }, state.app.name)], visit)),
    );
    if (kept) [...rows.querySelectorAll("button")].find((each) => each.dataset.room === kept)?.focus();
  };
  const drawPeople = () => {
    const kept = people.contains(document.activeElement);
    people.replaceChildren(...state.people.map((each) => face(each.id)));
    who.textContent = person(state.me).real_name;
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

/** @param {string} id @param {Node[]} label @param {(id: string) => void} visit */
function room(id, label, visit) {
  const here = id === state.channel;
  const count = here ? 0 : unread(id);
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
  const { name, real_name: full } = person(id);
  return h(
    "button",
    { type: "button", role: "radio", class: "face", title: full, "aria-checked": String(mine), tabindex: mine ? "0" : "-1", onclick: () => actAs(id) },
    avatar(id),
    h("span", { class: "face-name" }, name.split(" ")[0]),
  );
}
