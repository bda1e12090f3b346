"""The inbox in the browser with few tickets and with a million: pages over real HTTP, and a beat of nothing."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from inbox.desk import alarms, signin
from inbox.desk.door import Desk
from inbox.web.app import create_app
from tests.bench.crowd import Crowd, fill
from tests.bench.figures import Figure, Goal, middle, nearly_worst
from tests.bench.plain import DRIVERS, Work, capturing
from tests.bench.rates import house
from tests.databases import Databases

LIST, BEAT = Goal("≤", 15), Goal("≤", 5)
GROWTH = Goal("≤", 1.5)
WARM_UP = 5


class Visitor:
    """A browser reduced to what it costs least: one connection, a request, the whole answer."""

    def __init__(self, address: str) -> None:
        self._host, self._port = urlsplit(address).hostname or "", urlsplit(address).port or 0
        self._cookie = ""
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def sign_in(self, token: str) -> None:
        head, _ = await self._ask(f"POST /signin/{token}", "Content-Length: 0\r\n")
        found = next(line for line in head.split("\r\n") if line.lower().startswith("set-cookie:"))
        self._cookie = found.partition(":")[2].partition(";")[0].strip()

    async def get(self, path: str) -> bytes:
        """The page. Raises AssertionError for anything but 200."""
        head, body = await self._ask(f"GET {path}", f"Cookie: {self._cookie}\r\n")
        assert head.startswith("HTTP/1.1 200"), head
        return body

    async def _ask(self, what: str, headers: str) -> tuple[str, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(f"{what} HTTP/1.1\r\nHost: {self._host}\r\nAccept: text/html\r\n{headers}\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = next(line for line in head.split("\r\n") if line.lower().startswith("content-length:"))
        return head, await reader.readexactly(int(length.partition(":")[2]))

    def leave(self) -> None:
        if self._streams:
            self._streams[1].close()


@dataclass
class Shelf:
    """One crowd, served: who looks at it, and how long each look took, in milliseconds."""

    name: str
    crowd: Crowd
    url: str
    desk: Desk
    visitor: Visitor
    took: dict[str, list[float]] = field(default_factory=dict)

    def note(self, what: str, began: float) -> None:
        self.took.setdefault(what, []).append((time.perf_counter() - began) * 1000)


async def measure(databases: Databases, crowds: Sequence[tuple[str, Crowd]], looks: int) -> list[Figure]:
    """Each crowd's list and ticket page, in turns, so that a busy machine slows all alike; and the scheduler's beat."""
    shelves: list[Shelf] = []
    async with served(databases, crowds, shelves):
        for number in range(-WARM_UP, looks):
            for shelf in shelves:
                await _look(shelf, number)
        figures = [figure for shelf in shelves for figure in await _figures(databases.engine, shelf)]
    lists = [middle(shelf.took["list"]) for shelf in shelves if not shelf.crowd.open]
    if len(lists) > 1:
        name = f"list of {shelves[len(lists) - 1].name}, against {shelves[0].name}"
        figures.append(Figure(figures[0].section, name, lists[-1] / lists[0], "×", goal=GROWTH))
    return figures


async def _look(shelf: Shelf, number: int) -> None:
    """A list, a ticket's page, and a beat with nothing due; negative numbers warm up."""
    tickets = shelf.crowd.talked()
    paths = {"list": "/", "ticket": f"/tickets/{tickets[number % len(tickets)]}"}
    for what, path in paths.items():
        began = time.perf_counter()
        await shelf.visitor.get(path)
        if number >= 0:
            shelf.note(what, began)
    began = time.perf_counter()
    assert await alarms.tick(shelf.desk) == 0
    if number >= 0:
        shelf.note("beat", began)


async def _figures(engine: str, shelf: Shelf) -> list[Figure]:
    section = f"Pages and beats on {engine}"
    ticket = f"/tickets/{shelf.crowd.talked()[0]}"
    seen = {"list": lambda: shelf.visitor.get("/"), "ticket": lambda: shelf.visitor.get(ticket)}
    done: dict[str, Callable[[], Awaitable[Any]]] = {**seen, "beat": lambda: alarms.tick(shelf.desk)}
    goals = {"list": LIST, "beat": BEAT}
    found = []
    for what, deed in done.items():
        took = shelf.took[what]
        plain = await _plain(engine, shelf, deed, len(took))
        found.append(
            Figure(section, f"{what}, {shelf.name}", middle(took), "ms", plain, nearly_worst(took), goals.get(what))
        )
    return found


async def _plain(engine: str, shelf: Shelf, deed: Callable[[], Awaitable[Any]], times: int) -> float:
    """What the driver alone needs for the same statements, in milliseconds."""
    with capturing(shelf.desk.store.engine) as work:
        await deed()
    reads: Work = [statement for statement in work if statement.sql.lstrip().startswith(("SELECT", "WITH"))]
    driver, took = DRIVERS[engine](shelf.url), []
    for _ in range(times):
        began = time.perf_counter()
        driver.look(reads)
        took.append((time.perf_counter() - began) * 1000)
    driver.close()
    return middle(took)


@asynccontextmanager
async def served(
    databases: Databases, crowds: Sequence[tuple[str, Crowd]], shelves: list[Shelf]
) -> AsyncIterator[None]:
    """Each crowd in a database of its own, with the inbox served over it and Omar signed in."""
    omar, servers = databases.people["Omar"], []
    for name, crowd in crowds:
        url = databases.copy()
        desk = house(url).desk
        fill(desk.store.engine, crowd, omar)
        app = create_app(desk, secret="s" * 32, url="http://127.0.0.1", health=dict)
        door = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_keep_alive=600)
        )
        servers.append((server, asyncio.create_task(server.serve(sockets=[door]))))
        visitor = Visitor(f"http://127.0.0.1:{door.getsockname()[1]}")
        await visitor.sign_in(await desk.do(signin.make, omar))
        shelves.append(Shelf(name, crowd, url, desk, visitor))
    yield
    for shelf in shelves:
        shelf.visitor.leave()
    for server, running in servers:
        server.should_exit = True
        await running
    for shelf in shelves:
        await shelf.desk.close()
        databases.drop(shelf.url)
