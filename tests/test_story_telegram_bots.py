"""Two Telegram bots at one desk: one asks Telegram for its updates, the other has them posted to our server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from pydantic import SecretStr

from bots.simulator.client import Client
from bots.simulator.telegram import TelegramSimulator
from bots.telegram.webhook import secret_of
from frontdesk import config
from frontdesk.app import App
from frontdesk.playground import free_port
from frontdesk.settings import Settings
from tests.inbox.deeds import one_engine
from tests.world import hurried

CLUB_TOKEN = "720000002:AAfake-token-of-the-clubs-own-bot-here"
FORUM = "-1002000000101"
DESK = f"""
    [desk]
    name = "Acme"
    language = "en"
    timezone = "Europe/Stockholm"
    [connections.shop]
    platform = "telegram"
    [connections.club]
    platform = "telegram"
    env = "CLUB"
    [policies.quick]
    hours = "always"
    first_reply = {{ normal = "1h" }}
    [queues.orders]
    title = "Orders"
    policy = "quick"
    intake = ["shop:dm"]
    desk = "shop:{FORUM}"
    agents = ["shop:700100003"]
    undo_seconds = 0
    default = true
    survey = false
    [queues.members]
    title = "Members"
    policy = "quick"
    intake = ["club:dm"]
    desk = "shop:{FORUM}"
    agents = ["shop:700100003"]
    undo_seconds = 0
    survey = false
    [queues.secrets]
    title = "Secrets"
    policy = "quick"
    private = true
    intake = ["club:dm"]
    desk = "shop:-4000002"
    agents = ["shop:700100004"]
    undo_seconds = 0
    survey = false
