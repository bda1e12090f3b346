// Puts the page together: three windows, the inbox, the story.

import { listen, Refusal, setup } from "./api.js";
import { clear, el, narrow } from "./dom.js";
import { addressing, Inbox } from "./inbox.js";
import { remember, remembered } from "./memory.js";
import { PLATFORMS } from "./platforms.js";
import { Story } from "./story.js";
import { ChatWindow } from "./window.js";

const main = document.getElementById("windows");
const tabs = document.getElementById("tabs");
const link = document.getElementById("link");

/** What windows tell the page, and ask it. */
class Page {
  constructor(address) {
    this.address = address;
    this.windows = new Map();
    this.tabs = new Map();
    this.story = null;
  }

  isShown(win) {
    return !narrow.matches || main.dataset.tab === win.platform;
  }

  did(win, who, name, how) {
    if (name !== "press") this.story.happened({ platform: win.platform, who, name, how });
  }

  pressed(win, button) {
    this.story.happened({ platform: win.platform, who: win.person, name: "press", label: button.label });
  }

  arrived(win, message, place) {
    if (message.author.bot && place?.dm) this.story.happened({ platform: win.platform, name: "arrived" });
  }

  unread(platform, yes) {
    const tab = this.tabs.get(platform);
    tab.classList.toggle("unread", yes);
    tab.lastElementChild.textContent = yes ? " (unread)" : "";
  }

  tab(name, label) {
    const button = el("button", { type: "button", on: { click: () => this.show(name) } }, label, el("span", { class: "unseen" }));
    this.tabs.set(name, button);
    tabs.append(button);
  }

  /** On a phone: the one window that is seen. */
  show(name) {
    main.dataset.tab = name;
    remember("tab", name);
    for (const [each, button] of this.tabs) {
      if (each === name) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    this.windows.get(name)?.render();
  }

  async lead(platform, person, fits) {
    this.show(platform);
    await this.windows.get(platform)?.show(person, fits);
  }
}

async function begin() {
  const { platforms, inbox } = await setup();
  const page = new Page(addressing(inbox));
  const known = platforms.filter((name) => PLATFORMS[name]);
  for (const name of known) {
    page.tab(name, PLATFORMS[name].name);
    page.windows.set(name, new ChatWindow(name, page));
  }
  page.story = new Story(document.getElementById("story"), (...where) => page.lead(...where));
  main.append(...[...page.windows.values()].map((win) => win.node));
  const controls = document.getElementById("controls");
  controls.append(page.story.toggle);
  if (inbox) {
    const shown = new Inbox(inbox, main);
    main.append(shown.node);
    page.tab("inbox", "Inbox");
    controls.append(shown.controls);
  }
  const tab = remembered("tab", "telegram");
  page.show(page.tabs.has(tab) ? tab : known[0]);
  document.addEventListener("visibilitychange", () => { for (const win of page.windows.values()) win.render(); });
  narrow.addEventListener("change", () => { for (const win of page.windows.values()) win.render(); });
  listen((platform) => page.windows.get(platform)?.refresh(), (yes) => {
    link.textContent = yes ? "" : "The connection is lost. Trying again …";
  });
}

begin().catch((error) => {
  clear(main, el("p", { class: "noscript", role: "alert" }, error instanceof Refusal ? error.message : "The playground could not be drawn."));
  if (!(error instanceof Refusal)) throw error;
});
