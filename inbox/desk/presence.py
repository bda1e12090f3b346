"""Who looks at a ticket and who is writing: shown to colleagues, so that two do not answer; it never blocks anybody.

Surfaces are `web` (the ticket's page is open), `form` (an open reply form) and a platform's name (typing in the desk
thread). Each says again every HEARTBEAT that it is still there, and is forgotten after GONE.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from inbox.desk import outgoing
from inbox.model import Account, Place
from inbox.store import Tx, alarms, people, threads, tickets
from inbox.store import presence as stored

KIND = "presence"  # of alarms, by ticket
HEARTBEAT = timedelta(seconds=10)
GONE = timedelta(seconds=25)
IN_FORM = timedelta(minutes=3)  # nobody tells when a form is closed


@dataclass(frozen=True, slots=True)
class There:
    """Somebody at a ticket. `writing` is true where they write words just now."""

    person_id: int
    name: str
    writing: bool


def here(
    tx: Tx,
    now: datetime,
    number: int,
    person_id: int,
    surface: str,
    *,
    writing: bool = False,
    lasts: timedelta = GONE,
) -> None:
    """An agent of the ticket's queue is there, or still is. Who is no agent of it, and a ticket that does not exist,
    change nothing."""
    ticket = tickets.get(tx, number)
    if ticket is None or ticket.queue not in people.roles(tx, person_id):
        return
    before = stored.of(tx, number, now)
    stored.put(tx, number, person_id, surface, now + lasts, writing=writing)
    _follow(tx, now, number, before)


def gone(tx: Tx, now: datetime, number: int, person_id: int, surface: str) -> None:
    """They went."""
    before = stored.of(tx, number, now)
    stored.drop(tx, number, person_id, surface)
    _follow(tx, now, number, before)


def tick(tx: Tx, now: datetime, number: int) -> None:
    """The alarm at which somebody has not said for a while that they are there."""
    alarms.put(tx, KIND, number, stored.sweep(tx, number, now))
    _show(tx, now, number)


def _follow(tx: Tx, now: datetime, number: int, before: dict[int, bool]) -> None:
    """Draws the card anew where it would show something else; a heartbeat alone costs no message."""
    if stored.of(tx, number, now) != before:
        alarms.put(tx, KIND, number, stored.sweep(tx, number, now))
        _show(tx, now, number)


def _show(tx: Tx, now: datetime, number: int) -> None:
    tx.tickets.add(number)
    outgoing.card(tx, now, number)


def at(tx: Tx, now: datetime, number: int) -> tuple[There, ...]:
    """Who is at a ticket, by name."""
    found = stored.of(tx, number, now)
    names = people.names(tx, found)
    return tuple(sorted((There(i, names.get(i, ""), w) for i, w in found.items()), key=lambda one: one.name))


def typing(tx: Tx, now: datetime, place: Place, by: Account) -> None:
    """Somebody types in a desk thread."""
    thread = threads.by_place(tx, place.connection, place.room, place.thread) if place.thread else None
    person = people.find(tx, by.connection, by.external_id) if thread and thread.side == "desk" else None
    if thread and person and not person.blocked:
        here(tx, now, thread.ticket, person.id, tx.directory.platform(place.connection), writing=True)


def in_form(tx: Tx, now: datetime, number: int, by: Account) -> None:
    """Somebody opened the form in which a ticket is answered."""
    person = people.find(tx, by.connection, by.external_id)
    if person and not person.blocked:
        here(tx, now, number, person.id, "form", writing=True, lasts=IN_FORM)


def form_sent(tx: Tx, now: datetime, number: int, person_id: int) -> None:
    """They sent it."""
    gone(tx, now, number, person_id, "form")
