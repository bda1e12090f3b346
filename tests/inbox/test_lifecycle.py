"""A ticket's statuses and moves, and who may make them."""

import itertools
from dataclasses import replace

import pytest

from bots.texts import phrase
from inbox.desk import alarms, claims, intake, lifecycle
from inbox.errors import BadInput, DeskError, NotFound, NotHolder, WrongStatus
from inbox.model import Ticket
from inbox.store import events, outbox, tickets
from tests.house import House
from tests.inbox.deeds import one_engine


async def opened(house: House, holder: str = "") -> int:
    house.clock.advance(130)
    number = (await house.desk.do(intake.receive, house.said("Anna", "My screen is black"))).ticket
    assert number is not None
    if holder:
        await house.desk.do(claims.claim, number, house.ids[holder])
    return number


async def now(house: House, number: int) -> Ticket:
    found = await house.desk.look(tickets.get, number)
    assert found is not None
    return found


MOVES = {
    "claim": claims.claim,
    "release": claims.release,
    "pend": lifecycle.pend,
    "hold": lifecycle.hold,
    "resolve": lifecycle.resolve,
    "reopen": lifecycle.reopen,
    "close": lifecycle.close,
}
# (status before, move by the holder) -> status after; None: refused as a wrong status
STAYS = {"pend": "pending", "hold": "on_hold", "resolve": "resolved", "release": "new"}
EXPECTED = {
    "new": {**STAYS, "claim": "open", "reopen": "new"},
    "open": {**STAYS, "claim": "open", "reopen": "open"},
    "pending": {**STAYS, "claim": "pending", "reopen": "pending"},
    "on_hold": {**STAYS, "claim": "on_hold", "reopen": "on_hold"},
    "resolved": {"resolve": "resolved", "reopen": "open", "close": "closed"},
    "closed": {"close": "closed"},
}
WAY = {
    "new": (),
    "open": ("claim",),
    "pending": ("claim", "pend"),
    "on_hold": ("claim", "hold"),
    "resolved": ("claim", "resolve"),
    "closed": ("claim", "resolve", "close"),
}


@pytest.mark.parametrize(("before", "move"), list(itertools.product(EXPECTED, MOVES)))
async def test_every_move_from_every_status(house: House, before: str, move: str) -> None:
    number, omar = await opened(house), house.ids["Omar"]
    for step in WAY[before]:
        await house.desk.do(MOVES[step], number, omar)
    after = EXPECTED[before].get(move)
    if after is None:
        with pytest.raises(WrongStatus):
            await house.desk.do(MOVES[move], number, omar)
        after = before
    else:
        await house.desk.do(MOVES[move], number, omar)
    assert (await now(house, number)).status == after


async def test_only_holder_and_lead_move_a_held_ticket(house: House) -> None:
    number = await opened(house, "Omar")
    for move in (lifecycle.pend, lifecycle.hold, lifecycle.resolve):
        with pytest.raises(NotHolder) as refused:
            await house.desk.do(move, number, house.ids["Lisa"])
        assert refused.value.facts["holder"] == "Omar"
        with pytest.raises(NotFound):
            await house.desk.do(move, number, house.ids["Erik"])
    assert (await house.desk.do(lifecycle.resolve, number, house.ids["Maja"])).status == "resolved"


@one_engine
@pytest.mark.parametrize("who", ["Anna", "Omar"])
async def test_whose_ticket_stays_closed_is_told_what_to_do_instead(house: House, who: str) -> None:
    number = await opened(house)
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    await house.desk.do(lifecycle.close, number, house.ids["Omar"])
    with pytest.raises(WrongStatus) as refused:
        await house.desk.do(lifecycle.reopen, number, house.ids[who])
    told = phrase("en", refused.value.say, refused.value.facts)
    assert ("Just write again" in told) == (who == "Anna")


async def test_the_requester_may_reopen_their_own_and_nobody_elses(house: House) -> None:
    number = await opened(house, "Omar")
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    with pytest.raises(NotFound):
        await house.desk.do(lifecycle.reopen, number, house.ids["Erik"])
    assert (await house.desk.do(lifecycle.reopen, number, house.ids["Anna"])).status == "open"


async def test_resolving_tells_the_requester_once(house: House) -> None:
    number = await opened(house, "Omar")
    for _ in range(2):
        await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    said = await house.desk.look(lambda tx: [row.payload.get("say") for row in outbox.of_ticket(tx, number)])
    assert said.count("resolved.told") == 1
    kinds = [event.kind for event in await house.desk.look(events.of_ticket, number)]
    assert kinds.count("resolved") == 1


async def test_resolved_tickets_close_after_a_week(house: House) -> None:
    number = await opened(house, "Omar")
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    house.clock.advance(days=6, hours=23)
    while await alarms.tick(house.desk):
        pass
    assert (await now(house, number)).status == "resolved"
    house.clock.advance(hours=2)
    while await alarms.tick(house.desk):
        pass
    closed = await now(house, number)
    assert (closed.status, closed.closed_as) == ("closed", "done")


async def test_snoozed_tickets_wake_in_time_or_by_the_requester(house: House) -> None:
    number = await opened(house, "Omar")
    with pytest.raises(BadInput):
        await house.desk.do(lifecycle.snooze, number, house.ids["Omar"], house.clock.now)
    until = house.clock.now.replace(hour=20)
    await house.desk.do(lifecycle.snooze, number, house.ids["Omar"], until)
    assert (await now(house, number)).snoozed_until == until
    house.clock.now = until
    while await alarms.tick(house.desk):
        pass
    assert (await now(house, number)).snoozed_until is None


@pytest.mark.parametrize("as_", ["spam", "self_served"])
async def test_spam_is_closed_from_anywhere_and_stays_closed(house: House, as_: str) -> None:
    number = await opened(house)
    closed = await house.desk.do(lifecycle.close, number, house.ids["Omar"], as_)  # type: ignore[arg-type]
    assert (closed.status, closed.closed_as) == ("closed", as_)
    for move in (lifecycle.reopen, lifecycle.resolve, claims.claim):
        with pytest.raises(DeskError):
            await house.desk.do(move, number, house.ids["Omar"])  # type: ignore[arg-type]


async def test_the_desk_signs_where_the_queue_says_so(house: House) -> None:
    number = await opened(house, "Omar")
    queues = dict(house.desk.directory.desk.queues)
    queues["it"] = replace(queues["it"], signature="desk")
    house.desk.directory = replace(house.desk.directory, desk=replace(house.desk.directory.desk, queues=queues))
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    said = await house.desk.look(lambda tx: [row.payload for row in outbox.of_ticket(tx, number)])
    told = next(payload for payload in said if payload.get("say") == "resolved.told")
    assert told["facts"]["agent"] == "Acme Support"
