// The list of rooms, with a dot where something is unread.

import { avatar, clear, el, icon } from "./dom.js";
import { fragment } from "./sanitize.js";
import { lastIn } from "./world.js";

const GROUPS = { slack: [["Channels", (place) => !place.dm], ["Apps", (place) => place.dm]],
  discord: [["Channels", (place) => !place.dm], ["Direct messages", (place) => place.dm]],
  telegram: [["Chats", () => true]] };

export class RoomList {
  constructor(win) {
    this.win = win;
    this.shape = "";
    this.node = el("nav", { class: "rooms", "aria-label": "Rooms" });
  }

  show(places, current) {
    const previews = places.map((place) => (this.win.platform === "telegram" ? this.preview(place) : ""));
    const shape = JSON.stringify([this.win.person, current, places.map((one) => [one.key, one.label, one.unread, one.closed]), previews]);
    if (shape === this.shape) return;
    this.shape = shape;
    const focused = this.node.contains(document.activeElement) ? document.activeElement.dataset.place : null;
    clear(this.node, GROUPS[this.win.platform].map(([title, belongs]) => {
      const found = places.filter(belongs);
      return found.length && el("div", { class: "group" }, el("h3", {}, title),
        el("ul", {}, found.map((place) => this.item(place, current, previews[places.indexOf(place)]))));
    }));
    if (focused !== null) this.node.querySelector(`[data-place="${CSS.escape(focused)}"]`)?.focus();
  }

  /** The last words in a chat. */
  preview(place) {
    const { state, address } = this.win;
    const last = lastIn("telegram", state, place);
    if (!last) return "";
    const said = fragment(last.html.replaceAll("<br>", " "), address).textContent;
    return last.author.id === state.me.id && last.kind !== "service" ? `You: ${said}` : said;
  }

  item(place, current, said) {
    const name = el("span", { class: "label" }, place.label);
    const words = this.win.platform === "telegram" && !place.depth
      ? el("span", { class: "two" }, name, el("span", { class: "preview" }, said || "No messages yet")) : name;
    const sign = this.win.platform === "telegram" && !place.depth ? avatar(place.label) : icon(signOf(place));
    return el("li", { class: place.depth ? "nested" : null },
      el("button", { type: "button", "data-place": place.key, class: place.unread ? "unread" : null,
        "aria-current": place.key === current ? "true" : null, on: { click: () => this.win.choosePlace(place) } },
      sign, words, place.unread ? el("span", { class: "dot" }, el("span", { class: "unseen" }, " (unread)")) : null));
  }
}

export function signOf(place) {
  if (place.thread) return "thread";
  if (place.dm) return "person";
  if (place.kind === "forum") return "forum";
  return place.private ? "lock" : "hash";
}
