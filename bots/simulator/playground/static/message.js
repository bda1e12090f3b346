// One message as a client shows it: who, what, buttons, menus, reactions, and what one can do with it.

import { avatar, el, icon, iconButton } from "./dom.js";
import { field } from "./fields.js";
import { buttonKey, PLATFORMS } from "./platforms.js";
import { fragment, webAddress } from "./sanitize.js";

/** `about` is {me, follows, open, quote, replies}; `list` the list that the message stands in. */
export function drawMessage(win, message, about, list) {
  if (message.system || message.kind === "service") {
    return el("li", { class: "system" }, el("div", { class: "said" }, fragment(message.html, win.address)));
  }
  const own = message.author.id === about.me;
  const classes = ["message", own && "own", about.follows && "follows", about.open && "open", message.private && "private",
    message.author.bot && "bot"];
  return el("li", { class: classes.filter(Boolean).join(" "), "data-message": message.id },
    avatar(message.author.name),
    el("div", { class: "frame" }, head(message), body(win, message, about, list)),
    message.deleted ? null : tools(win, message, own, list));
}

function head(message) {
  const at = new Date(message.at * 1000);
  return el("div", { class: "head" },
    el("strong", { class: "name" }, message.author.name),
    message.author.bot ? el("span", { class: "tag" }, "app") : null,
    el("time", { datetime: at.toISOString() }, at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })),
    message.edited ? el("span", { class: "edited" }, "edited") : null);
}

function body(win, message, about, list) {
  if (message.deleted) return el("p", { class: "said gone" }, "This message was deleted.");
  return [
    message.private ? el("p", { class: "whisper" }, icon("eye"), "Only visible to you") : null,
    about.quote ? el("p", { class: "quote" }, el("strong", {}, about.quote.name), " ", about.quote.text) : null,
    message.html ? el("div", { class: "said" }, fragment(message.html, win.address)) : null,
    facts(win, message), files(message), buttons(win, message), menus(win, message), reactions(win, message, about),
    about.replies ? replies(win, about.replies) : null,
  ];
}

/** Slack's fields are in its html already. */
function facts(win, message) {
  if (win.platform === "slack" || !message.fields?.length) return null;
  return el("dl", { class: "facts" }, message.fields.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function files(message) {
  const names = (message.files ?? []).map((file) => file.name ?? file.filename);
  if (!names.length) return null;
  return el("ul", { class: "files", "aria-label": "Files" }, names.map((name) => el("li", {}, icon("clip"), name)));
}

function buttons(win, message) {
  if (!message.buttons?.length) return null;
  return el("div", { class: "buttons" }, message.buttons.map((button, index) => pressable(win, message, button, index)));
}

function pressable(win, message, button, index) {
  const label = button.emoji && button.emoji !== button.label ? `${button.emoji} ${button.label}` : button.label;
  const press = () => win.press(message, button);
  const url = webAddress(button.url);
  if (url) {
    const to = win.address(url);
    const tell = win.platform === "slack" ? { click: press } : {};
    return el("a", { class: "button", href: to.href, target: to.target, rel: "noopener noreferrer", on: tell }, label);
  }
  return el("button", { type: "button", class: `button ${styleOf(button)}`, disabled: button.disabled,
    "data-key": `button:${index}`, on: { click: (event) => busy(event.currentTarget, press()) } }, label);
}

const styleOf = (button) => (["primary", "success", "danger"].includes(button.style) ? button.style : "plain");

async function busy(node, deed) {
  node.setAttribute("aria-busy", "true");
  await deed;
  node.removeAttribute("aria-busy");
}

function menus(win, message) {
  const found = message.selects ?? message.menus ?? [];
  return found.map((menu) => {
    const drawn = field({ ...menu, id: menu.action, value: null, required: true }, win.state);
    const send = () => {
      const option = drawn.value();
      if (option !== undefined) win.choose(message, menu, option);
    };
    const single = drawn.control.localName === "select" && !drawn.control.multiple;
    if (single) drawn.control.addEventListener("change", send);
    drawn.control.disabled = Boolean(menu.disabled);
    return el("div", { class: "menu" }, drawn.node,
      single ? null : el("button", { type: "button", class: "button plain", on: { click: send } }, "Choose"));
  });
}

function reactions(win, message, about) {
  const found = Object.entries(message.reactions ?? {}).filter(([, names]) => names.length);
  if (!found.length) return null;
  return el("div", { class: "reactions" }, found.map(([emoji, names]) => {
    const mine = names.includes(win.state.me.name);
    return el("button", { type: "button", "aria-pressed": String(mine), title: names.join(", "), "data-key": `react:${emoji}`,
      "aria-label": `${emoji} by ${names.join(", ")}`, disabled: message.private,
      on: { click: () => win.react(message, emoji, mine) } }, emoji, el("span", {}, String(names.length)));
  }));
}

function replies(win, about) {
  const words = about.count === 1 ? "1 reply" : about.count ? `${about.count} replies` : about.name;
  return el("button", { type: "button", class: "replies", "data-key": "replies", on: { click: () => win.openThread(about.key) } },
    icon("thread"), words, about.unread ? el("span", { class: "dot" }, el("span", { class: "unseen" }, " (new)")) : null);
}

function tools(win, message, own, list) {
  const { reactions: emoji, answer } = PLATFORMS[win.platform];
  const open = list.open === message.id;
  const focus = { tabindex: open ? null : "-1" };
  const mine = (one) => (message.reactions?.[one] ?? []).includes(win.state.me.name);
  const act = (name, label, press) => iconButton(name, label, press, focus);
  return el("div", { class: "tools" },
    el("div", { class: "deeds", role: "group", "aria-label": `Actions for the message by ${message.author.name}` },
      message.private ? null : emoji.map((one) => el("button", { ...focus, type: "button", class: "tool", title: `React with ${one}`,
        "aria-label": `React with ${one}`, "aria-pressed": String(mine(one)),
        on: { click: () => win.react(message, one, mine(one)) } }, one)),
      message.private ? null : act(answer === "thread" ? "thread" : "reply",
        answer === "thread" ? "Answer in a thread" : "Answer this message", () => win.answer(message, list.thread)),
      own && !message.author.bot ? act("edit", "Edit", () => win.edit(message, list.thread)) : null,
      own ? act("bin", "Delete", () => win.remove(message)) : null,
      message.private ? act("close", "Dismiss", () => win.dismiss(message)) : null,
      (message.private ? [] : win.state.message_shortcuts ?? []).map((one) => el("button", { ...focus, type: "button", class: "tool wide",
        on: { click: () => win.deed("message_shortcut", { room: message.room, message: message.id, callback_id: one.id }) } }, one.name))),
    iconButton("more", `Actions for the message by ${message.author.name}`, () => list.toggle(message.id),
      { class: "tool more", "aria-expanded": String(open), "data-key": "more" }));
}

export function pressKey(win, message, button) {
  return { room: message.room, message: message.id, ...buttonKey(win.platform, button, message.buttons) };
}
