// The simulators' HTML is built again from an allowlist, so that nothing in a message can become a script or a style.

const KEPT = new Set("b i em strong u s code pre blockquote a br p div span ul ol li hr small".split(" "));
const DRAWN_AS = { q: "blockquote", h4: "strong", label: "span", time: "span", del: "s" };
const DROPPED = new Set("script style template iframe object embed svg math noscript title textarea select".split(" "));
const CLASSES = new Set(["mention", "spoiler", "service", "forwarded", "file"]);
const DEEPEST = 40;

/** A fragment with what `html` may show. `address` maps a link's URL to an href and a target, or to null. */
export function fragment(html, address) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const made = document.createDocumentFragment();
  copy(parsed.body, made, address, 0);
  return made;
}

function copy(from, into, address, depth) {
  for (const child of from.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) into.append(child.data);
    else if (child.nodeType === Node.ELEMENT_NODE && depth < DEEPEST) copyElement(child, into, address, depth);
  }
}

function copyElement(from, into, address, depth) {
  const found = from.localName;
  if (DROPPED.has(found)) return;
  const name = DRAWN_AS[found] ?? found;
  if (!KEPT.has(name)) {
    copy(from, into, address, depth + 1);
    return;
  }
  const made = document.createElement(name);
  const classes = [...from.classList].filter((one) => CLASSES.has(one));
  if (classes.length) made.className = classes.join(" ");
  if (name === "a") link(made, from.getAttribute("href"), address);
  copy(from, made, address, depth + 1);
  into.append(made);
}

function link(made, href, address) {
  const found = webAddress(href);
  if (!found) return;
  const to = address(found);
  made.href = to.href;
  made.target = to.target;
  made.rel = "noopener noreferrer";
}

/** The URL where it is http or https, else null. */
export function webAddress(text) {
  try {
    const url = new URL(text ?? "");
    return url.protocol === "http:" || url.protocol === "https:" ? url : null;
  } catch {
    return null;
  }
}
