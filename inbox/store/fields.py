"""The answers to a queue's own questions, as text, by ticket and name."""

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, insert, select

from inbox.store.engine import Tx
from inbox.store.tables import ticket_field

OF_TICKET = select(ticket_field.c.name, ticket_field.c.value).where(ticket_field.c.ticket == bindparam("number"))


def of_ticket(tx: Tx, number: int) -> dict[str, str]:
    """Name → value, by name."""
    return {row[0]: row[1] for row in tx.run(OF_TICKET.order_by(ticket_field.c.name), {"number": number})}


def add(tx: Tx, number: int, values: Mapping[str, str]) -> None:
    """Stores the values that a new ticket has; those that are "" are none."""
    rows = [{"ticket": number, "name": name, "value": value} for name, value in sorted(values.items()) if value]
    if rows:
        tx.run(insert(ticket_field), rows)


def put(tx: Tx, number: int, name: str, value: str) -> None:
    """Sets a value, or takes it away with ""; the ticket is locked by the caller."""
    tx.run(delete(ticket_field).where(ticket_field.c.ticket == number, ticket_field.c.name == name))
    add(tx, number, {name: value})
    tx.tickets.add(number)


def unite(tx: Tx, source: int, target: int) -> dict[str, str]:
    """Gives a ticket those of another's values that it has none of, and returns these."""
    own = of_ticket(tx, target)
    more = {name: value for name, value in of_ticket(tx, source).items() if name not in own}
    add(tx, target, more)
    return more


def take_back(tx: Tx, number: int, values: Mapping[str, str]) -> None:
    """Takes values away again, but for those that were changed since."""
    known = of_ticket(tx, number)
    for name, value in values.items():
        if known.get(name) == value:
            put(tx, number, name, "")
