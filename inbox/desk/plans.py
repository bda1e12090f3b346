"""What requesters are promised by their plan: said by a lead, or written in the desk file."""

from datetime import datetime

from inbox.desk import outgoing, promises
from inbox.desk.access import lock_for_agent
from inbox.directory import Directory
from inbox.errors import BadInput, NotAllowed, NotFound
from inbox.store import Tx, events, people, tickets


def known(directory: Directory) -> tuple[str, ...]:
    """The plans that some policy tells apart."""
    return tuple(sorted({plan for queue in directory.desk.queues.values() for plan in queue.policy.known_plans}))


def set_plan(tx: Tx, now: datetime, number: int, lead: int, plan: str) -> int:
    """A lead gives the requester of a ticket a plan, or with "" takes it back (then the desk file decides). All their
    unresolved tickets go by it from now on; returns how many. Saying it again succeeds.

    Raises NotFound, NotAllowed (no lead of the ticket's queue), BadInput (`no_plan`: no policy knows it; `no_plans`).
    """
    ticket = tickets.get(tx, number)
    if ticket is None:
        raise NotFound(ticket=number)
    who = ticket.requester_id
    people.lock(tx, who)
    # in one order, so that two who do the same never wait for each other
    for one in sorted({number, *tickets.unresolved_of(tx, who)}):
        tickets.lock(tx, one)
    ticket = lock_for_agent(tx, number, lead)
    if people.roles(tx, lead).get(ticket.queue) != "lead":
        raise NotAllowed(ticket=number)
    plan = _named(tx.directory, plan)
    before = people.plan(tx, who)
    if before == plan:
        return 0
    people.set_plan(tx, who, plan)
    mark = {"given" if plan else "taken": True}
    events.add(tx, now, "plan", number, lead, person=who, plan=plan, was=before, **mark)
    return follow(tx, now, who)


def follow(tx: Tx, now: datetime, person_id: int) -> int:
    """Whose plan may have changed: their unresolved tickets, locked by now, go by what holds. Returns how many."""
    moved = 0
    for number in tickets.unresolved_of(tx, person_id):
        ticket = tickets.lock(tx, number)
        if ticket and tx.directory.queue(ticket.queue).policy.asks("plan"):
            promises.retargeted(tx, now, ticket)
            outgoing.card(tx, now, number)
            moved += 1
    return moved


def _named(directory: Directory, written: str) -> str:
    plans = known(directory)
    if not written:
        return ""
    if not plans:
        raise BadInput("no_plans")
    found = next((plan for plan in plans if plan.casefold() == written.strip().casefold()), None)
    if found is None:
        raise BadInput("no_plan", words=written[:40], plans=", ".join(plans))
    return found
