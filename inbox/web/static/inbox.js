// Keeps a page up to date while it is open, and lets the list be read with the keyboard. Everything works without it.

const light = document.querySelector("[data-live]");
const FIRST_WAIT = 2000;
const LONGEST_WAIT = 60000;

let stream = null;
let wait = FIRST_WAIT;
let timer = 0;
const shown = new Map(); // each part as it came, before the browser touched it

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
    swap(event.data);
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

// Puts in each part that differs, and keeps what the reader was doing: focus, unfolded details, place at the end.
function swap(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const atEnd = window.innerHeight + window.scrollY >= document.body.scrollHeight - 80 && window.scrollY > 0;
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const old = document.querySelector(`[data-part="${part.dataset.part}"]`);
    const text = part.outerHTML;
    if (!old || (shown.get(part.dataset.part) ?? old.outerHTML) === text) continue;
    shown.set(part.dataset.part, text);
    const keys = new Set([...old.querySelectorAll("[data-key]")].map((item) => item.dataset.key));
    const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const open = [...old.querySelectorAll("details[open]")].map((item) => item.dataset.keep);
    for (const item of part.querySelectorAll("[data-key]")) {
      if (!keys.has(item.dataset.key)) item.classList.add("fresh");
    }
    for (const item of part.querySelectorAll("details")) item.open = open.includes(item.dataset.keep);
    old.replaceWith(document.adoptNode(part));
    if (focused) document.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
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
}

// What was unfolded over the page folds up again with Escape, or a press beside it.
function fold(event) {
  for (const open of document.querySelectorAll(".copies[open]")) {
    if (event.type === "keydown" ? event.key === "Escape" : !open.contains(event.target)) open.open = false;
  }
}

if (light) {
  document.addEventListener("visibilitychange", follow);
  follow();
}
document.addEventListener("keydown", typed);
document.addEventListener("keydown", fold);
document.addEventListener("pointerdown", fold);
