"""reactions.* and pins.*: https://docs.slack.dev/reference/methods?family=reactions"""

from bots.simulator.slack import events
from bots.simulator.slack.emoji import name_of
from bots.simulator.slack.methods import TIER_2, TIER_3, Args, SlackError, find_message, find_room, method
from bots.simulator.slack.model import Json, Message, Room
from bots.simulator.slack.shapes import message_json
from bots.simulator.slack.world import World

KINDS_ON_MESSAGE = 50
KINDS_OF_PERSON = 23
PINS = 100


def _item(world: World, args: Args) -> tuple[Room, Message]:
    if not args.has("channel") or not args.has("timestamp"):
        raise SlackError("no_item_specified")
    room = find_room(world, args)
    return room, find_message(world, room, args.text("timestamp"))


@method("reactions.add", scope="reactions:write", tier=TIER_3)
def add(world: World, args: Args) -> Json:
    name = name_of(args.required("name"), frozenset(world.emoji))
    room, message = _item(world, args)
    if not name or not args.text("name").isascii():
        raise SlackError("invalid_name")
    if not world.in_room(room):
        raise SlackError("not_in_channel")
    if room.archived:
        raise SlackError("is_archived")
    put(world, room, message, world.app.user_id, name)
    return {}


def put(world: World, room: Room, message: Message, user: str, name: str) -> None:
    """Adds one person's reaction and tells of it. Raises SlackError."""
    by = message.reactions.get(name, [])
    if user in by:
        raise SlackError("already_reacted")
    if not by and len(message.reactions) >= KINDS_ON_MESSAGE:
        raise SlackError("too_many_emoji")
    if sum(user in users for users in message.reactions.values()) >= KINDS_OF_PERSON:
        raise SlackError("too_many_reactions")
    message.reactions.setdefault(name, []).append(user)
    events.reaction(world, True, room, message, user, name)


@method("reactions.remove", scope="reactions:write", tier=TIER_2)
def remove(world: World, args: Args) -> Json:
    name = name_of(args.required("name"), frozenset(world.emoji))
    room, message = _item(world, args)
    if not name:
        raise SlackError("invalid_name")
    take(world, room, message, world.app.user_id, name)
    return {}


def take(world: World, room: Room, message: Message, user: str, name: str) -> None:
    """Removes one person's reaction and tells of it. Raises SlackError."""
    if user not in message.reactions.get(name, []):
        raise SlackError("no_reaction")
    message.reactions[name].remove(user)
    if not message.reactions[name]:
        del message.reactions[name]
    events.reaction(world, False, room, message, user, name)


@method("reactions.get", scope="reactions:read", tier=TIER_3, json=False)
def get(world: World, args: Args) -> Json:
    room, message = _item(world, args)
    permalink = f"https://{world.domain}.slack.com/archives/{room.id}/p{message.ts.replace('.', '')}"
    body = message_json(world, message) | {"permalink": permalink}
    return {"type": "message", "channel": room.id, "message": body}


@method("pins.add", scope="pins:write", tier=TIER_2)
def pin(world: World, args: Args) -> Json:
    room, message = _pinnable(world, args)
    if message.ts in room.pins:
        raise SlackError("already_pinned")
    if len(room.pins) >= PINS:
        raise SlackError("too_many_pins")
    room.pins.append(message.ts)
    events.pinned(world, True, room, message, world.app.user_id)
    return {}


@method("pins.remove", scope="pins:write", tier=TIER_2)
def unpin(world: World, args: Args) -> Json:
    room, message = _pinnable(world, args)
    if message.ts not in room.pins:
        raise SlackError("no_pin")
    room.pins.remove(message.ts)
    events.pinned(world, False, room, message, world.app.user_id)
    return {}


def _pinnable(world: World, args: Args) -> tuple[Room, Message]:
    room, message = _item(world, args)
    if not world.in_room(room):
        raise SlackError("not_in_channel")
    return room, message


@method("pins.list", scope="pins:read", tier=TIER_2, json=False)
def pins(world: World, args: Args) -> Json:
    room = find_room(world, args)
    shown = [message_json(world, room.by_ts[ts]) for ts in reversed(room.pins)]
    made = {"type": "message", "channel": room.id, "created": world.seconds, "created_by": world.app.user_id}
    return {"items": [made | {"message": one} for one in shown]}
