/** Names of emoji that are common in a sales team's channel. @type {Record<string, string>} */
export const EMOJI = {
  "+1": "👍", "-1": "👎", alarm_clock: "⏰", arrow_right: "➡️", bell: "🔔", bulb: "💡",
  calendar: "📅", chart_with_upwards_trend: "📈", clap: "👏", clipboard: "📋", clock3: "🕒",
  email: "✉️", envelope: "✉️", exclamation: "❗", eyes: "👀", fire: "🔥", grey_question: "❔",
  hand: "✋", heart: "❤️", heavy_check_mark: "✔️", hourglass: "⌛", hourglass_flowing_sand: "⏳",
  inbox_tray: "📥", incoming_envelope: "📨", information_source: "ℹ️", joy: "😂", label: "🏷️",
  large_blue_circle: "🔵", large_green_circle: "🟢", link: "🔗", lock: "🔒", mailbox: "📫",
  mag: "🔍", memo: "📝", money_with_wings: "💸", moneybag: "💰", mute: "🔇", no_entry: "⛔",
  no_entry_sign: "🚫", ok_hand: "👌", partying_face: "🥳", pencil2: "✏️", phone: "☎️", pray: "🙏",
  question: "❓", raised_hands: "🙌", red_circle: "🔴", repeat: "🔁", rocket: "🚀",
  rotating_light: "🚨", smile: "😄", sparkles: "✨", speech_balloon: "💬", star: "⭐",
  tada: "🎉", thinking_face: "🤔", thumbsdown: "👎", thumbsup: "👍", warning: "⚠️", wave: "👋",
  white_check_mark: "✅", x: "❌", zap: "⚡",
};
