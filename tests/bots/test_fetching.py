"""Files that come with words: kept before their links expire, or a name and a reason in their place; words wait for
them a little, and are never lost with them."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bots.fetching import ATTEMPTS, SHELF_SECONDS, Fetcher
from bots.port import Hopeless, TryLater
from inbox.desk import attachments, delivery, intake
from inbox.desk.errand import Errand
from inbox.filestore import SHELVES, FileStore
from inbox.model import Attached, File, FileKind
from inbox.store import Tx, files, messages
from tests.house import House
from tests.inbox.deeds import told


class Shelf:
    """A platform's files, by what it calls them; what is not there is gone."""

    connection = "acme"

    def __init__(self, **files: bytes | Exception) -> None:
        self.files, self.asked = files, list[str]()

    async def fetch(self, ref: str) -> AsyncIterator[bytes]:
        self.asked.append(ref)
        found = self.files.get(ref, Hopeless("Nothing there.", "gone"))
        if isinstance(found, Exception):
            raise found
        yield found


async def sent_along(house: House, *attached: Attached) -> int:
    said = replace(house.said("Anna", "Look at this"), files=attached)
    received = await house.desk.do(intake.receive, said)
    assert received.ticket
    return received.ticket


def one(ref: str, name: str = "", kind: FileKind = "image", size: int = 0) -> Attached:
    return Attached(ref, name or f"{ref}.png", "image/png", size, kind)


async def settle(house: House, fetcher: Fetcher, number: int) -> list[File]:
    """Fetches until nothing of the ticket waits; the clock follows what is planned."""
    while True:
        while await fetcher.fetch_due("acme"):
            pass
        at = await house.desk.look(attachments.next_at, "acme")
        if at is None:
            return await house.desk.look(of_ticket, number)
        assert at > house.clock.now
        house.clock.now = at


def of_ticket(tx: Tx, number: int) -> list[File]:
    ids = [message.id for message in messages.of_ticket(tx, number)]
    return [file for found in files.of_messages(tx, ids).values() for file in found]


def reader(house: House, shelf: Shelf, store: FileStore) -> Fetcher:
    return Fetcher(house.desk, store, {"acme": shelf}, random=Random(1))


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files", 10, frozenset({".exe"}))


async def test_files_are_kept_as_they_were(house: House, store: FileStore) -> None:
    number = await sent_along(house, one("a"), one("b", "b.txt", "document"))
    found = await settle(house, reader(house, Shelf(a=b"png", b=b"text"), store), number)
    assert [(f.name, f.state, f.size, store.path(f.sha256).read_bytes()) for f in found] == [
        ("a.png", "stored", 3, b"png"),
        ("b.txt", "stored", 4, b"text"),
    ]
    assert len(await told(house, number, "file_stored")) == 2


@pytest.mark.parametrize(
    ("attached", "reason", "asked"),
    [
        (one("big"), "too_big", True),
        (one("a", size=11), "too_big", False),
        (one("a", "game.exe"), "refused_kind", False),
        (one("nothing"), "gone", True),
        (one("closed"), "not_allowed", True),
    ],
)
@pytest.mark.parametrize("engine_name", ["sqlite"])
async def test_what_cannot_be_kept_is_named_with_the_reason(
    house: House, store: FileStore, attached: Attached, reason: str, asked: bool
) -> None:
    number = await sent_along(house, attached)
    shelf = Shelf(a=b"x", big=b"x" * 11, closed=Hopeless("No.", "forbidden"))
    [found] = await settle(house, reader(house, shelf, store), number)
    assert (found.state, found.reason) == ("refused" if reason in ("too_big", "refused_kind") else "gone", reason)
    assert bool(shelf.asked) is asked
    assert [event.facts["why"] for event in await told(house, number, "file_missing")] == [reason]


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("trouble", [TryLater("Later."), KeyError("file_path")], ids=["later", "nonsense"])
async def test_trouble_is_tried_again_and_then_given_up(house: House, store: FileStore, trouble: Exception) -> None:
    number = await sent_along(house, one("a"))
    shelf = Shelf(a=trouble)
    [found] = await settle(house, reader(house, shelf, store), number)
    assert (found.state, found.reason, len(shelf.asked)) == ("gone", "unreadable", ATTEMPTS)


async def test_words_wait_for_their_files_and_not_for_ever(house: House, store: FileStore) -> None:
    number = await sent_along(house, one("a"))
    assert "Look at this" not in await shown(house)
    [file] = await house.desk.look(of_ticket, number)
    await house.desk.do(attachments.stored, file, "0" * 64, 3)
    [words] = [e for e in await leased(house) if e.message and e.message.text == "Look at this"]
    assert [(f.name, f.state) for f in words.files] == [("a.png", "stored")]

    late = await sent_along(house, one("b"))
    house.clock.now += attachments.WAIT + timedelta(seconds=1)
    [words] = [e for e in await leased(house) if e.ticket == late and e.message]
    assert [f.state for f in words.files] == ["waiting"]


async def leased(house: House) -> list[Errand]:
    """Everything that may be said now, cards first, as arrived."""
    found = []
    while errands := await house.desk.do(delivery.lease, "acme", "test", 100, 60):
        for errand in errands:
            opened = f"th{errand.id}" if errand.kind == "card" else ""
            await house.desk.do(delivery.sent, errand.id, errand.fence, "", f"x{errand.id}", opened)
        found += errands
    return found


async def shown(house: House) -> list[str]:
    return [errand.message.text for errand in await leased(house) if errand.message]


@pytest.mark.parametrize("engine_name", ["sqlite"])
async def test_it_works_by_itself_once_it_was_told(house: House, store: FileStore) -> None:
    fetcher, news = reader(house, Shelf(a=b"png"), store), asyncio.Event()
    fetcher.start()
    end = house.desk.subscribe(lambda _: news.set())
    try:
        number = await sent_along(house, one("a"))
        fetcher.wake("acme")
        fetcher.wake("elsewhere")
        async with asyncio.timeout(10):
            while True:
                news.clear()  # before the look: what comes after it wakes us
                if [f.state for f in await house.desk.look(of_ticket, number)] == ["stored"]:
                    break
                await news.wait()
    finally:
        end()
        await fetcher.stop()


async def test_files_that_no_message_has_are_cleared_away_after_a_day(house: House, store: FileStore) -> None:
    """A process died between storing a file and writing that down; what is somebody's, or new, stays."""

    async def content(data: bytes) -> AsyncIterator[bytes]:
        yield data

    number = await sent_along(house, one("a"))
    fetcher = reader(house, Shelf(a=b"hers"), store)
    [hers] = await settle(house, fetcher, number)
    [(nobodys, _), (new, _)] = [await store.put(content(data)) for data in (b"nobody's", b"new")]
    for old in (hers.sha256, nobodys):
        os.utime(store.path(old), (1, 1))
    for _ in range(SHELVES):
        await fetcher.tidy()
        house.clock.advance(SHELF_SECONDS)
    there = [hash_ for hash_ in (hers.sha256, nobodys, new) if store.path(hash_).exists()]
    assert there == [hers.sha256, new]
