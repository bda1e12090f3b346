// Where a person types: Enter sends, Shift+Enter makes a line, "/" offers the bot's commands.

import { clear, el, icon, iconButton } from "./dom.js";
import { PLATFORMS } from "./platforms.js";

const FILE_LIMIT = 5 * 1024 * 1024;
const MOST_OFFERED = 8;
const LONGEST_HINT = 24;
let made = 0;

export class Composer {
  constructor(win, thread) {
    this.win = win;
    this.thread = thread;
    this.place = null;
    this.drafts = new Map();
    this.offered = [];
    this.active = -1;
    this.aim = null; // {kind: "quote" | "edit", message}
    this.files = [];
    this.build(`composer-${++made}`);
  }

  build(id) {
    this.banner = el("div", { class: "banner", hidden: true });
    this.list = el("ul", { class: "offers", id: `${id}-offers`, role: "listbox", "aria-label": "Commands", hidden: true });
    this.title = el("input", { class: "post-title", placeholder: "Title of the post", "aria-label": "Title of the post",
      maxlength: 100, hidden: true });
    this.input = el("textarea", { id, rows: 1, role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false",
      "aria-controls": this.list.id, on: {
        input: () => this.typed(), keydown: (event) => this.key(event), blur: () => this.offer([]),
        paste: (event) => this.attach(event.clipboardData?.files ?? []),
      } });
    this.picker = el("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-label": "Files to send",
      on: { change: () => { this.attach(this.picker.files); this.picker.value = ""; } } });
    this.kept = el("ul", { class: "files", "aria-label": "Files to send", hidden: true });
    this.node = el("div", { class: "composer" }, this.list, this.banner, this.kept, this.title, this.picker,
      el("div", { class: "line" },
        iconButton("clip", "Attach a file", () => this.picker.click()), this.input,
        iconButton("send", "Send", () => this.send(), { class: "tool send" })));
  }

  /** Is for that place from now on; what was begun elsewhere waits there. */
  show(place, label) {
    if (this.placeKey !== `${this.win.person}:${place.key}`) {
      if (this.placeKey) this.drafts.set(this.placeKey, this.input.value);
      this.placeKey = `${this.win.person}:${place.key}`;
      this.input.value = this.drafts.get(this.placeKey) ?? "";
      this.aimAt(null);
      this.hold([]);
      this.fit();
    }
    this.place = place;
    this.title.hidden = !(place.kind === "forum" && this.win.platform === "discord" && !place.thread);
    this.input.setAttribute("aria-label", label);
    this.input.placeholder = label.length > LONGEST_HINT ? `${label.slice(0, LONGEST_HINT)}…` : label;
  }

  focus() {
    (this.title.hidden ? this.input : this.title).focus();
  }

  // what it is about

  /** Answers or edits a message; `text` is put in. */
  aimAt(aim, text) {
    this.aim = aim;
    this.banner.hidden = !aim;
    if (aim) {
      const words = aim.kind === "edit" ? "Editing your message" : `Answering ${aim.message.author.name}`;
      clear(this.banner, el("span", {}, words), iconButton("close", "Leave it", () => this.leave()));
      if (text !== undefined) this.input.value = text;
      this.fit();
      this.input.focus();
    }
  }

  leave() {
    if (this.aim?.kind === "edit") this.input.value = "";
    this.aimAt(null);
    this.fit();
    this.input.focus();
  }

  async attach(files) {
    const held = [...this.files];
    for (const file of files) {
      if (file.size > FILE_LIMIT) this.win.complain(`${file.name} is larger than the playground’s 5 MB.`);
      else held.push({ name: file.name, type: file.type, bytes: await base64(file) });
    }
    this.hold(held);
  }

  hold(files) {
    this.files = files;
    this.kept.hidden = !files.length;
    clear(this.kept, files.map((file) => el("li", {}, icon("clip"), file.name,
      iconButton("close", `Leave out ${file.name}`, () => this.hold(this.files.filter((one) => one !== file))))));
  }

  // typing

  typed() {
    this.fit();
    const text = this.input.value;
    if (!/^\/[^\n]*$/.test(text) || this.aim?.kind === "edit") return this.offer([]);
    const wanted = text.toLowerCase();
    const fits = (name) => name.startsWith(wanted) || wanted.startsWith(`${name} `);
    return this.offer(this.commands().filter((one) => fits(one.name.toLowerCase())).slice(0, MOST_OFFERED));
  }

  commands() {
    const own = this.place?.commands ?? [];
    const shortcuts = (this.win.state.shortcuts ?? []).map((one) => ({ name: `/${one.name}`, description: "Shortcut", id: one.id }));
    return [...own, ...shortcuts];
  }

  offer(found) {
    this.offered = found;
    this.active = -1;
    this.list.hidden = !found.length;
    this.input.setAttribute("aria-expanded", String(found.length > 0));
    clear(this.list, found.map((one, index) => el("li", { role: "option", id: `${this.input.id}-offer-${index}`, "aria-selected": "false",
      on: { mousedown: (event) => { event.preventDefault(); this.take(index); } } },
      el("strong", {}, one.name), " ", el("span", {}, one.description))));
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((node, index) => node.setAttribute("aria-selected", String(index === this.active)));
    const at = this.list.children[this.active];
    if (at) this.input.setAttribute("aria-activedescendant", at.id);
    else this.input.removeAttribute("aria-activedescendant");
    at?.scrollIntoView({ block: "nearest" });
  }

  take(index) {
    const chosen = this.offered[index];
    this.offer([]);
    if (chosen.id) {
      this.input.value = "";
      this.win.deed("shortcut", { callback_id: chosen.id });
    } else if (!this.input.value.startsWith(chosen.name)) {
      this.input.value = `${chosen.name} `;
    }
    this.fit();
    this.input.focus();
  }

  key(event) {
    if (event.isComposing) return;
    if (this.offered.length && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.active = (this.active + step + this.offered.length + (this.active < 0 && step < 0 ? 1 : 0)) % this.offered.length;
      this.mark();
    } else if (this.offered.length && event.key === "Tab" && !event.shiftKey && !this.complete()) {
      event.preventDefault();
      this.take(Math.max(0, this.active));
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (this.active >= 0) this.take(this.active);
      else this.send();
    } else if (event.key === "Escape" && (this.offered.length || this.aim)) {
      event.stopPropagation();
      if (this.offered.length) this.offer([]);
      else this.leave();
    }
  }

  /** Whether what stands there is a command already, so that Tab goes on instead of completing it. */
  complete() {
    const at = this.offered[Math.max(0, this.active)];
    return !at.id && (this.input.value === at.name || this.input.value.startsWith(`${at.name} `));
  }

  fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 150)}px`;
  }

  // sending

  async send() {
    const { value: text } = this.input;
    const { aim, files, place } = this;
    if (!text.trim() && !files.length) return;
    const held = { text, title: this.title.value };
    this.input.value = "";
    this.offer([]);
    this.aimAt(null);
    this.hold([]);
    this.fit();
    const done = await this.carryOut(text, held.title, aim, files, place);
    if (done) this.title.value = "";
    else if (!this.input.value && this.place.key === place.key) {
      this.input.value = text; // nothing that somebody typed is lost
      this.hold(files);
      this.fit();
    }
  }

  /** Whether the platform took it. */
  async carryOut(text, title, aim, files, place) {
    const { win } = this;
    const about = { room: place.room, thread: place.thread };
    const sent = files.length ? { files } : {};
    if (aim?.kind === "edit") {
      return await win.deed("edit", { room: aim.message.room, message: aim.message.id, text }) !== null;
    }
    if (!this.title.hidden) {
      return await win.deed("post", { room: place.room, name: title.trim() || text.slice(0, 80), text, ...sent }) !== null;
    }
    if (PLATFORMS[win.platform].typedCommands && /^\/(?!me )/.test(text)) {
      return await win.deed("command", { ...about, text: text.trim() }) !== null;
    }
    const quoted = aim ? { reply_to: aim.message.id } : {};
    return await win.deed("write", { ...about, text, ...quoted, ...sent }) !== null;
  }
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
