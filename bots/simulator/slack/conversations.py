"""conversations.*: https://docs.slack.dev/reference/methods?family=conversations"""

import re

from bots.simulator.slack import events
from bots.simulator.slack.methods import (
    TIER_2,
    TIER_3,
    TIER_4,
    Args,
    SlackError,
    find_person,
    find_room,
    method,
    need,
    need_for,
    page,
)
from bots.simulator.slack.model import Json, Kind, Message, Room
from bots.simulator.slack.shapes import message_json, room_json
from bots.simulator.slack.world import SCOPE_PREFIX, World

KINDS: dict[str, Kind] = {"public_channel": "channel", "private_channel": "group", "mpim": "mpim", "im": "im"}
MPIM_MEMBERS = 8


def wanted_rooms(world: World, args: Args, *, member: bool) -> list[Room]:
    """The rooms of the wanted `types`; private ones only where the app is in."""
    names = args.text("types", "public_channel").replace(" ", "").split(",")
    if not set(names) <= set(KINDS):
        raise SlackError("invalid_types")
    kinds = [KINDS[one] for one in names]
    for kind in kinds:
        need(world, f"{SCOPE_PREFIX[kind]}:read")
    found = [one for one in world.rooms.values() if one.kind in kinds and (world.in_room(one) or not one.private)]
    if args.flag("exclude_archived"):
        found = [one for one in found if not one.archived]
    return [one for one in found if world.in_room(one)] if member else found


@method("conversations.list", tier=TIER_2, json=False)
def list_rooms(world: World, args: Args) -> Json:
    rooms, cursor = page(world, args, wanted_rooms(world, args, member=False))
    shown = [room_json(world, one, count=one.kind in ("channel", "group")) for one in rooms]
    return {"channels": shown, "response_metadata": {"next_cursor": cursor}}


@method("conversations.info", tier=TIER_3, json=False)
def info(world: World, args: Args) -> Json:
    room = find_room(world, args)
    need_for(world, room, "read")
    return {"channel": room_json(world, room, count=args.flag("include_num_members"))}


@method("conversations.members", tier=TIER_4, json=False)
def members(world: World, args: Args) -> Json:
    room = find_room(world, args)
    need_for(world, room, "read")
    people, cursor = page(world, args, room.members)
    return {"members": people, "response_metadata": {"next_cursor": cursor}}


@method("conversations.open", tier=TIER_3)
def open_room(world: World, args: Args) -> Json:
    known = len(world.rooms)
    if args.has("channel"):
        room = find_room(world, args)
        if room.kind not in ("im", "mpim"):
            raise SlackError("method_not_supported_for_channel_type")
    else:
        room = _with_users(world, args)
    shown = room_json(world, room) if args.flag("return_im") else {"id": room.id}
    was_open = len(world.rooms) == known
    return {"channel": shown} | ({"no_op": True, "already_open": True} if was_open else {})


def _with_users(world: World, args: Args) -> Room:
    users = [one.strip() for one in args.text("users").split(",") if one.strip()]
    if not users:
        raise SlackError("users_list_not_supplied")
    kind: Kind = "im" if len(users) == 1 else "mpim"
    need(world, f"{kind}:write")
    if len(users) > MPIM_MEMBERS:
        raise SlackError("too_many_users")
    for user in users:
        person = world.people.get(user)
        if person is None or user == world.app.user_id:
            raise SlackError("user_not_found")
        if person.deleted:
            raise SlackError("user_disabled")
        if person.bot:
            raise SlackError("cannot_dm_bot")
    return world.conversation(kind, [*users, world.app.user_id])


@method("conversations.join", scope="channels:join", tier=TIER_3)
def join(world: World, args: Args) -> Json:
    room = find_room(world, args)
    if room.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if room.archived:
        raise SlackError("is_archived")
    if world.in_room(room):
        more = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
        return {"channel": room_json(world, room)} | more
    room.members.append(world.app.user_id)
    events.membership(world, True, room, world.app.user_id)
    return {"channel": room_json(world, room)}


@method("conversations.leave", tier=TIER_3)
def leave(world: World, args: Args) -> Json:
    room = find_room(world, args)
    _need_manage(world, room)
    if room.name == "general":
        raise SlackError("cant_leave_general")
    if not world.in_room(room):
        return {"not_in_channel": True}
    events.membership(world, False, room, world.app.user_id)
    room.members.remove(world.app.user_id)
    return {}


def _need_manage(world: World, room: Room) -> None:
    need(world, "channels:manage" if room.kind == "channel" else f"{SCOPE_PREFIX[room.kind]}:write")


def _managed(world: World, args: Args) -> Room:
    """A channel that the app is in and may manage."""
    room = find_room(world, args)
    if room.kind in ("im", "mpim"):
        raise SlackError("method_not_supported_for_channel_type")
    _need_manage(world, room)
    if not world.in_room(room):
        raise SlackError("not_in_channel")
    return room


