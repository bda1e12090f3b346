"""What a person's client shows: rooms, messages, forms and commands, ready for JSON."""

from bots.simulator.discord.core import Core
from bots.simulator.discord.markdown import to_html
from bots.simulator.discord.permissions import BITS, in_channel, sees
from bots.simulator.discord.rest import command_rules as commands
from bots.simulator.discord.rest.components import BUTTON, SELECTS, fields_of, walk
from bots.simulator.discord.world import CATEGORY, FORUM, LOADING, Channel, Json, Message, User, View, spoken
from bots.simulator.server import Refused

SHOWN = 200
STYLES = {1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "premium"}
NOTICES = {6: "pinned a message", 18: "started a thread", 21: "began this thread from a message"}


def state(core: Core, viewer: str) -> Json:
    """What `viewer` sees; with an empty viewer, all there is. Raises Refused for an unknown person."""
    world = core.world
    me = world.user(viewer) if viewer else None
    if viewer and me is None:
        raise Refused(f"Nobody here is called {viewer!r}.")
    channels = [c for c in world.channels.values() if me is None or sees(world, me.id, c)]
    messages = [m for c in channels for m in c.history[-SHOWN:]] + _private(core, me)
    messages.sort(key=lambda message: int(message.id))
    return {
        "platform": "discord",
        "me": {"id": me.id, "name": me.name} if me else None,
        "people": [{"id": u.id, "name": world.display_name(u.id)} for u in world.users.values() if not u.bot],
        "rooms": [_room(core, c) for c in channels if not c.thread and c.type != CATEGORY],
        "threads": [_thread(c) for c in channels if c.thread],
        "messages": [message_view(core, message) for message in messages],
        "views": [form_view(core, v) for v in world.views.values() if me is None or v.user_id == me.id],
        "commands": available(core, me),
    }


def _private(core: Core, me: User | None) -> list[Message]:
    return [
        m
        for m in core.world.messages.values()
        if m.viewer_id
        and not m.deleted
        and m.channel_id in core.world.channels
        and (me is None or m.viewer_id == me.id)
    ]


def _room(core: Core, channel: Channel) -> Json:
    if channel.is_dm:
        other = next(user_id for user_id in channel.recipients if user_id != core.world.bot.id)
        name = f"{core.world.bot.name} – {core.world.users[other].name}"
        return {"id": channel.id, "name": name, "kind": "dm", "private": True, "dm": True}
    everyone = channel.overwrites.get(core.world.guild_of(channel).id)
    private = bool(everyone and everyone.deny & BITS["VIEW_CHANNEL"])
    kind = "forum" if channel.type == FORUM else "channel"
    return {"id": channel.id, "name": f"#{channel.name}", "kind": kind, "private": private, "dm": False}


def _thread(channel: Channel) -> Json:
    assert channel.thread is not None
    about = {"id": channel.id, "room": channel.parent_id, "name": channel.name, "private": channel.is_private_thread}
    return {**about, "archived": channel.thread.archived, "locked": channel.thread.locked}


def message_view(core: Core, message: Message) -> Json:
    """One message. A thread's messages carry the parent room and the thread's id.

    A forum post's first message shows in the forum itself, as the root of its thread.
    """
    world = core.world
    channel = world.channels[message.channel_id]
    is_root = channel.thread is not None and message.id == channel.id
    thread = "" if channel.thread is None or is_root else channel.id
    grown = world.channels.get(message.id)
    embeds = message.embeds
    heads = [embed.get("title") or embed.get("description") or "" for embed in embeds]
    return {
        "id": message.id,
        "room": channel.parent_id if channel.thread else channel.id,
        "thread": thread,
        "author": _author(core, message),
        "text": message.content or "\n".join(spoken(message.components) + heads),
        "html": _html(core, message, channel.name if is_root else ""),
        "at": message.at,
        "edited": bool(message.edited_at),
        "deleted": message.deleted,
        "private": bool(message.viewer_id),
        "buttons": [_button(c) for c in walk(message.components) if c["type"] == BUTTON],
        "menus": [_menu(c) for c in walk(message.components) if c["type"] in SELECTS],
        "fields": [[item["name"], item["value"]] for embed in embeds for item in embed.get("fields", [])],
        "files": [core.shapes.attachment(message, item) for item in message.attachments],
        "reactions": {emoji: [world.display_name(u) for u in who] for emoji, who in message.reactions.items()},
        "reply_to": message.reply_to if message.type == 19 else "",
        "thread_count": grown.thread.message_count if grown and grown.thread else 0,
        "starts_thread": grown.id if grown and grown.thread else "",
    }


def _author(core: Core, message: Message) -> Json:
    if message.webhook:
        return {"id": message.webhook["id"], "name": message.webhook["name"], "bot": True}
    author = core.world.users[message.author_id]
    return {"id": author.id, "name": core.world.display_name(author.id), "bot": author.bot}