"""


def settings(shop: TelegramSimulator, club: TelegramSimulator, database_url: str) -> Settings:
    port = free_port(0)
    return Settings(
        _env_file=None,
        database_url=SecretStr(database_url),
        inbox_port=port,
        telegram_bot_token=SecretStr(shop.BOT_TOKEN),
        telegram_api_url=f"{shop.url}/bot",
        telegram_file_url=f"{shop.url}/file/bot",
        prefixed={
            "CLUB_BOT_TOKEN": SecretStr(CLUB_TOKEN),
            "CLUB_API_URL": SecretStr(f"{club.url}/bot"),
            "CLUB_FILE_URL": SecretStr(f"{club.url}/file/bot"),
            "CLUB_WEBHOOK_URL": SecretStr(f"http://127.0.0.1:{port}"),
        },
    )


@asynccontextmanager
async def two_bots(
    database_url: str, desk: str = DESK
) -> AsyncIterator[tuple[App, TelegramSimulator, TelegramSimulator]]:
    async with TelegramSimulator() as shop, TelegramSimulator(token=CLUB_TOKEN, seed=2) as club:
        for each in (shop, club):
            each.limits, each.first_pause = False, 0.01
        found = settings(shop, club, database_url)
        app = App(found, config.parse(desk, "desk.toml"), secret="a secret of the tests")
        with hurried():
            try:
                await app.start()
                assert app.health() == {"shop": (True, ""), "club": (True, "")}
                yield app, shop, club
            finally:
                await app.stop()


@one_engine
async def test_who_writes_to_both_bots_has_two_matters_and_each_bot_answers_its_own(database_url: str) -> None:
    async with two_bots(database_url) as (app, shop, club):
        assert club.webhook.url == f"{app.url}/telegram/club" and not shop.webhook.url
        await shop.until(lambda: shop.polled)
        assert not club.polled
        erik, omar, at_club = Client(shop, "Erik"), Client(shop, "Omar"), Client(club, "Erik")
        await shop.do("start", who="Erik")
        assert not (await erik.reads("Hej!", "dm")).buttons, "the shop has one queue"
        await club.do("start", who="Erik", payload="queue-members")
        await at_club.reads("Till Members", "dm")
        await erik.writes("Where is my parcel?", "dm")
        await erik.reads("#1", "dm")
        await at_club.writes("Am I a member?", "dm")
        await at_club.reads("#2", "dm")
        for question, words in (("Where is my parcel?", "On its way."), ("Am I a member?", "You are.")):
            asked = await omar.reads(f"Erik\n{question}", "Desk")
            await omar.types("/claim", "Desk", thread=asked.thread)
            await omar.reads("is yours", "Desk", thread=asked.thread)
            await omar.writes(words, "Desk", thread=asked.thread)
        await erik.reads("On its way.", "dm")
        await at_club.reads("You are.", "dm")
        assert app.relay
        await app.relay.idle()
        assert not any("You are." in m for m in erik.sees("dm"))
        assert not any("On its way." in m for m in at_club.sees("dm"))


@one_engine
async def test_a_group_whose_new_id_is_learnt_from_a_refused_post_gets_each_word_once(database_url: str) -> None:
    """TG-09. The updates that tell of it never come. The shop's customers are answered in a group of the club's."""
    elsewhere = DESK.replace(f'desk = "shop:{FORUM}"', 'desk = "club:-4000002"', 1)
    elsewhere = elsewhere.replace("shop:700100003", "club:700100003", 1).replace("shop:-4000002", "club:-4000001")
    async with two_bots(database_url, elsewhere) as (app, shop, club):
        assert app.relay
        erik, omar = Client(shop, "Erik"), Client(club, "Omar")
        await erik.writes("My parcel never came", "dm")
        await omar.reads("Erik\nMy parcel never came", "Old desk")
        await app.relay.idle()
        club.webhook.stop()
        new = str(await club.do("migrate", room="Old desk"))
        questions = [f"Is anybody there, {n}?" for n in ("one", "two", "three")]
        for question in questions:
            await erik.writes(question, "dm")
        seen = await omar.reads(questions[-1], new)
        await app.relay.idle()
        assert [m.words for m in omar.sees(new, by_bot=True) if "anybody" in m] == [f"Erik\n{q}" for q in questions]

        club.telegram.updates.queue.clear()
        club.webhook.start()
        await omar.writes("/claim", new, reply_to=seen.id)
        await omar.reads("is yours", new)
        await omar.writes("Yes, we are.", new, reply_to=seen.id)
        await erik.reads("Yes, we are.", "dm")
        await app.relay.idle()
        assert len([m for m in omar.sees(new, by_bot=True) if "anybody" in m]) == 3


@one_engine
async def test_only_telegram_gets_in_at_the_bots_address(database_url: str) -> None:
    async with two_bots(database_url) as (app, _, club), aiohttp.ClientSession() as session:
        update = {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}}}
        address = f"{app.url}/telegram/club"
        secret = {"X-Telegram-Bot-Api-Secret-Token": secret_of(CLUB_TOKEN)}
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": secret_of(club.BOT_TOKEN)}):
            async with session.post(address, json=update, headers=headers) as answer:
                assert answer.status == 401
        async with session.get(address, headers=secret) as answer:
            assert answer.status == 405
        async with session.post(address, json=update, headers=secret) as answer:
            assert answer.status == 200
        async with session.post(f"{app.url}/telegram/shop", json=update, headers=secret) as answer:
            assert answer.status in (403, 404), "the other bot is not posted to"


@one_engine
async def test_who_presses_start_chooses_from_a_menu_and_says_what_belongs_together(
    database_url: str,
) -> None:
    async with two_bots(database_url) as (_, shop, club):
        omar, erik = Client(shop, "Omar"), Client(club, "Erik")
        await club.do("start", who="Erik")
        menu = await erik.until(lambda: next((m for m in erik.sees("dm", by_bot=True) if m.buttons), None))
        assert menu.buttons == ("Members", "Secrets")
        await erik.presses(menu, "Secrets")
        await erik.presses(await erik.reads("Till Secrets", "dm"), "Members")
        chosen = await erik.reads("Till Members", "dm")
        assert (chosen.id, chosen.buttons) == (menu.id, ("Secrets",)), "they can still choose another one"
        await erik.writes("Am I a member?", "dm")
        await omar.reads("Erik\nAm I a member?", "Desk")

        await erik.writes("And where is my card?", "dm")
        asked = await erik.reads("Gäller det något du redan har frågat om", "dm")
        assert asked.buttons == ("Samma ärende: #1 Am I a member?", "Nytt: Members", "Nytt: Secrets")
        assert not any("my card" in m for m in omar.sees("Desk")), "shown to nobody until that is answered"
        await erik.presses(asked, "Samma ärende: #1 Am I a member?")
        await omar.reads("Erik\nAnd where is my card?", "Desk")
        await erik.writes("My wages are wrong", "dm")
        asked = await erik.reads("Gäller det något du redan har frågat om", "dm")
        await erik.presses(asked, "Nytt: Secrets")
        await erik.reads("#2", "dm")
        assert not any("wages" in m for m in omar.sees("Desk"))
