// "What if …": orders trouble from the simulator, and says what was ordered.

import { act, clearFaults, log, order, Refusal, reset } from "./api.js";
import { clear, el, icon } from "./dom.js";

/** What can be ordered: a label, a sentence about it, and the deed. */
function choices(win) {
  const { platform, about: { name, posts, calls, cut } } = win;
  return [
    ["Too many requests", `${name} refuses the bot’s next post with 429 and asks for a minute’s pause.`,
      () => order(platform, { kind: "rate_limit", match: posts, retry_after: 60 })],
    ["Drop the next answer", `The bot’s next post arrives in ${name}, but the answer to it gets lost.`,
      () => order(platform, { kind: "drop_after", match: posts })],
    ["Slow by 3 seconds", `${name} answers the bot’s next 20 calls three seconds late.`,
      () => order(platform, { kind: "latency", match: calls, seconds: 3, times: 20 })],
    ["Out of order", `The bot’s next 5 calls get the 503 page of a broken proxy instead of ${name}.`,
      () => order(platform, { kind: "status", match: calls, status: 503, times: 5 })],
    ["Cut the connection", cut, () => act(platform, "cut")],
    ["Ask to reconnect", `${name} closes the bot’s connection politely, as it does now and then.`, () => act(platform, "disconnect")],
  ];
}

export class TroubleMenu {
  constructor(win) {
    this.win = win;
    this.open = false;
    this.button = el("button", { type: "button", class: "tool what-if", "aria-expanded": "false", title: "What if …",
      on: { click: () => this.toggle(!this.open) } }, icon("bolt"), el("span", {}, "What if"));
    this.sheet = el("div", { class: "menu-sheet", role: "group", "aria-label": `Trouble in ${win.about.name}`, hidden: true });
    this.node = el("div", { class: "trouble" }, this.button, this.sheet);
    document.addEventListener("pointerdown", (event) => {
      if (this.open && !this.node.contains(event.target)) this.close();
    });
    this.node.addEventListener("focusout", (event) => {
      if (this.open && event.relatedTarget && !this.node.contains(event.relatedTarget)) this.close();
    });
  }

  toggle(open) {
    if (!open) {
      this.close();
      this.button.focus();
      return;
    }
    this.open = true;
    this.button.setAttribute("aria-expanded", "true");
    this.sheet.hidden = false;
    this.draw();
    this.sheet.querySelector("button").focus();
  }

  close() {
    this.open = false;
    this.button.setAttribute("aria-expanded", "false");
    this.sheet.hidden = true;
  }

  draw() {
    const { name } = this.win.about;
    const item = (label, sentence, press) =>
      el("button", { type: "button", class: "choice", on: { click: press } }, el("strong", {}, label), el("span", {}, sentence));
    clear(this.sheet,
      choices(this.win).map(([label, sentence, deed]) => item(label, sentence, () => this.carryOut(deed, `Ordered: ${sentence}`))),
      el("hr"),
      item("No more trouble", "Takes back what was ordered and has not happened yet.",
        () => this.carryOut(() => clearFaults(this.win.platform), `${name} works as it should again.`)),
      item("What the bot called", "Its last calls, with answers and trouble.", () => this.showLog()),
      item(`Reset ${name} …`, "All its messages are gone. Tickets stay in the inbox.", () => this.ask()));
  }

  ask() {
    const { name } = this.win.about;
    clear(this.sheet, el("p", {}, `Empty ${name}? Its messages cannot be brought back.`), el("div", { class: "buttons" },
      el("button", { type: "button", class: "button danger", on: { click: () => this.reset() } }, `Reset ${name}`),
      el("button", { type: "button", class: "button plain", on: { click: () => this.toggle(false) } }, "Keep it")));
    this.sheet.querySelector("button:last-child").focus();
  }

  async reset() {
    await this.carryOut(() => reset(this.win.platform), `${this.win.about.name} is as it was at the start.`);
    this.win.marks.forget();
    this.win.known = null;
    this.win.threadKey = "";
    this.win.refresh();
  }

  async carryOut(deed, sentence) {
    this.toggle(false);
    try {
      await deed();
      this.win.say(sentence);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.win.complain(error.message);
    }
  }

  async showLog() {
    let calls;
    try {
      calls = await log(this.win.platform);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.win.complain(error.message);
      return;
    }
    const rows = calls.map((one) => el("tr", { class: one.fault || one.status >= 400 ? "odd" : null },
      el("td", {}, new Date(one.at * 1000).toLocaleTimeString()), el("td", {}, one.call), el("td", {}, String(one.status)), el("td", {}, one.fault)));
    const head = el("thead", {}, el("tr", {}, ["At", "Call", "Status", "Trouble"].map((name) => el("th", { scope: "col" }, name))));
    clear(this.sheet, el("div", { class: "log", tabindex: "0", role: "region", "aria-label": "The bot’s last calls" },
      rows.length ? el("table", {}, head, el("tbody", {}, rows)) : el("p", {}, "The bot has called nothing yet.")),
    el("div", { class: "buttons" }, el("button", { type: "button", class: "button plain", on: { click: () => this.toggle(false) } }, "Close")));
    this.sheet.querySelector("button:last-child").focus();
  }
}
