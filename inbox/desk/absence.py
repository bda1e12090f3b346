"""Who is there: agents who are away, and shifts.

Who is away is given nothing, and hears of what they hold through their colleagues. An agent's shift is in the desk
file; who has none there is on whenever their queue is open.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from inbox.desk import turns
from inbox.directory import Queue
from inbox.errors import BadInput
from inbox.model import Ticket
from inbox.store import Tx, alarms, events, people, tickets
from inbox.store import absence as stored
from inbox.store.absence import Absence
from sla.hours import NoOpening, OpeningHours

BACK = "back"  # kind of alarms, by person
SHOWN = 50  # of the tickets that somebody holds


@dataclass(frozen=True, slots=True)
class Away:
    """Until when somebody is away (None: until they say that they are back), and the first of what they hold."""

    until: datetime | None
    holds: tuple[Ticket, ...]


def away(tx: Tx, now: datetime, agent: int, until: datetime | None) -> Away:
    """From now on, until an instant or until they are back, an agent is given nothing. Said again, the new time counts.

    Raises BadInput for an instant that is past, and for who answers for no queue.
    """
    if until is not None and until <= now:
        raise BadInput("past")
    queues = people.roles(tx, agent)
    if not queues:
        raise BadInput("no_agent")
    people.lock(tx, agent)
    people.lock_agent(tx, agent)  # whoever is giving them a ticket at this moment comes first, and it is shown below
    known = of(tx, now, agent)
    if known is None or known.until != until:
        stored.put(tx, agent, known.since if known else now, until)
        alarms.put(tx, BACK, agent, until)
        events.add(tx, now, "away", None, agent, until=until.isoformat() if until else None)
    return Away(until, tuple(tickets.held_of(tx, agent, sorted(queues), SHOWN)))


def back(tx: Tx, now: datetime, agent: int) -> bool:
    """An agent is there again, and what waits can be given to them; false where they were not away."""
    people.lock(tx, agent)
    alarms.put(tx, BACK, agent, None)
    return _ended(tx, now, agent, agent)


def tick(tx: Tx, now: datetime, agent: int) -> None:
    """The alarm at an absence's end."""
    known = stored.of(tx, [agent]).get(agent)
    if known and known.until is not None and known.until <= now:
        _ended(tx, now, agent, None)


def _ended(tx: Tx, now: datetime, agent: int, actor: int | None) -> bool:
    if not stored.drop(tx, agent):
        return False
    events.add(tx, now, "back", None, actor, agent=agent)
    turns.came(tx, now, agent)
    return True


def gone(tx: Tx, at: datetime, persons: Collection[int]) -> dict[int, Absence]:
    """The absences of those who, as far as is known now, are away at that time."""
    known = stored.of(tx, persons) if persons else {}
    return {who: one for who, one in known.items() if one.until is None or one.until > at}


def of(tx: Tx, at: datetime, person_id: int) -> Absence | None:
    """A person's absence; None where they are not away at that time."""
    return gone(tx, at, [person_id]).get(person_id)


def is_away(tx: Tx, at: datetime, person_id: int) -> bool:
    """Whether, as far as is known now, a person is away at that time."""
    return of(tx, at, person_id) is not None


def shifts(tx: Tx, persons: Collection[int]) -> dict[int, list[OpeningHours]]:
    """The shifts of those persons who have any; several accounts of theirs can have one each."""
    agents, found = tx.directory.desk.agents, dict[int, list[OpeningHours]]()
    if any(agent.hours for agent in agents.values()):
        for person_id, account in people.accounts(tx, persons):
            hours = agents[account].hours if account in agents else None
            if hours:
                found.setdefault(person_id, []).append(hours)
    return found


def in_shift(shifts: Collection[OpeningHours] | None, at: datetime) -> bool:
    """Whether somebody with these shifts works at that time, given that their queue is open."""
    return not shifts or any(hours.is_open(at) for hours in shifts)


def expected(tx: Tx, now: datetime, queue: Queue, person_id: int) -> bool:
    """Whether an agent is on and not away: now, or while the queue is closed, when it opens."""
    at = now
    with suppress(NoOpening):  # then it is for humans to say
        at = queue.policy.hours.next_open(now)
    return not is_away(tx, at, person_id) and in_shift(shifts(tx, [person_id]).get(person_id), at)
