"""The registry of Bot API methods, and the checks that most of them share."""

from collections.abc import Awaitable, Callable
from typing import Any

from bots.simulator.telegram.arguments import Arguments
from bots.simulator.telegram.core import Telegram
from bots.simulator.telegram.errors import bad_request, forbidden
from bots.simulator.telegram.formatting import Formatted, Unparsable, finish, link, utf16
from bots.simulator.telegram.markup_html import parse_html
from bots.simulator.telegram.markup_markdown import parse_markdown, parse_markdown_v2
from bots.simulator.telegram.wire import known_mentions
from bots.simulator.telegram.world import Json, Message, Person, Room

Method = Callable[[Telegram, Arguments], Any | Awaitable[Any]]

# lower case -> (name as documented, function): the server takes method names in any case
METHODS: dict[str, tuple[str, Method]] = {}

PARSERS = {"html": parse_html, "markdownv2": parse_markdown_v2, "markdown": parse_markdown}
TEXT_UNITS, CAPTION_UNITS = 4096, 1024


def method(*names: str) -> Callable[[Method], Method]:
    """Registers a function under those names of the documentation."""

    def register(function: Method) -> Method:
        METHODS.update({name.lower(): (name, function) for name in names})
        return function

    return register


def known_chat(tg: Telegram, value: str) -> Room:
    """The chat that a `chat_id` means. Raises ApiError where the bot never met it."""
    if not value:
        raise bad_request("chat_id is empty")
    world = tg.world
    if value.startswith("@"):
        found = next((r for r in world.rooms.values() if r.username and r.username.lower() == value[1:].lower()), None)
    else:
        found = world.rooms.get(int(value)) if value.removeprefix("-").isdecimal() else None
    known = found and (tg.knows(world.people[found.id]) if found.kind == "private" else tg.me.id in found.members)
    if found is None or not known:
        raise bad_request("chat not found")
    return found


def readable(tg: Telegram, args: Arguments, name: str = "chat_id", members: bool = False) -> Room:
    """The chat of that argument, for reading; `members`: its member list too. Raises ApiError."""
    room = known_chat(tg, args.text(name))
    if room.kind == "group" and members:
        _alive(tg, room)
    if room.kind == "supergroup":
        _inside(tg, room)
    return room


def writable(tg: Telegram, args: Arguments, name: str = "chat_id") -> Room:
    """The chat of that argument, for writing. Raises ApiError in the words of the server's own access check."""
    room = known_chat(tg, args.text(name))
    if room.kind == "private":
        _reachable(tg.world.people[room.id])
    else:
        _alive(tg, room)
        _inside(tg, room)
    return room


def _reachable(person: Person) -> None:
    if person.deactivated:
        raise forbidden("user is deactivated")
    if person.bot:
        raise forbidden("bot can't send messages to bots")
    if person.blocked:
        raise forbidden("bot was blocked by the user")
    if not person.started:
        raise forbidden("bot can't initiate conversation with a user")


def _alive(tg: Telegram, room: Room) -> None:
    if room.migrated_to:
        raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=room.migrated_to)


def _inside(tg: Telegram, room: Room) -> None:
    status = tg.bot_in(room).status
    if status == "kicked":
        raise forbidden(f"bot was kicked from the {room.kind} chat")
    if status == "left":
        raise forbidden(f"bot is not a member of the {room.kind} chat")


def need(tg: Telegram, room: Room, right: str, deed: str) -> None:
    """Raises ApiError "not enough rights to …" where the bot lacks an administrator's right."""
    if not tg.bot_in(room).may(right):
        raise bad_request(f"not enough rights to {deed}")


def sender(tg: Telegram, room: Room, what: str = "text messages") -> None:
    """Raises ApiError where the bot may not write in that group."""
    if tg.bot_in(room).status == "restricted":
        raise bad_request(f"not enough rights to send {what} to the chat")


def known_message(tg: Telegram, room: Room, args: Arguments, what: str, name: str = "message_id") -> Message:
    """The message of that argument. Raises ApiError "message to … not found"."""
    if not args.text(name):
        raise bad_request("message identifier is not specified")
    found = room.find(args.integer(name))
    if found is None:
        raise bad_request(f"message to {what} not found")
    return found


def topic_for(tg: Telegram, room: Room, args: Arguments) -> int:
    """The topic that `message_thread_id` names, 0 without one. Raises ApiError."""
    number = args.integer("message_thread_id")
    if not number:
        return 0
    topic = room.topics.get(number)
    if topic is None:
        if room.kind == "supergroup" and not room.forum and room.find(number):
            return 0  # a thread of answers: the message just goes to the chat
        raise bad_request("message thread not found")
    if topic.closed and not room.manages(tg.me.id, topic):
        raise bad_request("TOPIC_CLOSED")
    return number


def parsed(tg: Telegram, text: str, mode: str, given: Any) -> Formatted:
    """Text with entities, from markup or from a list of entities. Raises ApiError for what does not parse."""
    if not mode:
        return known_mentions(tg.world, finish(Formatted(text, _given(given, text))))
    if mode.lower() not in PARSERS:
        raise bad_request("unsupported parse_mode")
    try:
        return finish(known_mentions(tg.world, PARSERS[mode.lower()](text)))
    except Unparsable as error:
        raise bad_request(f"can't parse entities: {error}") from None


def _given(entities: Any, text: str) -> list[Json]:
    """The entities that a call brings along; those that the server finds by itself are ignored."""
    if entities is None:
        return []
    if not isinstance(entities, list):
        raise bad_request("can't parse entities: expected an Array")
    kept = []
    for entity in entities:
        if not isinstance(entity, dict) or not isinstance(entity.get("type"), str):
            raise bad_request("can't parse MessageEntity: Can't find field \"type\"")
        if not all(isinstance(entity.get(key), int) for key in ("offset", "length")):
            raise bad_request('can\'t parse MessageEntity: Field "offset" must be of type Number')
        if entity["type"] in ("mention", "hashtag", "bot_command", "url", "email", "cashtag", "phone_number"):
            continue
        if entity["offset"] < 0 or entity["length"] <= 0 or entity["offset"] + entity["length"] > utf16(text):
            raise bad_request("entity beyond end of text" if entity["length"] > 0 else "empty entity")
        if entity["type"] == "text_mention" and not isinstance(entity.get("user"), dict):
            raise bad_request("can't parse MessageEntity: Can't find field \"user\"")
        kept.append(_whole(entity))
    return kept


def _whole(entity: Json) -> Json:
    if entity["type"] != "text_link":
        return dict(entity)
    url = link(str(entity.get("url", "")))
    if url is None:
        raise bad_request(f"entity URL '{entity.get('url', '')}' is invalid: Wrong HTTP URL")
    return {**entity, "url": url}


def text_of(tg: Telegram, args: Arguments, too_long: str = "message is too long") -> Formatted:
    """The `text` of a call. Raises ApiError where it is empty, too long or does not parse."""
    found = parsed(tg, args.text("text"), args.text("parse_mode"), args.decoded("entities"))
    if not found.text:
        raise bad_request("message text is empty")
    if utf16(found.text) > TEXT_UNITS:
        raise bad_request(too_long)
    return found


def caption_of(tg: Telegram, args: Arguments) -> Formatted:
    """The `caption` of a call, which may be empty. Raises ApiError where it is too long or does not parse."""
    found = parsed(tg, args.text("caption"), args.text("parse_mode"), args.decoded("caption_entities"))
    if utf16(found.text) > CAPTION_UNITS:
        raise bad_request("message caption is too long")
    return found
