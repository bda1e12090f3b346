// The modal form that a bot opened for the person, laid over the window.

import { clear, el, iconButton } from "./dom.js";
import { field, objection } from "./fields.js";
import { fragment } from "./sanitize.js";

export class FormLayer {
  constructor(win) {
    this.win = win;
    this.node = el("div", { class: "form-layer", hidden: true });
    this.drawn = "";
    this.fields = new Map();
    this.view = null;
    this.before = null;
  }

  get open() {
    return this.view !== null;
  }

  /** Shows the topmost of the open forms, or nothing. What was typed stays while the form is the same. */
  show(views, world) {
    const view = views.at(-1) ?? null;
    const shape = view && JSON.stringify([this.win.person, view.id, view.title, view.html, view.buttons,
      view.fields.map((one) => ({ ...one, value: null }))]);
    if (shape === this.drawn || (!view && !this.view)) return;
    const kept = this.view?.id === view?.id ? this.typed() : new Map();
    if (view && !this.view) this.before = document.activeElement;
    this.drawn = shape ?? "";
    this.view = view;
    this.node.hidden = !view;
    this.win.body.inert = Boolean(view);
    if (view) this.draw(view, world, kept);
    else this.leave();
  }

  typed() {
    return new Map([...this.fields].map(([id, one]) => [id, one.value()]));
  }

  leave() {
    clear(this.node);
    this.fields.clear();
    if (this.before?.isConnected) this.before.focus();
    else this.win.focus();
  }

  draw(view, world, kept) {
    this.fields = new Map(view.fields.map((spec) => [spec.id, this.field(view, spec, world, kept)]));
    const title = el("h3", { id: `form-${this.win.platform}` }, view.title);
    this.error = el("p", { class: "objection", role: "alert" });
    const said = view.html && !view.fields.length ? el("div", { class: "said" }, fragment(view.html, this.win.address)) : null;
    this.sendButton = view.fields.length || view.submit
      ? el("button", { type: "submit", class: "primary" }, view.submit || "Send") : null;
    const sheet = el("form", {
      class: "sheet", role: "dialog", "aria-labelledby": title.id, novalidate: true,
      on: { submit: (event) => { event.preventDefault(); this.submit(); } },
    },
    el("header", {}, title, iconButton("close", "Close the form", () => this.dismiss())),
    said, this.error, [...this.fields.values()].map((one) => one.node), this.buttons(view),
    el("footer", {},
      el("button", { type: "button", on: { click: () => this.dismiss() } }, view.close || "Cancel"), this.sendButton));
    clear(this.node, sheet);
    const first = sheet.querySelector("input, textarea, select") ?? sheet.querySelector("footer button");
    if (this.win.node.contains(document.activeElement) || document.activeElement === document.body) first.focus();
  }

  field(view, spec, world, kept) {
    const value = kept.get(spec.id);
    const drawn = field(value === undefined ? spec : { ...spec, value }, world);
    if (this.win.platform === "slack" && drawn.control.localName === "select") {
      // Slack tells the app of some choices at once, and the app may answer with another form.
      drawn.control.addEventListener("change", () => {
        const option = drawn.value();
        if (option !== undefined) this.win.deed("choose", { message: view.id, option, action: spec.action });
      });
    }
    return drawn;
  }

  buttons(view) {
    return (view.buttons ?? []).map((button) =>
      el("button", { type: "button", disabled: button.disabled,
        on: { click: () => this.win.deed("press", { message: view.id, action: button.action, label: button.label }) } },
      button.label));
  }

  async submit() {
    const view = this.view;
    const values = {};
    for (const [id, one] of this.fields) {
      objection(one, "");
      const value = one.value();
      if (value !== undefined) values[id] = value;
    }
    this.error.textContent = "";
    this.sendButton.disabled = true;
    const result = await this.win.deed("submit", { view: view.id, values }, (sentence) => this.complain(sentence));
    if (this.sendButton) this.sendButton.disabled = false;
    for (const [id, sentence] of Object.entries(result?.errors ?? {})) {
      const at = this.fields.get(id);
      if (at) objection(at, sentence);
      else this.complain(sentence);
    }
    this.node.querySelector("[aria-invalid]")?.focus();
  }

  complain(sentence) {
    if (this.open) this.error.textContent = sentence;
    else this.win.complain(sentence);
  }

  dismiss() {
    this.win.deed("dismiss", { view: this.view.id });
  }
}
