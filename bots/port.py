"""The port: what every chat platform offers the desk, and what the desk offers every platform.

An adapter turns wire events into the values below and hands them to the `Front`; it acknowledges to its platform only
after that returned, because then the effect is committed. Where an adapter lacks an ability it leaves it out of
`abilities`, and the relay degrades visibly.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol

from bots.pacing import Pace as Pace
from inbox.directory import AgentRef, Room
from inbox.model import Account, Attached, Deleted, Edited, File, Place, Reacted, Said
from inbox.question import QuestionKind
from inbox.words import Spans

Style = Literal["plain", "primary", "danger"]
Tone = Literal["plain", "good", "warn", "bad"]
Mark = Literal["sent", "held", "failed"]
Wish = Literal["ticket", "claim", "split"]
BUTTONS = 25  # of one kind that are shown side by side


class Ability(StrEnum):
    """What a platform can do beyond sending words. The sentence behind each is what docs/platforms.md says of it."""

    EDITS = "edits"  # change what was sent
    DELETES = "deletes"  # take back what was sent
    WHISPERS = "whispers"  # words for one person's eyes in a room
    FORMS = "forms"  # a form that opens over the chat
    MARKS = "marks"  # reactions on people's messages
    FILES = "files"  # files can be fetched and sent
    THREADS = "threads"  # a thread can hang on any message
    TOPICS = "topics"  # a thread is made first, and filled then
    HISTORY = "history"  # what was missed can be read again
    TYPING = "typing"  # one sees that somebody is writing
    RECONCILE = "reconcile"  # after an ambiguous send one can look whether it arrived
    IDEMPOTENT = "idempotent"  # for some minutes, posts with the same nonce are one message
    TELLS_EDITS = "tells_edits"  # people's edits are told to bots
    TELLS_DELETES = "tells_deletes"  # people's deletions are told to bots
    REACTIONS = "reactions"  # small marks that people put on messages cross to the other side
    ANSWERS = "answers"  # words show which earlier ones they answer
    PRIVATE_THREADS = "private_threads"  # a thread can be for one person alone
    LABELS = "labels"  # a thread's tags show the ticket's status
    TITLES = "titles"  # a thread's name can be changed
    PAGES = "pages"  # everybody has a page of their own, which follows what happens


@dataclass(frozen=True, slots=True)
class Button:
    """`action` is "verb:ticket" or "verb:ticket:argument", at most 60 bytes; what it may do is checked when pressed."""

    label: str
    action: str
    style: Style = "plain"


@dataclass(frozen=True, slots=True)
class Card:
    """What is said, before any platform's form: every string is plain text (people's words too) and is escaped by
    the renderer. `lead` is set bold before the text (who speaks); `quote` are people's words set apart. `spans` are the
    formatting of the text; `files` lie in the file store, and are sent along. `menu` says what to do with buttons that
    are too many to stand side by side (more than BUTTONS): a platform that has menus puts them into one."""

    text: str = ""
    title: str = ""
    lead: str = ""
    quote: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    buttons: tuple[tuple[Button, ...], ...] = ()
    footer: str = ""
    tone: Tone = "plain"
    spans: Spans = ()
    files: tuple[File, ...] = ()
    menu: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form. `kind` text is one line, paragraph several, choice one of `options` (value, label). A
    platform that has nothing of its own for a date, person or number asks for a line of text. `help` stands below.
    With `search`, "verb:ticket", its options are `Sought` as one types, and the button "verb:ticket:value" shows what
    was chosen before it is sent; a platform that can do neither opens no such form."""

    id: str
    label: str
    kind: QuestionKind = "text"
    required: bool = True
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    max_length: int = 3000
    help: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form. `id` comes back with what was filled in ("reply:42")."""

    id: str
    title: str
    fields: tuple[Field, ...]
    submit: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a press, a command or a form: a card for the person's eyes (`private`) or for all; a form to be
    opened, or to go on with after the one that was sent (then the card says so too, with a button that opens it);
    `replace` puts the card in the place of the message that was pressed; `refused` says that nothing was done, so that
    a form stays open with its words, and `mistakes` which of its fields are at fault (field id → sentence); `secret`
    cards must reach nobody else, whatever the platform can do. All empty: just acknowledged."""

    card: Card | None = None
    form: Form | None = None
    private: bool = True
    replace: bool = False
    refused: bool = False
    secret: bool = False
    mistakes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Press:
    """A person pressed a button. `key` is the interaction's natural key (with the connection in it)."""

    key: str
    place: Place
    by: Account
    action: str
    message_id: str = ""
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A person typed a command; `words` are without the slash and, for /ticket, without that word: "claim 42".

    `free` says that it was /ticket, after which words that are no command are a new ticket's. `message_id` is the
    message that it was typed as, where others can see one; `reply_to` the message it answered, where the platform has
    such. `at` is the platform's time, if it tells. `files` came with it, where words can stand below a file; `album`
    names what more comes with them (`inbox.model.Said`)."""

    key: str
    place: Place
    by: Account
    words: str
    direct: bool = False
    reply_to: str = ""
    at: datetime | None = None
    free: bool = False
    message_id: str = ""
    files: tuple[Attached, ...] = ()
    album: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """A person sent a form. `values` by field id; a person who was chosen is a mention, "<@ID>", and `named` has the
    names of who is mentioned, by id. `place` is where the form was opened from ("" room if unknown)."""

    key: str
    place: Place
    by: Account
    form: str
    values: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pointed:
    """A person pointed at a message, `said`: they want a ticket of it, or to claim or split the one that it is of."""

    key: str
    by: Account
    said: Said
    wish: Wish = "ticket"


@dataclass(frozen=True, slots=True)
class Sought:
    """A person is typing and may be offered `what` it could be ("canned", "queue", "tag", "field", "verb"), for the
    `ticket` that they named, else the one whose thread is at `place`."""

    by: Account
    what: str
    typed: str
    place: Place
    ticket: int | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What the platform made of a post: the (first) message's id, the room (for a direct message), the thread it
    opened, and in order the ids of all its messages where it took several. `replaced` says that the thread that it was
    for is gone or takes no words any more: the talk goes on in `thread`, or with "" in the room itself."""

    message_id: str
    room: str = ""
    thread: str = ""
    parts: tuple[str, ...] = ()
    replaced: bool = False

    @property
    def whole(self) -> tuple[str, ...]:
        """The ids of all its messages, for `edit` and `delete`."""
        return self.parts or (self.message_id,)


