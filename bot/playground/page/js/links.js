/** Links to messages stay within the page, and so do those to SendKit, which has no page here. */

import { toast } from "./api.js";
import { go, openThread, state } from "./store.js";

/** The address of a message, as Slack makes it. @param {{channel: string, ts: string, thread_ts: string}} message */
export function permalink(message) {
  const place = `https://${state.workspace.domain}.slack.com/archives/${message.channel}`;
  const thread = message.thread_ts ? `?thread_ts=${message.thread_ts}&cid=${message.channel}` : "";
  return `${place}/p${message.ts.replace(".", "")}${thread}`;
}

/** As in the bot's SENDKIT_APP_URL. */
const SENDKIT = "https://app.sendkit.ai/";

/** Opens an address in a new tab. @param {string} url */
export function visit(url) {
  if (!isOfSendKit(url)) window.open(url, "_blank", "noopener,noreferrer");
}

/** Whether it leads to SendKit: then a note says what it would open. @param {string} url */
function isOfSendKit(url) {
  if (!url.startsWith(SENDKIT)) return false;
  toast("With a real SendKit, this opens the conversation there.");
  return true;
}

/** Follows a link within the page where it leads to one of its messages. @param {Event} event @param {string} url @param {string} domain */
export function follow(event, url, domain) {
  if (isOfSendKit(url)) event.preventDefault();
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
