"""Persons, their platform identities, and which queues they answer for."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, text, update

from inbox.model import Account, Person
from inbox.store.engine import Tx
from inbox.store.tables import event, identity, membership, person, ticket

PERSON = (person.c.id, person.c.name, person.c.language, person.c.timezone, person.c.blocked)
FIND = (
    select(*PERSON, identity.c.id, identity.c.name, identity.c.email)
    .join(identity, identity.c.person_id == person.c.id)
    .where(identity.c.connection == bindparam("connection"), identity.c.external_id == bindparam("external_id"))
)
ADD_PERSON = insert(person).returning(person.c.id)
GET = select(*PERSON).where(person.c.id == bindparam("person_id"))
PLAN = select(person.c.plan).where(person.c.id == bindparam("person_id"))
NAMES = select(person.c.id, person.c.name).where(person.c.id.in_(bindparam("wanted", expanding=True)))
ADD_IDENTITY = insert(identity).returning(identity.c.id)
ROLES = select(membership.c.queue, membership.c.role).where(membership.c.person_id == bindparam("person_id"))
NONE: Mapping[int, Collection[str]] = {}
EMAIL = 254  # characters
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


@dataclass(frozen=True, slots=True)
class Identity:
    """A person's account on one connection. `unreachable` says why the bot cannot write to them ("" while it can)."""

    id: int
    person_id: int
    connection: str
    external_id: str
    name: str
    unreachable: str = ""


def lock_identity(tx: Tx, connection: str, external_id: str) -> None:
    """Two first messages of one person wait for each other (SQLite has one writer and needs no lock)."""
    if tx.conn.dialect.name == "postgresql":
        tx.run(LOCK, {"key": f"{connection}/{external_id}"})


def find(tx: Tx, connection: str, external_id: str) -> Person | None:
    """The person behind an account; None for somebody never seen."""
    row = tx.run(FIND, {"connection": connection, "external_id": external_id}).first()
    return Person(*row[:5]) if row else None


def called(tx: Tx, connection: str, name: str) -> list[tuple[str, str]]:
    """(external id, name) of at most two accounts of a connection that bear that name."""
    alike = or_(identity.c.name == name, func.lower(identity.c.name) == name.lower())
    query = select(identity.c.external_id, identity.c.name).where(identity.c.connection == connection, alike)
    return [(row[0], row[1]) for row in tx.run(query.order_by(identity.c.id).limit(2))]


def identify(tx: Tx, now: datetime, account: Account) -> tuple[Person, int]:
    """The person behind an account and the identity's id; made at first sight, name and e-mail kept as the platform has
    them."""
    key = {"connection": account.connection, "external_id": account.external_id}
    row = tx.run(FIND, key).first()
    if row is None:
        lock_identity(tx, account.connection, account.external_id)
        row = tx.run(FIND, key).first() if tx.conn.dialect.name == "postgresql" else None
    if row is None:
        return _add(tx, now, account)
    found, identity_id = Person(*row[:5]), row[5]
    news: dict[str, Any] = {}
    if account.name and account.name != row[6]:
        tx.run(update(identity).where(identity.c.id == identity_id).values(name=account.name))
        news["name"] = account.name
    if (email := _email(account)) and email != row[7]:
        tx.run(update(identity).where(identity.c.id == identity_id).values(email=email))
    for field, told in zip(("language", "timezone"), _tastes(account), strict=True):
        if told and not getattr(found, field):  # first seen where the platform does not tell
            news[field] = told
    if news:
        tx.run(update(person).where(person.c.id == found.id).values(**news))
    return replace(found, **news), identity_id


def _add(tx: Tx, now: datetime, account: Account) -> tuple[Person, int]:
    name, language, zone = account.name or account.external_id, *_tastes(account)
    new = {"name": name, "language": language, "timezone": zone, "created_at": now}
    person_id = tx.run(ADD_PERSON, new).scalar_one()
    made = {
        "person_id": person_id,
        "connection": account.connection,
        "external_id": account.external_id,
        "name": name,
        "email": _email(account),
    }
    identity_id = tx.run(ADD_IDENTITY, made).scalar_one()
    return Person(person_id, name, language, zone), identity_id


def _tastes(account: Account) -> tuple[str, str]:
    """Language and time zone, as long as their columns: nobody's tag for a language may cost them their words."""
    return account.language[:8], account.timezone[:64]


def _email(account: Account) -> str | None:
    """In one form, so that equal ones are found; one that is longer than addresses are (RFC 5321) is none."""
    email = account.email.strip().casefold()
    return email if 0 < len(email) <= EMAIL else None


def get(tx: Tx, person_id: int) -> Person | None:
    """The person with that id."""
    row = tx.run(GET, {"person_id": person_id}).first()
    return Person(*row) if row else None


def lock(tx: Tx, person_id: int) -> None:
    """Holds a requester against other writers, so that what is known of them stays true until the commit."""
    tx.run(select(person.c.id).where(person.c.id == person_id).with_for_update(key_share=True))


def lock_agent(tx: Tx, person_id: int) -> None:
    """Holds an agent's claims, so that what is counted of them stays true until the commit: after their ticket, where
    the row of a person is locked before it."""
    if tx.conn.dialect.name == "postgresql":
        tx.run(LOCK, {"key": f"agent/{person_id}"})


def names(tx: Tx, ids: Iterable[int | None]) -> dict[int, str]:
    """Names by person id."""
    wanted = sorted({i for i in ids if i is not None})
    if not wanted:
        return {}
    return {row[0]: row[1] for row in tx.run(NAMES, {"wanted": wanted})}