@dataclass(frozen=True, slots=True)
class Health:
    """Is the connection up, and if not why, in a sentence."""

    ok: bool
    sentence: str = ""


class SendError(Exception):
    """Root of what can happen to a post; the message is a sentence for agents, without secrets."""


class TryLater(SendError):
    """Nothing took effect (429, 5xx before acceptance, connection refused); `after` seconds, 0 where not told."""

    def __init__(self, why: str, after: float = 0.0) -> None:
        super().__init__(why)
        self.after = after


class Hopeless(SendError):
    """Will never work as it is. `kind`: "blocked" (the person), "gone" (room, thread or message), "forbidden" (a right
    is missing), "invalid" (refused content), "unknown_ability"."""

    def __init__(self, why: str, kind: str = "invalid") -> None:
        super().__init__(why)
        self.kind = kind


class Ambiguous(SendError):
    """It may have arrived and it may not: the connection broke or timed out after the request was sent."""


class Moved(SendError):
    """The room has another id now (a Telegram group became a supergroup)."""

    def __init__(self, room: str) -> None:
        super().__init__(f"The room is now {room}.")
        self.room = room


class StartError(Exception):
    """The connection cannot start; the message is a sentence that says what to do (wrong token, missing intent)."""


class Front(Protocol):
    """What the desk offers an adapter. Each call returns after its commit; StoreUnavailable passes through, and then
    the adapter does not acknowledge. Anything else that goes wrong inside is handled and answered."""

    async def said(self, said: Said) -> None:
        """Words were written, anywhere the bot can see: the desk decides what they mean."""

    async def edited(self, edited: Edited) -> None: ...

    async def deleted(self, deleted: Deleted) -> None: ...

    async def reacted(self, reacted: Reacted) -> None: ...

    async def typing(self, place: Place, by: Account) -> None:
        """Somebody is writing in a place. Nothing is stored, and nothing depends on it."""

    async def begun(self, form: str, by: Account) -> None:
        """Somebody has that form open before them, and begins to write. Nothing is stored or depends on it."""

    async def pressed(self, press: Press) -> Answer: ...

    async def commanded(self, command: Command) -> Answer: ...

    async def filled(self, filled: Filled) -> Answer: ...

    async def pointed(self, pointed: Pointed) -> Answer: ...

    async def home(self, by: Account) -> Sequence[Card]:
        """Somebody's own page, where the platform has one: their tickets, and what agents hold and what waits."""

    async def theirs(self, by: Account, about: Account) -> Answer:
        """What `about` asked, for an agent's eyes: the tickets that `by` may see."""

    async def suggest(self, by: Account, typed: str) -> Sequence[tuple[int, str]]:
        """The tickets (at most 25, as number and title) that somebody may mean who has typed this much of one."""

    async def complete(self, sought: Sought) -> Sequence[tuple[str, str]]:
        """What somebody may mean who is typing, at most 25, each as its value and what is shown of it."""

    def opens_form(self, action: str, language: str = "", connection: str = "", words: str = "") -> Form | None:
        """The form that a press on this button opens (with `words` about those), known without any waiting, or None."""

    async def quarantine(self, connection: str, raw: str, error: str) -> None:
        """What could not be understood, raw: kept aside, and the next event is handled."""

    async def unreachable(self, account: Account, why: str) -> None:
        """The account blocked the bot (or, with "" as `why`, can be reached again)."""

    async def people_changed(self, connection: str) -> None:
        """Memberships of rooms, groups or roles changed: agents are looked up again."""

    async def rooms_changed(self, connection: str) -> None:
        """Rooms were made, renamed, left, or the bot was invited: they are looked up again. Returns when that was done,
        once for all calls in a short time; where it fails it is tried again later, and nobody waits for that."""

    async def moved(self, connection: str, old_room: str, new_room: str) -> None:
        """A room got another id."""

    async def gap(self, connection: str, room: str, since: datetime | None, until: datetime | None, why: str) -> None:
        """What was said in a room in this stretch can be read no more (`since` None: not known since when, `until`
        None: until now; room "": everywhere): written down and told, once. `why` is a sentence."""

    async def last_ids(self, connection: str) -> Mapping[str, str]:
        """Room → the newest message id that was committed there (for closing a gap)."""

    async def begins(self, connection: str, marks: Mapping[str, str]) -> None:
        """Rooms that the desk follows from now on, each with the id after which what is said there is the desk's. One
        whose newest message is known already keeps that."""

    async def live_places(self, connection: str) -> Sequence[Place]:
        """Threads of unresolved tickets on a connection: where a gap must be closed."""


