"""Personal tokens: with one, a program does what its agent may do, in the agent's name.

A token is shown once, when it is made; kept is only its hash. It is made by another function than a session's, so that
neither can be used in the place of the other. Each agent has one; a new one ends the old.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from inbox.desk.signin import TOKEN_BYTES, Reader
from inbox.errors import BadInput
from inbox.store import Tx, events, people, sessions
from inbox.store.sessions import Session

LASTS = timedelta(days=365)
MARK = "fd_"  # by which scanners for lost secrets know ours
KIND = "token"  # in the place of what forms grow from: with a token nobody sends forms


def make(tx: Tx, now: datetime, person_id: int) -> str:
    """A new token of an agent's. Raises BadInput (`no_agent`) for who answers for no queue."""
    if not people.roles(tx, person_id):
        raise BadInput("no_agent")
    people.lock(tx, person_id)
    sessions.end_of(tx, person_id, KIND)
    token = MARK + secrets.token_urlsafe(TOKEN_BYTES)
    sessions.add(tx, Session(_hash(token), person_id, now, now + LASTS, KIND), now)
    events.add(tx, now, "token_made", None, person_id)
    return token


def revoke(tx: Tx, now: datetime, person_id: int) -> bool:
    """The agent's token is good no more; false where they had none."""
    people.lock(tx, person_id)
    ended = sessions.end_of(tx, person_id, KIND)
    if ended:
        events.add(tx, now, "token_revoked", None, person_id)
    return ended


def reader(tx: Tx, now: datetime, token: str) -> Reader | None:
    """Whose token that is; None for nobody's: unknown, ended, too old, somebody blocked or who is no agent any more."""
    found = sessions.get(tx, _hash(token)) if token.startswith(MARK) else None
    if found is None or found.person_id is None or now >= found.expires_at:
        return None
    person, roles = people.get(tx, found.person_id), people.roles(tx, found.person_id)
    return Reader(found, person, roles) if person and not person.blocked and roles else None


def _hash(token: str) -> str:
    return hashlib.sha3_256(token.encode("utf-8", "replace")).hexdigest()
