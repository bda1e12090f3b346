"""How the client shows the world to one person: JSON-ready, with safe HTML."""

from collections.abc import Callable
from html import escape
from typing import Any

from bots.simulator.telegram.account import offered
from bots.simulator.telegram.core import Telegram
from bots.simulator.telegram.formatting import cut, utf16
from bots.simulator.telegram.world import Json, Message, Person, Room

TAGS = {
    "bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "code": "code", "pre": "pre",
    "blockquote": "blockquote", "expandable_blockquote": "blockquote",
}  # fmt: skip
SAFE = ("http://", "https://", "tg://", "mailto:")


def html(text: str, entities: list[Json]) -> str:
    """The text as safe HTML, its entities as tags, nested the way they lie."""
    return _nest(text, sorted(entities, key=lambda e: (e["offset"], -e["length"])), 0, utf16(text)).replace(
        "\n", "<br>"
    )


def _nest(text: str, entities: list[Json], start: int, end: int) -> str:
    pieces, at = [], start
    while entities:
        first, rest = entities[0], entities[1:]
        low, high = max(at, first["offset"]), min(end, first["offset"] + first["length"])
        if low >= high:
            entities = rest
            continue
        inner = [entity for entity in rest if entity["offset"] < high]
        opening, closing = _tag(text, first)
        pieces += [escape(cut(text, at, low - at)), opening, _nest(text, inner, low, high), closing]
        at, entities = high, [e for e in rest if e["offset"] + e["length"] > high]
    return "".join(pieces) + escape(cut(text, at, end - at))


def _tag(text: str, entity: Json) -> tuple[str, str]:
    kind = entity["type"]
    if kind in TAGS:
        return f"<{TAGS[kind]}>", f"</{TAGS[kind]}>"
    url = entity.get("url", "") if kind == "text_link" else cut(text, entity["offset"], entity["length"])
    if kind == "url" and not url.startswith("http"):
        url = f"http://{url}"
    if kind in ("text_link", "url") and url.lower().startswith(SAFE):
        return f'<a href="{escape(url)}" rel="noopener noreferrer" target="_blank">', "</a>"
    return f'<span class="{escape(kind)}">', "</span>"


def state(tg: Telegram, viewer: Person | None) -> Json:
    """What that person's client shows; everything where `viewer` is None."""
    world = tg.world
    rooms = [room for room in world.rooms.values() if _visible(room, viewer) and not room.migrated_to]
    mine = viewer and world.rooms[viewer.id]
    return {
        "platform": "telegram",
        "me": {"id": str(viewer.id), "name": viewer.name} if viewer else None,
        "people": [{"id": str(p.id), "name": p.name, "bot": p.bot} for p in world.people.values()],
        "rooms": [_room(tg, room, viewer) for room in rooms],
        "messages": [_message(tg, room, m) for room in rooms for m in room.messages.values() if not m.deleted],
        "views": [],
        "commands": _commands(tg, mine, viewer) if viewer and mine else [],
    }


def _visible(room: Room, viewer: Person | None) -> bool:
    if viewer is None:
        return True
    return room.id == viewer.id if room.kind == "private" else room.inside(viewer.id)


def _commands(tg: Telegram, room: Room, viewer: Person) -> list[Json]:
    return [{"name": f"/{c['command']}", "description": c["description"]} for c in offered(tg, room, viewer)]


def _room(tg: Telegram, room: Room, viewer: Person | None) -> Json:
    dm = room.kind == "private"
    topics = [{"id": str(t.id), "name": t.name, "closed": t.closed} for t in room.topics.values()]
    return {
        "id": str(room.id),
        "name": tg.me.name if dm and viewer else room.name,
        "kind": "forum" if room.forum else room.kind,
        "private": dm or not room.username,
        "dm": dm,
        "topics": topics,
        "commands": _commands(tg, room, viewer) if viewer else [],
    }


def _message(tg: Telegram, room: Room, message: Message) -> Json:
    author = tg.world.people[message.author]
    reactions: dict[str, list[str]] = {}
    for person, emoji in message.reactions.items():
        for one in emoji:
            reactions.setdefault(one, []).append(tg.world.people[person].name)
    thread = message.thread if message.id not in room.topics else 0
    return {
        "id": str(message.id),
        "room": str(room.id),
        "thread": str(thread or ""),
        "author": {"id": str(author.id), "name": author.name, "bot": author.bot},
        "text": message.text,
        "html": _shown(tg, message, author),
        "kind": message.kind,
        "at": message.at,
        "edited": bool(message.edited_at),
        "deleted": message.deleted,
        "private": False,
        "buttons": _buttons(message),
        "fields": [],
        "reactions": reactions,
        "reply_to": str(message.reply_to or ""),
        "thread_count": sum(1 for m in room.messages.values() if m.thread == message.id != m.id and not m.deleted),
    }  # fmt: skip


def _buttons(message: Message) -> list[Json]:
    inline = [
        {
            "label": button["text"], "action": button.get("callback_data", ""), "style": button.get("style", ""),
            "url": button.get("url", ""), "disabled": False,
        }
        for row in message.keyboard for button in row
    ]  # fmt: skip
    return inline + [
        {"label": text, "action": "", "style": "", "url": "", "disabled": False} for text in message.answers
    ]


def _shown(tg: Telegram, message: Message, author: Person) -> str:
    if message.service:
        return f'<span class="service">{escape(_told(tg, message, author))}</span>'
    said = html(message.text, message.entities)
    if message.origin:
        said = f'<span class="forwarded">Forwarded</span> {said}'
    if message.kind == "text":
        return said
    return f'<span class="file">{escape(_file(message))}</span> {said}'.rstrip()


def _file(message: Message) -> str:
    content: Any = message.content.get(message.kind)
    if message.kind == "location":
        return f"📍 {content['latitude']}, {content['longitude']}"
    if message.kind == "contact":
        return f"👤 {content['first_name']} {content['phone_number']}"
    name = content.get("file_name", "") if isinstance(content, dict) else ""
    return f"📎 {message.kind} {name}".rstrip()


def _told(tg: Telegram, message: Message, author: Person) -> str:
    """A service message in a client's words."""
    content = message.content
    topic = tg.world.rooms[message.room].topics.get(message.thread)
    name = topic.name if topic else ""
    told: dict[str, Callable[[], str]] = {
        "new_chat_members": lambda: f"{', '.join(user['first_name'] for user in content['new_chat_members'])} joined",
        "left_chat_member": lambda: f"{content['left_chat_member']['first_name']} left",
        "forum_topic_created": lambda: f"{author.name} opened the topic {content['forum_topic_created']['name']}",
        "forum_topic_edited": lambda: f"{author.name} named the topic {content['forum_topic_edited']['name']}",
        "forum_topic_closed": lambda: f"{author.name} closed the topic {name}",
        "forum_topic_reopened": lambda: f"{author.name} reopened the topic {name}",
        "migrate_to_chat_id": lambda: "The group was upgraded to a supergroup",
        "migrate_from_chat_id": lambda: "The group was upgraded to a supergroup",
        "pinned_message": lambda: f"{author.name} pinned a message",
    }
    return next((say() for key, say in told.items() if key in content), "")
