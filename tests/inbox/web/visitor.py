"""People at the inbox's front door: a browser without a screen, signed in or not."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import insert

from inbox.desk import intake, signin
from inbox.desk.door import Desk
from inbox.store import Tx
from inbox.store.tables import ticket
from inbox.web.app import create_app
from tests.house import House

URL = "http://127.0.0.1:8080"
PAGE = {"accept": "text/html"}


class Inbox:
    """The inbox over a furnished house, and its visitors."""

    def __init__(self, house: House, **settings: Any) -> None:
        self.house = house
        self.health: dict[str, tuple[bool, str]] = {"acme": (True, ""), "shop": (True, "")}
        self.app: FastAPI = create_app(
            house.desk,
            **{"secret": "s" * 32, "url": URL, "health": lambda: self.health, "check_seconds": 0.05, **settings},
        )
        self._open: list[httpx.AsyncClient] = []

    @property
    def desk(self) -> Desk:
        return self.house.desk

    def stranger(self, **headers: str) -> httpx.AsyncClient:
        """Somebody with a browser and no session."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url=URL, headers={**PAGE, **headers})
        self._open.append(client)
        return client

    async def visitor(self, name: str | None) -> httpx.AsyncClient:
        """Somebody who signed in: one of the house's people, or the operator (None)."""
        token = await self.desk.do(signin.make, self.house.ids[name] if name else None)
        client = self.stranger()
        answer = await client.post(f"/signin/{token}")
        assert answer.status_code == 303, answer.text
        return client

    async def asked(self, name: str, text: str, **where: Any) -> int:
        """Somebody writes; the number of the ticket that their words are in."""
        received = await self.desk.do(intake.receive, self.house.said(name, text, **where))
        assert received.ticket is not None
        return received.ticket

    async def file(self, **values: Any) -> int:
        """Puts a ticket into the database as it stands, past all rules: for lists of many."""
        return await self.desk.do(file_ticket, self.house.ids["Anna"], values)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """The same over real HTTP, on a free port; the address."""
        # named TCP, or asyncio leaves Nagle's algorithm on and every answer takes 40 ms longer
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as door:
            door.bind(("127.0.0.1", 0))
            door.listen()
            server = uvicorn.Server(uvicorn.Config(self.app, log_config=None, access_log=False, lifespan="off"))
            running = asyncio.ensure_future(server.serve(sockets=[door]))
            yield f"http://127.0.0.1:{door.getsockname()[1]}"  # whoever comes early waits in the socket's queue
            self.app.state.live.close()
            server.should_exit = True
            await running

    async def close(self) -> None:
        for client in self._open:
            await client.aclose()


def file_ticket(tx: Tx, now: datetime, requester: int, values: dict[str, Any]) -> int:
    """A row as it is given, the rest as of a new ticket."""
    usual = {
        "subject": "Printer",
        "status": "new",
        "priority": "normal",
        "queue": "it",
        "requester_id": requester,
        "connection": "acme",
        "language": "en",
        "created_at": now,
        "updated_at": now,
        "due_at": None,
    }
    number: int = tx.run(insert(ticket).returning(ticket.c.number), {**usual, **values}).scalar_one()
    tx.tickets.add(number)
    return number


def numbers(page: httpx.Response) -> list[int]:
    """The tickets that a list page links to, in its order."""
    assert page.status_code == 200, page.text
    return [int(number) for number in re.findall(r'class="subject" href="/tickets/(\d+)"', page.text)]


def csrf(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)
    assert found
    return found[1]
