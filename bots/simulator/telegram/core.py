"""The platform behind the simulated Bot API: what happens in the world and which updates come of it."""

import asyncio
import itertools
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from bots.simulator.telegram import wire
from bots.simulator.telegram.errors import too_many_requests
from bots.simulator.telegram.files import Files
from bots.simulator.telegram.limits import Limits
from bots.simulator.telegram.seed import seed_world
from bots.simulator.telegram.updates import Updates
from bots.simulator.telegram.world import ADMINS, Json, Member, Message, Person, Room

EMITTED_LIMIT = 5_000


@dataclass(slots=True)
class Callback:
    """A press that waits for its answer."""

    id: str
    at: float
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Json | None = None
    over: bool = False


class Knobs(Protocol):
    """What tests turn while the platform runs: whether the sending limits hold, how many seconds a press waits for its
    answer, how many seconds pass before a failed webhook is tried again (doubled each time)."""

    limits: bool
    answer_seconds: float
    first_pause: float


class Telegram:
    """One bot account and its world. `changed` is called after each change, `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float], changed: Callable[[], None], knobs: Knobs, seed: int) -> None:
        self.clock, self.changed, self.knobs = clock, changed, knobs
        self.random = random.Random(seed)
        self.world = seed_world()
        self.emitted: deque[Json] = deque(maxlen=EMITTED_LIMIT)
        self.updates = Updates(clock, self.emitted.append, changed, seed)
        self.files = Files()
        self.limits = Limits()
        self.privacy = True
        self.callbacks: dict[str, Callback] = {}
        self.commands: dict[tuple[str, int, int, str], list[Json]] = {}
        self.profile: dict[tuple[str, str], str] = {}
        self.actions: list[tuple[int, str]] = []
        self.instances: dict[int, str] = {}
        self._albums = itertools.count(13_700_000_000_000_001)

    @property
    def me(self) -> Person:
        return self.world.me

    def album(self) -> str:
        return str(next(self._albums))

    def digits(self, count: int) -> str:
        return str(self.random.randrange(10 ** (count - 1), 10**count))

    # what the bot is

    def bot_in(self, room: Room) -> Member:
        return Member() if room.kind == "private" else room.member(self.me.id)

    def knows(self, person: Person) -> bool:
        """Whether the bot ever met that account: in its private chat or in a group of both."""
        met = person.started or bool(self.world.rooms[person.id].messages)
        return met or any(room.inside(self.me.id) for room in self.world.groups_of(person.id))

    def sees(self, message: Message) -> bool:
        """Whether the bot gets an update of a person's message: core.telegram.org/bots/features#privacy-mode."""
        room = self.world.rooms[message.room]
        if room.kind == "private":
            return True
        if not room.inside(self.me.id) or (self.world.people[message.author].bot and not message.service):
            return False
        if message.service or not self.privacy or self.bot_in(room).status in ADMINS:
            return True
        return self._meant(room, message)

    def _meant(self, room: Room, message: Message) -> bool:
        answered = room.messages.get(message.reply_to)
        if answered and answered.author == self.me.id and not answered.service:
            return True
        raw = message.text.encode("utf-16-le")
        for entity in message.entities:
            word = raw[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le").lower()
            at = f"@{self.me.username.lower()}"
            if entity["type"] == "mention" and word == at:
                return True
            if entity["type"] == "bot_command" and ("@" not in word or word.endswith(at)):
                return True
            if entity["type"] == "text_mention" and entity["user"].get("id") == self.me.id:
                return True
        return False

    # what happens

    def post(self, room: Room, author: int, **what: Any) -> Message:
        """Writes a message into a chat; the bot gets an update of what is not its own, and of service messages."""
        number = self.world.next_message_id(room)
        message = Message(number, room.id, author, self.clock(), **what)
        room.messages[number] = message
        if (author != self.me.id or message.service) and self.sees(message):
            self.updates.add("message", wire.message(self.world, message))
        self.changed()
        return message

    def service(self, room: Room, author: int, thread: int = 0, **content: Any) -> Message:
        """Writes a service message ("Anna joined the group")."""
        return self.post(room, author, kind="service", content=content, thread=thread)

    def edited(self, message: Message) -> None:
        """Tells the bot of a person's edit; its own edits it is not told of."""
        if message.author != self.me.id and self.sees(message):
            self.updates.add("edited_message", wire.message(self.world, message))
        self.changed()

    def set_member(self, room: Room, person: Person, new: Member, by: Person) -> None:
        """Changes what an account is in a chat, and emits my_chat_member or chat_member."""
        old = room.member(person.id)
        if room.kind == "private":
            old = Member("member" if new.status == "kicked" else "kicked")
        else:
            room.members[person.id] = new
        mine = person.id == self.me.id
        if mine or self.bot_in(room).status in ADMINS:
            self.updates.add("my_chat_member" if mine else "chat_member", {
                "chat": wire.chat(self.world, room),
                "from": wire.user(by),
                "date": int(self.clock()),
                "old_chat_member": wire.member(person, old),
                "new_chat_member": wire.member(person, new),
            })  # fmt: skip
        self.changed()

    def react(self, message: Message, person: Person, emoji: list[str]) -> None:
        """Sets somebody's reactions. Bots hear of it in their own chats and as administrators, and never of a bot's."""
        room, old = self.world.rooms[message.room], message.reactions.get(person.id, [])
        message.reactions[person.id] = emoji
        if not emoji:
            del message.reactions[person.id]
        hears = room.kind == "private" or self.bot_in(room).status in ADMINS
        if hears and not person.bot and old != emoji:
            self.updates.add("message_reaction", {
                "chat": wire.chat(self.world, room),
                "message_id": message.id,
                "user": wire.user(person),
                "date": int(self.clock()),
                "old_reaction": wire.reactions(old),
                "new_reaction": wire.reactions(emoji),
            })  # fmt: skip
        self.changed()

    def press(self, message: Message, person: Person, data: str) -> Callback:
        """Somebody presses a button with that callback data."""
        callback = Callback(self.digits(19), self.clock())
        self.callbacks[callback.id] = callback
        instance = self.instances.setdefault(message.room, f"-{self.digits(18)}")
        self.updates.add("callback_query", {
            "id": callback.id,
            "from": wire.user(person),
            "message": wire.message(self.world, message),
            "chat_instance": instance,
            "data": data,
        })  # fmt: skip
        self.changed()
        return callback

    def spend(self, room: Room, count: int = 1) -> None:
        """Counts messages against the limits. Raises ApiError 429 where they come too fast."""
        if self.knobs.limits and (wait := self.limits.take(self.clock(), room.id, room.kind != "private", count)) > 0:
            raise too_many_requests(wait)
