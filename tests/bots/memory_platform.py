"""A platform in memory that keeps the port's promises, for tests without a network.

Rooms, direct messages and threads are what was posted in them; faults are ordered by the name of a call, and strike
before or after it took effect. Time does not pass in it: a call that hangs does so until the test lets go.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random

from bots.port import Ability, Ambiguous, Card, Front, Health, Hopeless, Mark, Pace, Sent, TryLater
from inbox.directory import AgentRef, Room
from inbox.model import Account, Place

ALL = frozenset(Ability) - {Ability.TOPICS}
UNHURRIED = Pace(0.0, 1e9)


@dataclass(slots=True)
class Posted:
    """A message of ours, as it stands on the platform now. `whose` is the account of a direct message or whisper."""

    id: str
    place: Place
    card: Card
    nonce: str = ""
    whose: str = ""
    edits: list[Card] = field(default_factory=list)
    deleted: bool = False
    opens: str = ""
    answers: str = ""

    @property
    def shown(self) -> Card:
        return self.edits[-1] if self.edits else self.card

    @property
    def text(self) -> str:
        return self.shown.text or self.shown.title


@dataclass(slots=True)
class Fault:
    """Raised by calls of that name, `times` times; `late` after they took effect."""

    call: str
    error: Exception
    times: int = 1
    late: bool = False
    room: str = ""


class MemoryPlatform:
    """One connection. `calls` is every call in its order, as (name, room or account, nonce or target)."""

    def __init__(
        self,
        connection: str,
        *,
        abilities: frozenset[Ability] = ALL,
        pace: Pace = UNHURRIED,
        rooms: Sequence[Room] = (),
        clock: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.connection, self.name = connection, "memory"
        self.abilities, self.pace = abilities, pace
        self.seen = list(rooms)
        self.followed: frozenset[str] = frozenset()
        self.posted: list[Posted] = []
        self.marks: list[tuple[str, Mark]] = []
        self.reactions: list[tuple[str, str, bool]] = []
        self.labels: list[tuple[str, str]] = []
        self.titles: dict[str, str] = {}
        self.file_limit = 1_000_000
        self.keeps: timedelta | None = None
        self.topics: list[str] = []
        self.calls: list[tuple[str, str, str]] = []
        self.times: list[tuple[float, str]] = []
        self.faults: list[Fault] = []
        self.decide: Callable[[str, str], tuple[Exception | None, bool]] = lambda call, what: (None, False)
        self.up = True
        self.gates: dict[str, asyncio.Event] = {}
        self.hanging = asyncio.Event()  # set while a call waits at a gate
        self._ids = count(1)
        self._clock = clock
        self._news = asyncio.Condition()

    # What a test orders and sees

    def fail(self, call: str, error: Exception, times: int = 1, *, late: bool = False, room: str = "") -> None:
        self.faults.append(Fault(call, error, times, late, room))

    def gate(self, call: str) -> asyncio.Event:
        """Calls of that name wait until the event is set, after they took effect."""
        self.gates[call] = asyncio.Event()
        return self.gates[call]

    def texts(self, room: str = "", thread: str | None = None) -> list[str]:
        """What stands in a room (or in one thread of it) now, oldest first."""
        return [
            posted.text
            for posted in self.posted
            if not posted.deleted and room in ("", posted.place.room) and thread in (None, posted.place.thread)
        ]

    async def stands(self, *texts: str, room: str = "") -> None:
        """Waits until these words stand in a room, in that order."""
        async with self._news:
            await self._news.wait_for(lambda: self.texts(room) == list(texts))

    async def begun(self, call: str, times: int) -> None:
        """Waits until that call was made so often."""
        async with self._news:
            await self._news.wait_for(lambda: self.called(call) >= times)

    def storm(self, seed: int, strength: float, calls: tuple[str, ...]) -> None:
        """These calls fail at random, in every way, before or after they took effect: always alike for one seed."""
        nth: Counter[str] = Counter()

        def decide(call: str, what: str) -> tuple[Exception | None, bool]:
            nth[call + what] += 1
            random = Random(f"{seed}/{call}/{what}/{nth[call + what]}")
            if call not in calls or random.random() > strength:
                return None, False
            errors = [Ambiguous("Broken."), RuntimeError("?"), TryLater("Busy."), TryLater("Too many.", 20.0)]
            error = random.choice(errors)
            return error, not isinstance(error, TryLater) and random.random() < 0.5

        self.decide = decide

    def called(self, call: str) -> int:
        return sum(name == call for name, _, _ in self.calls)

    # The port

    async def connect(self) -> Sequence[Room]:
        return list(self.seen)

    async def rooms(self) -> Sequence[Room]:
        return list(self.seen)

    async def start(self, front: Front, follow: frozenset[str]) -> None:
        self.up, self.followed = True, follow

    def follow(self, rooms: frozenset[str]) -> None:
        self.followed = rooms

    async def stop(self) -> None:
        self.up = False

    def health(self) -> Health:
        return Health(self.up, "" if self.up else "It is down.")

    async def people(self, ref: AgentRef | Room) -> Sequence[Account]:
        return ()

    async def check(self, rooms: Mapping[str, Room | None], refs: Sequence[AgentRef]) -> Sequence[str]:
        return ()

    async def send(self, place: Place, card: Card, nonce: str, *, opens: str = "", answers: str = "") -> Sent:
        return await self._post("send", place, card, nonce, opens=opens, answers=answers)

    async def direct(self, account: str, card: Card, nonce: str) -> Sent:
        place = Place(self.connection, f"dm-{account}")
        return replace(await self._post("direct", place, card, nonce, whose=account), room=place.room)

    async def _post(
        self, call: str, place: Place, card: Card, nonce: str, *, whose: str = "", opens: str = "", answers: str = ""
    ) -> Sent:
        late = self._struck(call, whose or place.room, nonce)
        known = next((p for p in self.posted if p.nonce == nonce and p.place.room == place.room), None)
        if known is None or Ability.IDEMPOTENT not in self.abilities:
            known = Posted(
                f"{self.connection}-{next(self._ids)}", place, card, nonce, whose, opens=opens, answers=answers
            )
            self.posted.append(known)
        await self._effective(call, late)
        return self._sent(known)

    def _sent(self, posted: Posted) -> Sent:
        opened = posted.id if posted.opens and Ability.THREADS in self.abilities else ""
        return Sent(posted.id, "", opened)

    async def open_private(self, place: Place, title: str, *, again: bool) -> str:
        late = self._struck("open_private", place.room, place.person)
        await self._effective("open_private", late)
        return f"alone-{place.person}"

    async def open_topic(self, room: str, title: str) -> str:
        late = self._struck("open_topic", room, title)
        self.topics.append(title)
        await self._effective("open_topic", late)
        return f"topic-{len(self.topics)}"

    async def whisper(self, place: Place, account: str, card: Card) -> None:
        late = self._struck("whisper", place.room, account)
        self.posted.append(Posted(f"w{next(self._ids)}", place, card, whose=account))
        await self._effective("whisper", late)

    async def edit(self, place: Place, parts: tuple[str, ...], card: Card, nonce: str) -> tuple[str, ...]:
        late = self._struck("edit", place.room, parts[0])
        self._find(place, parts[0]).edits.append(card)
        await self._effective("edit", late)
        return parts

    async def delete(self, place: Place, parts: tuple[str, ...]) -> None:
        late = self._struck("delete", place.room, parts[0])
        self._find(place, parts[0]).deleted = True
        await self._effective("delete", late)

    async def mark(self, place: Place, message_id: str, mark: Mark) -> None:
        late = self._struck("mark", place.room, message_id)
        self.marks.append((message_id, mark))
        await self._effective("mark", late)

    async def typing(self, place: Place) -> None:
        self._struck("typing", place.room, place.thread)

    async def react(self, place: Place, message_id: str, emoji: str, *, on: bool) -> None:
        late = self._struck("react", place.room, message_id)
        self.reactions.append((message_id, emoji, on))
        await self._effective("react", late)

    async def label(self, place: Place, status: str) -> None:
        late = self._struck("label", place.room, place.thread)
        self.labels.append((place.thread, status))
        await self._effective("label", late)

    async def rename(self, place: Place, title: str) -> None:
        late = self._struck("rename", place.room, place.thread)
        self.titles[place.thread] = title
        await self._effective("rename", late)

    async def fetch(self, ref: str) -> AsyncIterator[bytes]:
        yield ref.encode()

    async def find_sent(self, place: Place, nonce: str, since: datetime) -> Sent | None:
        late = self._struck("find_sent", place.room, nonce)
        if Ability.RECONCILE not in self.abilities:
            raise Ambiguous("This platform cannot be asked.")
        found = next((p for p in self.posted if p.nonce == nonce and place.room in (p.place.room, p.whose)), None)
        await self._effective("find_sent", late)
        return self._sent(found) if found else None

    def _find(self, place: Place, message_id: str) -> Posted:
        found = next((p for p in self.posted if p.id == message_id and not p.deleted), None)
        if found is None or found.place.room != place.room:
            raise Hopeless("That message is gone.", "gone")
        return found

    def _struck(self, call: str, where: str, what: str) -> Exception | None:
        """Notes the call; raises an early fault, returns a late one."""
        self.calls.append((call, where, what))
        self.times.append((self._clock(), where))
        for fault in self.faults:
            if fault.call == call and fault.times and fault.room in ("", where):
                fault.times -= 1
                if not fault.late:
                    raise fault.error
                return fault.error
        error, late = self.decide(call, what)
        if error is not None and not late:
            raise error
        return error

    async def _effective(self, call: str, late: Exception | None) -> None:
        async with self._news:
            self._news.notify_all()
        if call in self.gates:
            self.hanging.set()
            await self.gates[call].wait()
        if late is not None:
            raise late
