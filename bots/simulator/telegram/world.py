"""The simulated Telegram as plain values: people, chats, topics, messages; and how they are found by name."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bots.simulator.server import Refused

Json = dict[str, Any]

GROUPS = ("group", "supergroup")
INSIDE = ("creator", "administrator", "member", "restricted")
ADMINS = ("creator", "administrator")


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# An administrator's rights in Telegram's words; the Bot API names them so in ChatMemberAdministrator.
BOT_RIGHTS = frozenset(
    words(
        "can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members can_change_info"
        " can_invite_users can_pin_messages can_manage_topics"
    )
)
ALL_RIGHTS = BOT_RIGHTS | {"can_promote_members"}


@dataclass(slots=True)
class Person:
    """An account. `started`: pressed Start, so the bot may write; `language` is what the client reports."""

    id: int
    name: str
    username: str = ""
    language: str = "en"
    bot: bool = False
    last_name: str = ""
    started: bool = False
    blocked: bool = False
    deactivated: bool = False


@dataclass(slots=True)
class Member:
    """What an account is in a chat; `rights` count for administrators only, restricted members may not write."""

    status: str = "member"
    rights: frozenset[str] = frozenset()

    def may(self, right: str) -> bool:
        return self.status == "creator" or (self.status == "administrator" and right in self.rights)


@dataclass(slots=True)
class Topic:
    """A topic of a forum; its id is the id of the service message that made it. `creator` may always close it."""

    id: int
    name: str
    creator: int
    icon_color: int = 0x6FB9F0
    closed: bool = False


@dataclass(slots=True)
class Message:
    """A message as the platform keeps it. `text` is the text or the caption; `content` what the wire adds for its kind;
    `thread` the topic (0: none, or General); times in seconds since the epoch."""

    id: int
    room: int
    author: int
    at: float
    kind: str = "text"
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    content: Json = field(default_factory=dict)
    thread: int = 0
    reply_to: int = 0
    keyboard: list[list[Json]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    album: str = ""
    origin: Json | None = None
    edited_at: float = 0.0
    deleted: bool = False
    reactions: dict[int, list[str]] = field(default_factory=dict)

    @property
    def service(self) -> bool:
        return self.kind == "service"


@dataclass(slots=True)
class Room:
    """A chat. A private chat has its person's id; groups have negative ids, supergroups begin with -100."""

    id: int
    name: str
    kind: str
    forum: bool = False
    username: str = ""
    members: dict[int, Member] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    migrated_to: int = 0
    last_id: int = 0

    def member(self, person: int) -> Member:
        return self.members.get(person) or Member("left")

    def inside(self, person: int) -> bool:
        return self.kind == "private" or self.member(person).status in INSIDE

    def manages(self, person: int, topic: Topic) -> bool:
        """Whether that account may close a topic, and write in it while it is closed."""
        return topic.creator == person or self.member(person).may("can_manage_topics")

    def find(self, message: int) -> Message | None:
        """The message with that id, unless it was deleted."""
        found = self.messages.get(message)
        return None if found is None or found.deleted else found


class World:
    """All that there is on the simulated platform, and one bot account: `me`."""

    def __init__(self, me: Person) -> None:
        self.me = me
        self.people: dict[int, Person] = {me.id: me}
        self.rooms: dict[int, Room] = {}
        self._ids = itertools.count(1)
        self._people_ids = itertools.count(700_200_001)
        self._room_ids = itertools.count(4_000_101)

    @property
    def messages(self) -> list[Message]:
        """Every message that was ever written, in order, the deleted ones too."""
        found = (message for room in self.rooms.values() for message in room.messages.values())
        return sorted(found, key=lambda message: (message.at, message.room, message.id))

    def add_person(self, person: Person) -> Person:
        """Adds an account and its private chat with the bot."""
        self.people[person.id] = person
        self.rooms[person.id] = Room(person.id, person.name, "private")
        return person

    def next_person_id(self) -> int:
        return next(self._people_ids)

    def next_room_id(self, kind: str) -> int:
        number = next(self._room_ids)
        return -(1_002_000_000_000 + number) if kind == "supergroup" else -number

    def next_message_id(self, room: Room) -> int:
        """Supergroups count their own messages, all other chats of an account share one count."""
        room.last_id = room.last_id + 1 if room.kind == "supergroup" else next(self._ids)
        return room.last_id

    def find_person(self, who: str | int) -> Person | None:
        key = str(who).removeprefix("@").casefold()
        for person in self.people.values():
            if key in (str(person.id), person.name.casefold(), person.username.casefold()):
                return person
        return None

    def person(self, who: str | int) -> Person:
        """By name, @username or id. Raises Refused where there is no such account."""
        person = self.find_person(who)
        if person is None:
            raise Refused(f"There is nobody named {who!r} on Telegram.")
        return person

    def find_room(self, room: str | int, who: str | int = "") -> Room | None:
        key = str(room).removeprefix("#")
        if key == "dm" and who:
            return self.rooms.get(self.person(who).id)
        if key.startswith("dm:"):
            return self.rooms.get(self.person(key[3:]).id)
        named = [found for found in self.rooms.values() if key.casefold() in (str(found.id), found.name.casefold())]
        # After a migration the old chat keeps its title in the history; the living one is meant.
        return next((found for found in named if not found.migrated_to), named[0] if named else None)

    def room(self, room: str | int, who: str | int = "") -> Room:
        """By title, id, a person's name (their private chat), "dm" with `who`, or "dm:NAME". Raises Refused."""
        found = self.find_room(room, who)
        if found is None:
            raise Refused(f"There is no chat {room!r} on Telegram.")
        return found

    def message(self, room: str | int, message: str | int, who: str | int = "") -> Message:
        """The message with that id. Raises Refused where it is not there (any more)."""
        found = self.room(room, who).find(int(message))
        if found is None:
            raise Refused(f"There is no message {message} in {room!r}.")
        return found

    def seen(self, room: str | int, thread: str | int | None = None) -> Iterator[Message]:
        """The messages that stand in a chat (in one topic where `thread` is given) now, without service messages."""
        for message in self.room(room).messages.values():
            wanted = thread is None or message.thread == int(thread or 0)
            if wanted and not message.deleted and not message.service:
                yield message

    def texts(self, room: str | int, thread: str | int | None = None) -> list[str]:
        """What can be read in a chat, in order: texts and captions, the bot's and people's."""
        return [message.text for message in self.seen(room, thread)]

    def last(self, room: str | int, who: str | int | None = None) -> Message:
        """The newest message (of that account). Raises Refused where there is none."""
        author = None if who is None else self.person(who).id
        found = [message for message in self.seen(room) if author in (None, message.author)]
        if not found:
            raise Refused(f"Nothing was said in {room!r} yet.")
        return found[-1]

    def said_by_bot(self, room: str | int, thread: str | int | None = None) -> list[Message]:
        return [message for message in self.seen(room, thread) if message.author == self.me.id]

    def groups_of(self, person: int) -> Iterable[Room]:
        return [room for room in self.rooms.values() if room.kind in GROUPS and room.inside(person)]
