"""Which accounts are one person's, and the codes and tries by which that is proven."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, insert, literal_column, select, update

from inbox.store import nps, surveys
from inbox.store.engine import Tx
from inbox.store.people import Identity
from inbox.store.tables import (
    STUCK,
    hold,
    identity,
    link,
    link_code,
    link_try,
    membership,
    message,
    person,
    survey,
    ticket,
)
from inbox.store.upserts import insert_into

UNDECIDED = message.c.state == literal_column("'undecided'")
HELD = and_(STUCK, message.c.state == "held")  # the first part is what its index holds
UNRESOLVED = ticket.c.status.in_([literal_column(f"'{status}'") for status in ("new", "open", "pending", "on_hold")])


def keep_code(tx: Tx, person_id: int, identity_id: int, code_hash: str, expires_at: datetime) -> None:
    """A person's one code, until when; an earlier one is worth nothing any more."""
    tx.run(delete(link_code).where(link_code.c.person_id == person_id))
    values = {"person_id": person_id, "identity_id": identity_id, "code_hash": code_hash, "expires_at": expires_at}
    tx.run(insert(link_code), values)


def take_code(tx: Tx, code_hash: str, now: datetime) -> tuple[int, int] | None:
    """(person, identity) who was given the code, which is used up; None where there is none such, or no longer."""
    taken = delete(link_code).where(link_code.c.code_hash == code_hash)
    row = tx.run(taken.returning(link_code.c.person_id, link_code.c.identity_id, link_code.c.expires_at)).first()
    return (row[0], row[1]) if row and row[2] > now else None


def tries(tx: Tx, identity_id: int, since: datetime) -> int:
    """How often an account has sent a wrong code since then."""
    found = select(link_try.c.tries).where(link_try.c.identity_id == identity_id, link_try.c.since > since)
    return int(tx.run(found).scalar() or 0)


def count_try(tx: Tx, identity_id: int, now: datetime, window: timedelta) -> None:
    """Counts a wrong code; the window begins with the first."""
    before = tries(tx, identity_id, now - window)
    if before:
        mine = link_try.c.identity_id == identity_id
        tx.run(update(link_try).where(mine).values(tries=before + 1))
        return
    tx.run(delete(link_try).where(link_try.c.identity_id == identity_id))
    tx.run(insert(link_try), {"identity_id": identity_id, "tries": 1, "since": now})


def join(tx: Tx, now: datetime, from_person: int, to_person: int) -> None:
    """All accounts of one person are another's from now on, with the tickets that they ask in and hold."""
    moved = tx.run(select(identity.c.id).where(identity.c.person_id == from_person)).scalars().all()
    tx.run(delete(link).where(link.c.identity_id.in_(moved)))
    rows = [{"identity_id": i, "from_person_id": from_person, "to_person_id": to_person, "at": now} for i in moved]
    tx.run(insert(link), rows)
    tx.run(update(identity).where(identity.c.person_id == from_person).values(person_id=to_person))
    _hand_over(tx, from_person, to_person, None)
    _join_teams(tx, from_person, to_person)
    _settle_tastes(tx, from_person, to_person)


def alike(tx: Tx, person_id: int, limit: int) -> list[Identity]:
    """Accounts of other persons, on other connections, with an e-mail that one of this person's has too."""
    mine = identity.alias("mine")
    same = (mine.c.email == identity.c.email) & (mine.c.connection != identity.c.connection)
    columns = (identity.c.id, identity.c.person_id, identity.c.connection, identity.c.external_id, identity.c.name)
    query = select(*columns).distinct().join(mine, same).where(mine.c.person_id == person_id)
    rows = tx.run(query.where(identity.c.person_id != person_id).order_by(identity.c.id).limit(limit))
    return [Identity(*row) for row in rows]


