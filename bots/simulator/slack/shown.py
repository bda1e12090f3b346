"""What a person's client shows, as the control API tells it: rooms, messages, forms, the home tab, commands."""

import html
from typing import Any

from bots.simulator.slack.blocks import elements
from bots.simulator.slack.compose import spoken
from bots.simulator.slack.emoji import NAMES
from bots.simulator.slack.fields import listed, options_of
from bots.simulator.slack.model import Json, Message, Person, Room, View
from bots.simulator.slack.text import as_html, plain
from bots.simulator.slack.world import World

STYLES = {"bold": "strong", "italic": "em", "strike": "s", "code": "code"}  # of rich text


def state(world: World, viewer: str) -> Json:
    """All that `viewer` (a name or id; "" for everything) can see. Raises Refused for somebody unknown."""
    me = world.person(viewer) if viewer else None
    rooms = [one for one in world.rooms.values() if me is None or _shows(world, one, me)]
    seen = {one.id for one in rooms}
    messages = [one for one in world.messages if one.room in seen and _readable(one, me)]
    home = world.home_of(me.id) if me else None
    return {
        "platform": "slack",
        "me": {"id": me.id, "name": me.name} if me else {"id": "", "name": ""},
        "people": [{"id": one.id, "name": one.name} for one in world.people.values() if not one.deleted],
        "rooms": [_room(world, one, me) for one in rooms],
        "messages": [_message(world, one, me) for one in messages],
        "views": [_form(world, one) for one in world.views_of(me.id)] if me else [],
        "home": surface(world, home.body["blocks"], home.id) if home else None,
        "commands": [{"name": f"/{name}", "description": said} for name, said in world.app.commands.items()],
        "shortcuts": [{"id": key, "name": name} for key, name in world.app.shortcuts.items()],
        "message_shortcuts": [{"id": key, "name": name} for key, name in world.app.message_shortcuts.items()],
    }


def _shows(world: World, room: Room, me: Person) -> bool:
    return me.id in room.members or (room.kind == "channel" and world.visible(room, me.id))


def _readable(message: Message, me: Person | None) -> bool:
    return me is None or message.private_to in ("", me.id)


def _room(world: World, room: Room, me: Person | None) -> Json:
    others = [world.people[one].name for one in room.members if me is None or one != me.id]
    name = ", ".join(others) if room.kind in ("im", "mpim") else room.name
    body = {"id": room.id, "name": name, "kind": room.kind, "private": room.private, "dm": room.kind == "im"}
    return body | {"member": me is None or me.id in room.members, "archived": room.archived}


def _message(world: World, message: Message, me: Person | None) -> Json:
    author = world.people.get(message.user or world.app.user_id)
    assert author is not None
    name = message.username or author.name
    body: Json = {
        "id": message.ts,
        "room": message.room,
        "thread": message.thread_ts if message.is_reply else "",
        "author": {"id": author.id, "name": name, "bot": message.bot},
        "text": message.text,
        "at": float(message.ts),
        "edited": bool(message.edited_ts),
        "deleted": message.deleted or message.subtype == "tombstone",
        "private": bool(message.private_to),
        "broadcast": message.broadcast,
        "system": message.subtype in ("channel_join", "channel_leave"),
        "reactions": {
            NAMES.get(key.split("::")[0], f":{key}:"): [world.people[one].name for one in by]
            for key, by in message.reactions.items()
        },
        "reply_to": "",
        "thread_count": len(message.replies),
        "files": [{"id": one, "name": world.files[one].name} for one in message.files],
    }
    drawn = surface(world, message.blocks, "") if message.kit else {"html": as_html(world, message.text)}
    body |= {"buttons": [], "selects": [], "fields": []} | drawn
    if message.deleted:
        body |= {"text": "", "html": "", "buttons": [], "selects": [], "fields": []}
    return body


def visible_text(world: World, message: Message) -> str:
    """What a reader of the message sees, without formatting: the words of its blocks, else its text."""
    return plain(world, spoken(message.blocks) if message.kit else message.text)


