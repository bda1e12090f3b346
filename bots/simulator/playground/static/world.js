// What a person's client is told, arranged into places and the messages in them. Nothing here touches the page.

/** A place: a room, or a thread in it. `key` is "ROOM" or "ROOM/THREAD"; the bot's direct conversation may be "dm". */
export const keyOf = (room, thread) => (thread ? `${room}/${thread}` : room);

/** All places of that person, in the order of the list; threads and topics follow their room. */
export function placesOf(platform, state) {
  const rooms = state.rooms.map((room) => roomPlace(platform, state, room));
  if (platform === "discord" && !rooms.some((room) => room.dm)) rooms.push(emptyDirect(state));
  rooms.sort((one, other) => rank(platform, one) - rank(platform, other));
  const nested = rooms.flatMap((room) => [room, ...within(platform, state, room)]);
  const news = newest(state);
  return nested.map((place) => ({ ...place, newest: news.get(place.key) ?? 0 }));
}

function roomPlace(platform, state, room) {
  let label = room.name.replace(/^#/, "");
  if (platform === "discord" && room.dm) label = label.replace(` – ${state.me.name}`, "");
  return {
    key: room.id, room: room.id, thread: "", label, dm: room.dm, kind: room.kind, depth: 0,
    private: room.private, member: room.member !== false, closed: Boolean(room.archived),
    commands: room.commands ?? state.commands, topics: room.topics ?? [],
  };
}

/** Before the first word there is no conversation yet, but a client shows where it would be. */
function emptyDirect(state) {
  return {
    key: "dm", room: "dm", thread: "", label: "Frontdesk", dm: true, kind: "dm", depth: 0, private: true,
    member: true, closed: false, commands: state.commands, topics: [],
  };
}

function rank(platform, place) {
  if (platform === "telegram") return place.dm ? 0 : 1;
  return place.dm ? 2 : place.private ? 1 : 0;
}

function within(platform, state, room) {
  const found = platform === "telegram"
    ? room.topics
    : (state.threads ?? []).filter((thread) => thread.room === room.room && !thread.archived);
  return found.map((thread) => ({
    ...room, key: keyOf(room.room, thread.id), thread: thread.id, label: thread.name, depth: 1,
    closed: Boolean(thread.closed || thread.locked), topics: [],
  }));
}

/** Place key to the time of the newest message by somebody else. */
function newest(state) {
  const found = new Map();
  for (const message of state.messages) {
    if (message.author.id === state.me.id || message.deleted) continue;
    const key = keyOf(message.room, message.thread);
    if (message.at > (found.get(key) ?? 0)) found.set(key, message.at);
  }
  return found;
}

/** The messages that stand in a place, oldest first. */
export function messagesIn(platform, state, place) {
  return state.messages.filter((message) => {
    if (message.room !== place.room || (message.deleted && !message.thread_count)) return false;
    if (place.thread) return message.thread === place.thread || (platform !== "telegram" && message.id === place.thread);
    if (platform === "telegram") return place.kind !== "forum" || !message.thread;
    return !message.thread || message.broadcast;
  });
}

/** The last message in a place, for a list that shows its words. */
export const lastIn = (platform, state, place) => messagesIn(platform, state, place).at(-1);

/** The thread that hangs under a message, or nothing. */
export function threadUnder(platform, message) {
  if (platform === "slack") return message.thread_count && !message.thread ? message.id : "";
  return platform === "discord" ? message.starts_thread : "";
}
