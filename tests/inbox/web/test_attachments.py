"""Files in the browser: for who may see the ticket, shown only where that is safe; and what else comes with words."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from inbox.desk import attachments, intake, linking, reactions
from inbox.filestore import FileStore
from inbox.model import Attached, FileKind, Place, Reacted
from inbox.store import Tx, files, messages
from tests.house import House
from tests.inbox.deeds import one_engine, told
from tests.inbox.web.test_api import program
from tests.inbox.web.visitor import Inbox

pytestmark = one_engine
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
async def inbox(house: House, tmp_path: Path) -> AsyncIterator[Inbox]:
    inbox = Inbox(house, files=FileStore(tmp_path, 1000))
    yield inbox
    await inbox.close()


async def sends(
    inbox: Inbox, name: str, mime: str, data: bytes, *, kind: FileKind = "document", text: str = "Look", **where: str
) -> tuple[int, int]:
    """Anna sends a file, which is kept: the ticket and the file's number."""
    house = inbox.house
    said = replace(house.said("Anna", text, **where), files=(Attached("r", name, mime, len(data), kind),))  # type: ignore[arg-type]
    number = (await house.desk.do(intake.receive, said)).ticket
    assert number and inbox.app.state.site.files

    async def chunks() -> AsyncIterator[bytes]:
        yield data

    sha256, size = await inbox.app.state.site.files.put(chunks())
    [file] = (await house.desk.look(_files, number))[-1:]
    await house.desk.do(attachments.stored, file, sha256, size)
    return number, file.id


def _files(tx: Tx, number: int) -> list[object]:
    found = files.of_messages(tx, [message.id for message in messages.of_ticket(tx, number)])
    return [file for each in found.values() for file in each]


@pytest.mark.parametrize(
    ("name", "mime", "kind", "disposition"),
    [
        ("a.png", "image/png", "image/png", "inline"),
        ("a.html", "text/html", "application/octet-stream", "attachment"),
        ("a.svg", "image/svg+xml", "application/octet-stream", "attachment"),
        ('x".pdf', "application/pdf", "application/octet-stream", "attachment"),
        ("räkning.png", "IMAGE/PNG", "image/png", "inline"),
    ],
)
async def test_a_file_is_drawn_or_saved_and_never_opened_as_a_page(
    inbox: Inbox, name: str, mime: str, kind: str, disposition: str
) -> None:
    _, number = await sends(inbox, name, mime, PNG)
    answer = await (await inbox.visitor("Omar")).get(f"/files/{number}")
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"].split(";")[0] == kind
    assert answer.headers["content-disposition"].split(";")[0] == disposition
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_programs_fetch_files_with_their_agents_token(inbox: Inbox) -> None:
    ticket, number = await sends(inbox, "pay.png", "image/png", PNG, room="C-HELP")
    omar, lisa = await program(inbox, "Omar"), await program(inbox, "Lisa")
    (said,) = (await omar.get(f"/api/tickets/{ticket}")).json()["messages"]
    file = {"id": number, "name": "pay.png", "mime": "image/png", "size": 8, "state": "stored"}
    assert said["files"] == [file] and (await omar.get(f"/api/files/{number}")).content == PNG
    await inbox.house.desk.store.do(_move_to_payroll, number)
    refusals = [await omar.get(f"/api/files/{one}") for one in (number, 9999)]
    assert [one.status_code for one in refusals] == [404, 404] and refusals[0].json() == refusals[1].json()
    assert (await lisa.get(f"/api/files/{number}")).content == PNG
    (read,) = await told(inbox.house, ticket, "read_private")
    assert (read.actor, read.facts["door"]) == (inbox.house.ids["Lisa"], "api")


async def test_files_of_others_and_of_nobody_are_the_same_nothing(inbox: Inbox) -> None:
    _, mine = await sends(inbox, "pay.png", "image/png", PNG, room="C-HELP")
    await inbox.house.desk.store.do(_move_to_payroll, mine)
    omar, lisa = await inbox.visitor("Omar"), await inbox.visitor("Lisa")
    refusals = [await omar.get(f"/files/{number}") for number in (mine, 9999, "x", "9" * 30)]
    assert {answer.status_code for answer in refusals} == {404}
    assert len({answer.text for answer in refusals}) == 1
    assert (await lisa.get(f"/files/{mine}")).status_code == 200
    assert (await inbox.stranger().get(f"/files/{mine}")).status_code == 401


def _move_to_payroll(tx: Tx, file_id: int) -> None:
    from inbox.store import tickets

    file = files.get(tx, file_id)
    message = messages.get(tx, file.message_id) if file else None
    assert message and message.ticket
    tickets.change(tx, message.ticket, queue="payroll")


async def test_the_page_shows_pictures_names_reasons_marks_and_what_is_answered(inbox: Inbox) -> None:
    house = inbox.house
    number, picture = await sends(inbox, "fire.png", "image/png", PNG, text="<b>Look</b>")
    missing = replace(
        house.said("Anna", "And this", thread="m1", reply_to="m1"),
        files=(Attached("r", "film.mov", "video/mp4", 90_000_000, "video"),),
    )
    await house.desk.do(intake.receive, missing)
    [film] = [file for file in await house.desk.look(_files, number) if file.name == "film.mov"]  # type: ignore[attr-defined]
    await house.desk.do(attachments.missing, film, "too_big")  # type: ignore[arg-type]
    marked = Reacted(Place("acme", "C-HELP"), "m1", house.account("Anna"), "👍", True, house.clock.now)
    await house.desk.do(reactions.react, marked)
    page = (await (await inbox.visitor("Omar")).get(f"/tickets/{number}")).text
    assert f'<img src="/files/{picture}" alt="fire.png" loading="lazy">' in page
    assert "film.mov" in page and "90 MB" in page
    assert '<span title="Anna">👍</span>' in page
    assert '<p class="answered" dir="auto">&lt;b&gt;Look&lt;/b&gt;</p>' in page


async def test_agents_see_what_else_a_person_asked_wherever_that_was(inbox: Inbox) -> None:
    house = inbox.house
    here = await inbox.asked("Anna", "Printer")
    there = await inbox.asked("Anna", "My parcel", room="T-ANNA", connection="shop", direct=True)
    code = await house.desk.do(linking.code, house.account("Anna"))
    await house.desk.do(linking.redeem, house.account("Anna", "shop"), code)
    page = (await (await inbox.visitor("Omar")).get(f"/tickets/{here}")).text
    assert f'<a href="/tickets/{there}">#{there} <span dir="auto">My parcel</span></a>' in page
    assert "Accounts" in page and "Telegram" in page
    await house.desk.store.do(_hide, there)
    page = (await (await inbox.visitor("Omar")).get(f"/tickets/{here}")).text
    assert "My parcel" not in page, "what is not theirs to see is not named either"


def _hide(tx: Tx, number: int) -> None:
    from inbox.store import tickets

    tickets.change(tx, number, queue="payroll")
