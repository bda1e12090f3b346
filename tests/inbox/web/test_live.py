"""Pages that follow along: over real HTTP, as the browser's own event source reads them."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from inbox.desk import claims, presence, replies, signin
from inbox.desk.signin import Reader
from inbox.desk.views import QueueList
from inbox.errors import StoreUnavailable
from inbox.store import Tx, people
from inbox.web import live
from inbox.web.pages import ListView
from inbox.web.site import Site
from tests.house import House
from tests.inbox.web.visitor import PAGE, Inbox, csrf

sqlite_only = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
PATIENCE = 5.0  # a stream must end within five seconds of a revocation; everything else is far quicker


@dataclass(frozen=True)
class Told:
    kind: str
    id: str
    data: str


class Listener:
    """A stream as a browser reads it."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = _lines(answer)

    async def next(self) -> Told | None:
        """The next event, None where the stream ended."""
        kind, id_, data = "", "", []
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "id":
                    id_ = value
                elif name == "data":
                    data.append(value)
                elif not line and kind:
                    return Told(kind, id_, "\n".join(data))
        return None


async def _lines(answer: httpx.Response) -> AsyncIterator[str]:
    """Lines as the standard for event streams has them, not as Python would split them."""
    rest = ""
    async for text in answer.aiter_text():
        *whole, rest = re.split("\r\n|\r|\n", rest + text)
        for line in whole:
            yield line


@asynccontextmanager
async def visiting(inbox: Inbox, address: str, name: str | None) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who signed in, over real HTTP."""
    token = await inbox.desk.do(signin.make, inbox.house.ids[name] if name else None)
    async with httpx.AsyncClient(base_url=address, headers=PAGE) as client:
        assert (await client.post(f"/signin/{token}")).status_code == 303
        yield client


@asynccontextmanager
async def listening(client: httpx.AsyncClient, question: str, **headers: str) -> AsyncIterator[Listener]:
    async with client.stream("GET", f"/live?{question}", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Listener(answer)


async def test_a_list_and_a_ticket_follow_along(inbox: Inbox) -> None:
    """Anna writes, and Omar's list shows it; Lisa claims and answers, and Omar's page of the ticket shows that."""
    async with (
        inbox.served() as address,
        visiting(inbox, address, "Omar") as omar,
        listening(omar, "page=list") as queue,
    ):
        first = await queue.next()
        assert first and first.kind == "parts" and "Nothing is waiting here" in first.data
        number = await inbox.asked("Anna", "My laptop does not wake up")
        told = await queue.next()
        assert told and "My laptop does not wake up" in told.data and "Nobody" in told.data
        async with listening(omar, f"page=ticket&number={number}") as talk:
            await talk.next()
            await inbox.desk.do(claims.claim, number, inbox.house.ids["Lisa"])
            told = await talk.next()
            assert told and "Lisa claimed the ticket." in told.data
            await inbox.desk.do(replies.reply, number, inbox.house.ids["Lisa"], "On my way!")
            told = await talk.next()
            assert told and "On my way!" in told.data
        told = await queue.next()
        assert told and "Lisa" in told.data


@sqlite_only
async def test_a_window_that_shows_the_present_is_told_nothing(inbox: Inbox) -> None:
    """Neither at first, nor when it comes back, nor for what its reader may not see; the next news it gets is news."""
    await inbox.asked("Anna", "First")
    async with inbox.served() as address, visiting(inbox, address, "Omar") as omar:
        page = (await omar.get("/")).text
        shown = page.partition('data-version="')[2].partition('"')[0]
        for back in (False, True):
            have, known = ("", {"last-event-id": shown}) if back else (f"&have={shown}", {})
            async with listening(omar, f"page=list{have}", **known) as queue:
                await inbox.file(queue="payroll", subject="Anna's salary")
                number = await inbox.file(subject="Second")
                told = await queue.next()
                assert told and f"/tickets/{number}" in told.data and "salary" not in told.data
                shown = told.id


@pytest.mark.parametrize("how", ["signout", "roles", "idle"])
@sqlite_only
async def test_a_stream_ends_when_its_reader_may_read_no_longer(inbox: Inbox, how: str) -> None:
    number = await inbox.asked("Anna", "Hello")
    async with (
        inbox.served() as address,
        visiting(inbox, address, "Omar") as omar,
        listening(omar, "page=list") as queue,
        listening(omar, f"page=ticket&number={number}") as talk,
    ):
        await queue.next()
        await talk.next()
        if how == "signout":
            await omar.post("/signout", data={"csrf": csrf(await omar.get("/"))})
        elif how == "idle":
            inbox.house.clock.advance(hours=2)
        else:
            await inbox.desk.store.do(_no_queue)
        for stream in (queue, talk):
            told = await stream.next()
            assert told and (told.kind, told.data) == ("signedout", "")
            assert await stream.next() is None


def _no_queue(tx: Tx) -> None:
    """Nobody answers for anything any more: at once, or a stream would show what is left in between."""
    for queue_key in ("it", "customers"):
        people.set_members(tx, queue_key, {})


@sqlite_only
async def test_who_leaves_one_queue_sees_the_others_on(inbox: Inbox) -> None:
    number = await inbox.asked("Anna", "Where is my laptop?")
    async with (
        inbox.served() as address,
        visiting(inbox, address, "Omar") as omar,
        listening(omar, "page=list") as queue,
        listening(omar, f"page=ticket&number={number}") as talk,
    ):
        await queue.next()
        await talk.next()
        await inbox.desk.store.do(people.set_members, "it", {})
        told = await queue.next()
        assert told and told.kind == "parts" and "laptop" not in told.data
        gone = await talk.next()
        assert gone and (gone.kind, gone.data) == ("gone", "")


@sqlite_only
async def test_streams_are_bounded_and_counted(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_EACH", 2)
    async with inbox.served() as address, visiting(inbox, address, "Omar") as omar:
        async with listening(omar, "page=list") as one, listening(omar, "page=list") as two:
            await one.next()
            await two.next()
            full = await omar.get("/live?page=list")
            assert full.status_code == 503 and "Close a few other windows" in full.text
            assert "frontdesk_live_streams 2.0" in (await omar.get("/metrics")).text
            async with visiting(inbox, address, "Lisa") as lisa, listening(lisa, "page=list") as hers:
                assert await hers.next()
        async with asyncio.timeout(PATIENCE):
            while "frontdesk_live_streams 0.0" not in (await omar.get("/metrics")).text:
                pass  # the server notices by and by that the windows were closed
        async with listening(omar, "page=list") as again:
            assert await again.next()


@sqlite_only
async def test_only_what_differs_is_told(inbox: Inbox) -> None:
    """A long conversation is not sent again because somebody looks at it."""
    number = await inbox.asked("Anna", "The printer is on fire")
    async with (
        inbox.served() as address,
        visiting(inbox, address, "Omar") as omar,
        listening(omar, f"page=ticket&number={number}") as talk,
    ):
        whole = await talk.next()
        assert whole and all(f'data-part="{name}"' in whole.data for name in ("head", "acts", "talk", "voice", "facts"))
        await inbox.desk.do(presence.here, number, inbox.house.ids["Lisa"], "web")
        told = await talk.next()
        assert told and "Lisa is looking" in told.data and told.data.count("data-part") == 1
        await inbox.desk.do(replies.note, number, inbox.house.ids["Lisa"], "I fetch the bucket.")
        told = await talk.next()
        assert told and "I fetch the bucket." in told.data and 'data-part="head"' not in told.data


@sqlite_only
async def test_what_could_not_be_looked_at_is_looked_at_again(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database stumbles just when something happened: the window is told as soon as it stands."""
    find, stumbles = ListView.find, [StoreUnavailable(why="a moment")]

    async def stumbling(view: ListView, here: Site, token: str) -> tuple[Reader, QueueList]:
        if stumbles:
            raise stumbles.pop()
        return await find(view, here, token)

    async with (
        inbox.served() as address,
        visiting(inbox, address, "Omar") as omar,
        listening(omar, "page=list") as queue,
    ):
        await queue.next()
        monkeypatch.setattr(ListView, "find", stumbling)
        await inbox.asked("Anna", "My laptop does not wake up")
        told = await queue.next()
        assert told and "My laptop does not wake up" in told.data and not stumbles


