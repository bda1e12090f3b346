"""No token, password, sign-in link or cookie stands in a log, an error page, a figure, a row or an exception's text.

The whole program runs a short day over three platforms, with everything logged that its libraries can log, and with
trouble: poison, errors, platforms that go away. Then whatever it left behind is searched.
"""

import asyncio
import io
import logging
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.engine import make_url

from bots.simulator.client import Shown
from bots.simulator.faults import Kind
from frontdesk import checking, cli, logs, playground
from frontdesk.settings import Settings
from inbox.store import Tx
from inbox.store.tables import metadata
from tests.world import World, running

PASSWORD = "canary-pass/word:9"
LOUD = (*logs.QUIET, "discord.http", "discord.gateway", "httpcore.http11", "slack_bolt.AsyncApp", "sqlalchemy.engine")


class Left:
    """What the program left behind, and what must not be in it."""

    def __init__(self) -> None:
        self.log, self.raw = io.StringIO(), io.StringIO()
        self.pages: list[str] = []
        self.rows: list[str] = []
        self.secrets: dict[str, str] = {}

    def found(self) -> list[str]:
        places = {"log": self.log.getvalue(), "pages": "\n".join(self.pages), "rows": "\n".join(self.rows)}
        return [
            f"{secret} in the {place}: …{_around(text, value)}…"
            for secret, value in self.secrets.items()
            for place, text in places.items()
            if value in text
        ]


def _around(text: str, value: str) -> str:
    at = text.index(value)
    return text[max(0, at - 150) : at + 60]


@pytest.fixture
def left() -> Iterator[Left]:
    """Logging as a process has it, into memory; afterwards as it was."""
    made, root = Left(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in LOUD}
    yield made
    root.handlers[:], root.level = handlers, level
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logs.redactor.learn(())
    structlog.reset_defaults()


