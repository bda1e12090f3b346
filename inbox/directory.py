"""The structure of one desk: its connections, rooms, queues and policies, as frozen values.

`frontdesk.config` reads them from `desk.toml`; the verbs get them with their transaction. Rooms are named in the
file by name or id; the bots resolve them at start, and a `Directory` is the desk together with the resolved rooms.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from inbox.automation import Rule
from inbox.question import Question
from sla.hours import OpeningHours
from sla.policy import Policy
from sla.survey import Kind

Language = Literal["en", "sv", "da"]
LANGUAGES: tuple[Language, ...] = ("en", "sv", "da")
PLATFORMS = ("slack", "discord", "telegram")
Voice = Literal["microphone", "explicit"]
Signature = Literal["first_name", "alias", "desk"]
ThreadMode = Literal["mirror", "web"]
Opens = Literal["direct", "private_thread"]
Assignment = Literal["manual", "round_robin", "least_busy"]
# which words claim: none, those of /reply, the form and the web, or plain words in the thread as well
ClaimByReply = Literal["never", "explicit", "words"]
DM = "dm"
PRIVATE_THREADS = frozenset({"discord"})  # platforms with threads that one person and the bot see


@dataclass(frozen=True, slots=True)
class Connection:
    """One bot account on one platform. `env` is the prefix of its tokens' names ("" for the plain names)."""

    name: str
    platform: str
    env: str = ""


@dataclass(frozen=True, slots=True)
class RoomRef:
    """A room as the file names it: `acme:#it-help`, `acme:C012AB`, `acme:dm`."""

    connection: str
    room: str

    def __str__(self) -> str:
        return f"{self.connection}:{self.room}"


@dataclass(frozen=True, slots=True)
class AgentRef:
    """Who answers, as the file names it: a user, a Slack user group, a Discord role, a Telegram group's admins."""

    connection: str
    kind: Literal["user", "group", "role", "admins"]
    name: str

    def __str__(self) -> str:
        return f"{self.connection}:{self.name}" if self.kind == "user" else f"{self.connection}:{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Agent:
    """What the file says of one who answers: what they are good at, and their shift (None: their queues' hours)."""

    skills: frozenset[str] = frozenset()
    hours: OpeningHours | None = None


@dataclass(frozen=True, slots=True)
class SurveySettings:
    """What is asked after a ticket was resolved. `delay_seconds` runs from the resolution; `sample` is 0–1; with
    `by_day` people are asked between 09 and 20 of their own day only."""

    kind: Kind = "csat"
    delay_seconds: int = 3600
    sample: float = 1.0
    by_day: bool = True


@dataclass(frozen=True, slots=True)
class DigestSettings:
    """When a queue's desk room is told how it stands: each day at "HH:MM" of the desk's time, each week on a weekday (0
    is Monday) and time. `empty` says whether that is said of a day, too, on which there is nothing to say."""

    daily: str = ""
    weekly: tuple[int, str] | None = None
    empty: bool = True


@dataclass(frozen=True, slots=True)
class Queue:
    """A line of tickets with its agents, policy and rooms. Times are in seconds."""

    key: str
    title: str
    policy: Policy
    intake: tuple[RoomRef, ...] = ()
    desk: RoomRef | None = None
    agents: tuple[AgentRef, ...] | Literal["members"] = ()
    leads: tuple[AgentRef, ...] = ()
    default: bool = False
    private: bool = False
    voice: Voice = "microphone"
    signature: Signature = "first_name"
    thread: ThreadMode = "mirror"
    survey: SurveySettings | None = SurveySettings()
    escalates_to: str = ""
    keywords: tuple[str, ...] = ()
    capacity: int = 0  # most unresolved claims an agent may hold; 0 is no limit
    undo_seconds: int = 5
    handover_note: bool = False  # whoever moves a ticket out of here or into here says why
    open: Opens = "direct"  # where the answer goes to who asked by form or command
    assignment: Assignment = "manual"
    skills: tuple[str, ...] = ()  # the tags and languages that decide to whom a ticket is given
    fields: tuple[Question, ...] = ()
    claim_by_reply: ClaimByReply = "explicit"  # which words to the requester claim a ticket that nobody holds
    closed_reply: bool = True  # who writes outside opening hours is told when somebody is there again
    digest: DigestSettings | None = None


