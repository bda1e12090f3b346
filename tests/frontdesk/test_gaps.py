"""What was said and cannot be read any more is written down, counted and told to whom it concerns."""

from datetime import datetime, timedelta

import pytest

from bots.front import FrontDoor
from inbox.desk import gaps
from inbox.desk.gaps import Gap
from inbox.store import Tx, leases
from tests.bots.test_front import link, nobody
from tests.house import MONDAY, House
from tests.inbox.deeds import one_engine
from tests.inbox.sending import deliver_all
from tests.inbox.web.test_health import machine
from tests.inbox.web.visitor import Inbox

FRIDAY = MONDAY - timedelta(days=3)


async def told(house: House) -> list[tuple[str, str, str]]:
    """(room, what is said there, where the words are missing) of what is posted at the top of rooms."""
    sent = [errand for connection in ("acme", "shop") for errand in await deliver_all(house, connection)]
    posts = [errand for errand in sent if errand.kind == "room"]
    return [(post.place.room, post.say, str(post.facts["where"])) for post in posts]


async def test_a_gap_is_told_once_where_such_words_would_have_come(house: House) -> None:
    front = FrontDoor(house.desk, link, nobody, nobody)
    for _ in range(2):  # each time that somebody tries to read it
        await front.gap("acme", "C-HELP", FRIDAY, None, "Slack does not show it (not_in_channel).")
    assert await told(house) == [("C-DESK", "gap.since", "#it-help")]
    (event,) = await house.desk.look(gaps.latest, FRIDAY)
    assert event.facts == {
        "connection": "acme",
        "room": "C-HELP",
        "since": FRIDAY.isoformat(),
        "until": MONDAY.isoformat(),
        "why": "Slack does not show it (not_in_channel).",
    }
    house.clock.advance(hours=1)
    await front.gap("acme", "C-HELP", FRIDAY + timedelta(hours=1), None, "Slack does not show it.")
    assert len(await told(house)) == 1 and await house.desk.look(gaps.count, FRIDAY) == 2


@pytest.mark.parametrize(
    ("connection", "room", "rooms"),
    [
        ("acme", "C-DESK", ["C-DESK"]),  # agents' own words
        ("acme", "C-PAY", ["C-PAY"]),
        ("community", "900", ["-1001"]),  # asked in Discord, answered in Telegram
        ("shop", "77", ["C-DESK"]),  # somebody's direct messages
        ("shop", "", ["C-DESK"]),  # everything on a connection
        ("community", "", ["-1001"]),
        ("acme", "C-FORGOTTEN", ["C-DESK"]),
    ],
)
@one_engine
async def test_each_desk_room_that_it_concerns_is_told(
    house: House, connection: str, room: str, rooms: list[str]
) -> None:
    await house.desk.do(gaps.report, Gap(connection, room, None, MONDAY, "It is gone."))
    assert [where for where, say, _ in await told(house) if say == "gap.until"] == rooms


@one_engine
async def test_of_many_direct_messages_the_first_stand_for_all(house: House) -> None:
    for person in range(5):
        await house.desk.do(gaps.report, Gap("shop", f"{person}", FRIDAY, None, "It is gone."))
    assert len(await told(house)) == 1 and await house.desk.look(gaps.count, FRIDAY) == 5


async def test_who_listens_too_late_says_so(house: House) -> None:
    """Telegram keeps for a day what is said while nobody listens, and has no history."""
    day = timedelta(days=1)
    await house.desk.do(gaps.heard, "shop", day)
    house.clock.advance(hours=24)
    await house.desk.do(gaps.heard, "shop", day)
    assert await told(house) == []
    house.clock.advance(hours=30)
    await house.desk.do(gaps.heard, "shop", day)
    assert await told(house) == [("C-DESK", "gap.since", "shop")]
    (event,) = await house.desk.look(gaps.latest, MONDAY)
    at = MONDAY + timedelta(hours=24)
    assert (event.facts["since"], event.facts["until"]) == (at.isoformat(), (at + timedelta(hours=6)).isoformat())
    house.clock.advance(hours=60)
    await house.desk.do(gaps.heard, "acme", None)  # its history can be read
    assert await told(house) == []

    def until(tx: Tx) -> datetime | None:
        return leases.until(tx, "heard/acme")

    assert await house.desk.look(until) == house.clock.now


@one_engine
async def test_the_operator_sees_them(house: House) -> None:
    inbox = Inbox(house)
    async with machine(inbox) as probe:
        assert "gaps" not in (await probe.get("/readyz")).json()
        await house.desk.do(gaps.report, Gap("shop", "", FRIDAY, MONDAY, "Nobody listened."))
        ready, figures = await probe.get("/readyz"), await probe.get("/metrics")
    assert ready.status_code == 200 and [gap["why"] for gap in ready.json()["gaps"]] == ["Nobody listened."]
    assert "frontdesk_gaps 1.0" in figures.text
    house.clock.advance(days=40)
    async with machine(inbox) as probe:
        assert "gaps" not in (await probe.get("/readyz")).json()
