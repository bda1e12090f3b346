"""`frontdesk run` without a token: the playground, what it is told to be, and what it leaves behind."""

import asyncio
import io
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from rich.console import Console

from frontdesk import playground, runner
from frontdesk.cli import Refusal
from frontdesk.settings import Settings

MARK = {"X-Playground": "1"}


@dataclass
class Visit:
    """A visitor at the running playground; `said` is what `run` printed."""

    said: str
    browser: aiohttp.ClientSession

    @property
    def page(self) -> str:
        return self._address(r"playground: (http://\S+)")

    @property
    def inbox(self) -> str:
        return self._address(r"inbox: (http://[^/\s]+)")

    def _address(self, pattern: str) -> str:
        found = re.search(pattern, self.said)
        assert found, self.said
        return found[1]

    async def act(self, act: str, **how: str) -> None:
        body = {"act": act, "who": "Erik", **how}
        async with self.browser.post(f"{self.page}/api/telegram/act", json=body, headers=MARK) as answer:
            assert answer.status == 200, await answer.text()

    async def reads(self, words: str) -> None:
        """Waits for words in Erik's Telegram: the page is told of each change there."""
        async with asyncio.timeout(20), self.browser.get(f"{self.page}/api/telegram/changes") as changes:
            async for _ in changes.content:
                async with self.browser.get(f"{self.page}/api/telegram/state?who=Erik") as state:
                    if words in await state.text():
                        return
        raise AssertionError(f"Erik never read {words!r}")


@asynccontextmanager
async def visiting() -> AsyncIterator[Visit]:
    """The program as `make run` starts it, on free ports."""
    settings, out, stop = Settings(_env_file=None, inbox_port=0, playground_port=0), io.StringIO(), asyncio.Event()
    ready = asyncio.Event()

    class Seen(Console):
        def print(self, *words: object, **how: object) -> None:
            out.write(" ".join(map(str, words)) + "\n")
            if "Frontdesk is ready." in words:
                ready.set()

    running = asyncio.ensure_future(runner.run(settings, None, None, stop, Seen()))
    await asyncio.wait({running, asyncio.ensure_future(ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
    try:
        async with aiohttp.ClientSession() as browser:
            yield Visit(out.getvalue(), browser)
    finally:
        stop.set()
        await running


async def test_each_time_the_playground_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulated platforms count from one again: a desk that remembered them would take new words for old ones."""
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        async with visiting() as visit:
            await visit.act("start")
            await visit.act("write", room="dm", text="Where is my parcel?")
            await visit.reads("#1")
    assert databases(tmp_path) == [], "the real desk begins without the playground's tickets"


def databases(folder: Path) -> list[Path]:
    return list(folder.rglob("*.db*"))


async def test_the_inbox_may_stand_in_the_playgrounds_frame_on_any_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with visiting() as visit, visit.browser.get(f"{visit.inbox}/signin/none") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert f"frame-ancestors {visit.page} http://localhost:{visit.page.rpartition(':')[2]}" in policy
        assert "http://127.0.0.1:0" not in policy


async def test_a_taken_port_is_said_with_the_setting_that_mends_it() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(OSError, match=rf"cannot listen on 127\.0\.0\.1:{port} .*: set PLAYGROUND_PORT"):
            playground.free_port(port)


async def test_a_real_desk_without_tokens_is_not_played_with() -> None:
    """Whoever forgot .env must not find simulated people in the real desk's database."""
    settings = Settings(_env_file=None, inbox_port=0, playground_port=0)
    with pytest.raises(Refusal, match=r"no token of its bots is set: write them into \.env"):
        await runner.run(settings, playground.desk(), None, asyncio.Event(), Console(file=io.StringIO()))
