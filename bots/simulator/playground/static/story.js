// A first story in six steps. Each step knows the way there, and notices when it was done.

import { clear, el, icon, iconButton } from "./dom.js";
import { remember, remembered } from "./memory.js";

const direct = (place) => place.dm;
const desk = (place) => /customer-desk/.test(place.label);
const STEPS = [
  { text: "Be Erik in Telegram and ask something. His app speaks Swedish, so the bot does too.", go: ["telegram", "Erik", direct],
    done: (deed) => deed.platform === "telegram" && deed.who === "Erik" && deed.name === "write" && !/^\//.test(deed.how.text) },
  { text: "Be Omar in Slack, in customer-desk, and press Claim.", go: ["slack", "Omar", desk],
    done: (deed) => deed.platform === "slack" && deed.name === "press" && /claim/i.test(deed.label) },
  { text: "Answer in the thread under the card.", go: ["slack", "Omar", desk],
    done: (deed) => deed.platform === "slack" && deed.name === "write" && Boolean(deed.how.thread) },
  { text: "A few seconds later it arrives in Telegram.", go: ["telegram", "Erik", direct],
    done: (deed) => deed.platform === "telegram" && deed.name === "arrived" },
  { text: "Press Resolve on the card.", go: ["slack", "Omar", desk],
    done: (deed) => deed.platform === "slack" && deed.name === "press" && /resolve/i.test(deed.label) },
  { text: "Soon Erik is asked how it was: give a rating.", go: ["telegram", "Erik", direct],
    done: (deed) => deed.platform === "telegram" && deed.name === "press" && /^[1-5]\b/.test(deed.label) },
];

export class Story {
  /** `show(platform, person, fits)` brings a window to the right person and room. */
  constructor(node, show) {
    this.node = node;
    this.show = show;
    this.at = Math.min(remembered("story:at", 0), STEPS.length);
    this.toggle = el("button", { type: "button", class: "story-toggle", on: { click: () => this.set(this.node.hidden) } }, "First story");
    this.set(remembered("story:shown", true));
  }

  set(shown) {
    this.node.hidden = !shown;
    this.toggle.setAttribute("aria-expanded", String(shown));
    remember("story:shown", shown);
    if (shown) this.draw();
  }

  draw() {
    const steps = STEPS.map((step, index) => el("li", { class: index < this.at ? "done" : index === this.at ? "now" : "",
      "aria-current": index === this.at ? "step" : null },
      el("span", { class: "number", "aria-hidden": "true" }, index < this.at ? icon("check") : String(index + 1)),
      el("span", { class: "text" }, step.text, index < this.at ? el("span", { class: "unseen" }, " (done)") : null, " "),
      el("button", { type: "button", class: "go", "aria-label": `Go to step ${index + 1}`, on: { click: () => this.go(index) } }, "Go there")));
    const over = this.at >= STEPS.length;
    this.node.classList.toggle("told", over);
    clear(this.node, over ? null : el("ol", {}, steps),
      over ? el("p", { class: "over" }, "That is a ticket’s life. Now ask from Discord, be Lisa and claim what Omar holds, or try “What if …”: nothing gets lost.") : null,
      over ? el("button", { type: "button", class: "go", on: { click: () => this.move(0) } }, "Once more") : null,
      iconButton("close", "Close the story", () => { this.set(false); this.toggle.focus(); }));
  }

  go(index) {
    if (index > this.at || this.at >= STEPS.length) this.move(index);
    this.show(...STEPS[index].go);
  }

  move(at) {
    this.at = at;
    remember("story:at", at);
    if (!this.node.hidden) this.draw();
  }

  /** Something happened; the story goes on where it was its next step. */
  happened(deed) {
    if (this.at < STEPS.length && STEPS[this.at].done(deed)) this.move(this.at + 1);
  }
}
