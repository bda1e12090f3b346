// One field of a form, or one menu under a message: drawn from the simulator's description, and read out again.

import { el } from "./dom.js";

const LONG = new Set(["textarea", "long", "rich_text_input"]);
const TYPES = { email_text_input: "email", url_text_input: "url", datepicker: "date", timepicker: "time",
  datetimepicker: "datetime-local" };
let made = 0;

/**
 * `spec` is {id, label, kind, options, value, required}; `world` the state, for menus of people and rooms.
 * Returns {node, control, value()}; `value()` is undefined for what was left alone.
 */
export function field(spec, world) {
  const id = `field-${++made}`;
  const offered = optionsOf(spec, world);
  if (spec.kind === "file_input") return unavailable(spec);
  if (spec.kind === "checkboxes" || spec.kind === "radio_buttons") return boxes(spec, id, offered);
  const part = offered ? menu(spec, id, offered) : words(spec, id);
  const node = el("div", { class: "field" },
    el("label", { for: id }, spec.label || spec.id, spec.required ? null : el("span", { class: "optional" }, " (optional)")),
    part.control);
  return { node, ...part };
}

function optionsOf(spec, world) {
  if (spec.options?.length) return spec.options;
  if (/user|mentionable/.test(spec.kind)) return named(world.people.filter((person) => !person.bot));
  if (/channel|conversation/.test(spec.kind)) return named(world.rooms);
  return /select$|^menu$|^string$/.test(spec.kind) && !/external/.test(spec.kind) ? spec.options ?? [] : null;
}

const named = (things) => things.map((one) => ({ label: one.name, value: one.name.replace(/^#/, "") }));

/** Values come as text, as a list, or (in Slack) as whole options. */
function held(value) {
  const list = Array.isArray(value) ? value : value === null || value === undefined || value === "" ? [] : [value];
  return list.map((one) => (typeof one === "object" ? one.value : String(one)));
}

function words(spec, id) {
  const first = held(spec.value)[0] ?? "";
  const about = { id, "data-key": `field:${spec.id}`, "aria-required": spec.required ? "true" : null, autocomplete: "off" };
  const control = LONG.has(spec.kind)
    ? el("textarea", { ...about, rows: 4 })
    : el("input", { ...about, type: TYPES[spec.kind] ?? "text" });
  control.value = first;
  const read = () => (spec.kind === "datetimepicker" ? new Date(control.value).getTime() / 1000 : control.value);
  return { control, value: () => (control.value === "" && first === "" ? undefined : read()) };
}

function menu(spec, id, offered) {
  const many = /^multi/.test(spec.kind);
  const chosen = new Set(held(spec.value));
  const control = el("select", { id, "data-key": `field:${spec.id}`, multiple: many, size: many ? Math.min(5, offered.length) : null },
    many ? null : el("option", { value: "" }, "Choose …"),
    offered.map((one) => el("option", { value: one.value, selected: chosen.has(one.value) }, one.label)));
  const value = () => {
    const picked = [...control.selectedOptions].map((one) => one.value).filter(Boolean);
    return picked.length ? (many ? picked : picked[0]) : undefined;
  };
  return { control, value };
}

function boxes(spec, id, offered) {
  const many = spec.kind === "checkboxes";
  const chosen = new Set(held(spec.value));
  const inputs = (offered ?? []).map((one) =>
    el("input", { type: many ? "checkbox" : "radio", name: id, value: one.value, checked: chosen.has(one.value) }));
  const node = el("fieldset", { class: "field", id }, el("legend", {}, spec.label),
    inputs.map((input, index) => el("label", { class: "box" }, input, offered[index].label)));
  const value = () => {
    const picked = inputs.filter((input) => input.checked).map((input) => input.value);
    return many ? picked : picked[0];
  };
  return { node, control: node, value };
}

function unavailable(spec) {
  const node = el("p", { class: "field" }, `${spec.label}: files cannot be put into forms here.`);
  return { node, control: node, value: () => undefined };
}

/** Says under a field what was wrong with it. */
export function objection(drawn, sentence) {
  drawn.node.querySelector(".objection")?.remove();
  drawn.control.removeAttribute("aria-invalid");
  drawn.control.removeAttribute("aria-describedby");
  if (!sentence) return;
  const id = `objection-${++made}`;
  drawn.node.append(el("p", { class: "objection", id }, sentence));
  drawn.control.setAttribute("aria-invalid", "true");
  drawn.control.setAttribute("aria-describedby", id);
}