@dataclass(frozen=True, slots=True)
class Windows:
    """The desk's windows, in seconds; SEMANTICS names each."""

    burst: int = 120
    direct_active: int = 8 * 3600
    reopen: int = 7 * 86400
    close: int = 7 * 86400
    remind_pending: tuple[int, ...] = (2 * 86400, 4 * 86400)
    resolve_pending: int = 6 * 86400
    ask_direct: int = 600
    former_holder: int = 120


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that `desk.toml` says."""

    name: str
    language: Language
    timezone: str
    connections: Mapping[str, Connection]
    queues: Mapping[str, Queue]
    hours: Mapping[str, OpeningHours] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    admins: tuple[AgentRef, ...] = ()
    agents: Mapping[tuple[str, str], Agent] = field(default_factory=dict)  # by connection and user id
    windows: Windows = Windows()
    default_queue: str = ""
    ticket_reaction: str = "ticket"
    """The emoji, by its name or itself, with which people ask for a ticket of a message; "" for none."""
    claim_reaction: str = "👀"
    """The emoji itself (`:name:` for one that only a workspace has) with which agents claim a ticket; "" for none."""
    rules: tuple[Rule, ...] = ()


RoomKind = Literal["channel", "direct", "group", "forum"]


@dataclass(frozen=True, slots=True)
class Room:
    """A room as its platform knows it. `topics` says that a thread of its own can be made for each ticket."""

    connection: str
    external_id: str
    name: str
    kind: RoomKind = "channel"
    private: bool = False
    topics: bool = True


@dataclass(frozen=True, slots=True)
class Directory:
    """The desk and the rooms that its references were resolved to: {"acme:#it-help": Room(…), …}."""

    desk: Desk
    rooms: Mapping[str, Room] = field(default_factory=dict)

    def queue(self, key: str) -> Queue:
        """The queue with that key. One that the file no longer has goes on under the default queue's policy and in its
        room, but as a private one: nobody knows any more whose eyes its tickets' words were for."""
        found = self.desk.queues.get(key)
        if found:
            return found
        default = self.desk.queues[self.desk.default_queue]
        kept_in = replace(default, key=key, title=key, default=False, private=True, voice="explicit", thread="web")
        return replace(kept_in, assignment="manual")

    def platform(self, connection: str) -> str:
        """ "slack", "discord" or "telegram"; "" for a connection that the file no longer has."""
        found = self.desk.connections.get(connection)
        return found.platform if found else ""

    def intake_queues(self, connection: str, room: str, direct: bool) -> tuple[Queue, ...]:
        """The queues that take requests in that room (its external id), in the file's order."""
        return tuple(
            q for q in self.desk.queues.values() if any(self._is(ref, connection, room, direct) for ref in q.intake)
        )

    def public_queues(self, connection: str) -> tuple[Queue, ...]:
        """The queues that take requests anywhere on a connection, confidential ones left out, in the file's order."""
        found = (q for q in self.desk.queues.values() if any(ref.connection == connection for ref in q.intake))
        return tuple(q for q in found if not q.private)

    def desk_queues(self, connection: str, room: str) -> tuple[Queue, ...]:
        """The queues whose agents work in that room."""
        return tuple(q for q in self.desk.queues.values() if q.desk and self._is(q.desk, connection, room, False))

    def private_threads(self, queue: Queue, connection: str) -> tuple[RoomRef, ...]:
        """The rooms, as the file names them, in which a queue opens a thread for each who asks on a connection."""
        if queue.open != "private_thread" or self.platform(connection) not in PRIVATE_THREADS:
            return ()
        return tuple(ref for ref in queue.intake if ref.connection == connection and ref.room != DM)

    def private_room(self, queue: Queue, connection: str, room: str) -> str:
        """The id of the room in which a queue opens a thread for somebody who asks in `room`: there, if it is one of
        its own, else in its first; "" where it opens none."""
        found = [self.rooms.get(str(ref)) for ref in self.private_threads(queue, connection)]
        mine = [one.external_id for one in found if one and one.kind == "channel"]
        return room if room in mine else next(iter(mine), "")

    def desk_room(self, queue: Queue) -> Room | None:
        """The resolved desk room of a queue; None where it has none or it was not found."""
        return self.rooms.get(str(queue.desk)) if queue.desk else None

    @property
    def labelled(self) -> frozenset[tuple[str, str]]:
        """The rooms, as connection and id, whose threads carry labels, as the posts of a Discord forum do."""
        forums = (room for room in self.rooms.values() if room.kind == "forum")
        return frozenset((r.connection, r.external_id) for r in forums if self.platform(r.connection) == "discord")

    def names(self, connection: str, room: str) -> bool:
        """Does the desk file name a room so?"""
        queues = self.desk.queues.values()
        return RoomRef(connection, room) in {ref for q in queues for ref in (*q.intake, q.desk)}

    def moved(self, connection: str, old: str, new: str) -> "Directory":
        """The same with a room that has another id."""
        there = {
            ref: room for ref, room in self.rooms.items() if (room.connection, room.external_id) == (connection, old)
        }
        return replace(
            self, rooms={**self.rooms, **{ref: replace(room, external_id=new) for ref, room in there.items()}}
        )

    def _is(self, ref: RoomRef, connection: str, room: str, direct: bool) -> bool:
        if ref.connection != connection:
            return False
        if ref.room == DM:
            return direct
        found = self.rooms.get(str(ref))
        return bool(found and found.external_id == room)
