// The way to the page's own server, which passes on to the simulators.

const HEADERS = { "X-Playground": "1", "Content-Type": "application/json" };
const AGAIN_MS = 1500;

/** What the platform (or the server) would not do; the message is a sentence for the visitor. */
export class Refusal extends Error {}

async function ask(path, method = "GET", body = undefined) {
  let answer;
  try {
    answer = await fetch(path, { method, headers: HEADERS, body: body && JSON.stringify(body), cache: "no-store" });
  } catch {
    throw new Refusal("The playground’s server does not answer. Is Frontdesk still running?");
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(said.error ?? `The server answered ${answer.status}.`);
  return said;
}

export const setup = () => ask("/api/setup");

/** A person does something; returns what the simulator answers. Throws Refusal. */
export async function act(platform, name, how = {}) {
  return (await ask(`/api/${platform}/act`, "POST", { act: name, ...how })).result;
}

export const state = (platform, who) => ask(`/api/${platform}/state?as=${encodeURIComponent(who)}`);
export const log = (platform) => ask(`/api/${platform}/log`);
export const order = (platform, fault) => ask(`/api/${platform}/faults`, "POST", fault);
export const clearFaults = (platform) => ask(`/api/${platform}/faults`, "DELETE");
export const reset = (platform) => ask(`/api/${platform}/reset`, "POST", {});

/** Calls `changed(platform)` at every change, and `connected(yes)` as the connection comes and goes. */
export function listen(changed, connected) {
  const source = new EventSource("/api/changes");
  source.onopen = () => connected(true);
  source.onmessage = (event) => changed(event.data);
  source.onerror = () => {
    connected(false);
    if (source.readyState !== EventSource.CLOSED) return; // the browser itself tries again
    setTimeout(() => listen(changed, connected), AGAIN_MS);
  };
}
