"""What an app's message is made of, checked as Slack checks it; shared by chat.* methods and response_url."""

import html
import json
import re
from typing import Any

from bots.simulator.slack import blocks as kit
from bots.simulator.slack.methods import Args, SlackError, invalid, need
from bots.simulator.slack.model import Json, Message, Room
from bots.simulator.slack.text import escaped, linked, mentioned, rich_text
from bots.simulator.slack.world import World

TEXT_CHARACTERS = 40_000  # https://docs.slack.dev/changelog/2018-04-truncating-really-long-messages
ATTACHMENTS = 100
METADATA_BYTES = 16 * 1024


def fill(world: World, message: Message, args: Args, *, strict: bool = False) -> Message:
    """Puts text, blocks, attachments and metadata of the call into the message.

    Text beyond 40,000 characters is cut, or refused with msg_too_long where `strict`. Raises SlackError.
    """
    blocks = checked_blocks(world, args)
    attachments = _attachments(args)
    text = _text(world, args)
    if args.has("markdown_text"):
        blocks = _markdown(world, args)
        text = text or args.text("markdown_text")
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    if strict and len(text) > TEXT_CHARACTERS:
        raise SlackError("msg_too_long")
    message.text = text[:TEXT_CHARACTERS] or spoken(blocks or [])
    message.blocks = blocks or ([rich_text(message.text, world.new_key())] if text else [])
    message.kit = bool(blocks)
    message.attachments = attachments or []
    message.metadata = _metadata(args)
    return message


def checked_blocks(world: World, args: Args) -> list[Json] | None:
    """The call's blocks with what Slack fills in; None where there are none. Raises SlackError."""
    given = args.structure("blocks", "invalid_blocks_format")
    if given is None:
        return None
    if not isinstance(given, list):
        raise SlackError("invalid_blocks_format")
    found = kit.problems(given, "message")
    if found:
        raise invalid("invalid_blocks", found)
    if kit.length(given) > kit.TOTAL_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
    return kit.settled(given, world.new_key)


def _markdown(world: World, args: Args) -> list[Json]:
    if args.has("text") or args.has("blocks"):
        raise SlackError("markdown_text_conflict")
    text = args.text("markdown_text")
    if len(text) > kit.MARKDOWN_CHARACTERS:
        raise SlackError("msg_too_long")
    return [{"type": "markdown", "text": text, "block_id": world.new_key()}]


def _attachments(args: Args) -> list[Json] | None:
    given = args.structure("attachments", "invalid_attachments")
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise SlackError("invalid_attachments")
    if len(given) > ATTACHMENTS:
        raise SlackError("too_many_attachments")
    return [{"id": number, "fallback": "[no preview available]"} | one for number, one in enumerate(given, 1)]


def _text(world: World, args: Args) -> str:
    text = linked(escaped(args.text("text")))
    if args.flag("link_names") or args.text("parse") == "full":
        text = mentioned(world, text)
    return text


def _metadata(args: Args) -> Json:
    given = args.structure("metadata", "invalid_metadata_format")
    if not given:
        return {}
    kind, payload = (given.get("event_type"), given.get("event_payload")) if isinstance(given, dict) else (None, None)
    if not isinstance(kind, str) or not isinstance(payload, dict) or not re.fullmatch(r"\w[\w.]*", kind):
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(given).encode()) > METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return {"event_type": kind, "event_payload": payload}


def disguise(world: World, message: Message, args: Args) -> None:
    """A name or picture of its own; such a message is a `bot_message` without a user."""
    icon = {"emoji": args.text("icon_emoji"), "image_64": args.text("icon_url")}
    icons = {key: value for key, value in icon.items() if value}
    if args.has("username") or icons:
        need(world, "chat:write.customize")
        message.subtype, message.username = "bot_message", args.text("username") or world.app.name
        message.icons = icons


def thread_of(room: Room, ts: str) -> str:
    """The thread that a message with this thread_ts goes into. Raises cannot_reply_to_message.

    Slack takes any ts; under one that is no root the message is in a thread that nobody finds.
    """
    root = room.by_ts.get(ts)
    if root is not None and root.subtype in ("channel_join", "channel_leave"):
        raise SlackError("cannot_reply_to_message")
    return ts


def spoken(value: Any) -> str:
    """The words of blocks, one text a line: what Slack puts into `text` where an app gave none."""
    return "\n".join(_texts(value))


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    if not isinstance(value, dict):
        return []
    kind, text = value.get("type"), value.get("text")
    if kind == "rich_text":
        return [_rich(part) for part in value["elements"]]
    if kind in ("plain_text", "mrkdwn", "markdown", "text") and isinstance(text, str):
        return [text]
    if kind == "image":
        return [value.get("alt_text", "")]
    inner = ("title", "text", "fields", "label", "elements", "accessory")
    return [text for key in inner if key in value for text in _texts(value[key])]


def _rich(part: Json) -> str:
    """A part of a rich_text block in one line, escaped: nothing in it is a control sequence."""
    words = []
    for one in part.get("elements", []):
        match one.get("type"):
            case "text":
                words.append(html.escape(one["text"], quote=False))
            case "link":
                words.append(html.escape(one.get("text") or one["url"], quote=False))
            case "emoji":
                words.append(f":{one['name']}:")
            case "user":
                words.append(f"<@{one['user_id']}>")
            case "channel":
                words.append(f"<#{one['channel_id']}>")
            case "broadcast":
                words.append(f"<!{one['range']}>")
            case _:
                words.append(_rich(one))
    return "".join(words)
