"""Frontdesk as a process of its own: started with an environment and a folder, watched, killed, told to end."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

from bots.simulator.discord import DiscordSimulator
from bots.simulator.server import Simulator
from bots.simulator.slack import SlackSimulator
from bots.simulator.telegram import TelegramSimulator

ROOT = Path(__file__).parent.parent
READY = "Frontdesk is ready."
WAIT_SECONDS = 60.0  # a bound against hanging, far above what a busy machine needs
INBOX = re.compile(r"inbox: (http://\S+?)/signin/(\S+)")

T = TypeVar("T")


class Process:
    """`python -m frontdesk …`, and what it printed so far in `out` and `err`."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
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
        env=_bare(folder) | dict(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    return Process(child)


def _bare(folder: Path) -> dict[str, str]:
    """An environment with nothing of ours in it."""
    path = os.environ.get("PATH", "")
    return {"PATH": path, "HOME": str(folder), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "COLUMNS": "200"}


@asynccontextmanager
async def running(folder: Path, environment: Mapping[str, str], *arguments: str) -> AsyncIterator[Process]:
    """The same for the length of a block; what still runs at its end is killed."""
    process = await launch(folder, environment, *arguments)
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


# Loading the program takes a second; what is loaded once can be forked for each command.
LOADED = """
import json, os, sys
import frontdesk.app, frontdesk.checking, frontdesk.cli, frontdesk.runner
import bots.discord.adapter, bots.slack.adapter, bots.telegram.adapter, inbox.web.app, uvicorn
for line in sys.stdin:
    given = json.loads(line)
    child = os.fork()
    if child == 0:
        os.chdir(given["folder"])
        os.environ.clear()
        os.environ.update(given["environment"])
        for number, file in ((1, "out"), (2, "err")):
            os.dup2(os.open(file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY), number)
        sys.argv = ["frontdesk", *given["arguments"]]
        try:
            frontdesk.cli.main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # taking down what was loaded takes longer than all else
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Commands:
    """Runs commands that end by themselves, one after the other, each in a process of its own."""

    def __init__(self, child: "subprocess.Popen[str]") -> None:
        self._child = child

    async def run(self, folder: Path, environment: Mapping[str, str], *arguments: str) -> tuple[int, str, str]:
        """The exit code, and what was printed for people and as complaints."""
        given = {"folder": str(folder), "environment": _bare(folder) | dict(environment), "arguments": arguments}
        async with asyncio.timeout(WAIT_SECONDS):
            code = int(await asyncio.to_thread(self._ask, json.dumps(given)))
        return code, (folder / "out").read_text(), (folder / "err").read_text()

    def _ask(self, given: str) -> str:
        assert self._child.stdin and self._child.stdout
        print(given, file=self._child.stdin, flush=True)
        return self._child.stdout.readline()


@contextmanager
def commands() -> Iterator[Commands]:
    """The program, loaded once for many commands."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", LOADED], env=_bare(ROOT), stdin=pipe, stdout=pipe, text=True) as child:
        try:
            yield Commands(child)
        finally:
            child.kill()


async def eventually(look: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    """Waits until `look()` is true of what another process does, which tells nobody here. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not look():  # noqa: ASYNC110
            await asyncio.sleep(0.03)
