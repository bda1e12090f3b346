"""Helpers for tests of the outbox: tickets with threads, and what stands in the rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from inbox.desk import claims, delivery, intake, outgoing, replies
from inbox.desk.errand import Errand
from inbox.store import Tx, threads
from inbox.store import outbox as store
from inbox.store.tables import event, message, outbox
from tests.house import House

LEASE = 20.0


async def anna_asks(house: House, text: str = "The printer is on fire") -> int:
    """Anna writes in #it-help; returns the ticket's number."""
    received = await house.desk.do(intake.receive, house.said("Anna", text))
    assert received.ticket is not None
    return received.ticket


async def hand_out(house: House, connection: str = "acme", limit: int = 50, owner: str = "one") -> list[Errand]:
    """Leases, and begins nothing."""
    return await house.desk.do(delivery.lease, connection, owner, limit, LEASE)


async def begin(house: House, errand: Errand) -> Errand | None:
    return await house.desk.do(delivery.begin, errand, LEASE)


async def lease(house: House, connection: str = "acme", limit: int = 50, owner: str = "one") -> list[Errand]:
    """Leases, and begins to send all of it."""
    begun = [await begin(house, errand) for errand in await hand_out(house, connection, limit, owner)]
    return [errand for errand in begun if errand]


async def arrive(house: House, errand: Errand, message_id: str = "", thread: str = "") -> bool:
    """The platform took it."""
    message_id = message_id or f"p{errand.id}"
    shown = errand.message.text if errand.message else ""
    return await house.desk.do(delivery.sent, errand.id, errand.fence, "", message_id, thread, shown)


async def deliver_all(house: House, connection: str = "acme") -> list[Errand]:
    """Sends everything that may be sent now; cards open a thread named like themselves. Returns what was sent."""
    done: list[Errand] = []
    while found := await hand_out(house, connection):
        begun = [errand for errand in [await begin(house, errand) for errand in found] if errand]
        for errand in begun:
            new_card = errand.kind == "card" and not errand.target
            posted = not (errand.kind == "card" and errand.target) and errand.kind not in (
                "mark",
                "edit",
                "rewrite",
                "whisper",
            )
            name = f"p{errand.id}" if posted else ""
            await house.desk.do(
                delivery.sent,
                errand.id,
                errand.fence,
                "",
                name,
                name if new_card else "",
                errand.message.text if errand.message else "",
            )
        done += begun
    return done


async def omar_answers(house: House, number: int, text: str = "It is out now") -> int:
    """Omar claims the ticket and replies to it from a command; returns the message's id."""
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    return await omar_adds(house, number, text)


async def omar_adds(house: House, number: int, text: str) -> int:
    return (await house.desk.do(replies.reply, number, house.ids["Omar"], text)).message_id


def _rows(tx: Tx, now: datetime) -> list[Any]:
    return list(tx.run(select(outbox).order_by(outbox.c.id)).all())


async def rows(house: House) -> list[Any]:
    return await house.desk.do(_rows)


def _states(tx: Tx, now: datetime, message_id: int) -> str:
    return str(tx.run(select(message.c.state).where(message.c.id == message_id)).scalar_one())


async def state_of(house: House, message_id: int) -> str:
    return await house.desk.do(_states, message_id)


def _kinds(tx: Tx, now: datetime, number: int) -> list[str]:
    return [row[0] for row in tx.run(select(event.c.kind).where(event.c.ticket == number).order_by(event.c.id))]


async def events_of(house: House, number: int) -> list[str]:
    return await house.desk.do(_kinds, number)


async def tell(house: House, who: str, number: int | None, say: str, **facts: Any) -> None:
    """The bot's own words to a person, by direct message."""
    await house.desk.do(lambda tx, now: outgoing.direct(tx, now, house.ids[who], number, say, **facts))


async def tell_room(house: House, number: int | None, say: str, queue: str = "it", **facts: Any) -> None:
    """The bot's own words at the top of a desk room."""
    found = house.desk.directory.queue(queue)
    await house.desk.do(lambda tx, now: outgoing.in_room(tx, now, found, number, say, **facts))


async def tell_thread(house: House, number: int, say: str, **facts: Any) -> None:
    """The bot's own words in a ticket's desk thread."""
    await house.desk.do(lambda tx, now: outgoing.notice(tx, now, threads.desk(tx, number), say, **facts))


async def post(house: House, connection: str, room: str, key: str, *numbers: int, thread: str = "") -> None:
    """One line for each number into a room, in order under one key: "#7 stays with you."."""

    def row(now: datetime, number: int) -> dict[str, Any]:
        place, facts = [room, thread, ""], {"ticket": number}
        return store.row(now, "room", connection, key, place=place, say="answer.keep", facts=facts)

    def add(tx: Tx, now: datetime) -> None:
        store.add(tx, [row(now, number) for number in numbers])

    await house.desk.do(add)


def line(number: int) -> str:
    return f"#{number} stays with you."


async def live(house: House) -> int:
    """How many rows are not finished."""
    return sum(row.state in ("queued", "sending") for row in await rows(house))
