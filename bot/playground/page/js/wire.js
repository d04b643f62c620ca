/** The wire: every request between Slack, the bot and SendKit, newest first; and the bot's log. */

import { bodies } from "./api.js";
import { stopwatch } from "./dates.js";
import { h, icon, reconcile } from "./dom.js";
import { on, state } from "./store.js";

const FILTERS = [["all", "All"], ["Slack", "Slack"], ["SendKit", "SendKit"], ["mail", "Mail"], ["log", "Bot’s log"]];
const ABOUT = "Requests between Slack, the bot and SendKit. Open a row to read it. Green rows change SendKit.";
/** The purpose of a request by its beginning: the first match. @type {[string, string][]} */
const PURPOSES = [
  ["POST /v1/inbox/dnc", "bars a lead from email"],
  ["POST /v1/inbox/", "sends an answer"],
  ["DELETE /v1/inbox/", "takes an answer back"],
  ["PATCH /v1/inbox/", "changes a conversation"],
  ["POST /v1/inbox/dnc", "puts a lead on the do-not-contact list"],
  ["GET /v1/inbox/", "reads a conversation"],
  ["GET /v1/inbox", "looks for replies"],
  ["GET /v1/tags", "asks for the aiTags"],
  ["webhook", "tells of a reply"],
  ["apps.connections.open", "connects to Slack"],
  ["auth.test", "tries the bot’s token"],
  ["chat.postMessage", "posts a message"],
  ["chat.postEphemeral", "tells one person"],
  ["chat.update", "redraws a message"],
  ["chat.delete", "deletes a message"],
  ["chat.getPermalink", "asks for a link to a message"],
  ["conversations.history", "looks for a message"],
  ["conversations.replies", "looks for a message"],
  ["conversations.info", "asks about a channel"],
  ["conversations.members", "asks who is in a channel"],
  ["users.info", "asks who somebody is"],
  ["usergroups.users.list", "asks who is in a group"],
  ["views.open", "opens a form"],
  ["views.push", "opens a form"],
  ["views.update", "fills a form"],
  ["response_url", "answers a press or a command"],
  ["block_actions", "somebody pressed a button"],
  ["block_suggestion", "somebody searches a menu"],
  ["view_closed", "somebody closed a form"],
  ["view_submission", "somebody sent a form"],
  ["message_action", "somebody used a shortcut"],
  ["shortcut", "somebody used a shortcut"],
  ["event message", "somebody wrote"],
  ["event reaction_added", "somebody put an emoji on a message"],
  ["event reaction_removed", "somebody took an emoji away"],
  ["event app_mention", "somebody mentioned the bot"],
  ["event ", "something happened in Slack"],
  ["/", "somebody typed a command"],
];

/** @param {HTMLElement} panel @param {{close: () => void}} options */
export function mountWire(panel, { close }) {
  let filter = "all";
  /** @type {Map<number, any>} */ const opened = new Map();
  const known = new Map();
  const list = h("ol", { class: "wire-list", tabindex: "0", "aria-label": "Requests, newest first" });
  const log = h("pre", { class: "wire-log", tabindex: "0", "aria-label": "The bot’s log", hidden: true });
  const sent = h("ol", { class: "wire-list", tabindex: "0", "aria-label": "Mail to leads, newest first", hidden: true });
  const empty = h("p", { class: "empty" }, "No requests yet.");
  const tabs = h("div", { class: "segments", role: "group", "aria-label": "Show" });
  panel.append(
    h("div", { class: "room-head" }, h("h2", { class: "room-title" }, "The wire"), h("button", { type: "button", class: "plain-button only-medium", "aria-label": "Close the wire", onclick: close }, icon("close"))),
    h("p", { class: "wire-about" }, ABOUT),
    tabs, empty, list, sent, log,
  );
  const drawTabs = () => {
    tabs.replaceChildren(...FILTERS.map(([name, label]) =>
      h("button", { type: "button", class: "segment", "aria-pressed": String(filter === name), onclick: () => choose(name) }, label)));
  };
  const choose = (/** @type {string} */ name) => {
    filter = name;
    drawTabs();
    /** @type {HTMLElement | null} */ (tabs.querySelector("[aria-pressed=true]"))?.focus();
    draw();
    drawMail();
    drawLog();
  };
  const toggle = async (/** @type {any} */ row) => {
    if (opened.has(row.number)) opened.delete(row.number);
    else opened.set(row.number, await bodies(row.number));
    draw();
  };
  const draw = () => {
    const rows = state.wire.filter((row) => filter === "all" || row.sender === filter || row.to === filter);
    list.hidden = filter === "log" || filter === "mail";
    empty.textContent = filter === "mail" ? "No answer to a lead yet." : "No requests yet.";
    empty.hidden = filter === "log" || (filter === "mail" ? state.mails.length > 0 : rows.length > 0);
    if (list.hidden) return;
    reconcile(list, rows.map((row) => ({
      key: String(row.number),
      version: [row, opened.get(row.number)],
      draw: () => drawn(row, opened.get(row.number), () => void toggle(row)),
    })), known);
  };
  const drawMail = () => {
    sent.hidden = filter !== "mail";
    if (filter === "mail") draw();
    if (!sent.hidden) sent.replaceChildren(...state.mails.map(mail));
  };
  const drawLog = () => {
    log.hidden = filter !== "log";
    if (log.hidden) return;
    log.textContent = state.log.join("\n") || "The bot has written nothing yet.";
    log.scrollTop = log.scrollHeight;
  };
  drawTabs();
  on(["wire", "connected"], draw);
  on(["mails", "connected"], drawMail);
  on(["log", "connected"], drawLog);
}

