"""Rooms come, go and change their names while Frontdesk runs: nobody has to start it again."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from pydantic import SecretStr

from bots.port import Front, Health, StartError
from bots.simulator.client import Client
from bots.simulator.server import Simulator
from frontdesk import config
from frontdesk.app import App
from frontdesk.playground import Platforms, point_to, start_platforms
from frontdesk.rooms import Rooms, staffed
from frontdesk.settings import Settings
from frontdesk.supervisor import Supervisor
from inbox.desk import upkeep
from inbox.desk.door import Desk
from inbox.directory import Directory, Room
from inbox.store import threads
from tests.bots.memory_platform import MemoryPlatform
from tests.bots.recording import RecordingFront
from tests.house import House
from tests.inbox.deeds import one_engine
from tests.world import quick

ONE_PLATFORM = """
[desk]
name = "Acme"
language = "en"
timezone = "Europe/Stockholm"
[connections.it]
platform = "{platform}"
[policies.standard]
hours = "always"
first_reply = {{ normal = "4h" }}
resolution = {{ normal = "16h" }}
[queues.it]
title = "IT support"
policy = "standard"
intake = ["it:dm"]
desk = "it:{room}"
agents = {agents}
default = true
"""


@dataclass(frozen=True)
class Case:
    """The desk room on one platform, how the bot comes into it and goes out of it, and who works there."""

    room: str
    agents: str
    comes: tuple[str, dict[str, Any]]
    goes: tuple[str, dict[str, Any]]


CASES = {
    "slack": Case(
        "#it-desk",
        '"members"',
        ("join", {"who": "Frontdesk", "room": "it-desk"}),
        ("leave", {"who": "Frontdesk", "room": "it-desk"}),
    ),
    "discord": Case(
        "#desk",
        '["it:role:Support"]',
        ("join", {"who": "bot", "room": "#desk"}),
        ("leave", {"who": "bot", "room": "#desk"}),
    ),
    "telegram": Case(
        "-1002000000101",
        '["it:700100003"]',
        ("add_bot", {"room": "Desk", "by": "Maja", "status": "administrator"}),
        ("kick_bot", {"room": "Desk", "by": "Maja"}),
    ),
}


@asynccontextmanager
async def apart(platform: str, database_url: str) -> AsyncIterator[tuple[App, Simulator, Platforms]]:
    """The program with one platform, whose bot is not in the desk room yet; it is started by the test."""
    platforms, case = await start_platforms(), CASES[platform]
    simulator: Any = getattr(platforms, platform)
    simulator.limits = False
    await simulator.do(case.goes[0], **case.goes[1])
    text = ONE_PLATFORM.format(platform=platform, room=case.room, agents=case.agents)
    settings = point_to(Settings(_env_file=None, inbox_port=0), platforms)
    settings = settings.model_copy(update={"database_url": SecretStr(database_url)})
    app = App(settings, quick(config.parse(text, "desk.toml")), secret="a secret of the tests")
    try:
        yield app, simulator, platforms
    finally:
        await app.stop()
        await platforms.stop()


@one_engine
@pytest.mark.parametrize("platform", CASES)
async def test_a_room_that_the_bot_is_invited_to_later_shows_what_waited(platform: str, database_url: str) -> None:
    async with apart(platform, database_url) as (app, simulator, _):
        erik, omar, case = Client(simulator, "Erik"), Client(simulator, "Omar"), CASES[platform]
        if platform == "telegram":
            await simulator.do("start", who="Erik")
        await app.start()
        await erik.writes("The printer is on fire", "dm")
        await erik.reads("#1", "dm")
        assert not app.desk.directory.rooms
        await simulator.do(case.comes[0], **case.comes[1])
        card = await omar.until(lambda: next((m for m in _cards(omar) if "Claim" in m.buttons), None))
        assert (await omar.presses(card, "Claim"))["ok"]
        await omar.until(lambda: any("Omar" in shown for shown in _cards(omar)))


def _cards(client: Client) -> list[Any]:
    return [shown for shown in client.sees(by_bot=True) if "#1" in shown]


class Program:
    """What a supervisor tells the program, in order."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.knows = asyncio.Event()

    async def found(self, connection: str, rooms: Sequence[Room]) -> frozenset[str]:
        self.told.append("found " + " ".join(room.name for room in rooms))
        return frozenset(room.external_id for room in rooms)

    async def known(self, connections: Sequence[str]) -> None:
        self.told.append("known")
        self.knows.set()

    async def staff(self, connection: str) -> None:
        self.told.append("staffed")

    async def show(self, connection: str) -> None:
        self.told.append("shown")


class Town(MemoryPlatform):
    """A platform that notes how often it is asked for its rooms, and refuses to tell `refuses` times."""

    refuses = 0
    looks = 0

    async def rooms(self) -> Sequence[Room]:
        self.looks += 1
        if self.refuses:
            self.refuses -= 1
            raise StartError("It could not be reached.")
        return list(self.seen)


DESK = Room("memory", "R1", "#desk")


@asynccontextmanager
async def supervised(**how: Any) -> AsyncIterator[tuple[Supervisor, Town, Program]]:
    platform, program = Town("memory"), Program()
    supervisor = Supervisor(platform, RecordingFront(), program, **how)
    supervisor.start()
    await supervisor.tried.wait()
    yield supervisor, platform, program
    await supervisor.stop()


@pytest.fixture(autouse=True)
def _settle_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.supervisor.SETTLE_SECONDS", 0.01)


