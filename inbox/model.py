"""The desk's nouns as frozen values. Every instant is an aware UTC datetime; every length of time is in seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from inbox.question import Question
from inbox.words import Spans

Status = Literal["new", "open", "pending", "on_hold", "resolved", "closed"]
ClosedAs = Literal["done", "merged", "spam", "self_served"]
Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = ("low", "normal", "high", "urgent")
UNRESOLVED: tuple[Status, ...] = ("new", "open", "pending", "on_hold")
# left: the desk thread in a room that the ticket was moved away from
Side = Literal["home", "desk", "left"]
Role = Literal["requester", "participant", "agent", "bot"]
MessageKind = Literal["message", "note"]
# What became of words: received (from the requester's side), waiting (in the undo window or on their way), held (an
# agent must decide), sent, failed (parked with a reason), unknown (nobody can know), cancelled, undecided (the person
# was asked which matter they belong to), noted (internal).
MessageState = Literal["received", "waiting", "held", "sent", "failed", "unknown", "cancelled", "undecided", "noted"]


@dataclass(frozen=True, slots=True)
class Account:
    """A platform account as an event names it; `language` and `timezone` are "" where the platform does not tell, and
    `email` where it does not vouch for one. That is personal: it is shown to nobody, and in no log."""

    connection: str
    external_id: str
    name: str
    language: str = ""
    timezone: str = ""
    bot: bool = False
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was said or shall be said, in the platform's own ids.

    `thread` is the platform's thread ("" for none); `root` the message that a thread or a reply chain hangs on, or, of
    a thread that was made for one person alone, "@" and that person's account.
    """

    connection: str
    room: str
    thread: str = ""
    root: str = ""

    @property
    def person(self) -> str:
        """The account that a private thread is for; "" for any other place."""
        return self.root[1:] if self.root.startswith("@") else ""


FileKind = Literal["image", "document", "voice", "audio", "video", "sticker"]
FileState = Literal["waiting", "stored", "refused", "gone"]


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with words, as its platform names it. `ref` is what the platform fetches it by; `size` is in
    bytes, 0 where it is not told. One that lies in the store already has its hash there."""

    ref: str
    name: str
    mime: str = ""
    size: int = 0
    kind: FileKind = "document"
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a message, and what became of it: still to be fetched, stored (under its hash), refused (too big, or
    of a kind we do not take) or gone; `reason` says why, as a key of the catalogue."""

    id: int
    message_id: int
    name: str
    mime: str
    size: int
    kind: FileKind
    state: FileState
    sha256: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """Words that a person wrote; `spans` are their formatting and `files` what came with them.

    `opens` is the thread id that this message would be the root of ("" where the platform has none); `direct` is true
    in the bot's direct messages; `mentions` are the mentioned accounts' ids. `cursor` asks to remember this message as
    the newest known of its room, for closing gaps. `retractable` is false where the platform would not tell of the
    words' deletion. `called` says that they mention the bot. `topic` says that its thread is one in which many may ask:
    what is written there counts as written in the room itself. `album` names what they were sent together with, where
    the platform tells of each file for itself. `tags` are those that their author gave them there.
    """

    place: Place
    message_id: str
    author: Account
    text: str
    at: datetime
    direct: bool = False
    opens: str = ""
    reply_to: str = ""
    mentions: tuple[str, ...] = ()
    cursor: bool = False
    retractable: bool = True
    spans: Spans = ()
    files: tuple[Attached, ...] = ()
    topic: bool = False
    called: bool = False
    album: str = ""
    tags: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The natural key: the content's identity, not the envelope's."""
        return f"{self.place.connection}/{self.place.room}/{self.message_id}"


@dataclass(frozen=True, slots=True)
class Edited:
    """A person changed their words. `version` tells one edit from another (the platform's edit time); `mentions` are
    the accounts' ids that they mention now."""

    place: Place
    message_id: str
    text: str
    at: datetime
    version: str
    spans: Spans = ()
    mentions: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.original}/{self.version}"

    @property
    def original(self) -> str:
        """The natural key of the words that were changed."""
        return f"{self.place.connection}/{self.place.room}/{self.message_id}"


@dataclass(frozen=True, slots=True)
class Deleted:
    """A person deleted their words."""

    place: Place
    message_id: str
    at: datetime

    @property
    def key(self) -> str:
        return f"{self.original}/deleted"

    @property
    def original(self) -> str:
        """The natural key of the words that were deleted."""
        return f"{self.place.connection}/{self.place.room}/{self.message_id}"


@dataclass(frozen=True, slots=True)
class Reacted:
    """A person put a small mark on a message, or (`on` false) took it away. `emoji` is a Unicode emoji, or `:name:` for
    one that only its platform has."""

    place: Place
    message_id: str
    by: Account
    emoji: str
    on: bool
    at: datetime

    @property
    def key(self) -> str:
        """Which message it is about, for the log."""
        return f"{self.place.connection}/{self.place.room}/{self.message_id}"


