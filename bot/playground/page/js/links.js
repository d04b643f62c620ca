/** Links to messages stay within the page. */

import { go, openThread, state } from "./store.js";

/** The address of a message, as Slack makes it. @param {{channel: string, ts: string, thread_ts: string}} message */
export function permalink(message) {
  const place = `https://${state.workspace.domain}.slack.com/archives/${message.channel}`;
  const thread = message.thread_ts ? `?thread_ts=${message.thread_ts}&cid=${message.channel}` : "";
  return `${place}/p${message.ts.replace(".", "")}${thread}`;
}

/** Follows a link within the page where it leads to one of its messages. @param {Event} event @param {string} url @param {string} domain */
export function follow(event, url, domain) {
  const found = /^https:\/\/([\w-]+)\.slack\.com\/archives\/(\w+)\/p(\d{10})(\d{6})(?:\?thread_ts=([\d.]+))?/.exec(url);
  if (!found || found[1] !== domain) return;
  event.preventDefault();
  const [, , channel, seconds, micros, thread] = found;
  const ts = `${seconds}.${micros}`;
  go(channel);
  if (thread) openThread({ channel, ts: thread });
  requestAnimationFrame(() => show(channel, ts));
}

/** @param {string} channel @param {string} ts */
function show(channel, ts) {
  const all = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-message]"));
  const node = [...all].findLast((each) => each.dataset.message === `${channel}/${ts}`);
  if (!node) return;
  node.scrollIntoView({ block: "center" });
  node.classList.add("is-shown");
  node.focus({ preventScroll: true });
  setTimeout(() => node.classList.remove("is-shown"), 2500);
}
