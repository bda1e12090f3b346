"""Messages: sending, reading, editing, deleting, pinning."""

from typing import Any

from bots.simulator.discord import deeds, pins
from bots.simulator.discord.core import Core
from bots.simulator.discord.errors import ApiError, invalid
from bots.simulator.discord.mentions import Allowed
from bots.simulator.discord.permissions import may
from bots.simulator.discord.rest.body import Ask
from bots.simulator.discord.rest.common import (
    Routes,
    channel_of,
    message_of,
    need,
    refuse_archived,
    refuse_unwritable,
    text_channel_of,
)
from bots.simulator.discord.rest.drafts import Draft
from bots.simulator.discord.rest.form import Form, is_snowflake
from bots.simulator.discord.shapes import redact
from bots.simulator.discord.snowflake import seconds_of
from bots.simulator.discord.world import COMPONENTS_V2, LOADING, Channel, Json, Message

KEPT_FLAGS = 1 << 2 | 1 << 12 | COMPONENTS_V2
BULK_SECONDS = 14 * 24 * 3600
ORDINARY = (0, 19, 20, 23)


def shown(core: Core, message: Message) -> Any:
    """The message as the API tells it to this application."""
    shape = core.shapes.message(message)
    return shape if "MESSAGE_CONTENT" in core.world.app.granted_intents else redact(core.world, shape)


def create_message(core: Core, ask: Ask) -> Any:
    channel = text_channel_of(core, ask)
    form = ask.form()
    nonce = _read_nonce(form)
    form.flag("tts")
    draft = Draft(core, ask, form, Allowed())
    refuse_unwritable(core, channel)
    need(core, channel, *_needed(draft))
    if nonce is not None and form.flag("enforce_nonce"):
        before = _sent_before(core, nonce)
        if before:
            return shown(core, before)
    message = Message(core.world.ids.next(), channel.id, core.world.bot.id, "", core.clock())
    _refer(core, form, channel, message)
    draft.refuse_if_empty()
    apply(message, draft)
    message.nonce = nonce
    if nonce is not None:
        core.nonces[str(nonce)] = (message.id, core.clock())
    return shown(core, deeds.post(core, message, draft.allowed))


def apply(message: Message, draft: Draft) -> None:
    for key, value in draft.fields.items():
        setattr(message, key, value)
    message.flags |= draft.flags & KEPT_FLAGS


def _needed(draft: Draft) -> list[str]:
    needed = {"embeds": "EMBED_LINKS", "attachments": "ATTACH_FILES"}
    return [permission for key, permission in needed.items() if draft.fields.get(key)]


def _read_nonce(form: Form) -> str | int | None:
    nonce = form.data.get("nonce")
    if isinstance(nonce, int) and not isinstance(nonce, bool):
        return nonce
    return form.text("nonce", 25)


def _sent_before(core: Core, nonce: str | int) -> Message | None:
    """The message that this bot sent with the same nonce a short while ago (documentation, "Create Message")."""
    oldest = core.clock() - core.tuning.nonce_seconds
    core.nonces = {key: kept for key, kept in core.nonces.items() if kept[1] >= oldest}
    message_id, _ = core.nonces.get(str(nonce), ("", 0.0))
    message = core.world.messages.get(message_id)
    return None if message is None or message.deleted else message


