"""The playground: the three simulated platforms on loopback, a page to act on them, and settings that point to them."""

import os
import socket
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from pydantic import SecretStr

from bots.simulator.discord import DiscordSimulator
from bots.simulator.playground import HOST, Playground
from bots.simulator.server import Simulator
from bots.simulator.slack import SlackSimulator
from bots.simulator.telegram import TelegramSimulator
from bots.slack.manifest import manifest
from frontdesk import config
from frontdesk.settings import Settings
from inbox.directory import Desk
from sla.walltime import zone

DESK_NAME = "playground.toml"


@dataclass(slots=True)
class Platforms:
    """The running simulators."""

    slack: SlackSimulator
    discord: DiscordSimulator
    telegram: TelegramSimulator

    @property
    def all(self) -> tuple[Simulator, ...]:
        return (self.slack, self.discord, self.telegram)

    async def stop(self) -> None:
        for simulator in self.all:
            await simulator.stop()


async def start_platforms() -> Platforms:
    """Starts the three simulators on free loopback ports."""
    platforms = Platforms(SlackSimulator(), DiscordSimulator(), TelegramSimulator())
    for simulator in platforms.all:
        await simulator.start()
    await platforms.telegram.do("set_privacy", on=False)  # so that its bot hears plain words in the Support group
    await platforms.slack.do("install", manifest=manifest())
    return platforms


def desk() -> Desk:
    """The playground's own desk, in this machine's time zone: its times are those of the visitor's clock."""
    own = config.parse((resources.files("frontdesk") / DESK_NAME).read_text("utf-8"), DESK_NAME)
    return replace(own, timezone=_zone_here() or own.timezone)


def _zone_here() -> str:
    """This machine's time zone by name, "" where it cannot be told."""
    name = os.environ.get("TZ", "").lstrip(":") or str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    try:
        return zone(name).key if name else ""
    except ValueError:
        return ""


def free_port(port: int) -> int:
    """The port for the page; 0 takes any that is free. Raises OSError with a sentence where it is taken."""
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, port))
        except OSError as error:
            why = f"The playground cannot listen on {HOST}:{port} ({error.strerror})"
            raise OSError(error.errno, f"{why}: set PLAYGROUND_PORT (0 takes any free port).") from None
        found: int = door.getsockname()[1]
        return found


def with_database(settings: Settings, folder: Path) -> Settings:
    """The settings with a database of its own in `folder`, as short-lived as the simulators are."""
    return settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{folder / 'playground.db'}")})


def point_to(settings: Settings, platforms: Platforms) -> Settings:
    """The settings with the simulators' addresses and tokens."""
    slack, discord, telegram = platforms.slack, platforms.discord, platforms.telegram
    return settings.model_copy(
        update={
            "slack_bot_token": SecretStr(slack.BOT_TOKEN),
            "slack_app_token": SecretStr(slack.APP_TOKEN),
            "slack_signing_secret": SecretStr(slack.SIGNING_SECRET),
            "slack_api_url": f"{slack.url}/api/",
            "discord_bot_token": SecretStr(discord.BOT_TOKEN),
            "discord_api_url": f"{discord.url}/api/v10",
            "discord_gateway_url": discord.gateway_url,
            "telegram_bot_token": SecretStr(telegram.BOT_TOKEN),
            "telegram_api_url": f"{telegram.url}/bot",
            "telegram_file_url": f"{telegram.url}/file/bot",
            "telegram_webhook_url": "",
        }
    )


async def open_page(platforms: Platforms, inbox_link: str, port: int) -> Playground:
    """Serves the playground's page; `inbox_link` signs the visitor in to the inbox beside it."""
    page = Playground({simulator.platform: simulator.url for simulator in platforms.all}, inbox=inbox_link, port=port)
    await page.start()
    return page