def surface(world: World, blocks: list[Json], view: str) -> Json:
    """Blocks drawn: html, buttons, selects, fields."""
    drawn: Json = {"html": "".join(_block(world, one) for one in blocks)}
    drawn["buttons"] = [
        {"label": plain(world, one["text"]["text"]), "action": one["action_id"], "style": one.get("style", "")}
        | {"disabled": False, "value": one.get("value", ""), "url": one.get("url", "")}
        for one in elements(blocks)
        if one["type"] == "button"
    ]
    drawn["selects"] = [
        {"action": one["action_id"], "kind": one["type"], "label": spoken(one.get("placeholder"))}
        | {"options": [{"label": each["text"]["text"], "value": each["value"]} for each in options_of(one)]}
        for one in elements(blocks)
        if one["type"] != "button"
    ]
    drawn["fields"] = [pair for one in blocks for pair in _pairs(world, one)]
    return drawn | ({"view": view} if view else {})


def _pairs(world: World, block: Json) -> list[list[str]]:
    """A section's fields as name and value, split at the first line."""
    pairs = []
    for one in block.get("fields", []) if block["type"] == "section" else []:
        name, _, value = plain(world, one["text"]).partition("\n")
        pairs.append([name.strip("*: "), value])
    return pairs


def _block(world: World, block: Json) -> str:
    match block["type"]:
        case "header":
            return f"<h4>{_text(world, block['text'])}</h4>"
        case "divider":
            return "<hr>"
        case "context":
            return f"<small>{' '.join(_text(world, one) for one in block['elements'])}</small>"
        case "section":
            fields = "".join(f"<div>{_text(world, one)}</div>" for one in block.get("fields", []))
            return f"<p>{_text(world, block.get('text'))}</p>{fields}"
        case "markdown":
            return f"<p>{as_html(world, html.escape(block['text'], quote=False))}</p>"
        case "image":
            return f"<p>[{html.escape(block['alt_text'])}]</p>"
        case "rich_text":
            drawn = _rich(world, block["elements"])
            return drawn if drawn.startswith("<blockquote>") else f"<p>{drawn}</p>"
        case "input":
            return f"<label>{_text(world, block['label'])}</label>"
    return ""


def _text(world: World, given: Any) -> str:
    if not given:
        return ""
    if given.get("type") == "image":
        return html.escape(given.get("alt_text", ""))
    if given.get("type") == "plain_text":
        return html.escape(plain(world, html.escape(given["text"], quote=False)))
    return as_html(world, given["text"])


def _rich(world: World, parts: list[Json]) -> str:
    """rich_text as a client draws it; people's messages are drawn from their text instead."""
    drawn = []
    for part in parts:
        match part.get("type"):
            case "text":
                drawn.append(_styled(part, html.escape(part["text"]).replace("\n", "<br>")))
            case "link":
                words = html.escape(part.get("text") or part["url"])
                drawn.append(_styled(part, f'<a href="{html.escape(part["url"])}">{words}</a>'))
            case "rich_text_quote":
                drawn.append(f"<blockquote>{_rich(world, part['elements'])}</blockquote>")
            case "rich_text_preformatted":
                drawn.append(f"<pre>{html.escape(''.join(one['text'] for one in part['elements']))}</pre>")
            case "user":
                person = world.people.get(part["user_id"])
                drawn.append(html.escape(f"@{person.name if person else part['user_id']}"))
            case "emoji":
                drawn.append(NAMES.get(part["name"], f":{html.escape(part['name'])}:"))
            case _:
                drawn.append(_rich(world, part.get("elements", [])))
    return "".join(drawn)


def _styled(part: Json, words: str) -> str:
    for style, tag in STYLES.items():
        if part.get("style", {}).get(style):
            words = f"<{tag}>{words}</{tag}>"
    return words


def _form(world: World, view: View) -> Json:
    blocks = view.body["blocks"]
    words = {key: (view.body.get(key) or {}).get("text", "") for key in ("title", "submit", "close")}
    fields = listed(world, view.id, view.person, blocks)
    return {"id": view.id} | words | surface(world, blocks, "") | {"fields": fields}
