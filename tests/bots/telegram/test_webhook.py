"""Updates as posts from Telegram: only with its secret, answered when they were committed, and nothing lost between."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bots.hooks import hooks_of
from bots.port import StartError
from bots.simulator.telegram import TelegramSimulator
from bots.telegram.tuning import Tuning
from bots.telegram.webhook import BODY_BYTES, secret_of
from tests.bots.telegram.rig import ERIK, Rig, gone

SECRET = secret_of(TelegramSimulator.BOT_TOKEN)
PATH = "/telegram/shop"
NAME = b"x-telegram-bot-api-secret-token"
HELLO = {
    "update_id": 7,
    "message": {
        "message_id": 1,
        "date": 1_800_000_000,
        "chat": {"id": int(ERIK), "type": "private", "first_name": "Erik"},
        "from": {"id": int(ERIK), "is_bot": False, "first_name": "Erik"},
        "text": "Hello",
    },
}


class Site:
    """Our server, as far as Telegram sees it: posts to the bots' hooks."""

    def __init__(self) -> None:
        self.hooks: dict[str, Any] = {}
        self.url = ""
        self.answered: list[int] = []

    async def answer(self, request: web.Request) -> web.Response:
        body, answer = await request.read(), {}
        scope = {
            "type": "http",
            "method": request.method,
            "headers": [(name.lower(), value) for name, value in request.raw_headers],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            answer.update(message)

        await self.hooks[request.path](scope, receive, send)
        self.answered.append(answer["status"])
        return web.Response(status=answer["status"], body=answer["body"])


@asynccontextmanager
async def posted(**how: Any) -> AsyncIterator[Rig]:
    """A bot whose updates are posted to it."""
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", site.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        site.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with Rig(webhook=site.url, start=False, **how) as door:
            door.site = site
            door.sim.first_pause = 0.01
            site.hooks = hooks_of([door.bot])
            await door.begin()
            yield door
    finally:
        await runner.cleanup()


async def posts(
    door: Rig, body: bytes | None = None, *, method: str = "POST", headers: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Somebody posts there: the status and the sentence that they get."""
    whole = json.dumps(HELLO).encode() if body is None else body
    given = {"x-telegram-bot-api-secret-token": SECRET, "content-type": "application/json", **(headers or {})}
    pieces = [whole[at : at + 65_536] for at in range(0, len(whole), 65_536)] or [b""]
    sent: dict[str, Any] = {}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    async def send(message: dict[str, Any]) -> None:
        sent.update(message)

    wire = [(name.encode(), value.encode("latin-1")) for name, value in given.items() if value]
    await hooks_of([door.bot])[PATH]({"type": "http", "method": method, "headers": wire}, receive, send)
    return sent["status"], sent["body"].decode()


async def test_what_is_written_is_posted_and_heard_once() -> None:
    async with posted() as door:
        assert door.sim.webhook.url == f"{door.site.url}{PATH}" and door.sim.webhook.secret == SECRET
        said = await door.says("erik", "dm", "Where is my parcel?")
        assert (said.text, said.author.external_id) == ("Where is my parcel?", ERIK)
        assert not door.called("getUpdates") and door.bot.health().ok


@pytest.mark.parametrize(
    "secret", ["", SECRET[:-1], f"{SECRET}x", SECRET.upper(), "hemlighet", "\xe5\xe4\xf6", "x" * 10_000]
)
async def test_who_does_not_know_the_secret_is_refused_unread(secret: str) -> None:
    """TG-05."""
    async with posted() as door:
        for body in (None, b"{", b"x" * 100):
            status, sentence = await posts(door, body, headers={"x-telegram-bot-api-secret-token": secret})
            assert status == 401 and (not secret or secret not in sentence)
        await door.says("erik", "dm", "the end")
        assert door.front.words == ["the end"] and not door.front.of("quarantine")


async def test_other_methods_kinds_and_sizes_are_refused() -> None:
    """TG-05."""
    async with posted() as door:
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            assert (await posts(door, method=method))[0] == 405
        for kind in ("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            assert (await posts(door, headers={"content-type": kind}))[0] == 415
        assert (await posts(door, b" " * (2 * BODY_BYTES)))[0] == 413
        assert not door.front.heard
        assert (await posts(door, headers={"content-type": "application/json; charset=utf-8"}))[0] == 200
        assert door.front.words == ["Hello"]


async def test_what_cannot_be_understood_is_set_aside_and_not_asked_for_again() -> None:
    async with posted() as door:
        for poison in (b"{", b"[]", b"7", b'"\\ud800"', b"[" * 100_000, b'{"update_id": 1, "message": 7}', b"\xff\xfe"):
            assert (await posts(door, poison))[0] == 200
        assert len(door.front.of("quarantine")) == 7
        await door.says("erik", "dm", "the next one is heard")


async def test_it_is_answered_when_it_was_committed_and_not_before() -> None:
    async with posted() as door:
        door.front.hold.clear()
        posting = asyncio.ensure_future(posts(door))
        await door.until(lambda: door.front.waiting)
        assert not posting.done()
        door.front.hold.set()
        assert (await posting)[0] == 200


async def test_words_that_the_database_cannot_take_come_again() -> None:
    async with posted() as door:
        door.front.fails = [gone(), gone()]
        await door.says("erik", "dm", "Keep this")
        await door.until(lambda: not door.sim.telegram.updates.queue)
        assert door.front.words == ["Keep this"]
        assert door.site.answered == [503, 503, 200]


async def test_the_same_update_posted_twice_is_heard_once() -> None:
    async with posted() as door:
        assert [(await posts(door))[0] for _ in range(2)] == [200, 200]
        assert door.front.words == ["Hello"]


async def test_what_comes_while_it_is_stopped_waits_at_telegram() -> None:
    async with posted() as door:
        await door.says("erik", "dm", "one")
        await door.bot.stop()
        await door.do("write", who="erik", room="dm", text="two")
        await door.until(lambda: 503 in door.site.answered)
        assert (await posts(door))[0] == 503
        await door.bot.connect()
        await door.bot.start(door.front, frozenset())
        await door.until(lambda: "two" in door.front.words)
        assert door.front.words == ["one", "two"]


async def test_what_is_under_way_at_the_end_is_finished() -> None:
    async with posted() as door:
        door.front.hold.clear()
        await door.do("write", who="erik", room="dm", text="nearly")
        await door.until(lambda: door.front.waiting)
        ending = asyncio.ensure_future(door.bot.stop())
        await asyncio.sleep(0)
        door.front.hold.set()
        await ending
        await door.until(lambda: door.site.answered == [200])


async def test_from_asking_to_posts_and_back_nothing_is_lost() -> None:
    async with posted() as door:
        await door.says("erik", "dm", "posted")
        await door.bot.stop()
        await door.do("write", who="erik", room="dm", text="between")
        asks = door.platform(webhook="")
        assert not hooks_of([asks]), "it dials out, and one process holds the right to"
        await asks.connect()
        await asks.start(door.front, frozenset())
        assert door.sim.webhook.url == ""
        await door.until(lambda: "between" in door.front.words)
        await door.do("write", who="erik", room="dm", text="asked for")
        await door.until(lambda: "asked for" in door.front.words)
        door.bot = door.platform()
        door.site.hooks = hooks_of([door.bot])
        await door.begin()
        await door.until(lambda: "A webhook is set" in asks.health().sentence)
        await door.says("erik", "dm", "posted again")
        await asks.stop()
        assert sorted(door.front.words) == sorted(["posted", "between", "asked for", "posted again"])


async def test_an_address_that_telegram_does_not_take_is_told() -> None:
    async with Rig(start=False, webhook="http://desk.example.org") as door:
        await door.bot.connect()
        with pytest.raises(StartError, match=r"(?i)webhook's address.*https"):
            await door.bot.start(door.front, frozenset())


async def test_a_server_that_telegram_cannot_reach_is_told_until_it_can() -> None:
    async with posted(tuning=Tuning(watch=7.5)) as door:
        site = door.site
        (hook,) = site.hooks.values()

        async def down(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 502})
            await send({"type": "http.response.body", "body": b""})

        site.hooks = {PATH: down}
        await door.do("write", who="erik", room="dm", text="Anybody?")
        await door.until(lambda: 502 in site.answered)
        await door.until(lambda: door.naps.napping)
        assert await door.nap() == 7.5
        await door.until(lambda: "502" in door.bot.health().sentence)
        site.hooks = {PATH: hook}
        await door.until(lambda: door.front.words == ["Anybody?"])
        await door.nap()
        await door.until(lambda: door.bot.health().ok)


async def test_a_webhook_that_somebody_took_away_is_set_again_and_told() -> None:
    async with posted() as door:
        await door.until(lambda: door.naps.napping)
        door.sim.webhook.stop()
        door.sim.webhook.url = ""
        await door.do("write", who="erik", room="dm", text="Anybody?")
        await door.nap()
        await door.until(lambda: door.front.words == ["Anybody?"])
        assert "Another program" in door.bot.health().sentence
        await door.nap()
        await door.until(lambda: door.bot.health().ok)


async def test_a_secret_of_their_own_is_used() -> None:
    async with posted(webhook_secret="a-secret-of-their-own") as door:
        assert door.sim.webhook.secret == "a-secret-of-their-own"
        await door.says("erik", "dm", "Hello")
        assert (await posts(door))[0] == 401
        assert (await posts(door, headers={"x-telegram-bot-api-secret-token": "a-secret-of-their-own"}))[0] == 200
