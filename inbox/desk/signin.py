"""Who reads in the browser: one-time links, the sessions they open, and what their reader may see."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from inbox.model import Person, Ticket
from inbox.store import Tx, events, people, sessions
from inbox.store.sessions import Session

LINK_LASTS = timedelta(minutes=15)
OPERATORS_LINK_LASTS = timedelta(minutes=60)
SESSION_LASTS = timedelta(hours=12)
IDLE = timedelta(hours=2)
SEEN_STEP = timedelta(minutes=1)  # how exactly it is kept when a session was last used: a write a minute at most
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is signed in: a person with their queues and roles, or the operator (`person` is None), who sees
    every queue and acts as nobody."""

    session: Session
    person: Person | None
    roles: Mapping[str, str] = field(default_factory=dict)

    @property
    def operator(self) -> bool:
        return self.person is None

    @property
    def person_id(self) -> int | None:
        return self.person.id if self.person else None

    def sees(self, ticket: Ticket) -> bool:
        return self.operator or ticket.queue in self.roles


def make(tx: Tx, now: datetime, person_id: int | None) -> str:
    """A sign-in link's token for a person (None: the operator): good once, for 15 minutes (the operator's for 60)."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    sessions.sweep(tx, now)
    lasts = LINK_LASTS if person_id is not None else OPERATORS_LINK_LASTS
    sessions.add_link(tx, _hash(token), person_id, now + lasts)
    return token


def is_good(tx: Tx, now: datetime, token: str) -> bool:
    """Whether that link's token could be used now; asking does not use it up."""
    return sessions.link_is_good(tx, _hash(token), now)


def use(tx: Tx, now: datetime, token: str, former: str = "") -> str | None:
    """Uses a link up and opens a session; returns the session's token, None for a link that is unknown, used or old.

    `former` is the token of the session that this browser had, which ends: nobody keeps two.
    """
    good, person_id = sessions.use_link(tx, _hash(token), now)
    if not good:
        return None
    if former:
        sessions.end(tx, _hash(former))
    fresh = secrets.token_urlsafe(TOKEN_BYTES)
    begun = Session(_hash(fresh), person_id, now, now + SESSION_LASTS, secrets.token_hex(16))
    sessions.add(tx, begun, now)
    return fresh


def reader(tx: Tx, now: datetime, token: str) -> Reader | None:
    """Who holds that session's token now.

    None for nobody: no such session, one that ran out, somebody blocked, or who answers for no queue any more.
    """
    found = sessions.get(tx, _hash(token)) if token else None
    if found is None or now >= found.expires_at or now - found.seen_at >= IDLE:
        return None
    if found.person_id is None:
        return Reader(found, None)
    person, roles = people.get(tx, found.person_id), people.roles(tx, found.person_id)
    if person is None or person.blocked or not roles:
        return None
    return Reader(found, person, roles)


def keep(tx: Tx, now: datetime, session: Session) -> None:
    """Notes that a session is in use: it runs out when nobody uses it."""
    sessions.seen(tx, session.token_hash, now)


def wants_keeping(now: datetime, session: Session) -> bool:
    """Whether the last use that is written down is old enough to be worth a write."""
    return now - session.seen_at >= SEEN_STEP


def note_read(tx: Tx, now: datetime, number: int, person_id: int | None, door: str = "web") -> None:
    """Writes down that somebody read a private queue's ticket: once an hour for each person and ticket."""
    if events.first_time(tx, f"read/{person_id or 'operator'}/{number}/{now:%Y-%m-%dT%H}", now):
        events.add(tx, now, "read_private", number, person_id, door=door)


def leave(tx: Tx, now: datetime, token: str) -> None:
    """Ends a session."""
    sessions.end(tx, _hash(token))


def _hash(token: str) -> str:
    # a token has 256 random bits: nobody can try them all, so a plain hash hides it
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
