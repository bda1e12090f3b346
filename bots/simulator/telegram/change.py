"""The methods that change what stands: edits, deletions, reactions, pins; and the answer to a press."""

from typing import Any

from bots.simulator.telegram import wire
from bots.simulator.telegram.api import (
    caption_of,
    known_message,
    method,
    need,
    text_of,
    writable,
)
from bots.simulator.telegram.arguments import Arguments
from bots.simulator.telegram.core import Telegram
from bots.simulator.telegram.errors import bad_request
from bots.simulator.telegram.files import DOWNLOAD_BYTES
from bots.simulator.telegram.keyboards import inline
from bots.simulator.telegram.world import ADMINS, Json, Message, Room

DELETE_SECONDS = 48 * 3600
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
TOAST_LENGTH = 200


def _editable(tg: Telegram, args: Arguments) -> Message:
    if args.has("inline_message_id") and not args.has("chat_id"):
        raise bad_request("MESSAGE_ID_INVALID")  # there are no inline messages here
    message = known_message(tg, writable(tg, args), args, "edit")
    if message.author != tg.me.id or message.service or message.origin:
        raise bad_request("message can't be edited")
    return message


def _edit(tg: Telegram, message: Message, args: Arguments, **new: Any) -> Json:
    """Writes the new text and buttons; buttons that are not given are taken away, as on the server."""
    rows = inline(args.decoded("reply_markup", "reply keyboard markup"))
    new = {**new, "keyboard": rows}
    if all(getattr(message, key) == value for key, value in new.items()):
        raise bad_request(NOT_MODIFIED)
    tg.spend(tg.world.rooms[message.room])
    for key, value in new.items():
        setattr(message, key, value)
    message.edited_at = tg.clock()
    tg.edited(message)
    return wire.message(tg.world, message)


@method("editMessageText")
def edit_message_text(tg: Telegram, args: Arguments) -> Json:
    found = text_of(tg, args, "MESSAGE_TOO_LONG")
    message = _editable(tg, args)
    if message.kind != "text":
        raise bad_request("there is no text in the message to edit")
    return _edit(tg, message, args, text=found.text, entities=found.entities)


@method("editMessageCaption")
def edit_message_caption(tg: Telegram, args: Arguments) -> Json:
    found = caption_of(tg, args)
    message = _editable(tg, args)
    if message.kind not in wire.CAPTIONED:
        raise bad_request("there is no caption in the message to edit")
    return _edit(tg, message, args, text=found.text, entities=found.entities)


@method("editMessageReplyMarkup")
def edit_message_reply_markup(tg: Telegram, args: Arguments) -> Json:
    return _edit(tg, _editable(tg, args), args)


@method("deleteMessage")
def delete_message(tg: Telegram, args: Arguments) -> bool:
    room = writable(tg, args)
    message = known_message(tg, room, args, "delete")
    if not _deletable(tg, room, message):
        raise bad_request("message can't be deleted for everyone")
    _delete(tg, message)
    return True


@method("deleteMessages")
def delete_messages(tg: Telegram, args: Arguments) -> bool:
    """Deletes what can be deleted and skips the rest, without a word."""
    numbers = args.decoded("message_ids")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= 100:
        raise bad_request("message identifiers are not specified")
    room = writable(tg, args)
    for number in numbers:
        message = room.find(number) if isinstance(number, int) else None
        if message and _deletable(tg, room, message):
            _delete(tg, message)
    return True


def _deletable(tg: Telegram, room: Room, message: Message) -> bool:
    """Rules after core.telegram.org/bots/api#deletemessage: 48 h, except for administrators of supergroups, who delete
    what they like."""
    if message.id in room.topics or message.content.get("migrate_from_chat_id"):
        return False
    if room.kind == "supergroup" and tg.bot_in(room).may("can_delete_messages"):
        return True
    mine = message.author == tg.me.id or room.kind == "private"
    may = mine or (room.kind == "group" and tg.bot_in(room).status in ADMINS)
    return may and tg.clock() - message.at < DELETE_SECONDS


def _delete(tg: Telegram, message: Message) -> None:
    message.deleted = True
    tg.changed()


@method("setMessageReaction")
def set_message_reaction(tg: Telegram, args: Arguments) -> bool:
    given = args.decoded("reaction", "reaction types")
    if given is not None and not isinstance(given, list):
        raise bad_request("expected an Array of ReactionType")
    room = writable(tg, args)
    message = known_message(tg, room, args, "react")
    if message.service:
        raise bad_request("MESSAGE_ID_INVALID")
    if len(given or []) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    tg.react(message, tg.me, [_reaction(one) for one in given or []])
    return True


def _reaction(given: Any) -> str:
    """Bots set plain emoji of the list; paid ones never, custom ones only where they stand on the message already."""
    emoji = given.get("emoji") if isinstance(given, dict) and given.get("type") == "emoji" else None
    plain = str(emoji).replace("\ufe0f", "")
    if emoji is None or plain not in wire.REACTIONS:
        raise bad_request("REACTION_INVALID")
    return plain


@method("answerCallbackQuery")
def answer_callback_query(tg: Telegram, args: Arguments) -> bool:
    callback = tg.callbacks.get(args.text("callback_query_id"))
    if len(args.text("text")) > TOAST_LENGTH:
        raise bad_request("MESSAGE_TOO_LONG")
    if callback is None or callback.over or tg.clock() - callback.at > tg.knobs.answer_seconds:
        raise bad_request(TOO_OLD)
    if callback.answer is None:
        names = [name for name in ("text", "url") if args.text(name)]
        callback.answer = {**{name: args.text(name) for name in names}, "alert": args.flag("show_alert")}
        callback.answered.set()
    return True


@method("pinChatMessage")
def pin_chat_message(tg: Telegram, args: Arguments) -> bool:
    room = writable(tg, args)
    message = known_message(tg, room, args, "pin")
    _may_pin(tg, room)
    if message.id not in room.pinned:
        room.pinned.append(message.id)
        tg.service(room, tg.me.id, message.thread, pinned_message=message.id)
    return True


@method("unpinChatMessage")
def unpin_chat_message(tg: Telegram, args: Arguments) -> bool:
    room = writable(tg, args)
    _may_pin(tg, room)
    if args.text("message_id"):
        number = known_message(tg, room, args, "unpin").id
    elif room.pinned:
        number = room.pinned[-1]
    else:
        raise bad_request("message to unpin not found")
    room.pinned = [pinned for pinned in room.pinned if pinned != number]
    tg.changed()
    return True


@method("unpinAllChatMessages")
def unpin_all_chat_messages(tg: Telegram, args: Arguments) -> bool:
    room = writable(tg, args)
    _may_pin(tg, room)
    room.pinned.clear()
    tg.changed()
    return True


def _may_pin(tg: Telegram, room: Room) -> None:
    if room.kind != "private":
        need(tg, room, "can_pin_messages", "manage pinned messages in the chat")


@method("getFile")
def get_file(tg: Telegram, args: Arguments) -> Json:
    if not args.text("file_id"):
        raise bad_request("file_id not specified")
    stored = tg.files.by_id.get(args.text("file_id"))
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if stored.size > DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return {
        "file_id": stored.id, "file_unique_id": stored.unique_id, "file_size": stored.size, "file_path": stored.path
    }  # fmt: skip
