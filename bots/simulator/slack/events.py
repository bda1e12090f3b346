"""What Slack tells the app when something happens in the workspace: https://docs.slack.dev/reference/events"""

from bots.simulator.slack.model import Json, Message, Room, View
from bots.simulator.slack.shapes import message_json, view_json
from bots.simulator.slack.world import TOPICS, World


def posted(world: World, room: Room, message: Message) -> None:
    """A message was posted; a mention of the app is told a second time, under another event id.

    Metadata does not travel with the event (only history gives it).
    """
    event = message_json(world, message) | {"channel": room.id, "event_ts": message.ts, "channel_type": room.kind}
    world.publish(TOPICS[room.kind], event, room)
    mentioned = f"<@{world.app.user_id}>" in message.text and not message.bot
    if mentioned and room.kind != "im" and message.subtype in ("", "file_share"):
        keys = {"client_msg_id", "text", "user", "ts", "team", "blocks", "files", "thread_ts"}
        mention: Json = {"type": "app_mention"} | {key: value for key, value in event.items() if key in keys}
        world.publish("app_mention", mention | {"channel": room.id, "event_ts": message.ts}, room)


def changed(world: World, room: Room, now: Json, before: Json) -> None:
    """A message was edited, unfurled, or turned into a tombstone."""
    _hidden(world, room, {"subtype": "message_changed", "message": now, "previous_message": before})


def deleted(world: World, room: Room, before: Json) -> None:
    _hidden(world, room, {"subtype": "message_deleted", "deleted_ts": before["ts"], "previous_message": before})


def _hidden(world: World, room: Room, told: Json) -> None:
    ts = world.new_ts()
    place = {"channel": room.id, "hidden": True, "ts": ts, "event_ts": ts, "channel_type": room.kind}
    world.publish(TOPICS[room.kind], {"type": "message"} | told | place, room)


def reaction(world: World, added: bool, room: Room, message: Message, user: str, name: str) -> None:
    kind = "reaction_added" if added else "reaction_removed"
    item = {"type": "message", "channel": room.id, "ts": message.ts}
    event: Json = {"type": kind, "user": user, "reaction": name, "item": item, "event_ts": world.new_ts()}
    world.publish(kind, event | ({"item_user": message.user} if message.user else {}), room)


def membership(world: World, joined: bool, room: Room, user: str, inviter: str = "") -> None:
    """Somebody came or went: the membership event, and the line that the room's history shows."""
    if user == world.app.user_id and not joined:
        _removed(world, room)
        return
    kind = "member_joined_channel" if joined else "member_left_channel"
    event: Json = {"type": kind, "user": user, "channel": room.id, "channel_type": "G" if room.private else "C"}
    event |= {"team": world.team_id, "event_ts": world.new_ts()} | ({"inviter": inviter} if inviter else {})
    world.publish(kind, event, room)
    line = "joined" if joined else "left"
    note = Message(room.id, world.new_ts(), user, f"<@{user}> has {line} the channel", inviter=inviter)
    note.subtype = "channel_join" if joined else "channel_leave"
    posted(world, room, world.add_message(room, note))


def _removed(world: World, room: Room) -> None:
    """The app is told that it is out, and not as others are told (https://docs.slack.dev/reference/events/channel_left;
    seen: https://github.com/slackapi/bolt-js/issues/1847); the line in the history it does not see any more."""
    kind, user = f"{room.kind}_left", world.app.user_id
    world.publish(kind, {"type": kind, "channel": room.id, "actor_id": room.creator, "event_ts": world.new_ts()}, room)
    note = Message(room.id, world.new_ts(), user, f"<@{user}> has left the channel", subtype="channel_leave")
    world.add_message(room, note)


def archived(world: World, room: Room, user: str, now: bool) -> None:
    kind = f"{room.kind}_{'archive' if now else 'unarchive'}"
    actor = {"actor_id": user} if kind == "group_unarchive" else {"user": user}
    moved = {"is_moved": 0} if now else {}
    world.publish(kind, {"type": kind, "channel": room.id, "event_ts": world.new_ts()} | actor | moved, room)


def renamed(world: World, room: Room) -> None:
    kind = f"{room.kind}_rename"
    channel: Json = {"id": room.id, "name": room.name, "name_normalized": room.name, "created": room.created}
    channel |= {"is_channel": room.kind == "channel", "is_mpim": False}
    world.publish(kind, {"type": kind, "channel": channel, "event_ts": world.new_ts()}, room)


def home_opened(world: World, user: str, tab: str, view: View | None) -> None:
    event: Json = {"type": "app_home_opened", "user": user, "channel": world.dm(user).id, "tab": tab}
    event["event_ts"] = world.new_ts()
    world.publish("app_home_opened", event | ({"view": view_json(world, view)} if view else {}))


def pinned(world: World, added: bool, room: Room, message: Message, user: str) -> None:
    kind = "pin_added" if added else "pin_removed"
    item: Json = {"type": "message", "channel": room.id, "message": message_json(world, message)}
    item |= {"created": world.seconds, "created_by": message.user}
    event: Json = {"type": kind, "user": user, "channel_id": room.id, "item": item, "item_user": message.user}
    world.publish(kind, event | {"pin_count": len(room.pins), "event_ts": world.new_ts()}, room)


def file_shared(world: World, room: Room, file: str, user: str) -> None:
    event: Json = {"type": "file_shared", "file_id": file, "user_id": user, "file": {"id": file}}
    world.publish("file_shared", event | {"channel_id": room.id, "event_ts": world.new_ts()}, room)


def tokens_revoked(world: World) -> None:
    world.publish("tokens_revoked", {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [world.app.user_id]}})


def uninstalled(world: World) -> None:
    world.publish("app_uninstalled", {"type": "app_uninstalled"})