@sqlite_only
async def test_streams_end_when_the_desk_closes(inbox: Inbox) -> None:
    async with inbox.served() as address, visiting(inbox, address, None) as operator:
        async with listening(operator, "page=list") as queue:
            await queue.next()
            inbox.app.state.live.close()
            assert await queue.next() is None
        assert (await operator.get("/live?page=list")).status_code == 503


@sqlite_only
async def test_words_with_lines_and_returns_come_through_whole(house: House) -> None:
    """A return by itself ends a line of an event stream too: it must not cut what is sent."""
    inbox = Inbox(house)
    await inbox.file(subject="one\rtwo\u2028three")
    async with (
        inbox.served() as address,
        visiting(inbox, address, "Omar") as omar,
        listening(omar, "page=list") as queue,
    ):
        told = await queue.next()
        assert told and "one\ntwo\u2028three" in told.data and told.data.rstrip().endswith("</main>")


@sqlite_only
async def test_who_looks_at_a_ticket_is_seen_by_the_others_and_not_after_they_went(inbox: Inbox) -> None:
    """Lisa has the page open; Omar's says so, in the head, as long as she stays."""
    number = await inbox.asked("Anna", "The printer is on fire")
    page = f"page=ticket&number={number}"
    async with (
        inbox.served() as address,
        visiting(inbox, address, "Omar") as omar,
        visiting(inbox, address, "Lisa") as lisa,
        listening(omar, page) as his,
    ):
        first = await his.next()
        assert first and "Lisa is looking" not in first.data
        async with listening(lisa, page) as hers:
            assert await hers.next()
            told = await his.next()
            assert told and "Lisa is looking at this" in told.data and "Omar is looking" not in told.data
        told = await his.next()
        assert told and "Lisa is looking" not in told.data
