"""For machines: alive, ready, and figures, without a word of any ticket."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from inbox.web import health
from tests.house import House
from tests.inbox.web.visitor import Inbox

sqlite_only = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
ELSEWHERE = ("203.0.113.7", 5000)


def machine(inbox: Inbox, client: tuple[str, int] = ("127.0.0.1", 5000), **headers: str) -> httpx.AsyncClient:
    """A program that asks: from this machine, or from elsewhere."""
    transport = httpx.ASGITransport(inbox.app, client=client)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", headers=headers)


async def test_ready_tells_which_connection_is_down_and_why(inbox: Inbox) -> None:
    async with machine(inbox) as probe:
        assert (await probe.get("/healthz")).json() == {"alive": True}
        good = await probe.get("/readyz")
        assert good.status_code == 200 and good.json()["ready"] is True
        inbox.health["shop"] = (False, "Telegram refused the token")
        bad = await probe.get("/readyz")
    assert bad.status_code == 503
    assert bad.json() == {
        "ready": False,
        "database": {"up": True},
        "connections": {"acme": {"up": True}, "shop": {"up": False, "why": "Telegram refused the token"}},
    }


async def test_a_database_that_is_gone_is_told(house: House, engine_name: str) -> None:
    broken = "sqlite:////proc/desk.db" if engine_name == "sqlite" else "postgresql+psycopg://desk@127.0.0.1:1/desk"
    lost = House(broken, house.desk.directory, house.clock)
    async with machine(Inbox(lost)) as probe:
        bad, figures = await probe.get("/readyz"), await probe.get("/metrics")
    assert bad.status_code == 503 and bad.json()["database"]["up"] is False and bad.json()["database"]["why"]
    assert "frontdesk_database_up 0.0" in figures.text and "events_total" not in figures.text
    await lost.desk.close()


@sqlite_only
async def test_a_database_that_does_not_answer_is_not_waited_for(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(*_: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(inbox.desk, "look", silent)
    monkeypatch.setattr(health, "PROBE_SECONDS", 0.01)
    async with machine(inbox) as probe:
        assert (await probe.get("/readyz")).json()["database"]["up"] is False
        assert "frontdesk_database_up 0.0" in (await probe.get("/metrics")).text


async def test_figures(inbox: Inbox) -> None:
    await inbox.asked("Anna", "My laptop does not wake up")
    await (await inbox.visitor("Omar")).get("/tickets/1")
    inbox.app.state.metrics.ticks.observe(0.002)
    async with machine(inbox) as probe:
        told = (await probe.get("/metrics")).text
    values = dict(line.rsplit(" ", 1) for line in told.splitlines() if not line.startswith("#"))
    assert float(values["frontdesk_events_total"]) >= 2
    assert float(values['frontdesk_outbox_live{connection="acme"}']) >= 2
    assert values['frontdesk_connection_up{connection="acme"}'] == "1.0"
    assert values['frontdesk_http_seconds_count{route="/tickets/{number}",status="200"}'] == "1.0"
    assert values["frontdesk_tick_seconds_count"] == "1.0"
    assert "laptop" not in told and "Anna" not in told


@sqlite_only
async def test_a_scrape_costs_the_same_with_many_tickets(inbox: Inbox) -> None:
    """What it asks of the database names no table of tickets."""
    from sqlalchemy import event

    asked: list[str] = []
    engine = inbox.desk.store.engine

    @event.listens_for(engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    async with machine(inbox) as probe:
        await probe.get("/metrics")
    tables = [set(re.findall(r"(?:FROM|JOIN) (\w+)", statement)) for statement in asked]
    assert tables and not set.union(*tables) & {"ticket", "message", "promise"}


@pytest.mark.parametrize("how", ["elsewhere", "proxy"])
@sqlite_only
async def test_elsewhere_only_whether_it_is_ready(inbox: Inbox, how: str) -> None:
    """A proxy on this machine speaks for somebody elsewhere."""
    inbox.health["shop"] = (False, "Telegram refused the token")
    where: dict[str, Any] = {"client": ELSEWHERE} if how == "elsewhere" else {"x-forwarded-for": "127.0.0.1"}
    async with machine(inbox, **where, host="10.0.0.7:8080") as probe:
        assert (await probe.get("/healthz")).status_code == 200
        told = await probe.get("/readyz")
        assert (told.status_code, told.json()) == (503, {"ready": False})
        assert (await probe.get("/metrics")).status_code == 404
    for name, status in ((None, 200), ("Maja", 404)):
        cookie = (await inbox.visitor(name)).cookies["frontdesk"]
        async with machine(inbox, **where, cookie=f"frontdesk={cookie}") as probe:
            assert (await probe.get("/metrics")).status_code == status