@method("conversations.invite", tier=TIER_3)
def invite(world: World, args: Args) -> Json:
    room = _managed(world, args)
    if room.archived:
        raise SlackError("is_archived")
    users = [one.strip() for one in args.required("users").split(",") if one.strip()]
    for user in users:
        if user not in world.people:
            raise SlackError("user_not_found", errors=[{"ok": False, "error": "user_not_found", "user": user}])
        if user == world.app.user_id:
            raise SlackError("cant_invite_self")
        if user in room.members:
            raise SlackError("already_in_channel", errors=[{"ok": False, "error": "already_in_channel", "user": user}])
    for user in users:
        room.members.append(user)
        events.membership(world, True, room, user, world.app.user_id)
    return {"channel": room_json(world, room)}


@method("conversations.kick", tier=TIER_3)
def kick(world: World, args: Args) -> Json:
    room = _managed(world, args)
    person = find_person(world, args)
    if person.id == world.app.user_id:
        raise SlackError("cant_kick_self")
    if person.id not in room.members:
        raise SlackError("not_in_channel")
    events.membership(world, False, room, person.id)
    room.members.remove(person.id)
    return {}


@method("conversations.create", tier=TIER_2)
def create(world: World, args: Args) -> Json:
    name, private = args.required("name"), args.flag("is_private")
    need(world, "groups:write" if private else "channels:manage")
    _check_name(world, name)
    room = world.add_room(name, "group" if private else "channel", [world.app.user_id])
    return {"channel": room_json(world, room)}


def _check_name(world: World, name: str) -> None:
    if len(name) > 80:
        raise SlackError("invalid_name_maxlength")
    if not re.fullmatch(r"[^\W\sA-Z][^\sA-Z.,!?#@]*", name):
        raise SlackError("invalid_name_specials")
    if any(one.name == name for one in world.rooms.values()):
        raise SlackError("name_taken")


@method("conversations.rename", tier=TIER_2)
def rename(world: World, args: Args) -> Json:
    room = _managed(world, args)
    _check_name(world, args.required("name"))
    set_name(world, room, args.text("name"))
    return {"channel": room_json(world, room)}


def set_name(world: World, room: Room, name: str) -> None:
    room.previous_names.insert(0, room.name)
    room.name = name
    events.renamed(world, room)


@method("conversations.archive", tier=TIER_2)
def archive(world: World, args: Args) -> Json:
    room = _managed(world, args)
    if room.name == "general":
        raise SlackError("cant_archive_general")
    if room.archived:
        raise SlackError("already_archived")
    room.archived = True
    events.archived(world, room, world.app.user_id, True)
    return {}


@method("conversations.setTopic", tier=TIER_2)
def set_topic(world: World, args: Args) -> Json:
    room = _managed(world, args)
    room.topic = args.required("topic")
    if len(room.topic) > 250:
        raise SlackError("too_long")
    return {"channel": room_json(world, room)}


@method("conversations.history", tier=TIER_3)
def history(world: World, args: Args) -> Json:
    room = _readable(world, args)
    shown = [one for one in room.log if not one.is_reply or one.broadcast]
    found = _window(args, [one for one in reversed(shown) if not one.deleted and not one.private_to])
    messages, cursor = page(world, args, found, most=999)
    body: Json = {"messages": _written(world, args, messages), "has_more": bool(cursor), "pin_count": len(room.pins)}
    body |= {"channel_actions_ts": None, "channel_actions_count": 0}
    return body | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


def _readable(world: World, args: Args) -> Room:
    room = find_room(world, args)
    need_for(world, room, "history")
    if not world.in_room(room):
        raise SlackError("not_in_channel")
    return room


def _window(args: Args, messages: list[Message]) -> list[Message]:
    """The messages between `oldest` and `latest`, which are excluded unless `inclusive`."""
    edges = {args.text("oldest"), args.text("latest")} if args.flag("inclusive") else set()
    oldest, latest = _instant(args, "oldest", 0), _instant(args, "latest", 10**18)
    return [one for one in messages if oldest < _micros(one.ts) < latest or one.ts in edges]


def _instant(args: Args, name: str, default: int) -> int:
    if not args.has(name):
        return default
    given = args.text(name)
    if not re.fullmatch(r"\d+(\.\d{1,6})?", given):
        raise SlackError(f"invalid_ts_{name}")
    return _micros(given)


def _micros(ts: str) -> int:
    seconds, _, rest = ts.partition(".")
    return int(seconds) * 1_000_000 + int(rest.ljust(6, "0") or 0)


def _written(world: World, args: Args, messages: list[Message]) -> list[Json]:
    metadata = args.flag("include_all_metadata")
    return [message_json(world, one, metadata=metadata) for one in messages]


@method("conversations.replies", tier=TIER_3)
def replies(world: World, args: Args) -> Json:
    """A thread, oldest first, its root on every page; for a reply's own ts just that reply."""
    room = _readable(world, args)
    root = room.by_ts.get(args.required("ts"))
    if root is None or root.deleted or root.private_to:
        raise SlackError("thread_not_found")
    rest, cursor = page(world, args, _window(args, list(root.replies)), most=1000, default=1000)
    body: Json = {"messages": _written(world, args, [root, *rest]), "has_more": bool(cursor)}
    return body | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})
