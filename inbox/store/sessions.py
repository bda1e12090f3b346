"""Sign-in links and the sessions they open: only the hashes of their tokens are kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from inbox.store.engine import Tx
from inbox.store.tables import session, signin

SWEPT = 200  # rows that ran out, taken away at a time
SESSION = (session.c.token_hash, session.c.person_id, session.c.seen_at, session.c.expires_at, session.c.csrf)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in. `person_id` is None for the operator; `csrf` is what their forms' tokens grow from."""

    token_hash: str
    person_id: int | None
    seen_at: datetime
    expires_at: datetime
    csrf: str


def add_link(tx: Tx, token_hash: str, person_id: int | None, expires_at: datetime) -> None:
    """Stores a sign-in link."""
    tx.run(insert(signin), {"token_hash": token_hash, "person_id": person_id, "expires_at": expires_at})


def link_is_good(tx: Tx, token_hash: str, now: datetime) -> bool:
    """Whether that link could be used now."""
    good = select(signin.c.token_hash).where(
        signin.c.token_hash == token_hash, signin.c.used_at.is_(None), signin.c.expires_at > now
    )
    return tx.run(good).first() is not None


def use_link(tx: Tx, token_hash: str, now: datetime) -> tuple[bool, int | None]:
    """Uses a link up: (whether it was still good, whose it is). Of two that use it at once, one wins."""
    row = tx.run(
        update(signin)
        .where(signin.c.token_hash == token_hash, signin.c.used_at.is_(None), signin.c.expires_at > now)
        .values(used_at=now)
        .returning(signin.c.person_id)
    ).first()
    return (False, None) if row is None else (True, row[0])


def add(tx: Tx, found: Session, now: datetime) -> None:
    """Stores a session that begins now."""
    tx.run(
        insert(session),
        {
            "token_hash": found.token_hash,
            "person_id": found.person_id,
            "created_at": now,
            "seen_at": found.seen_at,
            "expires_at": found.expires_at,
            "csrf": found.csrf,
        },
    )


def get(tx: Tx, token_hash: str) -> Session | None:
    """The session with that hash, whether or not it ran out."""
    row = tx.run(select(*SESSION).where(session.c.token_hash == token_hash)).first()
    return Session(*row) if row else None


def seen(tx: Tx, token_hash: str, now: datetime) -> None:
    """Notes that the session was used now."""
    tx.run(update(session).where(session.c.token_hash == token_hash).values(seen_at=now))


def end(tx: Tx, token_hash: str) -> None:
    """Ends a session; one that is over already stays so."""
    tx.run(delete(session).where(session.c.token_hash == token_hash))


def end_of(tx: Tx, person_id: int, csrf: str) -> bool:
    """Ends a person's sessions of that kind; false where there were none."""
    these = (session.c.person_id == person_id, session.c.csrf == csrf)
    return tx.run(delete(session).where(*these)).rowcount > 0


def sweep(tx: Tx, now: datetime) -> None:
    """Takes away some of what ran out."""
    for table in (signin, session):
        old = select(table.c.token_hash).where(table.c.expires_at <= now).limit(SWEPT)
        tx.run(delete(table).where(table.c.token_hash.in_(old)))
