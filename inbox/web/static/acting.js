// Makes the forms kinder: drafts survive, nothing is sent twice, canned responses are put in. Everything works without it.

const compose = document.querySelector(".compose");
const WRITING_EACH = 10000;
const KEPT = 20; // drafts of one window

// Forms go once. Whoever comes back to the page may send again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  // after the browser has read the form: a disabled button would not be in it
  setTimeout(() => form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-disabled", "true")));
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-sent]")) {
    delete form.dataset.sent;
    form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-disabled"));
  }
});

// What was done is said once, not again when the page is loaded anew.
const address = new URL(location.href);
const did = address.searchParams.get("did");
if (did || address.searchParams.has("canned")) {
  address.searchParams.delete("did");
  address.searchParams.delete("canned");
  history.replaceState(null, "", address);
}

// What is there when a page is opened is not read out: it is said once more.
const toast = document.querySelector(".toast[role=status]");
if (toast) {
  const words = toast.textContent;
  toast.textContent = "";
  setTimeout(() => (toast.textContent = words), 100);
}

// Words that can still be taken back: how long.
function count() {
  for (const time of document.querySelectorAll("[data-until]")) {
    const left = Math.ceil((Date.parse(time.dataset.until) - Date.now()) / 1000);
    time.textContent = left > 0 ? `${left} ${time.dataset.unit}` : "";
  }
}
setInterval(count, 500);
document.addEventListener("swapped", count);
count();

function named(form) {
  return `draft/${compose.dataset.by}/${compose.dataset.ticket}/${form.dataset.draft}`;
}

function drafts() {
  return Object.keys(sessionStorage).filter((key) => key.startsWith("draft/"));
}

// Who signs out leaves nothing behind for whoever sits down next.
document.querySelector("form.me")?.addEventListener("submit", () => {
  for (const key of drafts()) sessionStorage.removeItem(key);
});

function keep(form) {
  const words = form.elements.words.value;
  try {
    if (words.trim()) sessionStorage.setItem(named(form), words);
    else sessionStorage.removeItem(named(form));
    if (drafts().length > KEPT) sessionStorage.removeItem(drafts().find((key) => key !== named(form)));
  } catch {
    // no room, or not allowed: then a draft lasts as long as the page
  }
}

function bring(form) {
  const words = form.elements.words;
  const sent = form.dataset.draft === did || (did === "held" && form.dataset.draft === "reply");
  if (sent) sessionStorage.removeItem(named(form));
  const kept = sessionStorage.getItem(named(form));
  if (kept && !words.value) {
    words.value = kept;
    form.closest("details").open = true;
  }
  words.addEventListener("input", () => keep(form));
  words.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
}

// As long as nothing is written, the form knows the ticket as the page shows it. From the first letter on it keeps
// what its author saw then: words that were written to another state of things are not sent unasked.
function follow() {
  const form = document.querySelector("[data-draft=reply]");
  const voice = document.querySelector("[data-part=voice]");
  if (form && voice && !form.elements.words.value) form.elements.fence.value = voice.dataset.fence;
}

let told = 0;
function tell(event) {
  const form = event.target.closest("[data-draft]");
  if (!form || !event.target.value || Date.now() - told < WRITING_EACH) return;
  told = Date.now();
  const body = new URLSearchParams({ csrf: form.elements.csrf.value });
  fetch(`/tickets/${compose.dataset.ticket}/writing`, { method: "POST", body, keepalive: true }).catch(() => {});
}

function find(event) {
  if (!event.target.matches("[data-filter]")) return;
  const wanted = event.target.value.trim().toLowerCase();
  for (const item of event.target.closest("details").querySelectorAll("li")) {
    item.hidden = !item.textContent.toLowerCase().includes(wanted);
  }
}

// Puts a canned response in where the cursor is; it comes filled in for this ticket.
async function prepared(event) {
  const link = event.target.closest("[data-canned]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const words = document.querySelector("#reply-words");
  try {
    const answer = await fetch(link.href, { headers: { accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    words.setRangeText(page.querySelector("#reply-words").value, words.selectionStart, words.selectionEnd, "end");
    words.dispatchEvent(new Event("input", { bubbles: true }));
    link.closest("details").open = false;
    words.focus();
  } catch {
    location.href = link.href;
  }
}

// Files that go along: chosen, pasted or dropped. Too much of them is told before anything is sent.
function chosen(input) {
  const bytes = [...input.files].reduce((sum, file) => sum + file.size, 0);
  input.setCustomValidity(bytes > Number(input.dataset.most) ? input.dataset.tooBig : "");
  input.form.elements.words.required = input.files.length === 0;
  input.reportValidity();
}

function brought(event) {
  const came = event.clipboardData ?? event.dataTransfer;
  const input = event.target.closest("[data-draft]")?.elements.files;
  if (!input || !came.types.includes("Files")) return;
  if (event.type === "paste" && came.types.includes("text/plain")) return; // words that bring their picture along
  event.preventDefault();
  if (event.type === "dragover") return;
  const all = new DataTransfer();
  for (const file of [...input.files, ...came.files]) all.items.add(file);
  input.files = all.files;
  chosen(input);
}

function pressed(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select")) return;
  if (event.key === "u") document.querySelector(".crumb a").click();
  const kind = { r: "reply", n: "note" }[event.key];
  const box = kind && document.querySelector(`.compose .${kind}`);
  if (!box) return;
  event.preventDefault();
  box.open = true;
  box.querySelector("textarea").focus();
}

if (compose) {
  document.querySelectorAll("[data-draft]").forEach(bring);
  document.querySelectorAll("[data-filter]").forEach((field) => (field.hidden = false));
  document.addEventListener("swapped", follow);
  compose.addEventListener("input", tell);
  compose.addEventListener("input", find);
  compose.addEventListener("click", prepared);
  compose.addEventListener("change", (event) => event.target.matches("[type=file]") && chosen(event.target));
  for (const kind of ["paste", "drop", "dragover"]) compose.addEventListener(kind, brought);
  document.addEventListener("keydown", pressed);
}
