"""chat.*: https://docs.slack.dev/reference/methods?family=chat"""

from bots.simulator.slack import events
from bots.simulator.slack.compose import disguise, fill, thread_of
from bots.simulator.slack.methods import (
    SPECIAL,
    TIER_3,
    TIER_4,
    Args,
    SlackError,
    find_message,
    find_room,
    method,
)
from bots.simulator.slack.model import Json, Message, Room
from bots.simulator.slack.shapes import message_json
from bots.simulator.slack.world import World

# The page says 4,000 characters; in practice they are bytes, counted after escaping
# (https://gitlab.com/gitlab-org/gitlab/-/merge_requests/258898).
UPDATE_BYTES = 4_000


@method("chat.postMessage", scope="chat:write", tier=SPECIAL)
def post_message(world: World, args: Args) -> Json:
    room = _target(world, args)
    may_write(world, room)
    message = Message(room.id, world.new_ts(), world.app.user_id, "", bot=True)
    if args.has("thread_ts"):
        message.thread_ts = thread_of(room, args.text("thread_ts"))
        message.broadcast = args.flag("reply_broadcast") and message.is_reply
    disguise(world, message, args)
    fill(world, message, args)
    events.posted(world, room, world.add_message(room, message))
    return {"channel": room.id, "ts": message.ts, "message": message_json(world, message, metadata=True)}


def _target(world: World, args: Args) -> Room:
    """The room by id or name; a person's id means the direct conversation with them."""
    given = args.required("channel")
    person = world.people.get(given)
    if person is not None:
        if person.bot:
            raise SlackError("cannot_dm_bot")
        return world.dm(person.id)
    for room in world.rooms.values():
        if room.kind in ("channel", "group") and room.name == given.lstrip("#"):
            return find_room(world, Args({"channel": room.id}))
    return find_room(world, args)


def may_write(world: World, room: Room) -> None:
    """Raises SlackError where the app cannot post into the room."""
    if not world.in_room(room):
        if room.private:
            raise SlackError("channel_not_found")
        if "chat:write.public" not in world.app.scopes:
            raise SlackError("not_in_channel")
    if room.archived:
        raise SlackError("is_archived")
    if room.kind == "im" and not world.app.messages_tab:
        raise SlackError("messages_tab_disabled")


@method("chat.postEphemeral", scope="chat:write", tier=TIER_4)
def post_ephemeral(world: World, args: Args) -> Json:
    room = find_room(world, args)
    may_write(world, room)
    user = args.required("user")
    if user not in world.people or user not in room.members:
        raise SlackError("user_not_in_channel")
    message = Message(room.id, world.new_ts(), world.app.user_id, "", bot=True, private_to=user)
    message.thread_ts = args.text("thread_ts")
    world.whisper(room, fill(world, message, args, strict=True))
    return {"message_ts": message.ts}


@method("chat.update", scope="chat:write", tier=TIER_3)
def update(world: World, args: Args) -> Json:
    room = find_room(world, args)
    message = _own(world, room, args.required("ts"), "cant_update_message")
    if room.archived:
        raise SlackError("is_inactive")
    fresh = fill(world, Message(room.id, message.ts, message.user, "", bot=True), args, strict=True)
    if args.has("text") and len(fresh.text.encode()) > UPDATE_BYTES:
        raise SlackError("msg_too_long")
    before = message_json(world, message)
    keeps_blocks = args.structure("blocks", "invalid_blocks_format") is None and message.kit
    if args.has("text") or args.has("blocks"):
        message.text = fresh.text
        if not keeps_blocks:
            message.blocks, message.kit = fresh.blocks, fresh.kit
    if args.structure("attachments", "invalid_attachments") is not None:
        message.attachments = fresh.attachments
    message.metadata = fresh.metadata or message.metadata
    edited(world, room, message, before, world.app.bot_id)
    return {"channel": room.id, "ts": message.ts, "text": message.text, "message": _without_ts(world, message)}


def _without_ts(world: World, message: Message) -> Json:
    return {key: value for key, value in message_json(world, message, metadata=True).items() if key != "ts"}


def edited(world: World, room: Room, message: Message, before: Json, by: str) -> None:
    """Marks the message as edited and tells of it."""
    message.edited_by, message.edited_ts = by, world.new_ts()
    events.changed(world, room, message_json(world, message), before)


@method("chat.delete", scope="chat:write", tier=TIER_3)
def delete(world: World, args: Args) -> Json:
    room = find_room(world, args)
    message = _own(world, room, args.required("ts"), "cant_delete_message")
    remove(world, room, message)
    return {"channel": room.id, "ts": message.ts}


def _own(world: World, room: Room, ts: str, error: str) -> Message:
    message = find_message(world, room, ts)
    if message.subtype == "tombstone":
        raise SlackError("message_not_found")
    if not message.bot:
        raise SlackError(error)
    return message


def remove(world: World, room: Room, message: Message) -> None:
    """Deletes a message. A root with replies becomes a tombstone, which Slack tells as a change."""
    before = message_json(world, message)
    root = room.by_ts.get(message.thread_ts) if message.is_reply else None
    if root is not None and message in root.replies:
        root.replies.remove(message)
    if message.replies:
        message.subtype, message.text, message.blocks = "tombstone", "This message was deleted.", []
        message.kit = False
        events.changed(world, room, message_json(world, message), before)
        return
    message.deleted = True
    if message.ts in room.pins:
        room.pins.remove(message.ts)
    events.deleted(world, room, before)
    if root is not None and root.subtype == "tombstone" and not root.replies:
        root.deleted = True


@method("chat.getPermalink", tier=SPECIAL, json=False)
def get_permalink(world: World, args: Args) -> Json:
    room = find_room(world, args)
    message = find_message(world, room, args.required("message_ts"))
    link = f"https://{world.domain}.slack.com/archives/{room.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={room.id}"
    return {"channel": room.id, "permalink": link}
