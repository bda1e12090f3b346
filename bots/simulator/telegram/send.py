"""The methods that send: texts, files, albums, places, contacts, copies and forwards."""

from typing import Any

from bots.simulator.telegram import wire
from bots.simulator.telegram.api import (
    caption_of,
    known_message,
    method,
    readable,
    sender,
    text_of,
    topic_for,
    writable,
)
from bots.simulator.telegram.arguments import Arguments, Upload
from bots.simulator.telegram.core import Telegram
from bots.simulator.telegram.errors import ApiError, bad_request
from bots.simulator.telegram.files import UPLOAD_BYTES, Stored
from bots.simulator.telegram.formatting import Formatted
from bots.simulator.telegram.keyboards import answers, inline
from bots.simulator.telegram.world import Json, Message, Room, words

KINDS = {
    "sendPhoto": "photo", "sendDocument": "document", "sendVoice": "voice", "sendVideo": "video",
    "sendSticker": "sticker", "sendAudio": "audio", "sendAnimation": "animation",
}  # fmt: skip
ALBUM_KINDS = ("photo", "video", "document", "audio")
RIGHTS = {"photo": "photos", "document": "documents", "voice": "voice notes", "video": "videos", "audio": "music"}
ACTIONS = words(
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker"
    " find_location record_video_note upload_video_note"
)


def deliver(tg: Telegram, room: Room, args: Arguments, **what: Any) -> Message:
    """Writes the bot's message, with the answer, topic and buttons that the call names. Raises ApiError."""
    thread, reply = topic_for(tg, room, args), reply_to(tg, room, args)
    if reply and not thread:
        thread = room.messages[reply].thread
    markup = args.decoded("reply_markup", "reply keyboard markup")
    rows = inline(markup)
    tg.spend(room)
    return tg.post(room, tg.me.id, thread=thread, reply_to=reply, keyboard=rows, answers=answers(markup), **what)


def reply_to(tg: Telegram, room: Room, args: Arguments) -> int:
    """The message that the call answers to, 0 for none. Raises ApiError where it is not there."""
    given = args.decoded("reply_parameters", "reply parameters")
    if given is None:
        lenient, number = args.flag("allow_sending_without_reply"), args.integer("reply_to_message_id")
    elif isinstance(given, dict):
        inner = Arguments(given)
        lenient, number = inner.flag("allow_sending_without_reply"), inner.integer("message_id")
        if inner.has("chat_id") and inner.text("chat_id") != str(room.id):
            number = -1  # answers across chats carry a quotation instead; a desk bot has no use for them
    else:
        raise bad_request("object expected as reply parameters")
    if not number or room.find(number):
        return number
    if lenient:
        return 0
    raise bad_request("message to be replied not found")


@method("sendMessage")
def send_message(tg: Telegram, args: Arguments) -> Json:
    found = text_of(tg, args)
    room = writable(tg, args)
    sender(tg, room)
    return wire.message(tg.world, deliver(tg, room, args, text=found.text, entities=found.entities))


def _send_file(kind: str) -> Any:
    def send(tg: Telegram, args: Arguments) -> Json:
        caption = caption_of(tg, args) if kind in wire.CAPTIONED else Formatted("", [])
        room = writable(tg, args)
        sender(tg, room, RIGHTS.get(kind, "other messages"))
        stored = media(tg, args, args.values.get(kind), kind, kind)
        what: Json = {"text": caption.text, "entities": caption.entities}
        return wire.message(tg.world, deliver(tg, room, args, kind=kind, content=tg.files.content(stored), **what))

    return send


for _name, _kind in KINDS.items():
    method(_name)(_send_file(_kind))


def media(tg: Telegram, args: Arguments, given: Any, kind: str, field: str) -> Stored:
    """The file that a call sends: an upload, or the file_id of one that was sent before. Raises ApiError."""
    upload = args.uploads.get(field)
    if isinstance(given, str) and given.startswith("attach://"):
        upload = args.uploads.get(given.removeprefix("attach://"))
    if upload is not None:
        return _uploaded(tg, upload, kind)
    if not given:
        raise bad_request(f"there is no {kind} in the request")
    if str(given).startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")  # the simulator reaches no other host
    stored = tg.files.by_id.get(str(given))
    if stored is None:
        raise bad_request("wrong remote file identifier specified: Wrong string length")
    if stored.kind != kind:
        raise bad_request(f"can't use file of type {stored.kind.capitalize()} as {kind.capitalize()}")
    return stored


def _uploaded(tg: Telegram, upload: Upload, kind: str) -> Stored:
    if len(upload.data) > UPLOAD_BYTES:
        raise ApiError(413, "Request Entity Too Large")
    if not upload.data:
        raise bad_request("file must be non-empty")
    return tg.files.keep(kind, upload.name, upload.type, upload.data)


