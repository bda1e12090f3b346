"""What can go wrong at the desk, as a tree, each with the sentence that a person reads.

    DeskError
    ├── NotFound            no such ticket, or not yours: the same words for both
    ├── NotAllowed          the ticket is yours to see, the deed is not
    ├── AlreadyClaimed      somebody else holds it; tells who and since when (keeps what was written)
    ├── NotHolder           the deed is the holder's
    ├── WrongStatus         the ticket's status does not allow the deed
    │   └── TooOld              its requester would have it opened again, and is told what to do instead
    ├── OverCapacity        the agent holds as many as the queue allows
    ├── WordsWaiting        the holder's words are in their undo window; a take-over must wait
    ├── NothingToDo         there is nothing to claim, or the question is no longer open
    ├── NotYet              what the deed depends on is under way; it is to be tried again in a moment
    ├── BadInput            what was typed or sent is not understood; says what was expected
    └── StoreError
        ├── StoreUnavailable    the database is gone, read-only or full: the same again may succeed
        ├── Unstorable          the database refuses these very values: the same again will fail again
        └── SchemaMismatch      the database has another schema than this program

`say` is a key of the locale catalogue, `facts` fill it in. `keeps` marks errors that are outcomes: what their verb
wrote before raising is committed.
"""

from typing import Any, ClassVar


class DeskError(Exception):
    """The root; `say` names the sentence in the catalogue."""

    say: ClassVar[str] = "error.unexpected"
    keeps: ClassVar[bool] = False

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.say, facts)
        self.facts = facts


class NotFound(DeskError):
    """facts: ticket."""

    say = "error.not_found"


class NotAllowed(DeskError):
    """facts: ticket."""

    say = "error.not_allowed"


class AlreadyClaimed(DeskError):
    """facts: ticket, holder (name), since (seconds ago)."""

    say = "error.already_claimed"
    keeps = True


class NotHolder(DeskError):
    """facts: ticket, holder (name, or "" where nobody holds it)."""

    say = "error.not_holder"


class WrongStatus(DeskError):
    """facts: ticket, status."""

    say = "error.wrong_status"


class TooOld(WrongStatus):
    """Its requester wants a ticket opened again that stays closed. facts: ticket, status."""

    say = "error.too_old"


class OverCapacity(DeskError):
    """facts: capacity."""

    say = "error.over_capacity"


class WordsWaiting(DeskError):
    """facts: ticket, holder, seconds."""

    say = "error.words_waiting"


class NothingToDo(DeskError):
    """facts: ticket, where it is about one."""

    say = "error.nothing"


class NotYet(DeskError):
    """A card is being sent, and words in its thread came back before it was known where it stands."""

    say = "error.unexpected"


class BadInput(DeskError):
    """facts: what (a sentence's key is chosen by `reason`); field, where one of a form is at fault."""

    say = "error.bad_input"

    def __init__(self, reason: str = "", **facts: Any) -> None:
        super().__init__(**facts)
        self.reason = reason

    @property
    def key(self) -> str:
        return f"error.{self.reason}" if self.reason else self.say


class StoreError(DeskError):
    """The database's side of it."""

    say = "error.store"


class StoreUnavailable(StoreError):
    """facts: why (one sentence, without secrets)."""


class Unstorable(StoreError):
    """facts: why."""

    say = "error.unexpected"


class SchemaMismatch(StoreError):
    """facts: why."""
