"""The guide's ten minutes, click by click: from a group that nobody wrote down yet to the first answer."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr
from structlog.testing import capture_logs

from bots.simulator.client import Client
from bots.simulator.telegram import TelegramSimulator
from frontdesk import config
from frontdesk.app import App
from frontdesk.settings import Settings
from tests.inbox.deeds import one_engine
from tests.world import hurried

GUIDE = (Path(__file__).parent.parent / "docs/telegram.md").read_text("utf-8")
WRITTEN = "-1001234567890"  # what stands in the guide until the reader knows the number


@asynccontextmanager
async def program(sim: TelegramSimulator, database_url: str, desk: str) -> AsyncIterator[App]:
    """`make run`, until Ctrl+C."""
    settings = Settings(
        _env_file=None,
        database_url=SecretStr(database_url),
        inbox_port=0,
        telegram_bot_token=SecretStr(sim.BOT_TOKEN),
        telegram_api_url=f"{sim.url}/bot",
        telegram_file_url=f"{sim.url}/file/bot",
    )
    app = App(settings, config.parse(desk, "desk.toml"), secret="a secret of the tests")
    with hurried():
        try:
            await app.start()
            yield app
        finally:
            await app.stop()


async def make_group(sim: TelegramSimulator) -> str:
    """Step 2: a group with topics, the bot and the agents its administrators, who have pressed Start. Its id."""
    await sim.do("add_room", name="New desk", members=["Omar", "Maja"], bot="")
    group = str(await sim.do("migrate", room="New desk", forum=True))
    await sim.do("add_bot", room=group, by="Maja", status="administrator")
    for who in ("Omar", "Maja"):
        await sim.do("promote", who=who, room=group)
        await sim.do("start", who=who)
    return group


@one_engine
async def test_who_follows_the_guide_has_answered_a_ticket_at_its_end(database_url: str) -> None:
    [desk] = re.findall(r"```toml\n(\[desk\].*?)```", GUIDE, re.DOTALL)
    desk = f"{desk}undo_seconds = 1\n"  # instead of five
    async with TelegramSimulator() as sim:
        sim.limits = False
        group = await make_group(sim)
        with capture_logs() as logs:
            async with program(sim, database_url, desk):
                await sim.do("command", who="Omar", room=group, text="/queue")
                await sim.until(lambda: not sim.telegram.updates.queue)
        seen = [line for line in logs if line["event"] == "telegram.group_seen"]
        assert seen and {str(line["id"]) for line in seen} == {group} and "telegram.group_seen" in GUIDE
        assert all(line["title"] == "New desk" for line in seen)

        async with program(sim, database_url, desk.replace(WRITTEN, group)) as app:
            assert app.health() == {"shop": (True, "")}
            erik, omar = Client(sim, "Erik"), Client(sim, "Omar")
            await sim.do("start", who="Erik")
            await erik.writes("Where is my parcel?", "dm")
            await erik.reads("#1", "dm")
            asked = await omar.reads("Erik\nWhere is my parcel?", group)
            card = await omar.reads("#1 Where is my parcel?", group, thread=asked.thread)
            assert "is yours" in (await omar.presses(card, "Claim"))["text"]
            await omar.writes("It is on its way", group, thread=asked.thread)
            offer = await omar.reads("On its way in a moment", group, thread=asked.thread)
            assert offer.buttons == ("Undo",)
            await omar.presses(await omar.reads("#1 Where is my parcel?", group, thread=asked.thread), "Resolve")
            await omar.reads("Status: Resolved", group, thread=asked.thread)
            await erik.reads("It is on its way", "dm")
