"""One person, several accounts: proven by a code that one account is given and the other sends, and undone as easily.

Whoever sends the code shows that both are theirs. Both accounts are told, so that nobody is joined unnoticed.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from inbox.desk import claims, nps, outgoing, plans
from inbox.errors import BadInput, DeskError
from inbox.model import Account
from inbox.store import Tx, alarms, events, links, people, tickets
from inbox.store.people import Identity

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # without those that are taken for each other
LENGTH = 8  # about 40 bits: with five tries in ten minutes nobody guesses one
LIVES = timedelta(minutes=10)
TRIES = 5
HINTED = 5  # accounts that may be the same person's


@dataclass(frozen=True, slots=True)
class Linked:
    """The person, and their accounts as they are now, oldest first."""

    person_id: int
    accounts: tuple[Identity, ...]


class WrongCode(DeskError):
    """A code that is not, or no longer, good: the try is counted. facts: left (tries)."""

    say = "error.link_wrong"
    keeps = True


def code(tx: Tx, now: datetime, account: Account) -> str:
    """A code for the person behind an account ("ABCD-EFGH"), good once and for ten minutes, whatever was given out
    before."""
    person, identity_id = people.identify(tx, now, account)
    made = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    links.keep_code(tx, person.id, identity_id, _hash(made), now + LIVES)
    return f"{made[:4]}-{made[4:]}"


def redeem(tx: Tx, now: datetime, account: Account, typed: str) -> Linked:
    """An account sends the code that another was given: both are one person's from now on.

    Raises WrongCode, BadInput (`link_too_many` tries, `link_same` where they are one already, `link_twice` where both
    have an account on the same connection).
    """
    person, identity_id = people.identify(tx, now, account)
    if links.tries(tx, identity_id, now - LIVES) >= TRIES:
        raise BadInput("link_too_many")
    given = links.take_code(tx, _hash(_plain(typed)), now)
    if given is None:
        links.count_try(tx, identity_id, now, LIVES)
        raise WrongCode(left=max(0, TRIES - links.tries(tx, identity_id, now - LIVES)))
    to_person, _ = given
    if to_person == person.id:
        raise BadInput("link_same")
    _lock(tx, to_person, person.id)
    mine, theirs = people.identities(tx, person.id), people.identities(tx, to_person)
    if {one.connection for one in mine} & {one.connection for one in theirs}:
        raise BadInput("link_twice")
    nps.joined(tx, now, person.id, to_person)
    links.join(tx, now, person.id, to_person)
    asked = alarms.at(tx, "undecided", person.id)  # their words still wait for the answer to "which queue?"
    if asked is not None:
        alarms.put(tx, "undecided", person.id, None)
        alarms.put(tx, "undecided", to_person, asked)
    joined = Linked(to_person, tuple(people.identities(tx, to_person)))
    events.add(tx, now, "linked", None, to_person, joined=person.id, accounts=[one.id for one in mine])
    for number in tickets.own_and_held(tx, to_person):
        claims.given_up(tx, now, number)
    plans.follow(tx, now, to_person)
    _tell(tx, now, joined, "link.joined", joined.accounts)
    return joined


def unlink(tx: Tx, now: datetime, account: Account) -> Linked:
    """The account is a person of its own again, with what was asked over its connection. Raises BadInput (`link_none`)
    where it is the person's only one."""
    person, identity_id = people.identify(tx, now, account)
    _lock(tx, person.id)
    accounts = people.identities(tx, person.id)
    if len(accounts) < 2:
        raise BadInput("link_none")
    mine = next(one for one in accounts if one.id == identity_id)
    own = links.part(tx, now, identity_id, mine.connection, person.id)
    events.add(tx, now, "unlinked", None, own, parted=person.id, accounts=[identity_id])
    for who in sorted((person.id, own)):
        plans.follow(tx, now, who)
    rest = Linked(person.id, tuple(people.identities(tx, person.id)))
    _tell(tx, now, rest, "link.parted", (mine,))
    return Linked(own, tuple(people.identities(tx, own)))


def perhaps(tx: Tx, person_id: int) -> tuple[Identity, ...]:
    """Accounts of others that may be the same person's, since their platforms vouch for the same e-mail. A hint for
    agents, and no more: an address proves nothing to us, so that nothing is joined by it."""
    return tuple(links.alike(tx, person_id, HINTED))


def _lock(tx: Tx, *persons: int) -> None:
    """Holds persons and whatever their accounts say meanwhile, in the order in which words that come in do."""
    accounts = [one for who in persons for one in people.identities(tx, who)]
    for connection, external_id in sorted((one.connection, one.external_id) for one in accounts):
        people.lock_identity(tx, connection, external_id)
    for who in sorted(persons):
        people.lock(tx, who)


def _tell(tx: Tx, now: datetime, who: Linked, say: str, named: tuple[Identity, ...]) -> None:
    """Each account of a person is told, with the names of the accounts that it is about."""
    for one in who.accounts:
        outgoing.to_account(tx, now, one, say, accounts=names(tx, named))


def names(tx: Tx, accounts: tuple[Identity, ...]) -> str:
    """Accounts as people know them: "Anna (Slack), Anna (Telegram)"; with the connection's own name where the desk has
    several of that platform: "Anna (Slack, acme)"."""
    return ", ".join(f"{one.name} ({_where(tx, one.connection)})" for one in accounts)


def _where(tx: Tx, connection: str) -> str:
    platform = tx.directory.platform(connection)
    like = [one for one in tx.directory.desk.connections.values() if one.platform == platform]
    return ", ".join(filter(None, (platform.capitalize(), connection if len(like) != 1 else "")))


def _plain(typed: str) -> str:
    """The code without what people put between its letters."""
    return "".join(c for c in typed.upper() if c.isalnum())[:100]


def _hash(made: str) -> str:
    return hashlib.sha256(f"frontdesk-link:{_plain(made)}".encode()).hexdigest()
