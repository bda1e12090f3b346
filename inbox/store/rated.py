"""What was rated, the newest first: a page of some queues' ratings, through an index for each."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, select, tuple_, type_coerce

from inbox.store.engine import Tx
from inbox.store.tables import LOW, RATED, person, survey, ticket
from sla.survey import Kind, shown

Mark = tuple[int, int]  # where a list goes on: (when it was answered, in microseconds, and the survey's id)


@dataclass(frozen=True, slots=True)
class Rated:
    """One answer to a survey. `queue` and `agent_id` are whose work it is about; `now_in` is the queue whose ticket it
    is by now."""

    id: int
    ticket: int
    kind: Kind
    score: int
    comment: str
    answered_at: datetime
    queue: str
    agent_id: int | None
    now_in: str
    subject: str
    requester: str

    @property
    def rated(self) -> str:
        """The rating as people read it."""
        return shown(self.kind, self.score)


ROWS = (
    select(
        survey.c.id,
        survey.c.ticket,
        survey.c.kind,
        survey.c.score,
        survey.c.comment,
        survey.c.answered_at,
        survey.c.queue,
        survey.c.snapshot,
        ticket.c.queue,
        ticket.c.subject,
        person.c.name,
    )
    .join(ticket, ticket.c.number == survey.c.ticket)
    .join(person, person.c.id == survey.c.person_id)
    .where(survey.c.id.in_(bindparam("ids", expanding=True)))
)


@cache
def scan(low: bool, after: bool) -> Select[Any]:
    """The statement for one queue's marks, of all ratings or of the low ones, from the start or after a mark."""
    at = type_coerce(survey.c.answered_at, BigInteger)
    query = select(at, survey.c.id).where(survey.c.queue == bindparam("queue"), LOW if low else RATED)
    if after:
        mark = tuple_(bindparam("at", type_=BigInteger), bindparam("id", type_=BigInteger))
        query = query.where(tuple_(at, survey.c.id) < mark)
    return query.order_by(at.desc(), survey.c.id.desc()).limit(bindparam("limit"))


def marks(tx: Tx, queues: Iterable[str], limit: int, *, low: bool = False, after: Mark | None = None) -> list[Mark]:
    """The next `limit` places over these queues, the latest answer first."""
    given: dict[str, Any] = {"limit": limit} | ({"at": after[0], "id": after[1]} if after else {})
    query = scan(low, after is not None)
    found = [[(at, i) for at, i in tx.run(query, given | {"queue": queue})] for queue in queues]
    return list(islice(heapq.merge(*found, reverse=True), limit))


def rows(tx: Tx, ids: Sequence[int]) -> list[Rated]:
    """These answers, in this order."""
    found = {}
    for row in tx.run(ROWS, {"ids": list(ids)}) if ids else ():
        i, number, kind, score, comment, at, queue, snapshot, *now = row
        found[i] = Rated(i, number, kind, score, comment or "", at, queue, snapshot.get("assignee"), *now)
    return [found[i] for i in ids if i in found]
