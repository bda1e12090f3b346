// One chat window: somebody's client on one platform.

import { act, Refusal, state as fetchState } from "./api.js";
import { Composer } from "./composer.js";
import { clear, el, icon, iconButton, once } from "./dom.js";
import { FormLayer } from "./forms.js";
import { ReadMarks, remember, remembered } from "./memory.js";
import { pressKey } from "./message.js";
import { MessageList } from "./messages.js";
import { CAST, editable, PLATFORMS, ROLES } from "./platforms.js";
import { RoomList, signOf } from "./rooms.js";
import { TroubleMenu } from "./trouble.js";
import { keyOf, messagesIn, placesOf, threadUnder } from "./world.js";

const idOf = (message) => `${message.room} ${message.id}`;

export class ChatWindow {
  /** `page` is told of deeds (`did`), of arrivals (`arrived`) and of what is unread, and knows where links lead. */
  constructor(platform, page) {
    this.platform = platform;
    this.page = page;
    this.about = PLATFORMS[platform];
    this.address = page.address;
    this.marks = new ReadMarks(platform);
    this.person = remembered(`person:${platform}`, this.about.person);
    if (!CAST.includes(this.person)) this.person = this.about.person;
    this.state = null;
    this.places = [];
    this.current = "";
    this.threadKey = "";
    this.known = null;
    this.dismissed = new Set();
    this.build();
    this.recall();
  }

  build() {
    this.rooms = new RoomList(this);
    this.main = new MessageList(this, false);
    this.pane = new MessageList(this, true);
    this.composer = new Composer(this, false);
    this.paneComposer = new Composer(this, true);
    this.forms = null;
    this.troubles = new TroubleMenu(this);
    this.picker = el("select", { "aria-label": `Who you are in ${this.about.name}`, on: { change: () => this.become(this.picker.value) } },
      CAST.map((name) => el("option", { value: name, selected: name === this.person }, `${name} · ${ROLES[name]}`)));
    this.menuButton = iconButton("rooms", "Rooms", () => this.showRooms(!this.node.classList.contains("show-rooms")),
      { class: "tool rooms-button", "aria-expanded": "false" });
    this.note = el("div", { role: "status" }); // always there, so that what comes into it is read out
    this.announcer = el("p", { class: "unseen", "aria-live": "polite" });
    this.title = el("h3", { class: "place" });
    this.foot = el("div", { class: "foot" });
    this.paneTitle = el("h3", {});
    this.paneNode = el("aside", { class: "pane", "aria-label": "Thread", hidden: true },
      el("header", {}, this.paneTitle, iconButton("close", "Close the thread", () => this.closeThread())),
      this.pane.node, this.pane.jump, this.paneComposer.node);
    this.body = el("div", { class: "body" }, this.rooms.node,
      el("div", { class: "main" }, this.title, this.main.node, this.main.jump, this.foot), this.paneNode);
    this.forms = new FormLayer(this);
    this.node = el("section", { class: `window ${this.platform}`, id: `window-${this.platform}`, "aria-label": this.about.name,
      on: { keydown: (event) => this.key(event) } },
      el("header", { class: "bar" }, this.menuButton, el("h2", {}, this.about.name),
        el("label", { class: "who" }, el("span", {}, "You are"), this.picker), this.troubles.node),
      this.note, this.announcer, this.body, this.forms.node);
  }

  // what is shown

  /** Asks for the state until it is what was asked for last. */
  async refresh() {
    this.stale = true;
    if (this.asking) return;
    this.asking = true;
    while (this.stale) {
      this.stale = false;
      const asked = this.person;
      try {
        const found = await fetchState(this.platform, asked);
        if (asked === this.person) this.take(found);
        else this.stale = true;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.complain(error.message);
      }
    }
    this.asking = false;
  }

  take(state) {
    const known = this.known;
    this.state = { ...state, messages: state.messages.filter((message) => !this.dismissed.has(idOf(message))) };
    this.known = new Set(state.messages.map(idOf));
    this.render();
    if (known) for (const message of state.messages) if (!known.has(idOf(message))) this.arrived(message);
  }

  arrived(message) {
    if (message.author.id === this.state.me.id) return;
    const place = this.places.find((one) => one.key === keyOf(message.room, message.thread));
    this.page.arrived(this, message, place);
    if ([this.current, this.threadKey].includes(place?.key)) {
      this.announcer.textContent = `${message.author.name}: ${message.text}`;
    }
  }

