// Keeps a page up to date while it is open, and lets the list be read with the keyboard. Everything works without it.

const light = document.querySelector("[data-live]");
const FIRST_WAIT = 2000;
const LONGEST_WAIT = 60000;

let stream = null;
let wait = FIRST_WAIT;
let timer = 0;
const shown = new Map(); // each part as it came, before the browser touched it
const waiting = new Map(); // parts that came while somebody was typing in them

function say(state, text) {
  light.hidden = false;
  light.dataset.state = state;
  light.textContent = text;
}

function connect() {
  const have = encodeURIComponent(light.dataset.version);
  stream = new EventSource(`${light.dataset.live}&have=${have}`);
  stream.onopen = () => {
    wait = FIRST_WAIT;
    say("on", light.dataset.on);
  };
  stream.addEventListener("parts", (event) => {
    light.dataset.version = event.lastEventId;
    const fresh = new DOMParser().parseFromString(event.data, "text/html");
    for (const part of fresh.querySelectorAll("[data-part]")) waiting.set(part.dataset.part, part);
    swap();
  });
  stream.addEventListener("signedout", () => end(light.dataset.signedout));
  stream.addEventListener("gone", () => end(light.dataset.gone));
  stream.onerror = () => {
    say("off", light.dataset.off);
    if (stream.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    disconnect();
    timer = setTimeout(connect, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  };
}

function disconnect() {
  clearTimeout(timer);
  stream?.close();
  stream = null;
}

function end(text) {
  disconnect();
  document.removeEventListener("visibilitychange", follow);
  say("ended", text);
}

// A window that nobody sees needs no stream; browsers allow only six to one server.
function follow() {
  disconnect();
  if (document.visibilityState === "visible") connect();
}

// Somebody is typing or choosing in a part, or was just told there what was wrong.
function busy(part) {
  if (part.querySelector(".trouble")) return true;
  const fields = [...part.querySelectorAll("input:not([type=hidden]), textarea, select")];
  return fields.some((field) => field === document.activeElement || changed(field));
}

function changed(field) {
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  const usual = Math.max(0, [...field.options].findIndex((option) => option.defaultSelected));
  return field.selectedIndex !== usual;
}

// How to find again what can be pressed, in parts that were drawn anew: by what it leads to, does or unfolds; where it
// is gone, the link of its row.
function again(element) {
  const has = (name, value) => `[${name}="${CSS.escape(value ?? "")}"]`;
  const row = element.closest("[data-key]");
  const ways = row ? [`${has("data-key", row.dataset.key)} a`] : [];
  if (element.matches("a")) ways.unshift(`a${has("href", element.getAttribute("href"))}`);
  else if (element.matches("summary")) ways.unshift(`${has("data-keep", element.parentElement.dataset.keep)} > summary`);
  else if (element.form) {
    const form = `form${has("action", element.form.getAttribute("action"))}`;
    ways.unshift(`${form} button${element.value ? has("value", element.value) : ""}`);
  }
  return ways;
}

// Puts in each part that differs, and keeps what the reader was doing: focus, unfolded details, place at the end.
function swap() {
  const atEnd = window.innerHeight + window.scrollY >= document.body.scrollHeight - 80 && window.scrollY > 0;
  for (const [name, part] of waiting) {
    const old = document.querySelector(`[data-part="${name}"]`);
    if (old && busy(old)) continue;
    waiting.delete(name);
    const text = part.outerHTML;
    if (!old || (shown.get(name) ?? old.outerHTML) === text) continue;
    shown.set(name, text);
    const keys = new Set([...old.querySelectorAll("[data-key]")].map((item) => item.dataset.key));
    const ways = old.contains(document.activeElement) ? again(document.activeElement) : [];
    const open = [...old.querySelectorAll("details[open]")].map((item) => item.dataset.keep);
    for (const item of part.querySelectorAll("[data-key]")) {
      if (!keys.has(item.dataset.key)) item.classList.add("fresh");
    }
    for (const item of part.querySelectorAll("details")) item.open = open.includes(item.dataset.keep);
    old.replaceWith(document.adoptNode(part));
    const found = ways.map((way) => part.querySelector(way)).find(Boolean);
    found?.focus({ preventScroll: true });
  }
  document.dispatchEvent(new Event("swapped"));
  if (atEnd && document.querySelector("#latest")) window.scrollTo(0, document.body.scrollHeight);
}

function move(step) {
  const links = [...document.querySelectorAll("[data-keys] .subject")];
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step;
  links[next]?.focus();
}

function typed(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select")) return;
  if (event.key === "j") move(1);
  if (event.key === "k") move(-1);
  if (event.key === "/") look(event);
}

// Puts the cursor where words are looked for; on a ticket's page, where there is no such place, goes to the list.
function look(event) {
  event.preventDefault();
  const field = document.querySelector("[data-find]");
  if (field) field.select();
  else location.href = "/#find";
}

// What was unfolded over the page folds up again with Escape, or a press beside it.
function fold(event) {
  for (const open of document.querySelectorAll(".copies[open], .menu[open]")) {
    if (event.type === "keydown" ? event.key !== "Escape" : open.contains(event.target)) continue;
    if (event.type === "keydown" && open.contains(document.activeElement)) open.querySelector("summary").focus();
    open.open = false;
  }
}

if (light) {
  document.addEventListener("visibilitychange", follow);
  follow();
}
if (location.hash === "#find") document.querySelector("[data-find]")?.focus();
document.addEventListener("focusout", () => waiting.size && setTimeout(swap));
document.addEventListener("keydown", typed);
document.addEventListener("keydown", fold);
document.addEventListener("pointerdown", fold);