def _html(core: Core, message: Message, title: str) -> str:
    if message.flags & LOADING:
        return f"<em>{core.world.bot.name} is thinking…</em>"
    if message.type in NOTICES:
        return f"<em>{NOTICES[message.type]}</em>"
    parts = [f"**{title}**" if title else "", message.content, *spoken(message.components)]
    for embed in message.embeds:
        parts += [f"**{embed['title']}**" if embed.get("title") else "", embed.get("description", "")]
        parts.append(embed.get("footer", {}).get("text", ""))
    return "<br>".join(to_html(part, lambda sign, target: _name(core, sign, target)) for part in parts if part)


def _name(core: Core, sign: str, target: str) -> str:
    world = core.world
    if sign == "#":
        return world.channels[target].name if target in world.channels else "unknown"
    if sign == "@&":
        roles = [guild.roles[target].name for guild in world.guilds.values() if target in guild.roles]
        return roles[0] if roles else "unknown-role"
    return world.display_name(target) if target in world.users else "unknown-user"


def _button(component: Json) -> Json:
    emoji = (component.get("emoji") or {}).get("name") or ""
    label = component.get("label") or emoji
    shape = {"label": label, "action": component.get("custom_id", ""), "style": STYLES[component["style"]]}
    return {**shape, "emoji": emoji, "disabled": bool(component.get("disabled")), "url": component.get("url", "")}


def _menu(component: Json) -> Json:
    options = [{"label": o["label"], "value": o["value"]} for o in component.get("options", [])]
    shape = {"action": component["custom_id"], "kind": SELECTS[component["type"]], "options": options}
    return {**shape, "label": component.get("placeholder", ""), "disabled": bool(component.get("disabled"))}


def form_view(core: Core, view: View) -> Json:
    fields = []
    for label, field in fields_of(view.data):
        kind = "menu" if field["type"] in SELECTS else "text" if field.get("style", 1) == 1 else "long"
        options = [{"label": o["label"], "value": o["value"]} for o in field.get("options", [])]
        about = {"id": field["custom_id"], "label": label, "kind": kind, "options": options}
        fields.append({**about, "value": field.get("value", ""), "required": field.get("required") is not False})
    return {"id": view.id, "title": view.data["title"], "fields": fields}


def available(core: Core, me: User | None) -> list[Json]:
    """The slash commands that autocomplete for that person, a line for each subcommand."""
    permitted = [c for c in core.world.app.commands.values() if c["type"] == commands.CHAT]
    if me is not None:
        permitted = [c for c in permitted if may_use(core, me, c, None)]
    lines: list[Json] = []
    for command in permitted:
        lines += _lines(command, f"/{command['name']}")
    return lines


def _lines(command: Json, path: str) -> list[Json]:
    inner = [o for o in command.get("options", []) if o["type"] in (commands.SUBCOMMAND, commands.GROUP)]
    if not inner:
        return [{"name": path, "description": command["description"]}]
    return [line for option in inner for line in _lines(option, f"{path} {option['name']}")]


def may_use(core: Core, user: User, command: Json, channel: Channel | None) -> bool:
    """Whether that person may use the command (there): by its place, and by its default member permissions."""
    if channel is not None and channel.is_dm:
        return "guild_id" not in command and 1 in command["contexts"]
    place = channel or next(c for c in core.world.channels.values() if not c.is_dm)
    if user.id not in core.world.guild_of(place).members:
        return False
    wanted = command["default_member_permissions"]
    if wanted is None:
        return True
    held = in_channel(core.world, user.id, place)
    return bool(held & BITS["ADMINISTRATOR"]) or (wanted != "0" and held & int(wanted) == int(wanted))


# for tests


def seen(core: Core, room: str, thread: str | None = None) -> list[Message]:
    """What all in a room can see, oldest first: with its threads, of one thread and its root, or top level ("")."""
    channel = _find(core, room)
    if thread:
        root = [m for m in channel.history if m.id == thread]
        return root + [m for m in _find(core, thread).history if m.type not in NOTICES]
    places = [channel, *(core.world.threads(channel.id) if thread is None else [])]
    found = [m for place in places for m in place.history if m.type not in NOTICES]
    return sorted(found, key=lambda m: int(m.id))


def whispers(core: Core, who: str, room: str) -> list[Message]:
    """The private answers that this person sees (in that room)."""
    user = core.world.user(who)
    place = _find(core, room).id if room else ""
    mine = [m for m in core.world.messages.values() if user and m.viewer_id == user.id and not m.deleted]
    return [m for m in mine if place in ("", m.channel_id)]


def _find(core: Core, room: str) -> Channel:
    if room.lower().startswith("dm:"):
        user = core.world.user(room[3:])
        channel = core.world.dm_with(user.id) if user else None
    else:
        channel = core.world.room(room)
    if channel is None:
        raise LookupError(f"There is no room {room!r}; a direct conversation is written dm:Anna.")
    return channel


def last(core: Core, room: str, who: str | None) -> Message:
    found = seen(core, room)
    if who is not None:
        user = core.world.bot if who == "bot" else core.world.user(who)
        found = [message for message in found if user is not None and message.author_id == user.id]
    if not found:
        raise LookupError(f"Nothing was written in {room!r}.")
    return found[-1]
