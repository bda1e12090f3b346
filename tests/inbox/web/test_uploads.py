"""Files that agents send along from the browser: kept, sent and shown like everybody's; and what is not taken."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from inbox.desk import claims
from inbox.errors import StoreUnavailable
from inbox.filestore import FileStore
from inbox.model import File
from inbox.store import Tx, files, messages
from tests.house import House
from tests.inbox import postman
from tests.inbox.deeds import one_engine
from tests.inbox.web.test_acting import field, open_page, trouble, words_of
from tests.inbox.web.visitor import Inbox

pytestmark = one_engine
PNG = b"\x89PNG\r\n\x1a\n"
LIMIT = 400_000
Sent = tuple[str, bytes, str]


@pytest.fixture
async def inbox(house: House, tmp_path: Path) -> AsyncIterator[Inbox]:
    inbox = Inbox(house, files=FileStore(tmp_path, LIMIT, frozenset({".exe"})))
    yield inbox
    await inbox.close()


async def send(
    client: httpx.AsyncClient, page: httpx.Response, number: int, words: str, *sent: Sent, to: str = "reply"
) -> httpx.Response:
    form = {name: field(page, name) for name in ("csrf", "once", "fence")}
    parts = [("files", one) for one in sent] or [("files", ("", b"", "application/octet-stream"))]
    return await client.post(f"/tickets/{number}/{to}", data={**form, "words": words}, files=parts)


async def attached(inbox: Inbox, number: int) -> list[File]:
    return await inbox.desk.look(_attached, number)


def _attached(tx: Tx, number: int) -> list[File]:
    found = files.of_messages(tx, [message.id for message in messages.of_ticket(tx, number)])
    return [file for each in found.values() for file in each]


async def test_an_answer_with_files(inbox: Inbox) -> None:
    """Anna gets them with the words, not before; colleagues see them on the page, and whoever may opens them."""
    number, omar = await inbox.asked("Anna", "Where is the button?"), await inbox.visitor("Omar")
    page = await open_page(omar, number)
    assert 'type="file" name="files" multiple data-most="400000"' in page.text
    sent = await send(omar, page, number, "Here.", ("a.png", PNG, "image/png"), ("räkning.pdf", b"%PDF", "x/y"))
    assert sent.headers["location"] == f"/tickets/{number}?did=reply#latest"
    kept = await attached(inbox, number)
    assert [(one.name, one.mime, one.kind, one.state, one.size) for one in kept] == [
        ("a.png", "image/png", "image", "stored", 8),
        ("räkning.pdf", "x/y", "document", "stored", 4),
    ]
    inbox.house.clock.advance(6)
    letters = [one for one in await inbox.desk.do(postman.deliver) if one.kind == "message" and one.files]
    assert [(one.to, one.files) for one in letters] == [(to, ("a.png", "räkning.pdf")) for to in ("home", "desk")]
    shown = (await open_page(await inbox.visitor("Lisa"), number)).text
    assert f'<img src="/files/{kept[0].id}" alt="a.png"' in shown
    assert (await omar.get(f"/files/{kept[0].id}")).content == PNG


async def test_files_need_no_words_and_the_same_form_sends_them_once(inbox: Inbox) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    page = await open_page(omar, number)
    for name, said in (("a", 1), ("a", 1), ("b", 2)):
        answer = await send(omar, page, number, "", (f"{name}.txt", name.encode(), "text/plain"))
        assert answer.status_code == 303 and len(await words_of(inbox, number)) == said
        inbox.house.clock.advance(1)
    noted = await send(omar, page, number, "Look", ("c.txt", b"c", "text/plain"), to="note")
    assert noted.status_code == 303 and [one.name for one in await attached(inbox, number)][-1] == "c.txt"
    assert "There were no words in it" in trouble(await send(omar, await open_page(omar, number), number, ""))


def _kept(folder: Path) -> list[Path]:
    return list(folder.rglob("*"))


WRONG: list[tuple[list[Sent], str]] = [
    ([("a.pdf.exe", b"x", "application/pdf")], "“a.pdf.exe”: files of this kind are not taken."),
    ([("a.txt", b"", "text/plain")], "“a.txt” is empty."),
    ([("a.txt", b"x" * (LIMIT + 1), "text/plain")], "“a.txt” is too big: at most 400 kB is taken."),
    ([("a.txt", b"x", "text/plain")] * 11, "At most 10 files go with one message."),
]


@pytest.mark.parametrize(("sent", "why"), WRONG)
async def test_files_that_are_not_taken_keep_the_words(inbox: Inbox, sent: list[Sent], why: str) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    refused = await send(omar, await open_page(omar, number), number, "Look at this", *sent)
    assert refused.status_code == 422 and trouble(refused) == f"{why} Please choose the files again."
    assert "Look at this</textarea>" in refused.text
    assert await words_of(inbox, number) == [] and await attached(inbox, number) == []


async def test_more_than_the_store_keeps_is_refused_before_it_is_read(inbox: Inbox) -> None:
    """A form with files may be larger than others, and only there."""
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    page = await open_page(omar, number)
    big = ("a.txt", b"x" * (LIMIT - 1000), "text/plain")
    assert (await send(omar, page, number, "Look", big)).status_code == 303
    assert (await send(omar, page, number, "Look", big, big)).status_code == 413
    assert (await send(omar, page, number, "Look", big, to="claim")).status_code == 413
    assert (await omar.post(f"/tickets/{number}/reply", data={"words": "x" * 300_000})).status_code == 413


async def test_who_may_not_answer_leaves_no_file(inbox: Inbox, tmp_path: Path) -> None:
    number = await inbox.asked("Anna", "Hello")
    page = await open_page(await inbox.visitor("Omar"), number)  # with its token, too
    big = ("a.txt", b"x" * (LIMIT - 1000), "text/plain")
    for who, status in (("Omar@shop", 404), ("Lisa", 403), (None, 403)):
        assert (await send(await inbox.visitor(who), page, number, "Look", big)).status_code == status
    small = ("a.txt", b"x", "text/plain")
    signed_out = await send(inbox.stranger(), page, number, "Look at this", small)
    assert signed_out.status_code == 401 and "Look at this</textarea>" in signed_out.text
    unread = await send(inbox.stranger(), page, number, "Look at this", big)
    assert unread.status_code == 401 and "Look at this" not in unread.text
    assert not _kept(tmp_path)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\omar\\bild.png", "bild.png"),
        ("invoice\u202egnp.txt", "invoicegnp.txt"),
        ("a" * 300 + ".txt", "a" * 196 + ".txt"),
        ("/", "file"),
    ],
)
async def test_a_files_name_is_only_a_name(inbox: Inbox, given: str, kept: str) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    await send(omar, await open_page(omar, number), number, "", (given, b"x", "text/plain"))
    assert [one.name for one in await attached(inbox, number)] == [kept]


async def test_held_words_keep_their_files(inbox: Inbox) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    page = await open_page(omar, number)
    await inbox.desk.do(claims.claim, number, inbox.house.ids["Lisa"])
    held = await send(omar, page, number, "", ("plan.pdf", b"%PDF", "application/pdf"))
    assert held.headers["location"] == f"/tickets/{number}?did=held"
    decide = (await open_page(omar, number)).text.split('class="decide"')[1].split("</article>")[0]
    assert "plan.pdf" in decide


@pytest.mark.parametrize("fails", ["the disk", "the database"])
async def test_words_with_files_are_shown_again_where_they_could_not_be_kept(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    page = await open_page(omar, number)

    async def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    async def gone(*_: Any) -> None:
        raise StoreUnavailable(why="connection refused")

    if fails == "the disk":
        monkeypatch.setattr(FileStore, "put", full)
    else:
        monkeypatch.setattr(inbox.desk, "do", gone)
    big = ("a.txt", b"x" * (LIMIT - 1000), "text/plain")
    answer = await send(omar, page, number, "Look at this", big)
    assert answer.status_code == 503 and "Look at this</textarea>" in answer.text
    assert await words_of(inbox, number) == []
