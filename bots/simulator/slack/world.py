"""The simulated workspace: who and what there is, how it is found, and what Slack would tell of it.

The world changes only through the API's methods and people's acts; both end in `publish`, which hands an event to
the delivery if the app is subscribed, has the scope, and is where it happened.
"""

import itertools
import random
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from bots.simulator.server import Refused
from bots.simulator.slack.model import (
    EVENT_SCOPES,
    App,
    File,
    Json,
    Kind,
    Message,
    Person,
    Reply,
    Room,
    Trigger,
    Usergroup,
    View,
)

T = TypeVar("T")
TRIGGER_SECONDS = 3.0  # https://docs.slack.dev/interactivity/handling-user-interaction
RESPONSE_URL_SECONDS = 30 * 60.0
RESPONSE_URL_USES = 5
KEPT = 2_000  # triggers, response_urls and closed views beyond this many are forgotten, oldest first
TOPICS = {"channel": "message.channels", "group": "message.groups", "im": "message.im", "mpim": "message.mpim"}
SCOPE_PREFIX = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


class World:
    """All there is in one workspace. `clock` gives seconds since the epoch; `send` takes the events that go out."""

    def __init__(self, app: App, *, team: str, domain: str, clock: Callable[[], float]) -> None:
        self.app, self.team, self.domain, self.clock = app, team, domain, clock
        self.team_id = f"T0{domain.upper()[:6]}0001"
        self.people: dict[str, Person] = {}
        self.rooms: dict[str, Room] = {}
        self.messages: list[Message] = []
        self.files: dict[str, File] = {}
        self.views: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.replies: dict[str, Reply] = {}
        self.groups: dict[str, Usergroup] = {}
        self.emoji: dict[str, str] = {}
        self.picked: dict[tuple[str, str], dict[tuple[str, str], Json]] = {}
        self.url = ""
        self.send: Callable[[Json], None] = lambda _: None
        self.changed: Callable[[], None] = lambda: None
        self.open_link: Callable[[], str] = lambda: ""
        self._random = random.Random(7)
        self._numbers = itertools.count(1)
        self._last_ts = 0

    # ids and times

    def new_id(self, prefix: str, hint: str = "") -> str:
        """A new id, readable in tests: prefix, some letters of `hint`, a number."""
        letters = "".join(one for one in hint.upper() if one.isascii() and one.isalnum())[:6]
        return f"{prefix}0{letters}{next(self._numbers):0{9 - len(letters)}d}"

    def new_ts(self) -> str:
        """The time now as a `ts` that no message had before."""
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def new_key(self, length: int = 5) -> str:
        """Random letters for block ids, action ids and secrets in addresses."""
        return "".join(self._random.choices("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=length))

    def any_of(self, things: list[T]) -> T:
        return self._random.choice(things)

    def new_uuid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    @property
    def seconds(self) -> int:
        return int(self.clock())

    # finding

    def person(self, who: str) -> Person:
        """The person with that id, name or handle. Raises Refused."""
        if who in self.people:
            return self.people[who]
        name = who.lstrip("@").casefold()
        for one in self.people.values():
            if name in (one.name.casefold(), one.handle.casefold()):
                return one
        raise Refused(f"There is nobody named {who!r} in {self.team}.")

    def room(self, room: str, who: str = "") -> Room:
        """The room with that id or name; "dm" is `who`'s talk with the app, "dm:NAME" NAME's. Raises Refused."""
        if room in self.rooms:
            return self.rooms[room]
        if room == "dm" and who:
            return self.dm(self.person(who).id)
        if room.startswith("dm:"):
            return self.dm(self.person(room[3:]).id)
        name = room.lstrip("#").casefold()
        for one in self.rooms.values():
            if one.kind != "im" and one.name.casefold() == name:
                return one
        raise Refused(f"There is no room named {room!r} in {self.team}.")

    def dm(self, person: str) -> Room:
        """The direct conversation of that person (an id) and the app, opened if need be."""
        return self.conversation("im", [person, self.app.user_id])

    def conversation(self, kind: Kind, members: list[str]) -> Room:
        """The direct conversation of just these, opened if need be."""
        for one in self.rooms.values():
            if one.kind == kind and set(one.members) == set(members):
                return one
        names = [self.people[one].handle for one in members]
        name = f"mpdm-{'--'.join(names)}-1" if kind == "mpim" else ""
        return self.add_room(name, kind, members, hint=names[0] if kind == "im" else "GROUP")

    def message(self, room: str, ts: str) -> Message:
        """The message with that ts in that room (id or name). Raises Refused."""
        found = self.room(room).by_ts.get(ts)
        if found is None:
            raise Refused(f"There is no message {ts} in {room}.")
        return found

    def views_of(self, person: str) -> list[View]:
        """The open modals of that person (an id), the lowest first."""
        return [one for one in self.views.values() if one.person == person and one.open and one.kind == "modal"]

    def home_of(self, person: str) -> View | None:
        return next((one for one in self.views.values() if one.person == person and one.kind == "home"), None)

    def in_room(self, room: Room) -> bool:
        """Whether the app is a member."""
        return self.app.user_id in room.members

    def visible(self, room: Room, person: str) -> bool:
        """Whether that person (an id) may read the room; guests read only where they are members."""
        reader = self.people[person]
        open_to_all = room.kind == "channel" and not reader.guest and not reader.external
        return person in room.members or open_to_all

    # making

    def add_person(self, name: str, id: str = "", **fields: Any) -> Person:
        handle = fields.pop("handle", "") or name.lower().replace(" ", ".")
        email = fields.pop("email", "") or f"{handle}@{self.domain}.example"
        person = Person(id or self.new_id("U", name), name, handle, email, updated=self.seconds, **fields)
        self.people[person.id] = person
        return person

    def add_room(self, name: str, kind: Kind, members: list[str], *, id: str = "", hint: str = "") -> Room:
        new = id or self.new_id("D" if kind == "im" else "C", hint or name)
        creator = members[0] if members else self.app.user_id
        self.rooms[new] = Room(new, name, kind, self.seconds, creator, list(members))
        return self.rooms[new]

    def add_message(self, room: Room, message: Message) -> Message:
        """Puts a message into its room and, if it is a reply to one that exists, under it."""
        room.log.append(message)
        room.by_ts[message.ts] = message
        self.messages.append(message)
        root = room.by_ts.get(message.thread_ts) if message.is_reply else None
        if root is not None and not root.is_reply and not message.private_to:
            root.replies.append(message)
            root.thread_ts = root.ts
        self.changed()
        return message

    def whisper(self, room: Room, message: Message) -> None:
        """Shows an ephemeral message, if its reader is there: Slack does not keep it for later
        (https://docs.slack.dev/reference/methods/chat.postEphemeral).
        """
        if self.people[message.private_to].active:
            self.add_message(room, message)

    def new_trigger(self, person: str, view: str = "") -> str:
        _forget_oldest(self.triggers)
        made = f"{self.seconds}.{next(self._numbers)}.{self.new_key(24)}"
        self.triggers[made] = Trigger(made, person, self.clock(), view)
        return made

    def new_reply(self, person: str, room: Room, origin: str = "", ephemeral: bool = False) -> str:
        """A fresh response_url for that person in that room; `origin` is the ts of the message it belongs to."""
        _forget_oldest(self.replies)
        key = self.new_key(24)
        self.replies[key] = Reply(key, person, room.id, self.clock(), origin, ephemeral)
        return f"{self.url}/actions/{self.team_id}/{next(self._numbers)}/{key}"

    # telling

    def publish(self, topic: str, event: Json, room: Room | None = None) -> None:
        """Tells the app of an event, if it is subscribed to `topic`, has the scope for it and may see the room."""
        app = self.app
        scope = EVENT_SCOPES[topic]
        if scope == "?" and room is not None:
            scope = f"{SCOPE_PREFIX[room.kind]}:read"
        told = room is None or self.in_room(room) or (topic.startswith("channel_") and room.kind == "channel")
        ending = topic in ("tokens_revoked", "app_uninstalled")
        if (
            topic in app.events
            and (not scope or scope in app.scopes)
            and told
            and (app.condition == "installed" or ending)
        ):
            self.send(self.wrapped(event))
        self.changed()

    def wrapped(self, event: Json) -> Json:
        """The outer event that Slack sends: https://docs.slack.dev/apis/events-api/#event-type-structure"""
        app = self.app
        granted = {"enterprise_id": None, "team_id": self.team_id, "user_id": app.user_id, "is_bot": True}
        return {
            "token": app.verification_token,
            "team_id": self.team_id,
            "context_team_id": self.team_id,
            "context_enterprise_id": None,
            "api_app_id": app.id,
            "event": event,
            "type": "event_callback",
            "event_id": self.new_id("Ev"),
            "event_time": self.seconds,
            "authorizations": [granted | {"is_enterprise_install": False}],
            "is_ext_shared_channel": False,
            "event_context": f"4-{self.new_key(40)}",
        }


def _forget_oldest(kept: dict[str, Any]) -> None:
    while len(kept) >= KEPT:
        del kept[next(iter(kept))]
