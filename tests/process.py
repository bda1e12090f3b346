"""Frontdesk as a process of its own: started with an environment and a folder, watched, killed, told to end."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from bots.simulator.discord import DiscordSimulator
from bots.simulator.server import Simulator
from bots.simulator.slack import SlackSimulator
from bots.simulator.telegram import TelegramSimulator

ROOT = Path(__file__).parent.parent
READY = "Frontdesk is ready."
WAIT_SECONDS = 60.0  # a bound against hanging, far above what a busy machine needs
INBOX = re.compile(r"inbox: (http://\S+?)/signin/(\S+)")

T = TypeVar("T")


class Child(Protocol):
    """What is needed of a child process: asyncio's have it."""

    stdout: asyncio.StreamReader | None
    stderr: asyncio.StreamReader | None

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    async def wait(self) -> int: ...
    def send_signal(self, signal: int) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


class Process:
    """`python -m frontdesk …`, and what it printed so far in `out` and `err`."""

    def __init__(self, child: Child) -> None:
        self.child, self.out, self.err = child, "", ""
        self._news = asyncio.Event()
        assert child.stdout and child.stderr
        self._readers = [
            asyncio.create_task(self._read(child.stdout, "out")),
            asyncio.create_task(self._read(child.stderr, "err")),
        ]

    async def _read(self, stream: asyncio.StreamReader, name: str) -> None:
        while piece := await stream.read(65_536):
            setattr(self, name, getattr(self, name) + piece.decode("utf-8", "replace"))
            self._news.set()

    async def until(self, look: Callable[[], T | None]) -> T:
        """Waits for something in what it prints. Raises AssertionError with all of it where it ends before that."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not (found := look()):
                if all(reader.done() for reader in self._readers):
                    raise AssertionError(f"It ended ({self.child.returncode}):\n{self.out}\n{self.err}")
                news = asyncio.ensure_future(self._news.wait())
                await asyncio.wait((news, *self._readers), return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
                self._news.clear()
        return found

    async def ready(self) -> None:
        await self.until(lambda: READY in self.out)

    @property
    def url(self) -> str:
        """The inbox's address, from what `run` prints for the operator."""
        return self._inbox()[1]

    @property
    def sign_in(self) -> str:
        """The operator's one-time link."""
        return f"{self.url}/signin/{self._inbox()[2]}"

    def _inbox(self) -> re.Match[str]:
        found = INBOX.search(self.out)
        assert found, self.out
        return found

    @property
    def memory(self) -> int:
        """Resident bytes, as the system counts them."""
        status = Path(f"/proc/{self.child.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024

    def signal(self, number: signal.Signals) -> None:
        self.child.send_signal(number)

    async def ended(self, seconds: float = WAIT_SECONDS) -> int:
        """Its exit code, once it ended and all that it printed was read. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            code = await self.child.wait()
        await asyncio.gather(*self._readers)
        return code

    async def kill(self) -> None:
        """kill -9, and waits until it is gone."""
        if self.child.returncode is None:
            self.child.kill()
        await self.ended()


async def launch(folder: Path, environment: Mapping[str, str], *arguments: str) -> Process:
    """Starts `python -m frontdesk ARGUMENTS` in a folder, with these settings and nothing else of ours around it."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "frontdesk", *arguments),
        cwd=folder,
        env=bare(folder) | dict(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    return Process(child)


def bare(folder: Path) -> dict[str, str]:
    """An environment with nothing of ours in it."""
    path = os.environ.get("PATH", "")
    return {"PATH": path, "HOME": str(folder), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "COLUMNS": "200"}


@asynccontextmanager
async def running(folder: Path, environment: Mapping[str, str], *arguments: str) -> AsyncIterator[Process]:
    """The same for the length of a block; what still runs at its end is killed."""
    async with ended(await launch(folder, environment, *arguments)) as process:
        yield process


@asynccontextmanager
async def ended(process: Process) -> AsyncIterator[Process]:
    """A process for the length of a block; if it still runs at its end it is killed."""
    try:
        yield process
    finally:
        await process.kill()


def environment(*simulators: Simulator, desk: Path, database: str, **more: str) -> dict[str, str]:
    """The settings that point Frontdesk to simulators, a desk file and a database; `more` wins over them."""
    found = {"DESK_FILE": str(desk), "DATABASE_URL": database, "INBOX_PORT": "0", "PLAYGROUND": "off"}
    for simulator in simulators:
        match simulator:
            case SlackSimulator():
                found |= {"SLACK_BOT_TOKEN": simulator.BOT_TOKEN, "SLACK_APP_TOKEN": simulator.APP_TOKEN}
                found |= {"SLACK_SIGNING_SECRET": simulator.SIGNING_SECRET, "SLACK_API_URL": f"{simulator.url}/api/"}
            case DiscordSimulator():
                found |= {"DISCORD_BOT_TOKEN": simulator.BOT_TOKEN, "DISCORD_API_URL": f"{simulator.url}/api/v10"}
                found |= {"DISCORD_GATEWAY_URL": simulator.gateway_url}
            case TelegramSimulator():
                found |= {"TELEGRAM_BOT_TOKEN": simulator.BOT_TOKEN, "TELEGRAM_API_URL": f"{simulator.url}/bot"}
                found |= {"TELEGRAM_FILE_URL": f"{simulator.url}/file/bot"}
    return found | more


async def eventually(look: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    """Waits until `look()` is true of what another process does, which tells nobody here. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not look():  # noqa: ASYNC110
            await asyncio.sleep(0.03)
