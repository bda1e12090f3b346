"""Files take their time on a slow line: they have it, and nobody else waits for them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bots.discord.files import UPLOAD_SECONDS, upload
from bots.pacing import SLOWEST_UPLOAD, upload_seconds
from bots.port import Ability, Card, Sent
from bots.relay import Tuning
from bots.slack.uploads import LEAST_SECONDS
from inbox.desk import delivery
from inbox.filestore import FileStore
from inbox.model import File, Place
from tests.bots.office import Office, once
from tests.bots.slack.rig import IT_HELP, Door, stored
from tests.bots.test_crossing import anna_shows
from tests.house import House
from tests.inbox.sending import line, post, rows

BIG = 10_000_000
HASTY = Tuning(send_seconds=0.2, uploads=1, at_once=2, poll_seconds=60.0)


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    office = Office(house)
    office.acme.file_limit = BIG
    yield office
    await office.close()


class Slow:
    """A platform whose posts with files, and those into the room "dead", wait until they may go on."""

    def __init__(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go, self.uploading, self.arrived = asyncio.Event(), asyncio.Event(), list[str]()
        send = office.acme.send

        async def slow(place: Place, card: Card, nonce: str, **more: Any) -> Sent:
            if place.room == "dead":
                await asyncio.Event().wait()
            if card.files:
                self.uploading.set()
                await self.go.wait()
                self.arrived.append(nonce)
            return await send(place, card, nonce, **more)

        monkeypatch.setattr(office.acme, "send", slow)


def recorded(house: House, monkeypatch: pytest.MonkeyPatch, verb: Callable[..., Any]) -> asyncio.Event:
    """Set when the desk has carried out that verb."""
    done, do = asyncio.Event(), house.desk.do

    async def noted(called: Callable[..., Any], *args: Any, **more: Any) -> Any:
        answer = await do(called, *args, **more)
        if called is verb:
            done.set()
        return answer

    monkeypatch.setattr(house.desk, "do", noted)
    return done


@once
async def test_a_long_upload_is_waited_for_and_nothing_else_waits_for_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people send ten megabytes each; a call without files that takes as long is given up meanwhile."""
    house, slow = office.house, Slow(office, monkeypatch)
    office.acme.abilities -= {Ability.IDEMPOTENT, Ability.RECONCILE}
    await office.open(tuning=HASTY)
    await anna_shows(office, BIG)
    house.clock.advance(300)  # a matter of its own
    await anna_shows(office, BIG)
    await slow.uploading.wait()
    doubted = recorded(house, monkeypatch, delivery.doubt)
    await post(house, "acme", "dead", "d", 1)
    for number in range(2, 8):
        await post(house, "acme", f"r{number}", f"k{number}", number)
    for number in range(2, 8):
        await office.acme.stands(line(number), room=f"r{number}")
    await doubted.wait()
    assert slow.arrived == [] and sum(row.state == "sending" for row in await rows(house)) == 2
    slow.go.set()
    await office.delivered()
    words = [row for row in await rows(house) if row.kind == "message"]
    assert [(row.state, row.attempts) for row in words] == [("sent", 1), ("sent", 1)] and len(slow.arrived) == 2


def test_the_time_grows_with_the_bytes() -> None:
    files = [File(n, 1, "a", "", size, "image", "stored") for n, size in enumerate((SLOWEST_UPLOAD, BIG))]
    assert upload_seconds([]) == 0 and upload_seconds(files) == 1 + BIG / SLOWEST_UPLOAD


async def test_a_call_to_discord_has_that_time(tmp_path: Path) -> None:
    store = FileStore(tmp_path, BIG)
    sha256, _ = await store.put(content(b"x"))
    call = upload({}, (File(1, 1, "a", "", BIG, "image", "stored", sha256),), store)
    assert call["timeout"].total == UPLOAD_SECONDS + BIG / SLOWEST_UPLOAD
    call["files"][0].close()


async def test_a_call_to_slack_has_that_time(monkeypatch: pytest.MonkeyPatch) -> None:
    given, make = list[float](), aiohttp.ClientTimeout

    def noted(total: float, **more: Any) -> aiohttp.ClientTimeout:
        given.append(total)
        return make(total=total, **more)

    async with Door() as door:
        file = await stored(door, "a.png", b"x" * 64_000)
        monkeypatch.setattr("bots.slack.uploads.aiohttp.ClientTimeout", noted)
        await door.platform.send(Place("acme", IT_HELP), Card(files=(file,)), "fd-1")
        monkeypatch.undo()
    assert LEAST_SECONDS + 64_000 / SLOWEST_UPLOAD in given


async def content(data: bytes) -> AsyncIterator[bytes]:
    yield data
