"""The Home tab shows how things are, for as long as somebody may look: drawn anew when a ticket changes."""

import asyncio
import json
from collections.abc import MutableMapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bots.port import Card
from bots.simulator.slack.compose import spoken
from bots.simulator.slack.text import plain
from bots.slack import calls
from bots.slack.home import MOST, Readers
from inbox.model import Account
from tests.bots.slack.acme import Acme
from tests.bots.slack.rig import ANNA, ERIK, OMAR, QUICK, Door
from tests.inbox.deeds import one_engine

SOON = replace(QUICK, home_seconds=0.05, home_pace_seconds=0.01)


class Pages:
    """What the desk says of everybody's page, and when it was asked."""

    def __init__(self, door: Door) -> None:
        self.says = "nothing"
        self.asked: list[tuple[str, float]] = []
        self._door = door
        door.notes.page = self._page

    def _page(self, by: Account) -> list[Card]:
        self.asked.append((by.external_id, asyncio.get_running_loop().time()))
        self._door.sim.changed()
        return [Card(text=f"{by.name}: {self.says}")]

    def shown(self, who: str) -> str:
        """What that person's tab shows."""
        view = self._door.sim.world.home_of(who)
        return plain(self._door.sim.world, spoken(view.body["blocks"])) if view else ""

    async def open(self, who: str) -> None:
        await self._door.sim.do("open_home", who=who)
        await self._door.sim.until(lambda: self.shown(who))

    async def shows(self, who: str, words: str) -> None:
        await self._door.sim.until(lambda: words in self.shown(who))


def published(door: Door) -> list[str]:
    return [json.loads(call.request["body"])["user_id"] for call in door.calls("views.publish")]


async def test_a_page_is_drawn_once_for_many_changes_and_shows_the_last() -> None:
    async with Door(tuning=replace(SOON, home_seconds=0.3)) as door:
        pages = Pages(door)
        await pages.open(OMAR)
        for number in range(5):
            pages.says = f"change {number}"
            door.platform.redraw([OMAR])
            await asyncio.sleep(0)
        await pages.shows(OMAR, "change 4")
        assert published(door) == [OMAR, OMAR]
        (_, first), (_, second) = pages.asked
        assert second - first >= 0.3


async def test_no_two_pages_at_once_and_none_twice_for_nothing() -> None:
    async with Door(tuning=replace(SOON, home_pace_seconds=0.2)) as door:
        pages = Pages(door)
        for who in (OMAR, ANNA, ERIK):
            await pages.open(who)
        door.platform.redraw([OMAR])
        await door.sim.until(lambda: len(pages.asked) == 4)  # it shows that already
        pages.says = "something"
        door.platform.redraw([ANNA, ERIK])
        for who in (ANNA, ERIK):
            await pages.shows(who, "something")
        assert sorted(published(door)[3:]) == [ANNA, ERIK]
        (_, one), (_, other) = pages.asked[4:]
        assert other - one >= 0.2


async def test_who_must_wait_holds_up_nobody_else() -> None:
    async with Door(tuning=replace(SOON, home_seconds=60.0)) as door:
        pages = Pages(door)
        await pages.open(OMAR)
        pages.says = "something"
        door.platform.redraw([OMAR])
        await asyncio.sleep(0)  # now it is waited for
        door.platform.redraw([ANNA])
        await pages.shows(ANNA, "something")
        assert "nothing" in pages.shown(OMAR)


async def test_what_is_published_last_is_how_it_was_last() -> None:
    """Omar opens the tab while a change is being drawn, and Slack is slow with that drawing."""
    async with Door(tuning=SOON) as door:
        pages = Pages(door)
        await pages.open(OMAR)
        pages.says = "before"
        door.sim.faults.order("latency", "views.publish", seconds=0.2)
        door.platform.redraw([OMAR])
        await door.sim.until(lambda: len(pages.asked) == 2)
        pages.says = "after"
        await door.sim.do("open_home", who="omar")
        await pages.shows(OMAR, "after")
        await door.sim.until(lambda: len(published(door)) == 3)
        assert "after" in pages.shown(OMAR)


async def test_a_drawing_that_fails_for_now_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "retry_after", lambda _: 0.02)
    async with Door(tuning=SOON) as door:
        pages = Pages(door)
        await pages.open(OMAR)
        for trouble in ("rate_limit", "drop_before", "status"):
            door.sim.faults.order(trouble, "views.publish")
            pages.says = trouble
            door.platform.redraw([OMAR])
            await pages.shows(OMAR, trouble)
        door.notes.down, pages.says = 1, "the database is back"
        door.platform.redraw([OMAR])
        await pages.shows(OMAR, "the database is back")


