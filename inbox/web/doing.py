"""A form that an agent sent, as its deed reads it, and what the deed brings."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from inbox.desk.albums import Enclosed
from inbox.errors import BadInput
from inbox.model import Attached, Place, Ticket
from inbox.moments import FARTHEST, understood
from inbox.storable import storable
from inbox.store import Tx

LONGEST_NUMBER = 12  # digits
LONGEST_KEY = 64  # characters of a form's one-time key
PICKED = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d)?")  # a time from a browser's own picker


@dataclass(frozen=True, slots=True)
class Doing:
    """A form that an agent sent. `subject` is the ticket's number, or the id of the words; `zone` is where they read
    times; `key` makes words that are sent twice be said once ("" for no such promise); `files` came with it and lie in
    the store."""

    tx: Tx
    now: datetime
    agent: int
    subject: int
    form: Mapping[str, str]
    zone: str
    key: str = ""
    files: tuple[Attached, ...] = ()

    def said(self, field: str) -> str:
        """What was typed into a field, "" for nothing; as it can be stored."""
        return storable(self.form.get(field, "")).replace("\r\n", "\n").strip()

    def number(self, field: str) -> int:
        """A number that was typed or chosen, with or without "#". Raises BadInput (`no_number`)."""
        text = self.said(field).lstrip("#").strip()
        if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
            raise BadInput("no_number", field=field, words=text[:40])
        return int(text)

    def moment(self, field: str) -> datetime:
        """A time that was typed as people say it, or picked, or an instant with its offset. Raises BadInput."""
        said = self.said(field)
        return _instant(said, self.now) or understood(PICKED.sub(r"\1 \2", said), self.now, self.zone)

    @property
    def enclosed(self) -> Enclosed | None:
        """The files as they go with words: nobody has to fetch them over a connection."""
        return Enclosed(Place("", ""), self.files) if self.files else None

    @property
    def fence(self) -> int | None:
        """The fence that the author of the words saw; None where the form tells none."""
        return self.number("fence") if self.said("fence") else None

    def words_key(self) -> str:
        """The key of what was written: the same form with other words in it says something else."""
        if not self.key:
            return ""
        said = "\n".join((self.said("words"), *(one.sha256 for one in self.files)))
        written = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]
        return f"{storable(self.key)[:LONGEST_KEY]}/{self.agent}/{self.subject}/{written}"


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: the ticket that the reader looks at next, `did`, the key of a sentence about it ("" for the
    deed's own), and the id of the `words` that were said or decided about."""

    ticket: Ticket
    did: str = ""
    words: int | None = None


def _instant(text: str, now: datetime) -> datetime | None:
    """What programs write: "2026-03-05T08:15:00+01:00"; None for anything else. Raises BadInput (`past`, `too_far`)."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None:
        return None
    if found <= now:
        raise BadInput("past")
    if found - now > FARTHEST:
        raise BadInput("too_far")
    return found.astimezone(UTC)
