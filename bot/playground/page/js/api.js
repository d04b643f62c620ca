/** Sends requests to the server, and shows the person what failed. */

import { h } from "./dom.js";
import { state } from "./store.js";

const TOAST_MS = 6000;

/**
 * Carries out an action as the acting person; null if it failed, which they see.
 * @param {string} name @param {Record<string, any>} body @returns {Promise<any>}
 */
export async function act(name, body = {}) {
  try {
    const answer = await fetch(`/do/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user: state.me, ...body }),
    });
    const told = await answer.json();
    if (answer.ok && !told.error) return told;
    toast(sentence(told.error));
  } catch {
    toast("The playground does not answer. Is it still running?");
  }
  return null;
}

/** The bodies of one row of the wire. @param {number} number @returns {Promise<any>} */
export async function bodies(number) {
  try {
    return await (await fetch(`/wire/${number}`)).json();
  } catch {
    return { error: "The playground does not answer. Is it still running?" };
  }
}

/** @param {string} text */
function sentence(text) {
  const full = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(full) ? full : `${full}.`;
}

/** A short note that disappears by itself. @param {string} text */
export function toast(text) {
  const note = h("p", { class: "toast" }, text);
  const toasts = /** @type {HTMLElement} */ (document.getElementById("toasts"));
  toasts.append(note);
  // Shown again, so that it stands above a dialog that opened since.
  toasts.hidePopover();
  toasts.showPopover();
  setTimeout(() => note.remove(), TOAST_MS);
}
