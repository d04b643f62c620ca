/** The thread at the side. */

import { composer } from "./composer.js";
import { h, icon } from "./dom.js";
import { messageList } from "./messages.js";
import { channelOf, keyOf, on, openThread, readOnly, repliesTo, state } from "./store.js";

/** @param {HTMLElement} panel */
export function mountThread(panel) {
  const where = h("span", { class: "room-about" });
  const close = h("button", { type: "button", class: "plain-button", "aria-label": "Close the thread", onclick: () => leave() }, icon("close"));
  const list = messageList({ key: "thread", empty: () => null });
  const write = composer({
    id: "composer-thread",
    place: () => state.thread && { channel: state.thread.channel, thread_ts: state.thread.ts },
    placeholder: () => "Reply…",
    sent: list.toEnd,
  });
  panel.append(h("div", { class: "room-head" }, h("h2", { class: "room-title" }, "Thread"), where, close), list.node, write.node);
  /** @type {HTMLElement | null} */ let from = null;
  let shown = "";

  const leave = () => {
    openThread(null);
    const again = from?.isConnected ? from : document.getElementById("composer-channel");
    again?.focus({ preventScroll: true });
  };
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.key === "Escape" && state.thread && !target.closest("dialog")) leave();
  });
  const draw = () => {
    const parent = state.thread && state.messages.get(keyOf(state.thread));
    panel.hidden = !parent;
    document.body.classList.toggle("has-thread", Boolean(parent));
    if (!parent) {
      shown = "";
      return;
    }
    const channel = channelOf(parent.channel);
    where.textContent = channel?.with_user ? state.app.name : `#${channel?.name}`;
    list.show([parent, ...repliesTo(parent)], { inThread: true });
    write.node.hidden = readOnly(parent.channel);
    write.refresh();
    if (shown === keyOf(parent)) return;
    shown = keyOf(parent);
    from = /** @type {HTMLElement | null} */ (document.activeElement);
    list.toEnd();
    write.focus();
  };
  on(["place", "messages"], draw);
}