@method("sendMediaGroup")
def send_media_group(tg: Telegram, args: Arguments) -> list[Json]:
    items = args.decoded("media")
    if not isinstance(items, list) or not 2 <= len(items) <= 10:
        raise bad_request("media group must include 2-10 items")
    room = writable(tg, args)
    sender(tg, room, "media messages")
    parts = [_album_part(tg, args, item) for item in items]
    kinds = {stored.kind for stored, _ in parts}
    if len(kinds) > 1 and kinds != {"photo", "video"}:
        raise bad_request("Can't use the media of the specified type in the album".replace("C", "c", 1))
    thread, reply = topic_for(tg, room, args), reply_to(tg, room, args)
    tg.spend(room, len(parts))
    album = tg.album()
    sent = [
        tg.post(
            room,
            tg.me.id,
            kind=stored.kind,
            content=tg.files.content(stored),
            text=caption.text,
            entities=caption.entities,
            album=album,
            thread=thread or (room.messages[reply].thread if reply else 0),
            reply_to=reply,
        )
        for stored, caption in parts
    ]
    return [wire.message(tg.world, message) for message in sent]


def _album_part(tg: Telegram, args: Arguments, item: Any) -> tuple[Stored, Formatted]:
    if not isinstance(item, dict) or str(item.get("type")) not in ALBUM_KINDS:
        raise bad_request("can't parse InputMedia: wrong InputMedia type specified")
    inner = Arguments(item, args.uploads)
    return media(tg, inner, item.get("media"), item["type"], ""), caption_of(tg, inner)


@method("sendLocation")
def send_location(tg: Telegram, args: Arguments) -> Json:
    place = {name: _degrees(args, name) for name in ("latitude", "longitude")}
    room = writable(tg, args)
    sender(tg, room, "other messages")
    return wire.message(tg.world, deliver(tg, room, args, kind="location", content={"location": place}))


def _degrees(args: Arguments, name: str) -> float:
    try:
        return float(args.text(name))
    except ValueError:
        raise bad_request(f"{name} is empty" if not args.text(name) else f"{name} must be a valid float") from None


@method("sendContact")
def send_contact(tg: Telegram, args: Arguments) -> Json:
    names = ("phone_number", "first_name", "last_name", "vcard")
    contact = {name: args.text(name) for name in names if args.text(name)}
    if "phone_number" not in contact or "first_name" not in contact:
        raise bad_request("contact phone number or first name is empty")
    room = writable(tg, args)
    sender(tg, room, "contacts")
    return wire.message(tg.world, deliver(tg, room, args, kind="contact", content={"contact": contact}))


@method("sendChatAction")
def send_chat_action(tg: Telegram, args: Arguments) -> bool:
    if args.text("action") not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    room = writable(tg, args)
    topic_for(tg, room, args)
    tg.actions.append((room.id, args.text("action")))
    tg.changed()
    return True


@method("copyMessage")
def copy_message(tg: Telegram, args: Arguments) -> Json:
    source = known_message(tg, readable(tg, args, "from_chat_id"), args, "copy")
    if source.service:
        raise bad_request("message can't be copied")
    room = writable(tg, args)
    sender(tg, room)
    text = Formatted(source.text, source.entities)
    if args.has("caption") and source.kind in wire.CAPTIONED:
        text = caption_of(tg, args)
    what: Json = {"kind": source.kind, "content": source.content, "text": text.text, "entities": text.entities}
    return {"message_id": deliver(tg, room, args, **what).id}


@method("forwardMessage")
def forward_message(tg: Telegram, args: Arguments) -> Json:
    source = known_message(tg, readable(tg, args, "from_chat_id"), args, "forward")
    if source.service:
        raise bad_request("message can't be forwarded")
    room = writable(tg, args)
    sender(tg, room)
    thread = topic_for(tg, room, args)
    tg.spend(room)
    return wire.message(tg.world, tg.post(room, tg.me.id, thread=thread, **forwarded(tg, source)))


def forwarded(tg: Telegram, source: Message) -> Json:
    """What a forward takes along from its source: all but the buttons and the album."""
    origin = source.origin or {
        "type": "user", "date": int(source.at), "sender_user": wire.user(tg.world.people[source.author])
    }  # fmt: skip
    return {
        "kind": source.kind, "content": source.content, "text": source.text, "entities": source.entities,
        "origin": origin,
    }  # fmt: skip


def _many(tg: Telegram, args: Arguments, one: Any) -> list[Json]:
    numbers = args.decoded("message_ids")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= 100:
        raise bad_request("message identifiers are not specified")
    source = readable(tg, args, "from_chat_id")
    there = [number for number in numbers if isinstance(number, int) and source.find(number)]
    if not there:
        raise bad_request("there are no messages to forward")
    sent = [one(tg, Arguments({**args.values, "message_id": number})) for number in there]
    return [{"message_id": body["message_id"]} for body in sent]


@method("copyMessages")
def copy_messages(tg: Telegram, args: Arguments) -> list[Json]:
    return _many(tg, args, copy_message)


@method("forwardMessages")
def forward_messages(tg: Telegram, args: Arguments) -> list[Json]:
    return _many(tg, args, forward_message)
