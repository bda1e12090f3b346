// Elements made by hand: words are always text, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element. `props`: `on` (listeners), `class`, booleans and other attributes; children are nodes or words. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (value === true) {
      node.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value);
    }
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const PATHS = {
  rooms: "M4 6h16M4 12h16M4 18h10",
  close: "M6 6l12 12M18 6L6 18",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  reply: "M9 7l-5 5 5 5M4 12h9a6 6 0 0 1 6 6v1",
  thread: "M4 5h16v10H11l-4 4v-4H4zM8 9h8M8 12h5",
  edit: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  bin: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  clip: "M8 12l6-6a3 3 0 0 1 4 4l-8 8a5 5 0 0 1-7-7l7-7",
  send: "M4 12l16-8-6 16-3-7z",
  bolt: "M13 3L5 14h6l-1 7 8-11h-6z",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  hash: "M9 4L7 20M17 4l-2 16M4 9h16M4 15h16",
  forum: "M4 5h16v4H4zM4 12h16v3H4zM4 18h9",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20a7.5 7.5 0 0 1 15 0",
  eye: "M2 12s4-6 10-6 10 6 10 6-4 6-10 6S2 12 2 12zM12 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  check: "M5 13l5 5 9-11",
  back: "M15 5l-7 7 7 7",
};

/** A small line drawing, for the eye only: what it means is said by the element around it. */
export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  drawing.append(path);
  return drawing;
}

/** A button that shows a drawing and is called `label`. */
export function iconButton(name, label, press, props = {}) {
  return el("button", { type: "button", class: "tool", "aria-label": label, title: label, on: { click: press }, ...props },
    icon(name));
}

export function clear(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter(Boolean));
  return node;
}

/** The hue that a name always has, 0 to 7. */
export function hue(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 997;
  return sum % 8;
}

export function avatar(name) {
  return el("span", { class: `avatar hue-${hue(name)}`, "aria-hidden": "true" }, [...name][0]?.toUpperCase() ?? "?");
}

export function once(node, className) {
  node.classList.remove(className);
  void node.offsetWidth;
  node.classList.add(className);
}

/** Whether the windows are shown one at a time, as on a phone. */
export const narrow = matchMedia("(max-width: 999px)");
