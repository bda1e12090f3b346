"""Which rooms a desk file names, where they are on their platforms, and whether all of them were found."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

import structlog

from inbox.desk import upkeep
from inbox.desk.door import Desk
from inbox.directory import DM, Directory, Room
from inbox.directory import Desk as DeskFile

log = structlog.get_logger("frontdesk")

UNSEEN = "The bot does not see it: invite it there, or mend the name."
SEVERAL = "Several rooms are called so: write the server's name before it (Acme/#support), or the room's id."


def room_refs(desk: DeskFile) -> dict[str, tuple[str, str]]:
    """The rooms that a desk names: {"acme:#it-help": ("acme", "#it-help")}, direct messages left out."""
    refs = [ref for q in desk.queues.values() for ref in (*q.intake, *((q.desk,) if q.desk else ()))]
    return {str(ref): (ref.connection, ref.room) for ref in refs if ref.room != DM}


def named_rooms(desk: DeskFile, connection: str) -> tuple[str, ...]:
    """The rooms that a desk names on one connection, as it names them."""
    return tuple(room for of, room in room_refs(desk).values() if of == connection)


def desk_rooms(desk: DeskFile, connection: str) -> tuple[str, ...]:
    """Those of them where agents work."""
    return tuple(q.desk.room for q in desk.queues.values() if q.desk and q.desk.connection == connection)


def staffed(desk: DeskFile, connection: str) -> bool:
    """Do agents work on that connection: in a room of theirs, or is an account there named as one?"""
    named = (ref for q in desk.queues.values() for ref in (*q.leads, *(q.agents if q.agents != "members" else ())))
    return bool(desk_rooms(desk, connection)) or any(ref.connection == connection for ref in (*named, *desk.admins))


def private_rooms(desk: DeskFile, connection: str) -> frozenset[str]:
    """Those of a connection's rooms in which threads are opened for one person alone: {"community:#payroll"}."""
    refs = (ref for queue in desk.queues.values() for ref in Directory(desk).private_threads(queue, connection))
    return frozenset(map(str, refs))


def resolve(
    wanted: Mapping[str, tuple[str, str]],
    rooms: Mapping[str, Sequence[Room]],
    before: Mapping[str, Room] | None = None,
) -> dict[str, Room]:
    """Finds the rooms that a desk file names: {"acme:#it-help": ("acme", "#it-help")} → {"acme:#it-help": Room}.

    A room is named by its id, or by its name with or without the leading #; where the bot is on several servers, the
    server's name may stand before it ("Acme/#support"), and must where several have such a room. Of several that fit,
    it is the one that it was `before`, so that nobody takes a room's place by making another of its name, or none.
    """
    found = {}
    for ref, (connection, name) in wanted.items():
        fitting = fit(name, rooms.get(connection, ()))
        same = [room for room in fitting if before and ref in before and room.external_id == before[ref].external_id]
        if len(same or fitting) == 1:
            found[ref] = (same or fitting)[0]
    return found


def fit(name: str, rooms: Sequence[Room]) -> list[Room]:
    """The rooms that a name in a desk file may stand for."""
    by_id = [room for room in rooms if room.external_id == name]
    return by_id or [room for room in rooms if _plain(name) in _names(room)]


def _names(room: Room) -> tuple[str, str]:
    """With its server's name, where it has one, and without."""
    return _plain(room.name), _plain(room.name.rpartition("/#")[2])


def _plain(name: str) -> str:
    return name.replace("/#", "/").removeprefix("#").casefold()


class Rooms:
    """The rooms in the directory of a running desk, kept as the platforms tell them. `staff` looks agents up: those
    who are named on a connection (`frontdesk.supervisor.Surroundings`)."""

    def __init__(self, desk: Desk, staff: Callable[[str], Awaitable[None]]) -> None:
        self._desk, self._staff = desk, staff
        self._refs = room_refs(desk.directory.desk)
        self._told: dict[str, set[str]] = {}  # connection → its rooms that were told to be missing
        self._seen: Counter[str] = Counter()  # connection → how often its bot told what it sees

    async def found(self, connection: str, rooms: Sequence[Room]) -> frozenset[str]:
        """A connection's bot sees these rooms. Returns the ids of those that the desk uses."""
        self._resolve(connection, rooms)
        used = {room for room in self._desk.directory.rooms.values() if room.connection == connection}
        await self._desk.do(upkeep.rooms_found, connection, sorted(used, key=lambda room: room.external_id))
        self._resolve(connection, rooms)  # again: `known` may have read what was true before that commit
        self._seen[connection] += 1
        missing = self.missing(connection)
        for ref in sorted(missing - self._told.get(connection, set())):
            several = len(fit(self._refs[ref][1], rooms)) > 1
            log.warning("room.not_found", room=ref, hint=SEVERAL if several else UNSEEN)
        self._told[connection] = missing
        return frozenset(room.external_id for room in used)

    async def staff(self, connection: str) -> None:
        await self._staff(connection)

    async def show(self, connection: str) -> None:
        """Shows in a connection's rooms what waited for them."""
        while await self._desk.do(upkeep.show_late, connection):
            pass

    async def known(self, connections: Sequence[str]) -> None:
        """Takes these connections' rooms as they were seen last, by this process or another; what a bot tells while
        that is read is newer."""
        before = self._seen.copy()
        known: dict[str, list[Room]] = {}
        for room in await self._desk.look(upkeep.known_rooms):
            known.setdefault(room.connection, []).append(room)
        for connection in connections:
            if self._seen[connection] == before[connection]:
                self._resolve(connection, known.get(connection, ()))

    def missing(self, connection: str) -> set[str]:
        """The rooms that the desk names on a connection and that were not found there."""
        return set(self._named(connection)) - set(self._desk.directory.rooms)

    def _named(self, connection: str) -> dict[str, tuple[str, str]]:
        return {ref: place for ref, place in self._refs.items() if place[0] == connection}

    def _resolve(self, connection: str, rooms: Sequence[Room]) -> None:
        """One connection's rooms; those of the others may have moved since they were found."""
        others = {ref: room for ref, room in self._desk.directory.rooms.items() if room.connection != connection}
        found = {**others, **resolve(self._named(connection), {connection: rooms}, self._desk.directory.rooms)}
        self._desk.directory = replace(self._desk.directory, rooms=found)
