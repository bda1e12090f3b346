"""Two processes on one PostgreSQL: one receives, the other stands by and takes over; both may send."""

import pytest
from pydantic import SecretStr

from bots.simulator.client import Client
from frontdesk import supervisor
from frontdesk.app import App
from frontdesk.playground import desk, point_to, start_platforms
from frontdesk.settings import Settings
from inbox.desk import leases
from inbox.store import Tx, messages
from tests.world import quick


@pytest.mark.parametrize("engine_name", ["postgres"], indirect=True)
async def test_a_standby_takes_over(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.2)
    platforms = await start_platforms()
    platforms.telegram.limits = platforms.slack.limits = platforms.discord.limits = False
    settings = point_to(Settings(_env_file=None, inbox_port=0), platforms)
    settings = settings.model_copy(update={"database_url": SecretStr(database_url)})
    first, second = (App(settings, quick(desk()), secret="a secret of the tests") for _ in range(2))
    erik = Client(platforms.telegram, "Erik")
    try:
        await first.start()
        await second.start()
        assert all("stands by" in why for _, why in second.health().values())
        await erik.writes("Is anybody there?", "dm")
        await erik.reads("#1", "dm")
        await first.stop()
        await platforms.telegram.until(lambda: platforms.telegram.polled and second.health()["shop"] == (True, ""))
        await erik.writes("And now?", "dm")
        omar = Client(platforms.slack, "Omar")
        await omar.reads("And now?", "#customer-desk")

        def texts(tx: Tx) -> list[str]:
            return [m.text for m in messages.of_ticket(tx, 1)]

        said = await second.desk.look(texts)
        assert said == ["Is anybody there?", "And now?"]
    finally:
        await second.stop()
        await platforms.stop()


def test_the_supervisor_stands_by_more_often_than_the_lease_ends() -> None:
    assert leases.LEASE.total_seconds() > leases.RENEW_SECONDS * 2 and supervisor.FIRST_RETRY_SECONDS > 0
