"""What people do in the workspace with their own hands: write, edit, react, come and go."""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bots.simulator.server import Refused
from bots.simulator.slack import conversations, events
from bots.simulator.slack.chat import edited, remove
from bots.simulator.slack.emoji import name_of
from bots.simulator.slack.files import new_file, share
from bots.simulator.slack.marks import put, take
from bots.simulator.slack.methods import SlackError
from bots.simulator.slack.model import File, Message, Person, Room, Usergroup
from bots.simulator.slack.shapes import message_json, person_json
from bots.simulator.slack.text import rich_text, typed
from bots.simulator.slack.world import World

TYPED_CHARACTERS = 12_000  # the composer's limit


class People:
    """People's deeds. `who` and `room` are names or ids; each raises Refused where Slack would not allow it."""

    def __init__(self, world: World) -> None:
        self.world = world

    def acts(self) -> dict[str, Callable[..., Any]]:
        names = (
            "add_person add_room add_group deactivate activity join leave write edit delete react unreact unfurl "
            "archive unarchive rename_room open_home"
        )
        return {name: getattr(self, name) for name in names.split()}

    # who and where

    def add_person(self, name: str, id: str = "", **fields: Any) -> str:
        """A new account; fields: handle, email, timezone, language, bot, guest, external, admin. Returns its id."""
        unknown = set(fields) - {"handle", "email", "timezone", "language", "bot", "guest", "external", "admin"}
        if unknown:
            raise Refused(f"A person in Slack has no {', '.join(sorted(unknown))}.")
        person = self.world.add_person(name, id, **fields)
        self._told(person, "team_join")
        return person.id

    def deactivate(self, who: str) -> None:
        """Switches an account off."""
        person = self.world.person(who)
        person.deleted = True
        self._told(person, "user_change")

    def activity(self, who: str, active: bool) -> None:
        """Whether the person has a client open; ephemeral messages reach only those who have."""
        self.world.person(who).active = active

    def _told(self, person: Person, kind: str) -> None:
        person.updated = self.world.seconds
        event = {"type": kind, "user": person_json(self.world, person), "event_ts": self.world.new_ts()}
        self.world.publish(kind, event | ({"cache_ts": self.world.seconds} if kind == "user_change" else {}))

    def add_room(
        self, name: str, private: bool = False, kind: str = "channel", members: Sequence[str] = (), bot: bool = True
    ) -> str:
        """A new channel, or a group conversation (`kind` "mpim"); `bot`: the app is invited. Returns its id."""
        people = [self.world.person(one).id for one in members]
        if bot and self.world.app.user_id not in people:
            people.append(self.world.app.user_id)
        if kind == "mpim":
            return self.world.conversation("mpim", people).id
        if kind != "channel":
            raise Refused(f"Slack has no rooms of kind {kind!r}; there are channel and mpim.")
        room = self.world.add_room(name.lstrip("#"), "group" if private else "channel", people)
        self.world.changed()
        return room.id

    def add_group(self, handle: str, users: Sequence[str], name: str = "") -> str:
        """A user group (`@handle`). Returns its id."""
        world = self.world
        group = Usergroup(world.new_id("S", handle), handle, name or handle, [], world.seconds)
        group.users = [world.person(one).id for one in users]
        world.groups[group.id] = group
        return group.id

    def join(self, who: str, room: str, inviter: str = "") -> None:
        """Somebody comes into a room; `who` may be the app, which is then invited."""
        place, person = self.world.room(room, who), self.world.person(who)
        if person.id in place.members:
            raise Refused(f"{person.name} is already in #{place.name}.")
        if place.kind in ("im", "mpim"):
            raise Refused("Nobody can be added to a direct conversation.")
        place.members.append(person.id)
        by = self.world.person(inviter).id if inviter else ""
        if not by and (place.private or person.bot):
            by = place.creator
        events.membership(self.world, True, place, person.id, by)

    def leave(self, who: str, room: str) -> None:
        """Somebody goes out of a room; for the app this is being removed."""
        place, person = self._member(who, room)
        if place.name == "general" or place.kind in ("im", "mpim"):
            raise Refused(f"Nobody can leave {place.name or 'a direct conversation'}.")
        events.membership(self.world, False, place, person.id)
        place.members.remove(person.id)
        self.world.changed()

    def archive(self, who: str, room: str) -> None:
        place, person = self._member(who, room)
        place.archived = True
        events.archived(self.world, place, person.id, True)

    def unarchive(self, who: str, room: str) -> None:
        place, person = self._member(who, room)
        place.archived = False
        events.archived(self.world, place, person.id, False)

    def rename_room(self, who: str, room: str, name: str) -> None:
        place, _ = self._member(who, room)
        conversations.set_name(self.world, place, name.lstrip("#"))

    def open_home(self, who: str, tab: str = "home") -> str:
        """The person opens the app's home ("home") or its messages ("messages"). Returns the home view's id, if any."""
        person = self.world.person(who)
        view = self.world.home_of(person.id)
        events.home_opened(self.world, person.id, tab, view if tab == "home" else None)
        return view.id if view else ""

    # words

    def write(
        self,
        who: str,
        room: str,
        text: str = "",
        thread: str = "",
        reply_to: str = "",
        files: Sequence[Mapping[str, Any]] = (),
        broadcast: bool = False,
    ) -> str:
        """Writes a message, in a thread with `thread` or `reply_to`; `broadcast` also sends it to the channel.

        Returns its ts. `files` are {"name", "bytes" (base64 over HTTP), "type"?, "access"?, "voice"?}.
        """
        place, person = self._writer(who, room)
        message = Message(place.id, self.world.new_ts(), person.id, self._typed(text, bool(files)))
        if message.text.startswith("/me "):
            message.subtype, message.text = "me_message", message.text[4:]
        elif message.text:
            message.blocks = [rich_text(message.text, self.world.new_key())]
            message.client_msg_id = "" if files else self.world.new_uuid()
        message.thread_ts = self._root(place, thread or reply_to)
        message.broadcast = broadcast and bool(message.thread_ts)
        if files:
            share(self.world, place, message, [self._file(one, person.id) for one in files])
        else:
            events.posted(self.world, place, self.world.add_message(place, message))
        return message.ts

    def _typed(self, text: str, has_files: bool) -> str:
        """The text as Slack stores it. Slack takes what begins with "/" for a command, unless a space comes first."""
        word = text.split(maxsplit=1)[0] if text.strip() else ""
        if text.startswith("/") and word != "/me":
            raise Refused(
                f"{word} is not a valid command. Slack takes every message that starts with / for a command; "
                "to send it as a message, put a space in front."
            )
        if not text.strip() and not has_files:
            raise Refused("There is nothing to send.")
        if len(text) > TYPED_CHARACTERS:
            raise Refused("Your message is too long.")
        return typed(self.world, text)

    def _root(self, room: Room, ts: str) -> str:
        if not ts:
            return ""
        found = self.world.message(room.id, ts)
        if found.private_to or found.deleted or found.subtype in ("channel_join", "channel_leave"):
            raise Refused("This message cannot be answered in a thread.")
        return found.thread_ts or found.ts

    def _file(self, given: Mapping[str, Any], user: str) -> File:
        content = given.get("bytes", b"")
        file = new_file(self.world, str(given["name"]), user, str(given.get("type", "")))
        file.content = base64.b64decode(content) if isinstance(content, str) else bytes(content)
        file.size, file.completed, file.access = len(file.content), True, str(given.get("access", "visible"))
        file.voice = bool(given.get("voice"))
        return file

    def edit(self, who: str, room: str, message: str, text: str) -> None:
        place, person, found = self._own(who, room, message)
        fresh = self._typed(text, False)
        if fresh == found.text:
            return
        before = message_json(self.world, found)
        found.text, found.blocks = fresh, [rich_text(fresh, self.world.new_key())]
        edited(self.world, place, found, before, person.id)

    def delete(self, who: str, room: str, message: str) -> None:
        place, _, found = self._own(who, room, message)
        remove(self.world, place, found)

    def unfurl(self, room: str, message: str, title: str = "A page") -> None:
        """Slack adds a link's preview: a message_changed with the same words and no `edited`.

        https://docs.slack.dev/messaging/unfurling-links-in-messages
        """
        place, found = self.world.room(room), self.world.message(room, message)
        before = message_json(self.world, found)
        found.attachments = [{"id": 1, "title": title, "fallback": title, "from_url": "https://example.com/"}]
        events.changed(self.world, place, message_json(self.world, found), before)

    def react(self, who: str, room: str, message: str, emoji: str) -> None:
        """Adds a reaction, by Slack's name or the emoji itself."""
        self._reaction(who, room, message, emoji, True)

    def unreact(self, who: str, room: str, message: str, emoji: str) -> None:
        self._reaction(who, room, message, emoji, False)

    def _reaction(self, who: str, room: str, ts: str, emoji: str, add: bool) -> None:
        place, person = self._reader(who, room)
        found = self._seen(place, person, ts)
        name = name_of(emoji, frozenset(self.world.emoji))
        if not name or found.private_to:
            raise Refused("Nobody can react so here." if name else f"There is no emoji {emoji!r} here.")
        try:
            (put if add else take)(self.world, place, found, person.id, name)
        except SlackError as error:
            raise Refused(error.code) from None

    # who may

    def _reader(self, who: str, room: str) -> tuple[Room, Person]:
        place, person = self.world.room(room, who), self.world.person(who)
        if person.deleted:
            raise Refused(f"{person.name} is deactivated.")
        if not self.world.visible(place, person.id):
            raise Refused(f"{person.name} cannot see {place.name or 'that conversation'}.")
        return place, person

    def _member(self, who: str, room: str) -> tuple[Room, Person]:
        place, person = (
            self._reader(who, room)
            if self.world.person(who).id != self.world.app.user_id
            else (
                self.world.room(room),
                self.world.person(who),
            )
        )
        if person.id not in place.members:
            raise Refused(f"{person.name} is not in #{place.name}.")
        return place, person

    def _writer(self, who: str, room: str) -> tuple[Room, Person]:
        place, person = self._member(who, room)
        if place.archived:
            raise Refused(f"#{place.name} is archived.")
        if place.kind == "im" and not self.world.app.messages_tab:
            raise Refused("Sending messages to this app has been turned off.")
        return place, person

    def _seen(self, room: Room, person: Person, ts: str) -> Message:
        found = self.world.message(room.id, ts)
        if found.deleted or found.private_to not in ("", person.id):
            raise Refused(f"{person.name} sees no message {ts} there.")
        return found

    def _own(self, who: str, room: str, ts: str) -> tuple[Room, Person, Message]:
        place, person = self._member(who, room)
        found = self._seen(place, person, ts)
        if found.user != person.id or found.bot or found.subtype in ("tombstone", "channel_join", "channel_leave"):
            raise Refused(f"{person.name} cannot change that message.")
        return place, person, found
