/** Times as Slack writes them, in the reader's zone. */

const hour12 = Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions().hour12;

/** @param {Date} at @param {Intl.DateTimeFormatOptions} options */
const format = (at, options) => new Intl.DateTimeFormat("en", { ...options, hour12 }).format(at);

/** @param {string} ts */
export const dateOf = (ts) => new Date(Number(ts) * 1000);

/** @param {Date} at */
export const clock = (at) => format(at, { hour: hour12 ? "numeric" : "2-digit", minute: "2-digit" });

/** Without AM or PM, beside grouped messages. @param {Date} at */
export const clockBare = (at) => clock(at).replace(/\s?[AP]M$/i, "");

/** @param {Date} at */
export const clockSeconds = (at) => format(at, { hour: hour12 ? "numeric" : "2-digit", minute: "2-digit", second: "2-digit" });

/** For narrow places, always of the same width. @param {Date} at */
export const stopwatch = (at) => new Intl.DateTimeFormat("en", { timeStyle: "medium", hourCycle: "h23" }).format(at);

/** @param {Date} at */
export const full = (at) => `${format(at, { weekday: "long", month: "long", day: "numeric", year: "numeric" })} at ${clockSeconds(at)}`;

/** “Today”, “Yesterday” or the date. @param {Date} at */
export const day = (at) => near(at) ?? format(at, { weekday: "long", month: "long", day: "numeric" });

/** “today at 10:32”. @param {Date} at */
export const when = (at) => `${near(at)?.toLowerCase() ?? format(at, { month: "long", day: "numeric" })} at ${clock(at)}`;

/** @param {Date} at */
function near(at) {
  const midnight = new Date();
  midnight.setHours(0, 0, 0, 0);
  const then = new Date(at);
  then.setHours(0, 0, 0, 0);
  const days = Math.round((then.getTime() - midnight.getTime()) / 86_400_000);
  return { "-1": "Yesterday", 0: "Today", 1: "Tomorrow" }[days];
}

/** @param {Date} at */
const short = (at) => format(at, { month: "short", day: "numeric", year: "numeric" });
/** @param {Date} at */
const long = (at) => format(at, { weekday: "long", month: "long", day: "numeric", year: "numeric" });
/** @param {Date} at */
const middle = (at) => format(at, { month: "long", day: "numeric", year: "numeric" });

/** @type {Record<string, (at: Date) => string>} */
const PARTS = {
  date_num: (at) => format(at, { year: "numeric", month: "2-digit", day: "2-digit" }),
  date: middle,
  date_short: short,
  date_long: long,
  date_pretty: (at) => near(at)?.toLowerCase() ?? middle(at),
  date_short_pretty: (at) => near(at)?.toLowerCase() ?? short(at),
  date_long_pretty: (at) => near(at)?.toLowerCase() ?? long(at),
  time: clock,
  time_secs: clockSeconds,
  ago: (at) => ago(at),
};

/** @param {Date} at */
function ago(at) {
  const seconds = Math.round((at.getTime() - Date.now()) / 1000);
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (Math.abs(seconds) < 60) return relative.format(seconds, "second");
  if (Math.abs(seconds) < 3600) return relative.format(Math.round(seconds / 60), "minute");
  if (Math.abs(seconds) < 86_400) return relative.format(Math.round(seconds / 3600), "hour");
  return relative.format(Math.round(seconds / 86_400), "day");
}

/**
 * The text of a <!date^…> token; empty when it cannot be read.
 * https://docs.slack.dev/messaging/formatting-message-text#date-formatting
 * @param {number} seconds @param {string} pattern
 */
export function dateText(seconds, pattern) {
  const at = new Date(seconds * 1000);
  if (Number.isNaN(at.getTime())) return "";
  const text = pattern.replace(/\{(\w+)\}/g, (all, name) => PARTS[name]?.(at) ?? all);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
