"""The whole of Frontdesk over three simulated platforms, for stories: people act, and what they would see is asserted.

Time is real here, because real libraries run on it; windows are short, and every wait is for an event.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from bots.discord.adapter import DiscordPlatform
from bots.simulator.client import Client
from bots.slack.adapter import SlackPlatform
from bots.telegram.adapter import TelegramPlatform
from frontdesk.app import App
from frontdesk.playground import Platforms, desk, point_to, start_platforms
from frontdesk.settings import Settings
from inbox.directory import Desk


class World:
    """The running program and its platforms."""

    def __init__(self, app: App, platforms: Platforms) -> None:
        self.app, self.platforms = app, platforms

    def at_slack(self, who: str) -> Client:
        return Client(self.platforms.slack, who)

    def at_discord(self, who: str) -> Client:
        return Client(self.platforms.discord, who)

    def at_telegram(self, who: str) -> Client:
        return Client(self.platforms.telegram, who)

    async def settled(self) -> None:
        """Until nothing waits to be sent."""
        assert self.app.relay is not None
        await self.app.relay.idle()


def quick(desk_file: Desk, **changes: Any) -> Desk:
    """The desk with an undo window of no time, so that stories need not wait for it."""
    queues = {key: replace(queue, undo_seconds=0, **changes) for key, queue in desk_file.queues.items()}
    return replace(desk_file, queues=queues)


@contextmanager
def hurried() -> Iterator[None]:
    """Nobody here waits as the real platforms want it: that has tests of its own."""
    with pytest.MonkeyPatch.context() as patch:
        for adapter in (SlackPlatform, DiscordPlatform, TelegramPlatform):
            pace = replace(adapter.pace, room_seconds=0.0, per_second=1000.0, room_per_minute=0)
            patch.setattr(adapter, "pace", pace)
        yield


@asynccontextmanager
async def running(database_url: str, desk_file: Desk | None = None, **changes: Any) -> AsyncIterator[World]:
    """Starts everything; ends it in order. `changes` are other settings than the default ones."""
    platforms = await start_platforms()
    platforms.telegram.limits = platforms.slack.limits = platforms.discord.limits = False
    settings = point_to(Settings(_env_file=None, inbox_port=0), platforms)
    settings = settings.model_copy(update={"database_url": SecretStr(database_url), **changes})
    app = App(settings, desk_file or quick(desk()), secret="a secret of the tests")
    with hurried():
        try:
            await app.start()
            down = {name: why for name, (up, why) in app.health().items() if not up}
            assert not down, down
            yield World(app, platforms)
        finally:
            await app.stop()
            await platforms.stop()
