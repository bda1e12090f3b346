"""What the platforms tell of accounts and rooms, kept true at the desk."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from inbox.directory import Room
from inbox.model import Account
from inbox.storable import storable
from inbox.store import Tx, people, threads


def reachable(tx: Tx, now: datetime, account: Account, why: str) -> None:
    """An account blocked the bot (`why` says so), or can be written to again ("")."""
    _, identity_id = people.identify(tx, now, account)
    people.set_unreachable(tx, identity_id, why or None)


def rooms_found(tx: Tx, now: datetime, found: Sequence[Room]) -> None:
    """Keeps the rooms as their platforms name them now."""
    for room in found:
        threads.remember_room(tx, room)


def staff(tx: Tx, now: datetime, teams: Mapping[str, Mapping[Account, str]]) -> bool:
    """Makes the given accounts the queues' agents and leads: {queue: {account: "agent" or "lead"}}.

    True where that changed anything.
    """
    changed = False
    for queue, team in sorted(teams.items()):
        roles: dict[int, str] = {}
        for account, role in team.items():
            person, _ = people.identify(tx, now, storable(account))
            if roles.get(person.id) != "lead":
                roles[person.id] = role
        changed |= people.set_members(tx, queue, roles)
    return changed


def known_rooms(tx: Tx) -> list[Room]:
    """The rooms as they were last seen, in a stated order."""
    return threads.known_rooms(tx)