@dataclass(frozen=True, slots=True)
class Person:
    """A person, whatever accounts they have. `language` is "" until it is known."""

    id: int
    name: str
    language: str = ""
    timezone: str = ""
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """One matter that one requester wants solved. `fence` grows with every change of the claim; `microphone` says
    whether the holder has chosen to speak; `awaiting_since` is the oldest requester message without an answer."""

    number: int
    subject: str
    status: Status
    priority: Priority
    queue: str
    requester_id: int
    connection: str
    language: str
    created_at: datetime
    updated_at: datetime
    assignee_id: int | None = None
    claimed_at: datetime | None = None
    fence: int = 0
    microphone: bool = False
    cycle: int = 1
    answered: bool = False
    awaiting_since: datetime | None = None
    due_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    closed_as: ClosedAs | None = None
    snoozed_until: datetime | None = None
    follow_up_of: int | None = None
    agent_opened: bool = False
    merged_into: int | None = None
    incident: bool = False
    topic: str | None = None
    muted_until: datetime | None = None

    @property
    def unresolved(self) -> bool:
        return self.status in UNRESOLVED


@dataclass(frozen=True, slots=True)
class Message:
    """Words on a ticket. `ticket` is None while the person has not said which matter they belong to; `reply_to` is the
    message that they answer."""

    id: int
    ticket: int | None
    kind: MessageKind
    role: Role
    author_id: int | None
    text: str
    written_at: datetime
    state: MessageState
    place: Place | None = None
    external_id: str = ""
    fence: int = 0
    edited: bool = False
    deleted: bool = False
    spans: Spans = ()
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """Where one ticket's talk happens on one side. `external_id` is None until the platform has made it; `card_id` is
    the desk card's message."""

    id: int
    ticket: int
    side: Side
    connection: str
    room: str
    external_id: str | None
    root: str = ""
    card_id: str = ""

    @property
    def place(self) -> Place:
        return Place(self.connection, self.room, self.external_id or "", self.root)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the append-only log. `actor` is a person's id, None for the desk itself."""

    id: int
    ticket: int | None
    kind: str
    actor: int | None
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise as stored: the clock's fields and where its ladder stands. `seconds` are opening seconds."""

    id: int
    ticket: int
    metric: str
    cycle: int
    state: str
    policy: str
    version: str
    target_seconds: int
    started_at: datetime
    due_at: datetime | None
    remaining_seconds: int | None
    paused_at: datetime | None
    finished_at: datetime | None
    step: int = -1


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim gave: the ticket as it is now; `already` where the agent held it before."""

    ticket: Ticket
    already: bool = False


@dataclass(frozen=True, slots=True)
class TicketCard:
    """What a card shows of a ticket, in words and values that need no further look-up. `wordless` tickets (private
    queues) show no subject in rooms. `fields` are the answers to the queue's own questions, `missing` those
    of them that it needs and nobody has answered."""

    number: int
    subject: str
    requester: str
    platform: str
    queue: str
    queue_title: str
    priority: Priority
    status: Status
    holder: str
    created_at: datetime
    due_at: datetime | None = None
    overdue: bool = False
    wordless: bool = False
    snoozed_until: datetime | None = None
    closed_as: str = ""
    follow_up_of: int | None = None
    fields: tuple[tuple[Question, str], ...] = ()
    tags: tuple[str, ...] = ()
    incident: bool = False
    cases: int = 0
    case_of: int | None = None
    incidents: tuple[int, ...] = ()
    there: tuple[tuple[str, bool], ...] = ()
    missing: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One leased thing to say, with everything that saying it needs. `fence` proves the lease.

    `answers` is the message in that place which the words answer, "" where it is not there; `quoted` are the words that
    are answered.

    Kinds: card (draw the desk card), message (words to the other side), notice (the bot's own words in a thread),
    room (the same, at a room's top), direct (to a person, by direct message), whisper (for one person's eyes, in a
    place), mark (a reaction on somebody's message), edit and delete (of a copy we sent), rewrite (of the bot's own
    words that are no longer true), react (somebody's mark on a message), label (the ticket's status, `say`, on its
    thread), title (a thread's other name, `say`).
    """

    id: int
    fence: int
    kind: str
    place: Place
    language: str
    attempts: int
    created_at: datetime
    ticket: int | None = None
    thread_id: int | None = None
    message: Message | None = None
    author: str = ""
    say: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    card: TicketCard | None = None
    account: str = ""
    target: str = ""
    timezone: str = ""
    files: tuple[File, ...] = ()
    answers: str = ""
    quoted: str = ""
