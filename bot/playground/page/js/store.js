/** The page's state: the workspace from the server, and where the person is. */

import { equal } from "./dom.js";

/**
 * @typedef {{channel: string, ts: string, user: string, text: string, blocks: any[],
 *   thread_ts: string, broadcast: boolean, edited: boolean, to: string, subtype: string,
 *   reply_users: string[], latest_reply: string, reply_count: number,
 *   attachments: any[], reactions: {name: string, users: string[]}[]}} Message
 * @typedef {{id: string, handle: string, name: string, real_name: string, kind: string, about: string}} Person
 * @typedef {{id: string, name: string, private: boolean, archived: boolean, members: string[],
 *   with_user: string}} Channel
 */

// Other programs may have stored something under this address.
const SEEN = "playground seen";
const MOST_ROWS = 300;
const MOST_LINES = 200;

export const state = {
  workspace: { name: "", domain: "", created: 0 },
  app: { name: "", user: "", channel: "", commands: [], shortcuts: [], /** @type {any} */ app_home: {} },
  /** @type {Person[]} */ people: [],
  /** @type {Person[]} */ bots: [],
  /** @type {Channel[]} */ channels: [],
  /** @type {Map<string, Message>} */ messages: new Map(),
  /** @type {any[]} */ views: [],
  /** @type {Record<string, any>} */ homes: {},
  bot: { phase: "starting", status: null, pid: null },
  /** @type {any[]} */ mails: [],
  switches: { slack: "well", sendkit: "well", do_not_contact: [] },
  /** @type {any[]} */ wire: [],
  /** @type {string[]} */ log: [],
  connected: false,
  me: "",
  channel: "",
  tab: "messages",
  /** @type {{channel: string, ts: string} | null} */ thread: null,
  /** @type {Record<string, string>} */ seen: remembered(),
  /** Slack's note beside a message whose last press failed. @type {Map<string, string>} */ failed: new Map(),
};

/** Private answers from before the page was loaded: as in Slack, they are gone. @type {Set<string>} */
const lost = new Set();

/** What each person had read before the page was loaded. @returns {Record<string, string>} */
function remembered() {
  return JSON.parse(localStorage.getItem(SEEN) ?? "{}");
}

const told = new EventTarget();

/** Calls back after a topic has changed. @param {string[]} topics @param {() => void} listener */
export function on(topics, listener) {
  for (const topic of topics) told.addEventListener(topic, listener);
}

/** @param {...string} topics */
export function tell(...topics) {
  for (const topic of topics) told.dispatchEvent(new Event(topic));
}

/** Follows the server's updates; `arrived` is called for each new message. @param {(m: Message) => void} arrived */
export function follow(arrived) {
  const stream = new EventSource("/stream");
  stream.onmessage = (event) => take(JSON.parse(event.data), arrived);
  stream.onerror = () => {
    state.connected = false;
    tell("connected");
  };
}

/** @param {any} news @param {(m: Message) => void} arrived */
function take(news, arrived) {
  const first = "workspace" in news && "people" in news;
  const kept = first ? restart(news.workspace) : null;
  const ran = state.bot.phase === "running";
  for (const name of ["workspace", "app", "people", "bots", "channels", "views", "homes", "bot", "switches", "mails"]) {
    if (name in news) Object.assign(state, { [name]: news[name] });
  }
  if (first) settle();
  const back = !ran && state.bot.phase === "running";
  if (back) state.failed.clear();
  for (const message of news.messages ?? []) {
    const key = keyOf(message);
    if (message.to && kept && !kept.has(key)) lost.add(key);
    if (lost.has(key)) continue;
    const had = state.messages.get(key);
    if (!first && !had) arrived(message);
    if (had && !equal(had, message)) state.failed.delete(key);
    state.messages.set(key, message);
  }
  for (const [channel, ts] of news.gone ?? []) state.messages.delete(`${channel}/${ts}`);
  for (const row of news.wire ?? []) record(row);
  if (news.log) state.log = [...state.log, ...news.log].slice(-MOST_LINES);
  if (news.messages || news.gone || back) tell("messages");
  tell(...Object.keys(news).filter((name) => name !== "messages" && name !== "gone"));
  if (first) tell("connected", "place", "messages");
}

/** Starts over; returns the private answers that stay after a lost connection. @param {any} workspace */
function restart(workspace) {
  const same = workspace.created === state.workspace.created;
  const kept = new Set([...state.messages].filter(([, message]) => same && message.to).map(([key]) => key));
  state.messages.clear();
  state.wire = [];
  state.log = [];
  state.connected = true;
  return kept;
}

