"""Everybody's own page: whom a change concerns, wherever it was made."""

import asyncio
from collections.abc import Collection
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bots import pages
from bots.pages import Pages
from bots.port import Ability
from frontdesk.abilities import adapters
from inbox.desk import claims, moving
from inbox.desk.door import Desk
from inbox.errors import StoreUnavailable
from inbox.store import Change, people
from inbox.store.listen import Listener
from tests.house import House
from tests.inbox.deeds import ask, one_engine

ALL = ("U-ANNA", "U-ERIK", "U-OMAR", "U-LISA", "U-MAJA", "U-NOBODY")


class Platform:
    """One with pages, that all of `looking` opened."""

    def __init__(self, *looking: str, connection: str = "acme") -> None:
        self.connection, self.looking = connection, looking
        self.stale: list[set[str]] = []
        self.news = asyncio.Event()

    def readers(self) -> Collection[str]:
        return self.looking

    def redraw(self, accounts: Collection[str]) -> None:
        self.stale.append(set(accounts))
        self.news.set()

    async def told(self) -> list[set[str]]:
        """What it is told next."""
        async with asyncio.timeout(10):
            await self.news.wait()
        self.news.clear()
        found, self.stale = self.stale, []
        return found


@asynccontextmanager
async def open_pages(desk: Desk, *platforms: object) -> Any:
    kept = Pages(desk, platforms, rest_seconds=0)
    kept.start()
    try:
        yield kept
    finally:
        await kept.stop()


def test_who_says_to_have_pages_keeps_them() -> None:
    for kind in adapters().values():
        kept = {name for name in ("readers", "redraw") if hasattr(kind, name)}
        assert len(kept) == (2 if Ability.PAGES in kind.abilities else 0), kind


async def test_a_change_concerns_who_asked_and_who_answers(house: House) -> None:
    platform, elsewhere = Platform(*ALL), Platform("D-ANNA", connection="community")
    async with open_pages(house.desk, platform, elsewhere, object()):
        await ask(house, "My salary is wrong")
        assert set().union(*await platform.told()) == {"U-ANNA", "U-OMAR", "U-LISA", "U-MAJA"}
    concerned = await house.desk.look(people.concerned, "acme", ALL, [1, 99])
    assert concerned == {"U-ANNA", "U-OMAR", "U-LISA", "U-MAJA"}
    assert await house.desk.look(people.concerned, "community", ["D-ANNA", "D-OMAR"], [1]) == set()
    assert await house.desk.look(people.concerned, "acme", ["U-ERIK"], [1]) == set()
    assert elsewhere.stale == []


@one_engine
async def test_where_a_ticket_went_and_where_it_was_they_see_it(house: House) -> None:
    number = await ask(house)
    await house.desk.store.do(people.set_members, "payroll", {house.ids["Erik"]: "agent"})
    assert await house.desk.look(people.concerned, "acme", ALL, [number]) == {"U-ANNA", "U-OMAR", "U-LISA", "U-MAJA"}
    await house.desk.do(moving.move, number, house.ids["Omar"], "payroll")
    concerned = await house.desk.look(people.concerned, "acme", ALL, [number])
    assert concerned == {"U-ANNA", "U-ERIK", "U-OMAR", "U-LISA", "U-MAJA"}


@one_engine
async def test_nobody_looks_and_nothing_is_looked_up(house: House) -> None:
    asked: list[object] = []
    desk: Any = house.desk
    looks = desk.look

    async def look(*args: Any) -> Any:
        asked.append(args[0])
        return await looks(*args)

    desk.look = look
    platform = Platform()
    async with open_pages(house.desk, platform):
        await ask(house)
        platform.looking = ("U-ANNA",)
        await ask(house, "My lamp")
        assert await platform.told() == [{"U-ANNA"}]
    assert asked.count(people.concerned) == 1 and platform.stale == []
    await ask(house, "My chair")
    assert asked.count(people.concerned) == 1, "it has ended"


@one_engine
@pytest.mark.parametrize("change", [Change(everything=True), Change(frozenset(range(1, pages.MOST + 2)))])
async def test_where_too_much_may_have_changed_all_are_told(change: Change, house: House) -> None:
    platform = Platform("U-ERIK")
    async with open_pages(house.desk, platform):
        house.desk.store.tell(change)
        assert await platform.told() == [{"U-ERIK"}]
        house.desk.store.tell(Change(outbox=True))
        assert platform.stale == []


@one_engine
async def test_what_could_not_be_looked_up_is_made_good(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "AGAIN_SECONDS", 0.01)
    desk: Any = house.desk
    looks = desk.look

    async def once(*_: Any) -> Any:
        desk.look = looks
        raise StoreUnavailable(why="the disk is full")

    desk.look = once
    platform = Platform("U-ANNA", "U-ERIK")
    async with open_pages(house.desk, platform):
        house.desk.store.tell(Change(frozenset({1})))
        assert await platform.told() == [{"U-ANNA", "U-ERIK"}], "nobody knows any more whom it concerned"


@pytest.mark.parametrize("engine_name", ["postgres"])
async def test_what_another_process_does_is_heard(house: House, database_url: str) -> None:
    number = await ask(house)
    here = Desk(database_url, house.desk.directory, house.clock)
    listener = Listener(database_url, here.store.tell)
    platform = Platform("U-ANNA", "U-ERIK")
    async with open_pages(here, platform):
        listener.start()
        try:
            assert await platform.told() == [{"U-ANNA", "U-ERIK"}]  # it has begun to listen
            await house.desk.do(claims.claim, number, house.ids["Omar"])
            assert await platform.told() == [{"U-ANNA"}]
        finally:
            await listener.stop()
            await here.close()