def identities(tx: Tx, person_id: int) -> list[Identity]:
    """A person's accounts, oldest first."""
    columns = (identity.c.id, identity.c.person_id, identity.c.connection, identity.c.external_id, identity.c.name)
    rows = tx.run(
        select(*columns, identity.c.unreachable).where(identity.c.person_id == person_id).order_by(identity.c.id)
    )
    return [Identity(row[0], row[1], row[2], row[3], row[4], row[5] or "") for row in rows]


def identity_of(tx: Tx, identity_id: int) -> Identity | None:
    """The account with that id."""
    columns = (identity.c.id, identity.c.person_id, identity.c.connection, identity.c.external_id, identity.c.name)
    row = tx.run(select(*columns, identity.c.unreachable).where(identity.c.id == identity_id)).first()
    return Identity(row[0], row[1], row[2], row[3], row[4], row[5] or "") if row else None


def set_unreachable(tx: Tx, identity_id: int, why: str | None) -> None:
    """Notes that the bot cannot write to an account (blocked, left), or that it can again."""
    tx.run(update(identity).where(identity.c.id == identity_id).values(unreachable=why))


def reached(tx: Tx, identity_id: int) -> None:
    """They wrote to the bot, so that the bot can write to them."""
    blocked = (identity.c.id == identity_id, identity.c.unreachable.is_not(None))
    tx.run(update(identity).where(*blocked).values(unreachable=None))


def roles(tx: Tx, person_id: int) -> dict[str, str]:
    """Queue key → "agent" or "lead", for the queues that the person answers for."""
    return {row[0]: row[1] for row in tx.run(ROLES, {"person_id": person_id})}


def agents_among(tx: Tx, connection: str, accounts: Iterable[str]) -> set[int]:
    """The ids of those persons among these accounts who answer for a queue, whichever."""
    mine = (identity.c.connection == connection, identity.c.external_id.in_(list(accounts)))
    answering = select(identity.c.person_id).join(membership, membership.c.person_id == identity.c.person_id)
    return {row[0] for row in tx.run(answering.where(*mine).distinct())}


def concerned(tx: Tx, connection: str, accounts: Iterable[str], numbers: Iterable[int]) -> set[str]:
    """Of these accounts those who asked one of these tickets, or answer for a queue that one of them is or was in."""
    these = list(numbers)
    asked = tx.run(select(ticket.c.requester_id, ticket.c.queue).where(ticket.c.number.in_(these))).all()
    moves = tx.run(select(event.c.facts).where(event.c.ticket.in_(these), event.c.kind == "moved")).scalars()
    askers = {row[0] for row in asked}
    queues = {row[1] for row in asked} | {str(facts.get("from_queue")) for facts in moves}
    answering = select(membership.c.person_id).where(membership.c.queue.in_(queues))
    theirs = identity.c.person_id.in_(askers) | identity.c.person_id.in_(answering)
    known = (identity.c.connection == connection, identity.c.external_id.in_(list(accounts)))
    return set(tx.run(select(identity.c.external_id).where(*known, theirs)).scalars())


def members(tx: Tx, queue: str) -> dict[int, str]:
    """Person id → role, for a queue."""
    rows = tx.run(select(membership.c.person_id, membership.c.role).where(membership.c.queue == queue))
    return {row[0]: row[1] for row in rows}


def accounts(tx: Tx, persons: Collection[int]) -> list[tuple[int, tuple[str, str]]]:
    """(person id, (connection, external id)) of every account of these persons."""
    query = select(identity.c.person_id, identity.c.connection, identity.c.external_id)
    rows = tx.run(query.where(identity.c.person_id.in_(sorted(persons))).order_by(identity.c.id))
    return [(row[0], (row[1], row[2])) for row in rows]


def set_members(tx: Tx, queue: str, wanted: Mapping[int, str], skills: Mapping[int, Collection[str]] = NONE) -> bool:
    """Makes exactly these persons the queue's agents and leads; true where that changed anything. Who stays keeps their
    turn among those who are given tickets."""
    columns = (membership.c.person_id, membership.c.role, membership.c.skills)
    had = {row[0]: (row[1], row[2]) for row in tx.run(select(*columns).where(membership.c.queue == queue))}
    team = {who: (role, sorted(skills.get(who, ()))) for who, role in wanted.items()}
    if gone := sorted(had.keys() - team.keys()):
        tx.run(delete(membership).where(membership.c.queue == queue, membership.c.person_id.in_(gone)))
    for who, (role, good_at) in sorted(team.items()):
        if who in had and had[who] != (role, good_at):
            mine = (membership.c.queue == queue, membership.c.person_id == who)
            tx.run(update(membership).where(*mine).values(role=role, skills=good_at))
    if new := sorted(team.keys() - had.keys()):
        rows = [{"queue": queue, "person_id": who, "role": team[who][0], "skills": team[who][1]} for who in new]
        tx.run(insert(membership), rows)
    return had != team


def set_language(tx: Tx, person_id: int, language: str) -> None:
    tx.run(update(person).where(person.c.id == person_id).values(language=language))


def set_timezone(tx: Tx, person_id: int, timezone: str) -> None:
    tx.run(update(person).where(person.c.id == person_id).values(timezone=timezone))


def plan(tx: Tx, person_id: int) -> str:
    """The plan that a lead gave somebody; "" for none."""
    return str(tx.run(PLAN, {"person_id": person_id}).scalar() or "")


def set_plan(tx: Tx, person_id: int, plan: str) -> None:
    tx.run(update(person).where(person.c.id == person_id).values(plan=plan))


def set_blocked(tx: Tx, person_id: int, blocked: bool) -> None:
    """A blocked person's words are kept aside and open nothing."""
    tx.run(update(person).where(person.c.id == person_id).values(blocked=blocked))
