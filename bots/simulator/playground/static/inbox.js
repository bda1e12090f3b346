// The shared inbox, in a frame: below the windows, beside them, or away.

import { el } from "./dom.js";
import { remember, remembered } from "./memory.js";

const WIDE = matchMedia("(min-width: 1720px)");

export class Inbox {
  /** `link` is the one-time link that signs the visitor in. */
  constructor(link, root) {
    this.root = root;
    this.origin = new URL(link).origin;
    this.frame = el("iframe", { name: "inbox", title: "Shared inbox", src: this.first(link) });
    this.frame.addEventListener("load", () => this.loaded(link));
    this.node = el("section", { class: "window inbox", id: "window-inbox", "aria-label": "Shared inbox" },
      el("header", { class: "bar" }, el("h2", {}, "Shared inbox"),
        el("p", { class: "hint" }, "What the agents see in the browser."),
        el("a", { class: "quiet", href: this.origin, target: "_blank", rel: "noopener" }, "Open in a tab")),
      this.frame);
    this.buttons = [["below", "Below"], ["beside", "Beside"], ["away", "Away"]].map(([where, label]) =>
      el("button", { type: "button", "data-where": where, on: { click: () => this.put(where) } }, label));
    this.controls = el("div", { class: "layout", role: "group", "aria-label": "Where the inbox is" }, el("span", {}, "Inbox"), this.buttons);
    this.put(remembered("inbox:where", WIDE.matches ? "beside" : "below"), false);
  }

  /** The link works once; whoever used it has a session, and comes to the list. */
  first(link) {
    return remembered("inbox:used", "") === link ? `${this.origin}/` : link;
  }

  /** The frame's second page is what the sign-in button led to; where it is, the browser tells nobody. */
  loaded(link) {
    this.loads = (this.loads ?? 0) + 1;
    if (this.loads === 2) remember("inbox:used", link);
  }

  put(where, keep = true) {
    this.root.dataset.inbox = where;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.where === where));
    if (keep) remember("inbox:where", where);
  }
}

const LOOPBACK = new Set(["127.0.0.1", "localhost"]);

/** Where a link leads: the inbox’s into its frame, under the name that the frame uses; all others to a new tab. */
export function addressing(link) {
  const inbox = link ? new URL(link) : null;
  return (url) => {
    const same = inbox && url.port === inbox.port && url.protocol === inbox.protocol
      && (url.hostname === inbox.hostname || (LOOPBACK.has(url.hostname) && LOOPBACK.has(inbox.hostname)));
    if (!same) return { href: url.href, target: "_blank" };
    return { href: `${inbox.origin}${url.pathname}${url.search}${url.hash}`, target: "inbox" };
  };
}