@pytest.mark.parametrize("trouble", ["rate_limit", "status"])
async def test_a_page_that_could_not_be_opened_is_drawn_soon(trouble: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "retry_after", lambda _: 0.02)
    async with Door(tuning=SOON) as door:
        door.sim.faults.order(trouble, "views.publish")
        await Pages(door).open(OMAR)
        assert len(published(door)) == 2


async def test_whose_page_slack_refuses_for_good_is_forgotten(logged: list[MutableMapping[str, Any]]) -> None:
    async with Door(tuning=SOON) as door:
        pages = Pages(door)
        await pages.open(OMAR)
        assert door.platform.readers() == (OMAR,)
        door.sim.faults.order("error", "views.publish", error="not_enabled")
        pages.says = "something"
        door.platform.redraw([OMAR])
        await door.until(lambda: door.platform.readers() == ())
        assert [entry["event"] for entry in logged].count("slack.home_not_shown") == 1


async def test_a_page_that_cannot_be_drawn_holds_up_no_other(logged: list[MutableMapping[str, Any]]) -> None:
    async with Door(tuning=SOON) as door:
        pages = Pages(door)
        for who in (OMAR, ANNA):
            await pages.open(who)
        door.notes.broken = lambda by: by.external_id == OMAR
        pages.says = "something"
        door.platform.redraw([OMAR])
        door.platform.redraw([ANNA])
        await pages.shows(ANNA, "something")
        assert "nothing" in pages.shown(OMAR)
        assert "slack.home_not_drawn" in [entry["event"] for entry in logged]


async def test_who_opened_it_is_known_for_a_day_and_through_an_outage() -> None:
    async with Door(tuning=SOON) as door:
        pages = Pages(door)
        await pages.open(OMAR)
        await door.platform.stop()
        pages.says = "what happened meanwhile"
        door.platform.redraw([OMAR])
        await door.start(door.platform)
        await pages.shows(OMAR, "what happened meanwhile")
        door.now += 86_400
        assert door.platform.readers() == (OMAR,)
        door.now += 1
        assert door.platform.readers() == ()


def test_readers_are_bounded_and_who_came_longest_ago_goes_first() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    readers = Readers(lambda: now)
    for number in range(MOST):
        readers.came(f"U{number}")
    readers.came("U0")
    readers.came("U-ONE-MORE")
    known = readers.lately()
    assert len(known) == MOST and known[-2:] == ("U0", "U-ONE-MORE") and "U1" not in known
    now += timedelta(days=1, seconds=1)
    assert readers.lately() == ()


# with the desk


def page(acme: Acme, who: str) -> str:
    """What that person's Home tab says."""
    view = acme.slack.world.home_of(acme.slack.world.person(who).id)
    return plain(acme.slack.world, spoken(view.body["blocks"])) if view else ""


@one_engine
async def test_open_pages_follow_the_life_of_a_ticket_and_only_those_it_concerns(database_url: str) -> None:
    async with Acme(database_url, tuning=SOON) as acme:
        slack = acme.slack
        everybody = ("anna", "erik", "omar", "lisa")
        for who in everybody:
            await slack.do("open_home", who=who)
        await slack.until(lambda: all(page(acme, who) for who in everybody))
        assert "You have no tickets" in page(acme, "anna") and "You hold no ticket." in page(acme, "omar")

        await acme.writes("anna", "My laptop is on fire", "#it-help")
        await slack.until(lambda: all("#1 My laptop is on fire" in page(acme, who) for who in ("anna", "omar", "lisa")))
        assert "You hold no ticket." in page(acme, "omar")
        assert "Mon 2 Mar 14:00" in page(acme, "omar") and "14:00" not in page(acme, "anna")  # when an answer is due

        await slack.do("command", who="omar", room="#it-desk", text="/claim 1")
        await slack.until(lambda: "You hold no ticket." not in page(acme, "omar") and "Omar" in page(acme, "anna"))
        await slack.until(lambda: "#1" not in page(acme, "lisa"))

        await slack.do("command", who="omar", room="#it-desk", text="/resolve 1")
        await slack.until(lambda: "Resolved" in page(acme, "anna") and "You hold no ticket." in page(acme, "omar"))
        assert [one for one in slack.log if one.call == "views.publish" and ERIK in str(one.request)][1:] == []