  render() {
    if (!this.state) return;
    this.places = placesOf(this.platform, this.state);
    const place = this.places.find((one) => one.key === this.current) ?? this.directAfterAll() ?? this.firstPlace();
    this.current = place.key;
    this.read(place);
    const thread = this.threadPlace();
    if (thread) this.read(thread);
    for (const one of this.places) one.unread = one.newest > this.marks.at(this.person, one.key);
    if (this.about.threads === "pane") this.markThreads();
    this.drawPlace(place);
    this.drawThread(thread);
    this.rooms.show(this.places, thread && this.platform === "discord" ? thread.key : this.current);
    this.forms.show(this.state.views, this.state);
    const unread = this.places.some((one) => one.unread);
    this.menuButton.classList.toggle("unread", unread);
    this.menuButton.setAttribute("aria-label", unread ? "Rooms (unread messages)" : "Rooms");
    this.page.unread(this.platform, unread);
  }

  /** The empty place for a conversation that has begun meanwhile. */
  directAfterAll() {
    return this.current === "dm" ? this.places.find((one) => one.dm) : undefined;
  }

  firstPlace() {
    const wanted = this.about.room ? (one) => this.about.room.test(one.label) : (one) => one.dm;
    return this.places.find(wanted) ?? this.places.find((one) => one.member) ?? this.places[0];
  }

  /** A room's dot also tells of its threads, where these have no line of their own. */
  markThreads() {
    for (const message of this.state.messages) {
      if (!message.thread || message.author.id === this.state.me.id) continue;
      const key = keyOf(message.room, message.thread);
      if (this.places.some((one) => one.key === key)) continue;
      const room = this.places.find((one) => one.key === message.room);
      if (room && message.at > this.marks.at(this.person, key)) room.unread = true;
    }
  }

  read(place) {
    if (!this.page.isShown(this) || document.hidden) return;
    const last = messagesIn(this.platform, this.state, place).at(-1);
    if (last) this.marks.set(this.person, place.key, Math.max(last.at, place.newest));
  }

  drawPlace(place) {
    clear(this.title, icon(signOf(place)), el("span", {}, place.label),
      place.closed ? el("span", { class: "tag" }, "closed") : null);
    const messages = messagesIn(this.platform, this.state, place);
    const empty = place.dm ? `Nothing here yet. Write to ${place.label}.` : "Nothing was said here yet.";
    this.drawFoot(place, messages);
    this.main.show(messages, `${this.person}:${place.key}`, empty);
  }

  drawFoot(place, messages) {
    const starting = this.platform === "telegram" && place.dm && !messages.length;
    const kind = starting ? "start" : place.member ? "composer" : "join";
    this.composer.show(place, place.kind === "forum" && !place.thread && this.platform === "discord" ? "What is it about?" : `Message ${place.label}`);
    if (this.foot.dataset.kind === kind) return;
    this.foot.dataset.kind = kind;
    if (kind === "composer") clear(this.foot, this.composer.node);
    else if (kind === "start") clear(this.foot, this.wide("Start", () => this.deed("start")));
    else clear(this.foot, this.wide("Join this channel", () => this.deed("join", { room: this.current })));
  }

  wide(label, press) {
    return el("button", { type: "button", class: "primary wide", on: { click: press } }, label);
  }

  // threads

  threadPlace() {
    if (!this.threadKey) return null;
    const room = this.places.find((one) => one.key === this.current);
    const listed = this.places.find((one) => one.key === this.threadKey);
    if (listed) return listed;
    const [roomId, thread] = this.threadKey.split("/");
    if (!room || room.room !== roomId) return null;
    return { ...room, key: this.threadKey, thread, label: "Thread", newest: 0, dm: false };
  }

  drawThread(place) {
    const messages = place ? messagesIn(this.platform, this.state, place) : [];
    if (place && !messages.length && this.platform === "slack") return this.closeThread();
    this.paneNode.hidden = !place;
    this.node.classList.toggle("with-thread", Boolean(place));
    if (!place) return undefined;
    clear(this.paneTitle, el("span", {}, place.label === "Thread" ? "Thread" : place.label),
      place.closed ? el("span", { class: "tag" }, "locked") : null);
    this.pane.show(messages, `${this.person}:${place.key}`, "Nothing was said here yet.");
    this.paneComposer.show(place, place.label === "Thread" ? "Reply in the thread" : `Message ${place.label}`);
    return undefined;
  }

  openThread(key) {
    this.threadKey = key;
    this.render();
    this.paneComposer.focus();
  }

  closeThread() {
    this.threadKey = "";
    this.render();
    this.composer.focus();
  }

