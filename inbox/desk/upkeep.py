"""What the platforms tell of accounts and rooms, kept true at the desk."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from inbox.desk import claims, outgoing, turns
from inbox.directory import Queue, Room
from inbox.model import Account, Thread
from inbox.storable import storable
from inbox.store import Tx, alarms, messages, outbox, people, threads, tickets

LEFT = "left"  # kind of alarms, by person
LIMIT = 50  # tickets that one deed here moves or shows
WORDS = 20  # messages that are shown of each


def reachable(tx: Tx, now: datetime, account: Account, why: str) -> None:
    """An account blocked the bot (`why` says so), or can be written to again ("")."""
    _, identity_id = people.identify(tx, now, account)
    people.set_unreachable(tx, identity_id, why or None)


def rooms_found(tx: Tx, now: datetime, connection: str, found: Sequence[Room]) -> None:
    """Keeps the rooms that the desk uses on a connection as their platform names them now, and no others."""
    threads.forget_rooms(tx, connection, [room.external_id for room in found])
    for room in found:
        threads.remember_room(tx, room)


def staff(tx: Tx, now: datetime, teams: Mapping[str, Mapping[Account, str]]) -> bool:
    """Makes the given accounts the queues' agents and leads: {queue: {account: "agent" or "lead"}}.

    What those hold who are on the team no longer goes back to the queue. True where that changed anything.
    """
    changed = False
    for queue, team in sorted(teams.items()):
        roles: dict[int, str] = {}
        for account, role in team.items():
            person, _ = people.identify(tx, now, storable(account))
            if roles.get(person.id) != "lead":
                roles[person.id] = role
        before = people.members(tx, queue)
        if people.set_members(tx, queue, roles, _skills(tx, queue, roles)):
            changed = True
            for person_id in sorted(before.keys() - roles.keys()):
                give_back(tx, now, person_id)
            for person_id in sorted(roles):
                turns.came(tx, now, person_id)
    return changed


def _skills(tx: Tx, queue: str, team: Collection[int]) -> dict[int, set[str]]:
    """What the desk file says that they are good at, of what matters in a queue."""
    agents, wanted = tx.directory.desk.agents, tx.directory.queue(queue).skills
    found: dict[int, set[str]] = {}
    for person_id, account in people.accounts(tx, team) if agents and wanted else ():
        if account in agents:
            found.setdefault(person_id, set()).update(agents[account].skills.intersection(wanted))
    return found


def give_back(tx: Tx, now: datetime, person_id: int) -> None:
    """What somebody holds of queues for which they answer no longer goes back; the rest of a lot by their alarm."""
    numbers = tickets.held_elsewhere(tx, person_id, sorted(people.roles(tx, person_id)), LIMIT)
    for number in numbers:
        claims.left(tx, now, number)
    if len(numbers) == LIMIT:
        alarms.put(tx, LEFT, person_id, now)


def show_late(tx: Tx, now: datetime, connection: str) -> int:
    """Shows in their desk rooms the tickets that were opened before the rooms were found, some at a time; returns how
    many these were."""
    directory, shown = tx.directory, 0
    for queue in directory.desk.queues.values():
        room = directory.desk_room(queue)
        if room is None or room.connection != connection or shown:
            continue
        for number in tickets.without_desk(tx, queue.key, LIMIT):
            _show(tx, now, number, queue, room)
            shown += 1
    return shown


def _show(tx: Tx, now: datetime, number: int, queue: Queue, room: Room) -> None:
    ticket = tickets.lock(tx, number)
    if ticket is None or threads.desk(tx, number):
        return
    thread_id = threads.add(tx, number, "desk", room.connection, room.external_id, None)
    thread = Thread(thread_id, number, "desk", room.connection, room.external_id, None)
    talk = messages.of_ticket(tx, number, WORDS) if queue.thread == "mirror" else []
    outbox.add(tx, [outgoing.card_row(now, thread), *(outgoing.message_row(now, thread, m.id) for m in talk)])
    tx.tickets.add(number)


def known_rooms(tx: Tx) -> list[Room]:
    """The rooms as they were last seen, in a stated order."""
    return threads.known_rooms(tx)
