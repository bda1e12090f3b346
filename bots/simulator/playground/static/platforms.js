// How the three platforms differ for somebody who sits in front of them.

export const CAST = ["Anna", "Erik", "Omar", "Lisa", "Maja"];
export const ROLES = { Anna: "employee", Erik: "customer", Omar: "agent", Lisa: "agent", Maja: "lead" };

/**
 * `threads`: "pane" where a thread opens beside the talk, "room" where topics are places of their own.
 * `answer`: what answering a message does, "thread" or "quote". `posts` and `calls` name the bot's calls for trouble.
 */
export const PLATFORMS = {
  slack: {
    name: "Slack",
    person: "Omar",
    room: /customer-desk/,
    threads: "pane",
    answer: "thread",
    typedCommands: true,
    reactions: ["👍", "✅", "👀"],
    posts: "chat\\.postMessage",
    calls: ".*",
    cut: "All of the bot’s sockets break at once.",
  },
  discord: {
    name: "Discord",
    person: "Anna",
    room: /support/,
    threads: "pane",
    answer: "quote",
    typedCommands: true,
    reactions: ["👍", "✅", "👀"],
    posts: "POST /channels/\\{channel_id\\}/messages",
    calls: ".*",
    cut: "The bot’s gateway connection breaks without a goodbye.",
  },
  telegram: {
    name: "Telegram",
    person: "Erik",
    room: null,
    threads: "room",
    answer: "quote",
    typedCommands: false,
    reactions: ["👍", "👌", "👀"], // ✅ is not among Telegram’s reactions
    posts: "sendMessage",
    calls: "(?!getUpdates).*", // a poll is always waiting, and would take the trouble meant for an answer
    cut: "All of the bot’s connections break, the waiting poll too.",
  },
};

/** What tells the simulator which button is meant: Slack’s may share an action, the others’ may share a label. */
export function buttonKey(platform, button, all) {
  if (!button.action) return { label: button.label };
  if (platform !== "slack" || all.filter((one) => one.action === button.action).length === 1) {
    return { action: button.action };
  }
  if (button.value && all.filter((one) => one.value === button.value).length === 1) return { action: button.value };
  return { action: button.action, label: button.label };
}

/** A message’s text as its author typed it, for editing. Slack stores its own writing. */
export function editable(platform, text) {
  if (platform !== "slack") return text;
  return text
    .replace(/<(https?:[^|>]+)(\|[^>]*)?>/g, "$1")
    .replace(/<#\w+\|([^>]+)>/g, "#$1")
    .replace(/<!(channel|here|everyone)>/g, "@$1")
    .replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}