/** The words for the state of a mail. @type {Record<string, string>} */
const STATES = { pending: "waits in SendKit", sent: "left the mailbox", failed: "not sent", cancelled: "taken back" };

/** An answer to a lead. @param {any} each */
function mail(each) {
  const good = each.status === "sent" || each.status === "pending";
  return h(
    "li",
    { class: `wire-row ${each.status === "sent" ? "is-patch" : ""}` },
    h(
      "div",
      { class: "wire-head" },
      h(
        "span",
        { class: "wire-meta" },
        h("span", { class: `status ${good ? "is-good" : "is-bad"}` }, STATES[each.status]),
        h("time", { class: "wire-time" }, stopwatch(new Date(each.due * 1000))),
      ),
      h("span", { class: "wire-what" }, `To ${each.to}${each.cc.length ? `, cc ${each.cc.join(", ")}` : ""}`),
      h("span", { class: "wire-body" }, each.text.replaceAll("<br>", "\n").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")),
      each.error && h("span", { class: "wire-purpose" }, each.error),
    ),
  );
}

/** @param {any} row @param {any} opened @param {() => void} toggle */
function drawn(row, opened, toggle) {
  const bad = row.status >= 400 || row.status === 0 || Boolean(row.error);
  const patch = row.what.startsWith("PATCH ") || row.what === "POST /v1/inbox/dnc";
  const status = row.error || (row.status ? String(row.status) : "no answer");
  return h(
    "li",
    { class: `wire-row ${patch ? "is-patch" : ""}` },
    h(
      "button",
      { type: "button", class: "wire-head", "aria-expanded": String(Boolean(opened)), onclick: toggle, data: { focus: "head" } },
      h(
        "span",
        { class: "wire-meta" },
        party(row.sender), h("span", { class: "arrow" }, "→"), party(row.to),
        h("span", { class: `status ${bad ? "is-bad" : "is-good"}` }, status),
        h("span", { class: "ms" }, `${row.ms < 10 ? row.ms.toFixed(1) : Math.round(row.ms)} ms`),
        row.times > 1 && h("span", { class: "times", title: `${row.times} times; this is the last` }, `×${row.times}`),
        h("time", { class: "wire-time" }, stopwatch(new Date(row.at * 1000))),
        icon("caret"),
      ),
      h("span", { class: "wire-what" }, ...what(row.what), ...purpose(row.what)),
      patch && row.body && h("span", { class: "wire-body" }, JSON.stringify(row.body)),
    ),
    opened && detail(opened),
  );
}

/** @param {string} text */
function what(text) {
  const found = /^(GET|POST|PATCH|PUT|DELETE) (.*)$/.exec(text);
  if (!found) return [text];
  const short = found[2].replace(/(?<=\/inbox\/)\w{7,}(?=\w{6})/, "…");
  return [h("b", { class: `verb verb-${found[1]}` }, found[1]), " ", h("span", { title: found[2] }, short)];
}

/** @param {string} text */
function purpose(text) {
  const known = PURPOSES.find(([start]) => text.startsWith(start));
  return known ? [" ", h("span", { class: "wire-purpose" }, known[1])] : [];
}

/** @param {string} name */
const party = (name) => h("span", { class: `party party-${name}` }, name);

/** @param {any} opened */
function detail(opened) {
  if (opened.error) return h("p", { class: "b-error" }, opened.error);
  return h("div", { class: "wire-detail" }, h("h3", {}, "Request"), json(opened.request), h("h3", {}, "Answer"), json(opened.response));
}

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?/g;

/** Pretty JSON with its parts in colours. @param {any} value */
function json(value) {
  if (value === null || value === undefined || value === "") return h("p", { class: "wire-none" }, "empty");
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const made = h("pre", { class: "json", tabindex: "0" });
  let last = 0;
  for (const found of text.matchAll(TOKEN)) {
    const kind = found[2] ? "key" : found[1] ? "string" : "word";
    made.append(text.slice(last, found.index), h("span", { class: `json-${kind}` }, found[1] ?? found[0]), found[2] ?? "");
    last = (found.index ?? 0) + found[0].length;
  }
  made.append(text.slice(last));
  return made;
}