async def test_many_calls_at_once_are_one_look() -> None:
    async with supervised() as (supervisor, platform, program):
        platform.seen.append(DESK)
        await asyncio.gather(*(supervisor.rooms_changed() for _ in range(20)))
        assert platform.looks == 1 and platform.followed == {"R1"} and not supervisor.behind
        assert program.told[-3:] == ["found #desk", "staffed", "shown"]
        await supervisor.rooms_changed()
        assert platform.looks == 2


async def test_a_look_that_fails_is_known_to_be_owed() -> None:
    async with supervised() as (supervisor, platform, _):
        platform.seen.append(DESK)
        platform.refuses = 1
        await supervisor.rooms_changed()
        assert supervisor.behind and platform.followed == frozenset()
        await supervisor.rooms_changed()
        assert not supervisor.behind and platform.followed == {"R1"}


async def test_who_takes_over_looks_where_the_rooms_are_now() -> None:
    """While it stood by another process received, and heard of the rooms."""
    turns, received = iter([False, False, True]), asyncio.Event()

    async def hold() -> bool:
        return next(turns, True)

    class Noting(Town):
        async def start(self, front: Front, follow: frozenset[str]) -> None:
            await super().start(front, follow)
            received.set()

    platform, program = Noting("memory"), Program()
    supervisor = Supervisor(platform, RecordingFront(), program, hold=hold, renew_seconds=0.001)
    supervisor.start()
    await supervisor.tried.wait()
    assert program.told == ["known", "staffed"] and not supervisor.receives
    platform.seen.append(DESK)
    await received.wait()
    await supervisor.stop()
    assert program.told[2:] == ["found #desk", "staffed", "shown"] and platform.followed == {"R1"}


class Refusing(Town):
    """Not to be reached at first."""

    async def connect(self) -> Sequence[Room]:
        if self.refuses:
            self.refuses -= 1
            raise StartError("It could not be reached.")
        return list(self.seen)


async def test_a_process_that_only_sends_tries_again_and_says_why_it_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.supervisor.FIRST_RETRY_SECONDS", 0.01)
    platform, program = Refusing("memory"), Program()
    platform.refuses = 2
    supervisor = Supervisor(platform, RecordingFront(), program, hold=None)
    supervisor.start()
    await supervisor.tried.wait()
    assert supervisor.health() == Health(False, "It could not be reached.")
    await asyncio.wait_for(program.knows.wait(), 5)
    assert supervisor.health().ok and program.told == ["known"] and not supervisor.receives
    await supervisor.stop()
    assert platform.up  # what waits is still to be sent
    await supervisor.close()
    assert not platform.up


async def nobody(connection: str) -> None:
    return None


@one_engine
async def test_a_room_that_is_seen_no_more_is_used_by_no_process(house: House, database_url: str) -> None:
    """Its mark stays, for what is said until the bot is there again; its name may be another room's by then."""
    other = Desk(database_url, Directory(house.desk.directory.desk), house.clock)
    here, there = Rooms(house.desk, nobody), Rooms(other, nobody)
    desk, newer = Room("acme", "C-DESK", "#it-desk", private=True), Room("acme", "C-A-NEW", "#it-desk", private=True)
    await house.desk.store.do(threads.move_last_id, "acme", "C-DESK", "5")
    await here.found("acme", [desk])
    await there.known(["acme"])
    assert other.directory.rooms["acme:#it-desk"] == desk
    await here.found("acme", [newer])
    await there.known(["acme"])
    assert other.directory.rooms["acme:#it-desk"] == newer
    await here.found("acme", [])
    await there.known(["acme"])
    assert "acme:#it-desk" not in other.directory.rooms and there.missing("acme") >= {"acme:#it-desk"}
    assert (await house.desk.look(threads.last_ids, "acme"))["C-DESK"] == "5"
    await other.close()


@one_engine
@pytest.mark.parametrize("begun", [True, False])
async def test_what_the_bot_sees_is_newer_than_what_was_being_read(house: House, begun: bool) -> None:
    """At the start both happen at once: rooms that were just found are not forgotten again."""
    desk = house.desk
    desk.directory = replace(desk.directory, rooms={})
    rooms, read = Rooms(desk, nobody), asyncio.Event()
    stale = await desk.look(upkeep.known_rooms)

    async def slowly(*_: object) -> list[Room]:
        await read.wait()
        return stale

    desk.look = slowly  # type: ignore[method-assign,assignment]
    knowing = asyncio.ensure_future(rooms.known(["acme"]))
    if begun:
        await asyncio.sleep(0)
    await rooms.found("acme", [Room("acme", "C-NEWER", "#it-desk", private=True)])
    read.set()
    await knowing
    assert desk.directory.rooms["acme:#it-desk"].external_id == "C-NEWER"


def test_a_connection_is_staffed_where_agents_have_a_room_or_are_named() -> None:
    room = config.parse(
        ONE_PLATFORM.format(platform="discord", room="#desk", agents='["it:role:Support"]'), "desk.toml"
    )
    assert staffed(room, "it") and not staffed(room, "another")
    more = '\n[connections.shop]\nplatform = "telegram"\n'
    file = ONE_PLATFORM.format(platform="slack", room="#desk", agents='"members"') + more
    assert not staffed(config.parse(file, "desk.toml"), "shop")
    led = file.replace("default = true", 'default = true\nleads = ["shop:700100003"]')
    assert staffed(config.parse(led, "desk.toml"), "shop")