  repliesOf(message) {
    const thread = threadUnder(this.platform, message);
    if (!thread) return null;
    const key = keyOf(message.room, thread);
    const newest = Math.max(0, ...this.state.messages.filter((one) => one.thread === thread && one.room === message.room
      && one.author.id !== this.state.me.id).map((one) => one.at));
    const name = this.state.threads?.find((one) => one.id === thread)?.name ?? "Thread";
    return { key, count: message.thread_count, name, unread: newest > this.marks.at(this.person, key) };
  }

  quoteOf(message) {
    const found = message.reply_to && this.state.messages.find((one) => one.id === message.reply_to && one.room === message.room);
    return found ? { name: found.author.name, text: found.text.slice(0, 120) } : null;
  }

  // who and where

  /** Sits down as somebody else. */
  async become(person) {
    if (person === this.person) return;
    this.person = person;
    this.picker.value = person;
    remember(`person:${this.platform}`, person);
    this.known = null;
    this.threadKey = "";
    this.clearNote();
    this.recall();
    await this.refresh();
  }

  recall() {
    this.current = remembered(`place:${this.platform}:${this.person}`, "");
  }

  choosePlace(place) {
    this.showRooms(false);
    const threaded = place.thread && this.about.threads === "pane";
    this.current = threaded ? place.room : place.key;
    this.threadKey = threaded ? place.key : "";
    remember(`place:${this.platform}:${this.person}`, this.current);
    this.render();
    (threaded ? this.paneComposer : this.composer).focus();
  }

  /** Shows that person in the first room that fits; for the story. */
  async show(person, fits) {
    await this.become(person);
    if (!this.state || this.state.me.name !== person) await this.refresh();
    const place = this.places.find(fits);
    if (place) this.choosePlace(place);
    once(this.node, "called");
  }

  showRooms(shown) {
    this.node.classList.toggle("show-rooms", shown);
    this.menuButton.setAttribute("aria-expanded", String(shown));
    if (shown) this.rooms.node.querySelector("[aria-current], button")?.focus();
  }

  focus() {
    if (this.foot.dataset.kind === "composer") this.composer.focus();
  }

  key(event) {
    if (event.key !== "Escape") return;
    if (this.troubles.open) this.troubles.toggle(false);
    else if (this.forms.open) this.forms.dismiss();
    else if (this.node.classList.contains("show-rooms")) {
      this.showRooms(false);
      this.menuButton.focus();
    } else if (this.threadKey) this.closeThread();
    else return;
    event.stopPropagation();
  }

  // deeds

  /** The person does something. Returns what came of it, or null where the platform would not have it. */
  async deed(name, how = {}, complain = (sentence) => this.complain(sentence)) {
    this.clearNote();
    const who = this.person;
    try {
      const result = (await act(this.platform, name, { who, ...how })) ?? {};
      if (result.ok === false && result.error) complain(result.error);
      else this.page.did(this, who, name, how);
      return result;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      complain(error.message);
      return null;
    }
  }

  async press(message, button) {
    const result = await this.deed("press", pressKey(this, message, button));
    if (!result) return;
    this.page.pressed(this, button);
    if (result.text) this.say(result.text);
  }

  choose(message, menu, option) {
    return this.deed("choose", { room: message.room, message: message.id, action: menu.action, option });
  }

  react(message, emoji, mine) {
    return this.deed(mine ? "unreact" : "react", { room: message.room, message: message.id, emoji });
  }

  remove(message) {
    return this.deed("delete", { room: message.room, message: message.id });
  }

  /** A private answer goes away from the screen; no platform is told. */
  dismiss(message) {
    this.dismissed.add(idOf(message));
    this.take(this.state);
  }

  edit(message, inThread) {
    (inThread ? this.paneComposer : this.composer).aimAt({ kind: "edit", message }, editable(this.platform, message.text));
  }

  answer(message, inThread) {
    if (this.about.answer === "thread" && !inThread) this.openThread(keyOf(message.room, message.thread || message.id));
    else if (this.about.answer === "thread") this.paneComposer.focus();
    else (inThread ? this.paneComposer : this.composer).aimAt({ kind: "quote", message });
  }

  // notes

  say(sentence, kind = "said") {
    clear(this.note, el("p", { class: `note ${kind}` }, el("span", {}, sentence),
      iconButton("close", "Close the note", () => this.clearNote())));
  }

  complain(sentence) {
    this.say(sentence, "refused");
  }

  clearNote() {
    this.note.replaceChildren();
  }
}

