"""What the REST API answers with: the desk's values in plain names, instants in UTC."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from inbox.desk.signin import Reader
from inbox.desk.views import QueueList, Spoken
from inbox.model import Ticket as Stored
from inbox.web import pages
from inbox.web.doing import Done


class Me(BaseModel):
    """An agent: their id, name and queues (key → agent or lead)."""

    id: int
    name: str
    queues: dict[str, str]


class Row(BaseModel):
    """A ticket in a list. `holder` is null where nobody holds it, `due_at` where nothing is promised."""

    number: int
    subject: str
    status: str
    priority: str
    queue: str
    requester: str
    holder: str | None
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None
    snoozed_until: datetime | None


class Page(BaseModel):
    """One page of a list; `next`, given as `after`, is where the following begins, null on the last."""

    tickets: list[Row]
    next: str | None


class Attached(BaseModel):
    """A file that came with words. `state` is `stored` for one that can be had, by its id; `size` is in bytes."""

    id: int
    name: str
    mime: str
    size: int
    state: str


class Message(BaseModel):
    """Words: a message crosses the desk, a note never does. `state` tells what became of it."""

    id: int
    kind: str
    role: str
    author: str
    text: str | None
    written_at: datetime
    state: str
    files: list[Attached]


class Ticket(BaseModel):
    """A ticket as it is. `fence` moves with every change of the claim: a reply sends it back."""

    number: int
    subject: str
    status: str
    priority: str
    queue: str
    mine: bool
    held: bool
    fence: int
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None
    snoozed_until: datetime | None
    closed_as: str | None
    url: str


class Colleague(BaseModel):
    """An agent of the ticket's queue."""

    id: int
    name: str


class Whole(BaseModel):
    """A ticket with what was said on it, newest last; `older` is where the talk before it ends, null for no more.
    `undecided` are the ids of one's own words that wait for a decision."""

    ticket: Ticket
    requester: str
    holder: str | None
    tags: list[str]
    fields: dict[str, str]
    team: list[Colleague]
    undecided: list[int]
    messages: list[Message]
    older: int | None


class Answer(BaseModel):
    """What was done: the ticket as it is then, null where it went to a queue that is not the agent's. `outcome` is
    `held` for a reply that waits for a decision, `repeated` for a key that was used before; `words` are the id of what
    was said or decided."""

    outcome: Literal["done", "held", "repeated"]
    ticket: Ticket | None
    words: int | None = None


class Trouble(BaseModel):
    """Why something was not done: for programs, for people, and what it is about."""

    code: str
    message: str
    fields: dict[str, Any]


class Refusal(BaseModel):
    """Something was not done."""

    error: Trouble


def me(reader: Reader) -> Me:
    """An agent."""
    name = reader.person.name if reader.person else ""
    return Me(id=reader.person_id or 0, name=name, queues=dict(sorted(reader.roles.items())))


def page(found: QueueList) -> Page:
    """A page of a list."""
    names = Row.model_fields
    rows = [Row(**{name: getattr(row, name) for name in names} | {"holder": row.holder or None}) for row in found.rows]
    return Page(tickets=rows, next="-".join(map(str, found.next)) if found.next else None)


def ticket(stored: Stored, agent: int | None, url: str) -> Ticket:
    """A ticket."""
    own = {
        "mine": stored.assignee_id is not None and stored.assignee_id == agent,
        "held": stored.assignee_id is not None,
        "url": f"{url.rstrip('/')}/tickets/{stored.number}",
    }
    return Ticket(**{name: getattr(stored, name) for name in Ticket.model_fields if name not in own}, **own)


def whole(found: "pages.Whole", url: str) -> Whole:
    """A ticket with its talk."""
    shown, bench = found.page, found.bench
    said = [one for one in shown.talk if isinstance(one, Spoken)]
    return Whole(
        ticket=ticket(shown.ticket, bench.agent if bench else None, url),
        requester=shown.requester.name,
        holder=shown.holder or None,
        tags=list(bench.tags) if bench else [],
        fields={question.name: value for question, value in shown.fields},
        team=[Colleague(id=i, name=name) for i, name in bench.team] if bench else [],
        undecided=[one.message.id for one in bench.undecided] if bench else [],
        messages=[_message(one) for one in said],
        older=shown.older,
    )


def _message(one: Spoken) -> Message:
    words = one.message
    return Message(
        id=words.id,
        kind=words.kind,
        role=words.role,
        author=one.author,
        text=None if words.deleted else words.text,
        written_at=words.written_at,
        state=words.state,
        files=[Attached(**{name: getattr(file, name) for name in Attached.model_fields}) for file in one.files],
    )


def answer(done: Done, reader: Reader, url: str) -> Answer:
    """What was done."""
    outcome: Literal["done", "held", "repeated"] = "done"
    if done.did in ("held", "repeated"):
        outcome = "held" if done.did == "held" else "repeated"
    seen = ticket(done.ticket, reader.person_id, url) if reader.sees(done.ticket) else None
    return Answer(outcome=outcome, ticket=seen, words=done.words)