def _hand_over(tx: Tx, old: int, new: int, connection: str | None) -> None:
    """Tickets, waiting words and surveys of one person become another's; with a connection, those asked there."""
    asked = [ticket.c.requester_id == old]
    waiting = [message.c.author_id == old, UNDECIDED]
    if connection is not None:
        asked.append(ticket.c.connection == connection)
        waiting.append(message.c.connection == connection)
    numbers = tx.run(select(ticket.c.number).where(*asked)).scalars().all()
    tx.run(update(ticket).where(*asked).values(requester_id=new))
    tx.run(update(message).where(*waiting).values(author_id=new))
    if connection is None:
        _hand_over_claims(tx, old, new)
        tx.run(update(survey).where(survey.c.person_id == old).values(person_id=new))
        nps.hand_over(tx, old, new)
        surveys.set_opted_out(tx, new, surveys.opted_out(tx, old) or surveys.opted_out(tx, new))
    else:
        of_these = select(ticket.c.number).where(ticket.c.requester_id == new, ticket.c.connection == connection)
        mine = survey.c.person_id == old, survey.c.ticket.in_(of_these)
        tx.run(update(survey).where(*mine).values(person_id=new))
    tx.tickets.update(numbers)


def _hand_over_claims(tx: Tx, old: int, new: int) -> None:
    """What an agent holds comes along, and what they said there: by who they are it is told whose words go out."""
    numbers = tx.run(select(ticket.c.number).where(ticket.c.assignee_id == old, UNRESOLVED)).scalars().all()
    tx.run(update(ticket).where(ticket.c.number.in_(numbers)).values(assignee_id=new))
    tx.run(update(hold).where(hold.c.ticket.in_(numbers), hold.c.person_id == old).values(person_id=new))
    said = message.c.author_id == old
    for where in (message.c.ticket.in_(numbers), HELD):  # held words wait for their author, whoever holds the ticket
        tx.run(update(message).where(said, where).values(author_id=new))
    tx.tickets.update(numbers)


def _join_teams(tx: Tx, old: int, new: int) -> None:
    columns = (membership.c.queue, membership.c.role, membership.c.skills, membership.c.assigned_at)
    rows = tx.run(select(*columns).where(membership.c.person_id == old)).all()
    tx.run(delete(membership).where(membership.c.person_id == old))
    statement = insert_into(tx, membership)
    for queue, role, skills, assigned_at in rows:
        leads = {"role": role} if role == "lead" else {}
        values = {"queue": queue, "person_id": new, "role": role, "skills": skills, "assigned_at": assigned_at}
        key = ["queue", "person_id"]
        tx.run(
            statement.on_conflict_do_update(index_elements=key, set_=leads)
            if leads
            else statement.on_conflict_do_nothing(index_elements=key),
            values,
        )


def _settle_tastes(tx: Tx, old: int, new: int) -> None:
    """What is known of a person's language, zone and plan by one account counts where the other has told nothing."""
    rows = {
        row.id: row
        for row in tx.run(
            select(person.c.id, person.c.language, person.c.timezone, person.c.plan).where(person.c.id.in_([old, new]))
        )
    }
    news: dict[str, Any] = {
        column: getattr(rows[old], column)
        for column in ("language", "timezone", "plan")
        if not getattr(rows[new], column) and getattr(rows[old], column)
    }
    if news:
        tx.run(update(person).where(person.c.id == new).values(**news))


def part(tx: Tx, now: datetime, identity_id: int, connection: str, person_id: int) -> int:
    """An account is a person of its own again, with the tickets that were asked over its connection; returns that
    person. Their teams are looked up anew."""
    row = tx.run(select(link.c.from_person_id).where(link.c.identity_id == identity_id)).first()
    free = row is not None and not tx.run(select(identity.c.id).where(identity.c.person_id == row[0]).limit(1)).first()
    own = int(row[0]) if row is not None and free else _newcomer(tx, now, identity_id)
    tx.run(delete(link).where(link.c.identity_id == identity_id))
    tx.run(update(identity).where(identity.c.id == identity_id).values(person_id=own))
    _hand_over(tx, person_id, own, connection)
    nps.hand_back(tx, identity_id, person_id, own)
    surveys.set_opted_out(tx, own, surveys.opted_out(tx, person_id))  # whoever wanted quiet has it with each account
    return own


def _newcomer(tx: Tx, now: datetime, identity_id: int) -> int:
    name = tx.run(select(identity.c.name).where(identity.c.id == identity_id)).scalar_one()
    return int(tx.run(insert(person).returning(person.c.id), {"name": name, "created_at": now}).scalar_one())