/** Where a person starts: in the channel with the cards, unless they were elsewhere. */
function settle() {
  const known = new Set(state.people.map((each) => each.id));
  const kept = sessionStorage.getItem("me") ?? "";
  if (!known.has(state.me)) state.me = known.has(kept) ? kept : state.people[0].id;
  if (!state.channels.some((each) => each.id === state.channel)) {
    state.channel = (state.channels.find((each) => each.name === state.app.channel) ?? state.channels[0]).id;
  }
}

/** @param {any} row */
function record(row) {
  const index = state.wire.findIndex((each) => each.number === row.number);
  // A row that counts one more request moves up, but repeated rows do not keep changing places.
  if (index >= 0 && state.wire.slice(0, index).every((each) => each.repeats)) state.wire[index] = row;
  else state.wire = [row, ...state.wire.filter((each) => each.number !== row.number)];
  state.wire.length = Math.min(state.wire.length, MOST_ROWS);
}

/** @param {{channel: string, ts: string}} message */
export const keyOf = (message) => `${message.channel}/${message.ts}`;

/** @param {Message} message */
const mine = (message) => !message.to || message.to === state.me;

/** The messages of a channel as one person sees them. @param {string} channel */
export function shownIn(channel) {
  const shown = [];
  for (const each of state.messages.values()) {
    if (each.channel === channel && (!each.thread_ts || each.broadcast) && mine(each)) shown.push(each);
  }
  return shown.sort(byTime);
}

/** The replies below a message as one person sees them. @param {{channel: string, ts: string}} parent */
export function repliesTo(parent) {
  const shown = [];
  for (const each of state.messages.values()) {
    if (each.channel === parent.channel && each.thread_ts === parent.ts && mine(each)) shown.push(each);
  }
  return shown.sort(byTime);
}

/** @param {Message} one @param {Message} other */
const byTime = (one, other) => (one.ts < other.ts ? -1 : 1);

/** A person or bot by id. @param {string} id @returns {Person} */
export function person(id) {
  const found = [...state.people, ...state.bots].find((each) => each.id === id);
  return found ?? { id, handle: id, name: id, real_name: id, kind: "", about: "" };
}

/** @param {string} id */
export const isBot = (id) => state.bots.some((each) => each.id === id);

/** @param {string} id */
export const channelOf = (id) => state.channels.find((each) => each.id === id);

/** Whether only the app may write here, as its manifest can set. @param {string} id */
export const readOnly = (id) => Boolean(channelOf(id)?.with_user && state.app.app_home?.messages_tab_read_only_enabled);

/** The channels the acting person is in, and their conversation with the app. */
export function rooms() {
  const within = state.channels.filter((each) => each.members.includes(state.me) && !each.archived);
  const open = within.filter((each) => !each.with_user);
  const first = open.filter((each) => each.name === state.app.channel);
  const others = open.filter((each) => each.name !== state.app.channel);
  return {
    channels: [...first, ...others.sort((one, other) => one.name.localeCompare(other.name))],
    directs: within.filter((each) => each.with_user === state.me),
  };
}

/** @param {string} id */
export function actAs(id) {
  state.me = id;
  state.failed.clear();
  sessionStorage.setItem("me", id);
  const { channels, directs } = rooms();
  if (channelOf(state.channel)?.with_user) state.channel = directs[0]?.id ?? channels[0].id;
  if (![...channels, ...directs].some((each) => each.id === state.channel)) go(channels[0].id);
  tell("place", "messages", "views");
}

/** Go to a channel. @param {string} channel @param {string} [tab] */
export function go(channel, tab = "messages") {
  state.channel = channel;
  state.tab = tab;
  if (state.thread && state.thread.channel !== channel) state.thread = null;
  tell("place", "messages");
}

/** Open a thread at the side, or close it. @param {{channel: string, ts: string} | null} parent */
export function openThread(parent) {
  state.thread = parent && { channel: parent.channel, ts: parent.ts };
  tell("place");
}

/** How many unread messages a person has in a channel. @param {string} channel */
export function unread(channel) {
  const since = state.seen[`${state.me}/${channel}`] ?? "";
  let count = 0;
  for (const each of state.messages.values()) {
    if (each.channel === channel && !each.thread_ts && each.ts > since && mine(each) && each.user !== state.me) count += 1;
  }
  return count;
}

/** Marks everything in a channel as read. @param {string} channel */
export function look(channel) {
  const last = shownIn(channel).at(-1)?.ts ?? "";
  const key = `${state.me}/${channel}`;
  if ((state.seen[key] ?? "") >= last) return;
  state.seen[key] = last;
  localStorage.setItem(SEEN, JSON.stringify(state.seen));
  tell("seen");
}
