"""Tags: words that agents and rules put on tickets, to find and to count them by."""

import re
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from typing import Any

from inbox.desk import outgoing, promises
from inbox.desk.access import lock_for_agent
from inbox.errors import BadInput
from inbox.model import Ticket
from inbox.storable import storable
from inbox.store import Tx, events, tickets
from inbox.store import tags as stored

LONGEST = 64  # characters, as the database keeps them
MOST = 20  # tags of one ticket

_GAP = re.compile(r"[\s,;#]+")
_TAG = re.compile(r"\w[\w.+/-]*")


def tag_of(written: str) -> str:
    """A tag as it is kept: "#VPN down" is vpn-down. Raises ValueError for what cannot be one."""
    tag = _GAP.sub("-", storable(written).strip(" \t\n,;#")).casefold()
    if not _TAG.fullmatch(tag) or len(tag) > LONGEST:
        raise ValueError(f'"{written[:LONGEST]}" is no tag: letters and digits, at most {LONGEST} of them')
    return tag


def of(tx: Tx, number: int) -> tuple[str, ...]:
    """A ticket's tags, in the order of their letters."""
    return stored.of(tx, number)


def add(tx: Tx, now: datetime, number: int, agent: int, *names: str) -> tuple[str, ...]:
    """An agent of the queue tags a ticket; a tag that it has already is no mistake. Returns all of its tags then.

    Raises NotFound, BadInput (`bad_tag`, `many_tags`).
    """
    ticket, wanted = lock_for_agent(tx, number, agent), _read(names)
    return put(tx, now, ticket, agent, wanted)


def remove(tx: Tx, now: datetime, number: int, agent: int, *names: str) -> tuple[str, ...]:
    """Takes tags away; one that it has not is no mistake. Returns those that are left. Raises as `add`."""
    ticket, unwanted = lock_for_agent(tx, number, agent), _read(names)
    before = stored.of(tx, number)
    gone = [name for name in before if name in unwanted]
    if not gone:
        return before
    stored.remove(tx, number, gone)
    _changed(tx, now, ticket, agent, "untagged", gone)
    return tuple(name for name in before if name not in gone)


def bring(tx: Tx, now: datetime, number: int, person: int, names: Collection[str]) -> None:
    """A new ticket has the tags that its author gave the words where they wrote them; what can be none here is left
    out."""
    found, ticket = [], tickets.get(tx, number)
    for name in names:
        with suppress(ValueError):
            found.append(tag_of(name))
    if ticket and found:
        put(tx, now, ticket, person, found[:MOST])


def put(
    tx: Tx, now: datetime, ticket: Ticket, actor: int | None, names: Collection[str], **why: Any
) -> tuple[str, ...]:
    """The tagging itself, of tags as they are kept; `actor` None is the desk. Raises BadInput (`many_tags`)."""
    before = stored.of(tx, ticket.number)
    new = [name for name in dict.fromkeys(names) if name not in before]
    if not new:
        return before
    if len(before) + len(new) > MOST:
        raise BadInput("many_tags", limit=MOST)
    stored.add(tx, ticket.number, new)
    _changed(tx, now, ticket, actor, "tagged", new, **why)
    return tuple(sorted((*before, *new)))


def _changed(
    tx: Tx, now: datetime, ticket: Ticket, actor: int | None, kind: str, names: Collection[str], **why: Any
) -> None:
    events.add(tx, now, kind, ticket.number, actor, tags=", ".join(names), **why)
    follow(tx, now, ticket)
    outgoing.card(tx, now, ticket.number)


def follow(tx: Tx, now: datetime, ticket: Ticket) -> Ticket:
    """What is promised goes by the tags that a ticket has now, where its policy asks for them."""
    if ticket.unresolved and tx.directory.queue(ticket.queue).policy.asks("tag"):
        return promises.retargeted(tx, now, ticket)
    return ticket


def _read(names: Collection[str]) -> list[str]:
    found = []
    for name in names:
        try:
            found.append(tag_of(name))
        except ValueError:
            raise BadInput("bad_tag", words=name[:LONGEST], limit=LONGEST) from None
    return found
