// The list of messages in one place. Nodes are kept while their message is the same, so that nothing flickers.

import { el } from "./dom.js";
import { drawMessage } from "./message.js";

const TOGETHER_SECONDS = 300;
const MOST_SHOWN = 250;
const NEAR_PX = 60;

export class MessageList {
  /** `view` draws for: {win, thread: whether this is the thread pane}. */
  constructor(win, thread) {
    this.win = win;
    this.thread = thread;
    this.drawn = new Map();
    this.key = "";
    this.open = "";
    this.list = el("ol", { class: "messages", on: { keydown: (event) => this.walk(event) } });
    this.jump = el("button", { type: "button", class: "jump", hidden: true, on: { click: () => this.toEnd() } }, "New messages ↓");
    this.node = el("div", { class: "talk", tabindex: "0", role: "region", "aria-label": thread ? "Thread" : "Messages" },
      this.list);
    this.sticky = true;
    this.node.addEventListener("scroll", () => {
      this.sticky = this.atEnd();
      if (this.sticky) this.jump.hidden = true;
    }, { passive: true });
    // Whoever reads the end goes on reading the end, however the room for it changes.
    new ResizeObserver(() => { if (this.sticky) this.toEnd(); }).observe(this.node);
  }

  /** Shows the messages of the place `key`; `empty` is said where there are none. */
  show(messages, key, empty) {
    const fresh = key !== this.key;
    const stay = !fresh && !this.sticky;
    if (fresh) {
      this.drawn.clear();
      this.open = "";
      this.jump.hidden = true;
    }
    this.key = key;
    const before = this.drawn.size;
    this.place(this.nodes(messages.slice(-MOST_SHOWN), empty));
    if (!stay) this.toEnd();
    else if (this.drawn.size > before) this.jump.hidden = false;
  }

  nodes(messages, empty) {
    const next = new Map();
    let last = null;
    const keep = (key, shape, draw) => {
      const old = this.drawn.get(key);
      next.set(key, old?.shape === shape ? old : { shape, node: this.replace(old?.node, draw()) });
    };
    if (!messages.length) keep("empty", empty, () => el("li", { class: "empty" }, empty));
    for (const message of messages) {
      const day = dayOf(message.at);
      if (last && dayOf(last.at) !== day) keep(`day ${day}`, day, () => el("li", { class: "day" }, day));
      const about = this.about(message, last);
      keep(message.id, JSON.stringify([message, about]), () => drawMessage(this.win, message, about, this));
      last = message;
    }
    this.drawn = next;
    return [...next.values()].map((one) => one.node);
  }

  about(message, last) {
    const { win } = this;
    const follows = last && !last.system && last.author.id === message.author.id && last.private === message.private
      && message.at - last.at < TOGETHER_SECONDS && !message.reply_to && dayOf(last.at) === dayOf(message.at);
    return {
      me: win.state.me.id, follows: Boolean(follows), open: this.open === message.id,
      quote: win.quoteOf(message), replies: this.thread ? null : win.repliesOf(message),
    };
  }

  /** Whoever stands on a button of the old node stands on the same button of the new one. */
  replace(old, fresh) {
    if (old?.contains(document.activeElement)) {
      const key = document.activeElement.dataset.key;
      queueMicrotask(() => (fresh.querySelector(`[data-key="${CSS.escape(key ?? "")}"]`) ?? fresh.querySelector(".more"))?.focus());
    }
    return fresh;
  }

  place(nodes) {
    let at = this.list.firstChild;
    for (const node of nodes) {
      if (node === at) at = at.nextSibling;
      else this.list.insertBefore(node, at);
    }
    while (at) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  }

  /** Opens a message's actions, or closes them. */
  toggle(id) {
    this.open = this.open === id ? "" : id;
    this.win.render();
    if (this.open) this.list.querySelector(".open .tools .tool")?.focus();
  }

  walk(event) {
    if (event.key === "Escape" && this.open) {
      const id = this.open;
      event.stopPropagation();
      this.toggle(id);
      this.drawn.get(id)?.node.querySelector(".more")?.focus();
      return;
    }
    if (!event.target.matches?.(".more") || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const all = [...this.list.querySelectorAll(".more")];
    const next = all[all.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
    event.preventDefault();
    next?.focus();
  }

  atEnd() {
    return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < NEAR_PX;
  }

  toEnd() {
    this.sticky = true;
    this.node.scrollTop = this.node.scrollHeight;
    this.jump.hidden = true;
  }
}

function dayOf(seconds) {
  return new Date(seconds * 1000).toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long" });
}