def listen(left: Left, settings: Settings) -> None:
    """Logs as `run` does, but every library says all that it knows; `raw` keeps it as it was before it was cleaned."""
    logs.configure("json", "debug", cli._secrets(settings))
    structlog.configure(cache_logger_on_first_use=False)  # the loggers shall be as they were, after this test
    [clean] = logging.getLogger().handlers
    assert isinstance(clean, logging.StreamHandler)
    clean.setStream(left.log)
    unclean = logging.StreamHandler(left.raw)
    unclean.setFormatter(logging.Formatter("%(name)s %(message)s"))
    logging.getLogger().addHandler(unclean)
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.DEBUG)


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """A browser that logs nothing itself, so that what is logged is the program's."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


@pytest.mark.parametrize("engine_name", ["postgres"], indirect=True)
async def test_a_day_with_trouble_leaves_no_secret_behind(
    database_url: str, left: Left, browser: aiohttp.ClientSession
) -> None:
    url = make_url(database_url).set(password=PASSWORD).render_as_string(hide_password=False)
    async with running(url) as world:
        listen(left, world.app.settings)
        left.secrets = tokens_of(world) | {"the database's password": PASSWORD, "its address": url}
        card = await a_day(world)
        await at_the_inbox(world, left, browser)
        await trouble(world, card)
        await world.settled()
        left.rows = [repr(row) for row in await world.app.desk.look(every_row)]
        left.pages += [await page(browser, f"{world.app.url}/{name}") for name in ("readyz", "metrics", "healthz")]
        left.pages += [why for _, why in world.app.health().values()]
    assert left.found() == []
    raw = left.raw.getvalue()
    assert world.platforms.telegram.BOT_TOKEN in raw, "the libraries say nothing: then nothing was proved"
    assert len(left.log.getvalue().splitlines()) > 100 and len(left.rows) > 50 and len(left.pages) > 10
    assert any("quarantine" in row or "poison" in row for row in left.rows)


def tokens_of(world: World) -> dict[str, str]:
    slack, discord, telegram = world.platforms.slack, world.platforms.discord, world.platforms.telegram
    return {
        "Slack's bot token": slack.BOT_TOKEN,
        "Slack's app token": slack.APP_TOKEN,
        "Slack's signing secret": slack.SIGNING_SECRET,
        "Slack's verification token": slack.world.app.verification_token,
        "Discord's token": discord.BOT_TOKEN,
        "Telegram's token": telegram.BOT_TOKEN,
        "its secret half": telegram.BOT_TOKEN.partition(":")[2],
        "the secret of the forms": world.app._secret,
    }


async def a_day(world: World) -> Shown:
    """Questions on all three, a claim, an answer; returns the card of the first."""
    erik, anna, player = world.at_telegram("Erik"), world.at_slack("Anna"), world.at_discord("Anna")
    omar = world.at_slack("Omar")
    await erik.simulator.do("start", who="Erik")
    await erik.writes("My parcel never came", "dm")
    await anna.writes("The wifi is gone", "#it-help")
    await player.writes("How do I change my name?", "#support")
    card = await omar.reads("My parcel never came", "#customer-desk", thread="")
    await omar.presses(card, "Claim")
    await omar.reads("is yours", "#customer-desk")
    await omar.writes("It is at the kiosk", "#customer-desk", thread=card.id)
    await erik.reads("at the kiosk", "dm")
    await player.types("/ticket help", "#support")
    return card


async def at_the_inbox(world: World, left: Left, browser: aiohttp.ClientSession) -> None:
    """Omar gets his link, signs in, reads, and meets every page that says no."""
    omar = world.at_slack("Omar")
    await omar.types("/ticket desk", "#customer-desk")
    told = await omar.reads("/signin/", "#customer-desk")
    link = re.search(r"http://\S+/signin/([\w-]+)", told.words)
    assert link
    left.secrets |= {"a sign-in link": link[1]}
    async with browser.post(link[0], allow_redirects=False) as entered:
        assert entered.status == 303
        [cookie] = entered.cookies.values()
        left.secrets |= {"a session's cookie": cookie.value}
    spent = await world.app.sign_in_link(None)
    left.secrets |= {"the operator's link": spent.rpartition("/")[2]}
    addresses = ["", "tickets/1", "tickets/4711", "nothing", "?show=nonsense", "?queue=payroll", "live?page=x"]
    left.pages += [await page(browser, f"{world.app.url}/{name}") for name in addresses]
    left.pages.append(await page(browser, link[0]))  # used up
    for name in ("signout", "signin/none", ""):
        async with browser.post(f"{world.app.url}/{name}", headers={"Origin": "http://evil.example"}) as refused:
            left.pages.append(f"{refused.status} {dict(refused.headers)} {await refused.text()}")
    async with browser.get(world.app.url, headers={"Host": "evil.example", "Accept": "text/html"}) as refused:
        left.pages.append(await refused.text())


async def page(browser: aiohttp.ClientSession, address: str) -> str:
    async with browser.get(address, headers={"Accept": "text/html"}) as answer:
        assert answer.status < 600
        return f"{answer.status} {dict(answer.headers)} {await answer.text()}"


async def trouble(world: World, card: Shown) -> None:
    """Poison everywhere; answers that do not arrive; and in the end a platform is gone."""
    slack, discord, telegram = world.platforms.slack, world.platforms.discord, world.platforms.telegram
    await telegram.do("poison", payload={"update_id": 99_001, "message": {"message_id": 1, "date": "poison"}})
    await discord.do("poison", payload={"id": "poison", "channel_id": None})
    await slack.do("poison", payload={"type": "message", "channel": "poison", "ts": [], "user": {}})
    omar = world.at_slack("Omar")
    kinds: tuple[Kind, ...] = ("drop_before", "drop_after", "status")
    for kind in kinds:
        telegram.faults.order(kind, "sendMessage")
    await omar.writes("Did you find it?", "#customer-desk", thread=card.id)
    await world.at_telegram("Erik").writes("I did not", "dm")
    await omar.reads("I did not", "#customer-desk", thread=card.id)
    await telegram.stop()
    await omar.writes("Anything else?", "#customer-desk", thread=card.id)
    await quiet(world)


async def quiet(world: World) -> None:
    """Until the words that cannot go out were tried once."""
    tried = asyncio.Event()
    end = world.app.desk.subscribe(lambda _: tried.set())

    def waits(tx: Tx) -> bool:
        outbox = metadata.tables["outbox"]
        rows = tx.run(select(outbox.c.attempts).where(outbox.c.connection == "shop").order_by(outbox.c.id.desc()))
        return bool((rows.scalar() or 0) > 0)

    try:
        async with asyncio.timeout(15):
            while True:
                tried.clear()  # before the look: what comes during it must not be missed
                if await world.app.desk.look(waits):
                    return
                await tried.wait()
    finally:
        end()


def every_row(tx: Tx) -> list[Any]:
    return [(name, *row) for name, table in metadata.tables.items() for row in tx.run(select(table))]


WRONG = {
    "slack_bot_token": "xoxb-wrong-canary-1",
    "slack_app_token": "xapp-wrong-canary-2",
    "discord_bot_token": "wrong.canary.discord-3",
    "telegram_bot_token": "123456789:AAwrong-canary-of-Telegram-4",
}


@pytest.mark.parametrize("how", ["refused", "outage", "cut", "gone"])
async def test_what_is_said_of_wrong_tokens_and_dead_servers_names_none(how: str, left: Left, tmp_path: Path) -> None:
    """`frontdesk check`, as its reader sees it, and what it logs."""
    platforms = await playground.start_platforms()
    settings = playground.with_database(playground.point_to(Settings(_env_file=None), platforms), tmp_path)
    settings = settings.model_copy(update={name: SecretStr(token) for name, token in WRONG.items()})
    listen(left, settings)
    kinds: dict[str, Kind] = {"outage": "status", "cut": "drop_before"}
    for simulator in platforms.all:
        if how in kinds:
            simulator.faults.order(kinds[how], times=1000)
        if how == "gone":
            await simulator.stop()
    try:
        problems = await checking.check(settings, playground.desk(), Told(left))
    finally:
        await platforms.stop()
    for connection in ("acme", "community", "shop"):
        assert any(sentence.startswith(f"{connection}: ") for sentence in problems), problems
    left.secrets = {name: token.rpartition(":")[2] for name, token in WRONG.items()}
    left.pages += problems
    assert left.found() == []


class Told:
    """What the command prints."""

    def __init__(self, left: Left) -> None:
        self._left = left

    def print(self, text: str, *, markup: bool, soft_wrap: bool) -> None:
        self._left.pages.append(text)