class Platform(Protocol):
    """One connection to one platform. Places are given with the ids that the platform itself gave out."""

    connection: str
    name: str
    abilities: frozenset[Ability]
    pace: Pace
    file_limit: int
    """The most bytes of a file that it takes from a bot (ability FILES)."""
    keeps: timedelta | None
    """How long it keeps for us what is said while nobody listens; None: its history can be read."""

    async def connect(self) -> Sequence[Room]:
        """Proves the token and returns every room that the bot can see. Raises StartError with a sentence."""

    async def rooms(self) -> Sequence[Room]:
        """Every room that the bot can see now; after `connect`. Raises StartError where that cannot be known."""

    async def start(self, front: Front, follow: frozenset[str]) -> None:
        """Begins to receive, closes the gap since the last run and keeps the connection up until `stop`.

        `follow` are the ids of the rooms that the desk uses. Returns when events flow. Raises StartError.
        """

    def follow(self, rooms: frozenset[str]) -> None:
        """From now on these are the rooms that the desk uses; after `start`. What was said in a new one since the bot
        was last in it is a gap to be closed."""

    async def stop(self) -> None:
        """Takes in nothing more, finishes what is under way and disconnects."""

    def health(self) -> Health: ...

    async def people(self, ref: AgentRef | Room) -> Sequence[Account]:
        """The accounts that a reference names: a user, a group, a role, a group's administrators, or a private
        room's members (no bots, guests or externals). Raises StartError where it cannot be looked up."""

    async def check(self, rooms: Mapping[str, Room | None], refs: Sequence[AgentRef]) -> Sequence[str]:
        """Asks the platform whether scopes, intents, rooms and memberships are right: sentences about what is not.

        `rooms` maps the desk file's names to the rooms they were resolved to (None: not found)."""

    async def send(self, place: Place, card: Card, nonce: str, *, opens: str = "", answers: str = "") -> Sent:
        """Posts a card. `nonce` names this post for deduplication; `opens` is a title where the post shall be the root
        of a thread of its own; `answers` a message that it replies to. Raises SendError's branches."""

    async def open_topic(self, room: str, title: str) -> str:
        """Makes a thread before anything is in it and returns its id (ability TOPICS)."""

    async def open_private(self, place: Place, title: str, *, again: bool) -> str:
        """Makes a thread in a room for `place.person` alone, brings them in and returns its id; with `again` an earlier
        attempt may have made it (ability PRIVATE_THREADS). Raises SendError's branches."""

    async def direct(self, account: str, card: Card, nonce: str) -> Sent:
        """Posts a card to a person's direct messages; `Sent.room` says where that is."""

    async def whisper(self, place: Place, account: str, card: Card) -> None:
        """A card for one person's eyes in a place (ability WHISPERS)."""

    async def edit(self, place: Place, parts: tuple[str, ...], card: Card, nonce: str) -> tuple[str, ...]:
        """Puts a card in the place of a post, given all its messages; returns those that it has now. Superfluous ones
        are taken back, missing ones are posted after, named by `nonce`."""

    async def delete(self, place: Place, parts: tuple[str, ...]) -> None:
        """Takes back all messages of a post."""

    async def mark(self, place: Place, message_id: str, mark: Mark) -> None: ...

    async def typing(self, place: Place) -> None:
        """Shows there for some seconds that somebody writes (ability TYPING)."""

    async def react(self, place: Place, message_id: str, emoji: str, *, on: bool) -> None:
        """Puts somebody's small mark on a message as the bot's own, or takes it away (ability REACTIONS). `emoji` is a
        Unicode emoji; raises Hopeless for one that the platform does not have."""

    async def label(self, place: Place, status: str) -> None:
        """Shows a ticket's status (`inbox.model.Status`) on its thread, beside what people show there (ability
        LABELS)."""

    async def rename(self, place: Place, title: str) -> None:
        """Gives a thread another name (ability TITLES)."""

    def fetch(self, ref: str) -> AsyncIterator[bytes]:
        """The bytes of a file that came with words, by `Attached.ref` (ability FILES). Raises SendError's branches:
        Hopeless "gone" or "forbidden", else TryLater."""

    async def find_sent(self, place: Place, nonce: str, since: datetime) -> Sent | None:
        """Looks whether a post with that nonce arrived (ability RECONCILE); None where it surely did not. For a
        direct message `place.room` is the account. `since` is when the first attempt began.
        Raises Ambiguous where it cannot be known."""
