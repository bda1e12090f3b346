"""response_url: answers to commands and presses, for 30 minutes and 5 uses.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

import json
from typing import Any

from aiohttp import web

from bots.simulator.slack import events
from bots.simulator.slack.chat import edited, remove
from bots.simulator.slack.compose import fill
from bots.simulator.slack.methods import Args, SlackError
from bots.simulator.slack.model import Json, Message, Reply
from bots.simulator.slack.shapes import message_json
from bots.simulator.slack.world import RESPONSE_URL_SECONDS, RESPONSE_URL_USES, World


async def receive(world: World, request: web.Request) -> web.Response:
    """A POST to a response_url: "ok", or a refusal with its code."""
    reply = world.replies.get(request.match_info["key"])
    try:
        if reply is None or world.clock() - reply.at > RESPONSE_URL_SECONDS:
            raise SlackError("expired_url")
        if reply.uses >= RESPONSE_URL_USES:
            raise SlackError("used_url")
        values = _parsed(await request.text())
        reply.uses += 1
        respond(world, reply, values)
    except SlackError as error:
        status = 404 if error.code in ("expired_url", "used_url") else 400
        return web.json_response({"ok": False, "error": error.code} | error.more, status=status)
    return web.Response(text="ok")


def _parsed(text: str) -> Json:
    try:
        values = json.loads(text)
    except ValueError:
        raise SlackError("invalid_payload") from None
    if not isinstance(values, dict):
        raise SlackError("invalid_payload")
    return values


def respond(world: World, reply: Reply, values: Json) -> Message | None:
    """Does what the answer says: replaces or deletes the message it belongs to, or posts a new one.

    A new message is for that person alone unless `response_type` is "in_channel", and goes into a thread only with
    `thread_ts`. Returns the message that stands there now. Raises SlackError.
    """
    args, room = Args(values), world.rooms[reply.room]
    origin = room.by_ts.get(reply.origin)
    if origin is not None and not origin.deleted:
        if args.flag("delete_original"):
            _take_away(world, origin)
            return None
        if args.flag("replace_original"):
            return _replace(world, origin, args)
    message = Message(room.id, world.new_ts(), "", "", bot=True, subtype="bot_message", username=world.app.name)
    fill(world, message, args)
    message.thread_ts = args.text("thread_ts")
    if args.text("response_type", "ephemeral") == "in_channel":
        events.posted(world, room, world.add_message(room, message))
    else:
        message.subtype, message.user, message.private_to = "", world.app.user_id, reply.person
        world.whisper(room, message)
    return message


def _take_away(world: World, origin: Message) -> None:
    if origin.private_to:
        origin.deleted = True
        world.changed()
    else:
        remove(world, world.rooms[origin.room], origin)


def _replace(world: World, origin: Message, args: Args) -> Message:
    """The original's place is taken by the answer; only what others see is told as an event."""
    before = message_json(world, origin)
    fill(world, origin, args)
    if origin.private_to:
        world.changed()
    else:
        edited(world, world.rooms[origin.room], origin, before, world.app.bot_id)
    return origin


def respond_inline(world: World, reply: Reply, body: Any) -> Message | None:
    """The same for what came with an acknowledgement: a message, bare words, or nothing."""
    if not body:
        return None
    return respond(world, reply, body if isinstance(body, dict) else {"text": str(body)})
