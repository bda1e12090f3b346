"""Frontdesk loaded once, for many starts: each is a process of its own, forked from it, with a folder and settings.

Loading takes a second or two of work each time, and what is tested begins after it.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from tests.process import ROOT, WAIT_SECONDS, Process, bare, ended

# Each start has a keeper, who tells the program's pid and, when it has ended, its exit code.
LOADED = """
import json, os, signal, socket, sys
import frontdesk.app, frontdesk.checking, frontdesk.cli, frontdesk.runner
import bots.discord.adapter, bots.slack.adapter, bots.telegram.adapter, inbox.web.app, uvicorn

def become(given, out, err):
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, file in enumerate((nothing, out, err)):
        os.dup2(file, number)
    os.closerange(3, 256)
    os.chdir(given["folder"])
    os.environ.clear()
    os.environ.update(given["environment"])
    sys.argv = ["frontdesk", *given["arguments"]]
    try:
        frontdesk.cli.main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # taking down what was loaded takes longer than all else

talk = socket.socket(fileno=os.dup(0))
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how the keepers ended
while True:
    told, files, _, _ = socket.recv_fds(talk, 1 << 16, 3)
    if not told:
        break
    out, err, news = files
    if os.fork() == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        child = os.fork()
        if child == 0:
            become(json.loads(told), out, err)
        os.close(out)
        os.close(err)
        os.write(news, b"%d\\n" % child)
        os.write(news, b"%d\\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        os._exit(0)
    for file in files:
        os.close(file)
"""


class Forked:
    """A start of the loaded program, like a child of asyncio's."""

    def __init__(self, pid: int, out: asyncio.StreamReader, err: asyncio.StreamReader, news: asyncio.StreamReader):
        self.pid, self.returncode = pid, None
        self.stdout: asyncio.StreamReader | None = out
        self.stderr: asyncio.StreamReader | None = err
        self._ending = asyncio.create_task(self._end(news))

    returncode: int | None

    async def _end(self, news: asyncio.StreamReader) -> int:
        self.returncode = code = int(await news.readline())
        await news.read()  # to its end, at which it is closed
        return code

    async def wait(self) -> int:
        return await asyncio.shield(self._ending)

    def send_signal(self, signal: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):  # it ended, and the news of that are on their way
                os.kill(self.pid, signal)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Loaded:
    """The loaded program."""

    def __init__(self, talk: socket.socket) -> None:
        self._talk = talk

    async def launch(self, folder: Path, environment: Mapping[str, str], *arguments: str) -> Process:
        """`tests.process.launch`, without the loading."""
        given = {"folder": str(folder), "environment": bare(folder) | dict(environment), "arguments": arguments}
        pipes = [os.pipe() for _ in range(3)]
        socket.send_fds(self._talk, [json.dumps(given).encode()], [write for _, write in pipes])
        for _, write in pipes:
            os.close(write)
        out, err, news = [await _reader(read) for read, _ in pipes]
        async with asyncio.timeout(WAIT_SECONDS):
            return Process(Forked(int(await news.readline()), out, err, news))

    @asynccontextmanager
    async def running(self, folder: Path, environment: Mapping[str, str], *arguments: str) -> AsyncIterator[Process]:
        """`tests.process.running`, without the loading."""
        async with ended(await self.launch(folder, environment, *arguments)) as process:
            yield process

    async def run(self, folder: Path, environment: Mapping[str, str], *arguments: str) -> tuple[int, str, str]:
        """Runs a command that ends by itself: the exit code, what was printed for people, and as complaints."""
        process = await self.launch(folder, environment, *arguments)
        return await process.ended(), process.out, process.err


async def _reader(file: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(file, "rb"))
    return reader


@contextmanager
def loaded() -> Iterator[Loaded]:
    """The program, loaded once for many starts."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with subprocess.Popen([sys.executable, "-c", LOADED], env=bare(ROOT), cwd=ROOT, stdin=theirs.fileno()) as child:
        theirs.close()
        try:
            yield Loaded(ours)
        finally:
            ours.close()
            child.kill()
