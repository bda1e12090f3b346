"""What people do: they write, edit, delete, react, press buttons, block the bot."""

import asyncio
from collections.abc import Sequence
from typing import Any

from bots.simulator.server import Act, Refused
from bots.simulator.telegram import wire
from bots.simulator.telegram.core import Telegram
from bots.simulator.telegram.formatting import Formatted, cut, finish, utf16
from bots.simulator.telegram.markup_html import parse_html
from bots.simulator.telegram.send import forwarded
from bots.simulator.telegram.world import Json, Member, Message, Person, Room

EDIT_SECONDS = 48 * 3600
TEXT_UNITS, CAPTION_UNITS = 4096, 1024
MOST_IN_ALBUM = 10


class People:
    """People's deeds; each raises Refused with a sentence where Telegram's client would not allow it."""

    def __init__(self, tg: Telegram) -> None:
        self.tg, self.world = tg, tg.world

    def acts(self) -> dict[str, Act]:
        return {
            "write": self.write, "command": self.command, "album": self.album, "forward": self.forward,
            "edit": self.edit, "delete": self.delete, "react": self.react, "unreact": self.unreact, "pin": self.pin,
            "press": self.press, "start": self.start, "block": self.block, "unblock": self.unblock,
            "share_location": self.share_location, "share_contact": self.share_contact, "deactivate": self.deactivate,
        }  # fmt: skip

    # where they write

    def place(self, who: str, room: str, thread: str | int = "", reply_to: str | int = "") -> tuple[Person, Room, Json]:
        """Who writes where, and the topic and answer as a message has them."""
        person, found = self.world.person(who), self.world.room(room, who)
        self._may_write(person, found)
        reply = self.world.message(room, reply_to, who) if reply_to else None
        topic = int(thread or 0) or (reply.thread if reply else 0)
        if topic:
            self._may_write_topic(person, found, topic)
        return person, found, {"thread": topic, "reply_to": reply.id if reply else 0}

    def _may_write(self, person: Person, room: Room) -> None:
        if room.migrated_to:
            raise Refused(f"{room.name!r} was upgraded; people write in its supergroup {room.migrated_to} now.")
        if room.kind != "private":
            if not room.inside(person.id):
                raise Refused(f"{person.name} is not in {room.name!r}.")
            return
        if room.id != person.id:
            raise Refused(f"{person.name} cannot write in the private chat of {room.name}.")
        if person.blocked:
            raise Refused(f"{person.name} has blocked the bot, and must unblock it before writing.")
        person.started = True

    def _may_write_topic(self, person: Person, room: Room, number: int) -> None:
        topic = room.topics.get(number)
        if topic is None:
            raise Refused(f"There is no topic {number} in {room.name!r}.")
        if topic.closed and not room.manages(person.id, topic):
            raise Refused(f"The topic {topic.name!r} is closed.")

    # what they write

    def write(
        self,
        who: str,
        room: str,
        text: str = "",
        thread: str = "",
        reply_to: str = "",
        files: Sequence[Json] = (),
        marked: bool = False,
    ) -> str:
        """Writes a message and returns its id; over-long text becomes several messages, several files an album (the
        first one's id is returned). `thread` is a topic's id; `marked`: the text is HTML, for what people format with
        their client's menu."""
        if len(files) > 1:
            return self.album(who, room, files, text, thread, reply_to)[0]
        person, found, where = self.place(who, room, thread, reply_to)
        if files:
            stored = self.tg.files.from_person(files[0])
            said = _caption(text)
            what: Json = {"kind": stored.kind, "content": self.tg.files.content(stored)}
            return str(self._post(found, person, said, **what, **where).id)
        if not text.strip():
            raise Refused("Telegram sends no empty message.")
        parts = [finish(parse_html(text))] if marked else [finish(Formatted(part, [])) for part in _parts(text)]
        if utf16(parts[0].text) > TEXT_UNITS:
            raise Refused(f"A formatted message has at most {TEXT_UNITS} characters.")
        sent = [self._post(found, person, part, **where) for part in parts]
        return str(sent[0].id)

    def _post(self, room: Room, person: Person, said: Formatted, **what: Any) -> Message:
        return self.tg.post(room, person.id, text=said.text, entities=said.entities, **what)

    def command(self, who: str, room: str, text: str, thread: str = "") -> Json:
        """Writes a command ("/claim 42", in groups also "/claim@acme_desk_bot 42"), here a message like any other."""
        if not text.startswith("/"):
            raise Refused('A command begins with "/".')
        return {"ok": True, "message": self.write(who, room, text, thread)}

    def start(self, who: str, payload: str = "") -> str:
        """Presses Start in the bot's chat (or opens a link t.me/BOT?start=PAYLOAD); unblocks the bot where need be."""
        person = self.world.person(who)
        if person.blocked:
            self.unblock(who)
        return self.write(who, "dm", f"/start {payload}".strip())

    def album(
        self, who: str, room: str, files: Sequence[Json], caption: str = "", thread: str = "", reply_to: str = ""
    ) -> list[str]:
        """Sends several files as an album: one message each, together by `media_group_id`. Returns their ids."""
        if not 2 <= len(files) <= MOST_IN_ALBUM:
            raise Refused(f"An album has 2 to {MOST_IN_ALBUM} files.")
        person, found, where = self.place(who, room, thread, reply_to)
        stored = [self.tg.files.from_person(file, single=False) for file in files]
        album, said, nothing = self.tg.album(), _caption(caption), Formatted("", [])
        return [
            str(self._post(
                found, person, nothing if number else said, kind=one.kind, content=self.tg.files.content(one),
                album=album, **where,
            ).id)
            for number, one in enumerate(stored)
        ]  # fmt: skip

    def forward(self, who: str, room: str, message: str, to: str, thread: str = "") -> str:
        """Forwards a message of a chat that the person is in to another one; returns the new message's id."""
        source = self.world.message(room, message, who)
        person, found, where = self.place(who, to, thread)
        return str(self.tg.post(found, person.id, **forwarded(self.tg, source), **where).id)

    def share_location(self, who: str, room: str, latitude: float, longitude: float, thread: str = "") -> str:
        person, found, where = self.place(who, room, thread)
        spot = {"location": {"latitude": float(latitude), "longitude": float(longitude)}}
        return str(self._post(found, person, Formatted("", []), kind="location", content=spot, **where).id)

    def share_contact(self, who: str, room: str, phone: str = "+46700000000", thread: str = "") -> str:
        """Shares the person's own contact card."""
        person, found, where = self.place(who, room, thread)
        card = {"contact": {"phone_number": phone, "first_name": person.name, "user_id": person.id}}
        return str(self._post(found, person, Formatted("", []), kind="contact", content=card, **where).id)

    # what they change

    def edit(self, who: str, room: str, message: str, text: str) -> None:
        """Edits the person's own text or caption, within 48 hours."""
        person, found = self.world.person(who), self.world.message(room, message, who)
        if found.author != person.id or found.service or found.origin:
            raise Refused(f"{person.name} can edit only words of their own.")
        if self.tg.clock() - found.at > EDIT_SECONDS:
            raise Refused("Messages can be edited for 48 hours.")
        said = finish(Formatted(text, [])) if found.kind == "text" else _caption(text)
        if not said.text and found.kind == "text":
            raise Refused("Telegram keeps no empty message.")
        if (said.text, said.entities) != (found.text, found.entities):
            found.text, found.entities, found.edited_at = said.text, said.entities, self.tg.clock()
            self.tg.edited(found)

    def delete(self, who: str, room: str, message: str) -> None:
        """Deletes a message for everyone. Telegram tells bots nothing of it."""
        person, found, chat = self.world.person(who), self.world.message(room, message, who), self.world.room(room, who)
        may = chat.kind == "private" or chat.member(person.id).may("can_delete_messages")
        if found.author != person.id and not may:
            raise Refused(f"{person.name} can delete only messages of their own.")
        found.deleted = True
        self.tg.changed()

    def react(self, who: str, room: str, message: str, emoji: str) -> None:
        """Sets the person's reaction (one; a new one replaces the old)."""
        plain = emoji.replace("\ufe0f", "")
        if plain not in wire.REACTIONS:
            raise Refused(f"{emoji} is not among Telegram's reactions.")
        self._react(who, room, message, [plain])

    def unreact(self, who: str, room: str, message: str, emoji: str = "") -> None:
        self._react(who, room, message, [])

    def _react(self, who: str, room: str, message: str, emoji: list[str]) -> None:
        person, chat = self.world.person(who), self.world.room(room, who)
        if not chat.inside(person.id):
            raise Refused(f"{person.name} is not in {chat.name!r}.")
        self.tg.react(self.world.message(room, message, who), person, emoji)

    def pin(self, who: str, room: str, message: str) -> None:
        person, chat, found = self.world.person(who), self.world.room(room, who), self.world.message(room, message, who)
        if chat.kind != "private" and not chat.member(person.id).may("can_pin_messages"):
            raise Refused(f"{person.name} may not pin messages in {chat.name!r}.")
        chat.pinned.append(found.id)
        self.tg.service(chat, person.id, found.thread, pinned_message=found.id)

    # buttons

    async def press(self, who: str, room: str, message: str, label: str = "", action: str = "") -> Json:
        """Presses the button with that label (or callback data) and waits for what the client shows:
        {"ok", "text", "alert", "url"}, or {"ok": False, "error": "no answer"} after `answer_seconds`."""
        person, chat, found = self.world.person(who), self.world.room(room, who), self.world.message(room, message, who)
        if not chat.inside(person.id) or (chat.kind == "private" and chat.id != person.id):
            raise Refused(f"{person.name} cannot see that message.")
        if label and label in found.answers:
            return {"ok": True, "message": self.write(who, room, label)}
        button = _button(found, label, action)
        if "callback_data" not in button:
            return {"ok": True, "url": str(button.get("url", ""))}
        callback = self.tg.press(found, person, button["callback_data"])
        try:
            await asyncio.wait_for(callback.answered.wait(), self.tg.knobs.answer_seconds)
        except TimeoutError:
            callback.over = True
            return {"ok": False, "error": "no answer"}
        return {"ok": True, "text": "", "url": "", **(callback.answer or {})}

    # the bot and the person

    def block(self, who: str) -> None:
        """Stops and blocks the bot. The bot is told by my_chat_member."""
        self._blocks(self.world.person(who), True)

    def unblock(self, who: str) -> None:
        self._blocks(self.world.person(who), False)

    def _blocks(self, person: Person, blocked: bool) -> None:
        if person.blocked == blocked:
            raise Refused(f"{person.name} has {'already' if blocked else 'not'} blocked the bot.")
        person.blocked = blocked
        person.started = person.started or not blocked
        status = Member("kicked" if blocked else "member")
        self.tg.set_member(self.world.rooms[person.id], self.tg.me, status, person)

    def deactivate(self, who: str) -> None:
        """Deletes the person's account: the bot gets "Forbidden: user is deactivated"."""
        self.world.person(who).deactivated = True
        self.tg.changed()


def _button(message: Message, label: str, action: str) -> Json:
    buttons = [button for row in message.keyboard for button in row]
    for button in buttons:
        if (label and button["text"] == label) or (action and button.get("callback_data") == action):
            return button
    shown = ", ".join(repr(button["text"]) for button in buttons) or "none"
    raise Refused(f"There is no button {label or action!r} under that message; there are: {shown}.")


def _caption(text: str) -> Formatted:
    said = finish(Formatted(text, []))
    if utf16(said.text) > CAPTION_UNITS:
        raise Refused(f"A caption has at most {CAPTION_UNITS} characters.")
    return said


def _parts(text: str) -> list[str]:
    """The client cuts over-long text into several messages."""
    size = utf16(text)
    return [cut(text, at, min(TEXT_UNITS, size - at)) for at in range(0, size, TEXT_UNITS)]