def _refer(core: Core, form: Form, channel: Channel, message: Message) -> None:
    """Makes the message a reply, if the body says so."""
    reference = form.form("message_reference")
    if reference is None:
        return
    message_id = reference.snowflake("message_id", required=True)
    reference.problems.refuse_if_any()
    original = core.world.messages.get(str(message_id))
    if not may(core.world, core.world.bot.id, channel, "READ_MESSAGE_HISTORY"):
        raise ApiError(160002)
    if original is None or original.deleted or original.viewer_id or original.channel_id != channel.id:
        if reference.data.get("fail_if_not_exists") is False:
            return
        raise invalid(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    if original.type not in ORDINARY:
        sentence = "Cannot reply to a system message"
        raise invalid(("message_reference",), "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", sentence)
    reply_to(core, message, original, channel)


def reply_to(core: Core, message: Message, original: Message, channel: Channel) -> None:
    """Makes the message an answer to the other."""
    message.type, message.reply_to = 19, original.id
    message.reference = {"type": 0, "channel_id": channel.id, "message_id": original.id}
    if not channel.is_dm:
        message.reference["guild_id"] = core.world.guild_of(channel).id


def list_messages(core: Core, ask: Ask) -> Any:
    channel = text_channel_of(core, ask)
    query = ask.query_form()
    limit = query.integer("limit", 1, 100) or 50
    bounds = {key: query.snowflake(key) for key in ("around", "before", "after") if key in query}
    query.problems.refuse_if_any()
    if len(bounds) > 1:
        raise invalid(tuple(bounds)[:1], "BASE_TYPE_EXCLUSIVE", "Only one of around, before and after may be given.")
    if not may(core.world, core.world.bot.id, channel, "READ_MESSAGE_HISTORY"):
        return []
    found = _slice(channel.history, limit, **{key: int(value or 0) for key, value in bounds.items()})
    return [shown(core, message) for message in reversed(found)]


def _slice(history: list[Message], limit: int, around: int = 0, before: int = 0, after: int = 0) -> list[Message]:
    """The asked part of the history, oldest first."""
    if around:
        older = [m for m in history if int(m.id) < around][-(limit // 2) :] if limit > 1 else []
        return older + [m for m in history if int(m.id) >= around][: limit - len(older)]
    if before:
        return [m for m in history if int(m.id) < before][-limit:]
    if after:
        return [m for m in history if int(m.id) > after][:limit]
    return history[-limit:]


def get_message(core: Core, ask: Ask) -> Any:
    message = message_of(core, ask)
    if not may(core.world, core.world.bot.id, core.world.channels[message.channel_id], "READ_MESSAGE_HISTORY"):
        raise ApiError(50001)
    return shown(core, message)


def edit_message(core: Core, ask: Ask) -> Any:
    message = message_of(core, ask)
    if message.author_id != core.world.bot.id or message.webhook:
        raise ApiError(50005)
    if message.type not in ORDINARY:
        raise ApiError(50021)
    refuse_archived(core.world.channels[message.channel_id])
    return shown(core, apply_edit(core, ask, message, Allowed()))


def apply_edit(core: Core, ask: Ask, message: Message, default: Allowed) -> Message:
    """Edits the message as the body says. Raises ApiError for a wrong body or where nothing would be left.

    Words for a message that was still "thinking" end that.
    """
    draft = Draft(core, ask, ask.form(), default, message.attachments)
    left = {key: getattr(message, key) for key in ("content", "embeds", "components", "attachments")} | draft.fields
    if not any(left.values()):
        raise ApiError(50006)
    if draft.flags_given:
        message.flags = message.flags & ~KEPT_FLAGS | draft.flags & KEPT_FLAGS
    return deeds.edit(core, message, draft.allowed, **draft.fields, flags=message.flags & ~LOADING)


def delete_message(core: Core, ask: Ask) -> Any:
    message = message_of(core, ask)
    channel = core.world.channels[message.channel_id]
    if message.author_id != core.world.bot.id:
        if channel.is_dm:
            raise ApiError(50003)
        need(core, channel, "MANAGE_MESSAGES")
    refuse_archived(channel)
    deeds.delete(core, message)


def bulk_delete(core: Core, ask: Ask) -> Any:
    channel = channel_of(core, ask)
    if channel.is_dm:
        raise ApiError(50003)
    need(core, channel, "MANAGE_MESSAGES")
    form = ask.form()
    ids = form.items("messages", 100, 2, required=True)
    form.problems.refuse_if_any()
    oldest = core.clock() - BULK_SECONDS
    if any(not is_snowflake(item) or seconds_of(str(item)) < oldest for item in ids):
        raise ApiError(50034)
    found = [m for m in channel.history if m.id in {str(item) for item in ids}]
    if found:
        deeds.delete(core, *found, bulk=True)


def pin(core: Core, ask: Ask) -> Any:
    _may_pin(core, ask)
    pins.pin(core, message_of(core, ask), core.world.bot.id)


def unpin(core: Core, ask: Ask) -> Any:
    _may_pin(core, ask)
    pins.unpin(core, message_of(core, ask))


def _may_pin(core: Core, ask: Ask) -> None:
    channel = channel_of(core, ask)
    need(core, channel, "PIN_MESSAGES")
    refuse_archived(channel)


def list_pins(core: Core, ask: Ask) -> Any:
    pinned = [m for m in channel_of(core, ask).history if m.pinned]
    return [shown(core, message) for message in reversed(pinned)]


def list_pins_paged(core: Core, ask: Ask) -> Any:
    items: list[Json] = [{"message": shape, "pinned_at": shape["timestamp"]} for shape in list_pins(core, ask)]
    return {"items": items, "has_more": False}


def start_typing(core: Core, ask: Ask) -> Any:
    channel = text_channel_of(core, ask)
    refuse_unwritable(core, channel)
    deeds.typing(core, channel, core.world.bot.id)


ROUTES: Routes = {
    "POST /channels/{channel_id}/messages": create_message,
    "GET /channels/{channel_id}/messages": list_messages,
    "GET /channels/{channel_id}/messages/{message_id}": get_message,
    "PATCH /channels/{channel_id}/messages/{message_id}": edit_message,
    "DELETE /channels/{channel_id}/messages/{message_id}": delete_message,
    "POST /channels/{channel_id}/messages/bulk-delete": bulk_delete,
    "PUT /channels/{channel_id}/messages/pins/{message_id}": pin,
    "DELETE /channels/{channel_id}/messages/pins/{message_id}": unpin,
    "GET /channels/{channel_id}/messages/pins": list_pins_paged,
    "PUT /channels/{channel_id}/pins/{message_id}": pin,
    "DELETE /channels/{channel_id}/pins/{message_id}": unpin,
    "GET /channels/{channel_id}/pins": list_pins,
    "POST /channels/{channel_id}/typing": start_typing,
}
