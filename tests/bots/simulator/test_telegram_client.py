"""The real python-telegram-bot against the simulated Telegram; requests and answers held against the Bot API."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TimedOut
from telegram.ext import Updater
from telegram.request import HTTPXRequest

from bots.simulator.telegram import TelegramSimulator
from tests.bots.simulator.telegram_rig import ANNA, DESK, OLD_DESK, PNG
from tests.specs.telegram import check_event, check_log, description

KEYS = InlineKeyboardMarkup([[InlineKeyboardButton("Claim", callback_data="claim:1")]])


def bot_for(sim: TelegramSimulator, token: str = TelegramSimulator.BOT_TOKEN, seconds: float = 5.0) -> Bot:
    request = HTTPXRequest(read_timeout=seconds)
    return Bot(token, base_url=f"{sim.url}/bot", base_file_url=f"{sim.url}/file/bot", request=request)


@asynccontextmanager
async def started() -> AsyncIterator[tuple[TelegramSimulator, Bot]]:
    """A simulator that knows Anna, and a real client's bot."""
    async with TelegramSimulator() as sim:
        sim.limits = False
        await sim.do("start", who="anna")
        async with bot_for(sim) as bot:
            yield sim, bot


async def test_the_client_can_say_and_change_everything_a_desk_needs() -> None:
    description()
    async with started() as (sim, bot):
        card = await bot.send_message(ANNA, "<b>#1</b> Printer", parse_mode="HTML", reply_markup=KEYS)
        await bot.edit_message_text("<i>#1</i>", chat_id=ANNA, message_id=card.id, parse_mode="HTML", reply_markup=KEYS)
        await bot.edit_message_reply_markup(chat_id=ANNA, message_id=card.id)
        await bot.send_message(ANNA, "an answer", reply_parameters=ReplyParameters(card.id))
        await bot.send_chat_action(ANNA, "typing")
        await bot.set_message_reaction(ANNA, 1, "👌")
        sent = await bot.send_document(ANNA, b"%PDF", filename="bill.pdf", caption="the bill")
        assert sent.document is not None
        assert await (await bot.get_file(sent.document.file_id)).download_as_bytearray() == b"%PDF"
        for send in (bot.send_photo, bot.send_voice, bot.send_video, bot.send_sticker):
            assert (await send(ANNA, b"bytes")).effective_attachment
        album = [InputMediaPhoto(b"one", caption="two pictures"), InputMediaPhoto(b"two")]
        assert len(await bot.send_media_group(ANNA, album)) == 2
        await bot.send_location(ANNA, 55.6, 13.0)
        await bot.send_contact(ANNA, "+4670000000", "Acme")
        topic = await bot.create_forum_topic(DESK, "#1 Printer")
        copied = await bot.copy_message(DESK, ANNA, 1, message_thread_id=topic.message_thread_id)
        await bot.forward_message(DESK, ANNA, 1)
        await bot.pin_chat_message(DESK, copied.message_id)
        await bot.unpin_chat_message(DESK, copied.message_id)
        await bot.edit_forum_topic(DESK, topic.message_thread_id, name="#1 done")
        await bot.close_forum_topic(DESK, topic.message_thread_id)
        await bot.reopen_forum_topic(DESK, topic.message_thread_id)
        await bot.delete_message(ANNA, card.id)
        await bot.delete_messages(DESK, [copied.message_id])
        await bot.delete_forum_topic(DESK, topic.message_thread_id)
        assert check_log(sim.log) == []
        assert len({call.call for call in sim.log}) == 27


async def test_the_client_can_ask_what_a_desk_must_know() -> None:
    description()
    async with started() as (sim, bot):
        scope = BotCommandScopeAllGroupChats()
        await bot.set_my_commands([BotCommand("claim", "Take a ticket")], scope=scope, language_code="en")
        assert (await bot.get_my_commands(scope=scope, language_code="en"))[0].command == "claim"
        await bot.delete_my_commands(scope=scope, language_code="en")
        await bot.set_my_description("Acme's desk")
        assert (await bot.get_my_description()).description == "Acme's desk"
        assert (await bot.get_chat(DESK)).is_forum
        me = await bot.get_chat_member(DESK, bot.id)
        assert me.to_dict()["can_manage_topics"] is True
        assert len(await bot.get_chat_administrators(DESK)) == 2
        assert await bot.get_chat_member_count(DESK) == 4
        assert (await bot.get_user_profile_photos(ANNA)).total_count == 0
        assert (await bot.get_webhook_info()).url == ""
        assert await bot.leave_chat(OLD_DESK)
        assert check_log(sim.log) == []


async def test_every_update_parses_and_fits_the_description() -> None:
    description()
    async with started() as (sim, bot):
        await bot.get_updates(allowed_updates=list(Update.ALL_TYPES))
        said = await sim.do("write", who="anna", room="dm", text="Hi", files=[PNG])
        await sim.do("edit", who="anna", room="dm", message=said, text="Hello")
        await sim.do("album", who="anna", room="dm", files=[PNG, PNG])
        await sim.do("block", who="anna")
        topic = await sim.do("create_topic", who="maja", room="Desk", name="t")
        asked = await sim.do("write", who="omar", room="Desk", text="x", thread=topic)
        await sim.do("react", who="lisa", room="Desk", message=asked, emoji="👀")
        await sim.do("pin", who="maja", room="Desk", message=asked)
        await sim.do("join", who="anna", room="Desk", by="maja")
        await sim.do("migrate", room="Old desk")
        await sim.do("kick_bot", room="Desk")
        updates = await bot.get_updates(offset=0)
        assert len(updates) == 16
        assert len(sim.emitted) == 17, "the first one was not confirmed, and came twice"
        assert [problem for update in sim.emitted for problem in check_event(update)] == []
        assert check_log(sim.log) == []


async def test_the_clients_own_updater_polls() -> None:
    async with started() as (sim, bot):
        heard: asyncio.Queue[object] = asyncio.Queue()
        updater = Updater(bot, heard)
        await updater.initialize()
        await updater.start_polling(poll_interval=0, timeout=1, allowed_updates=Update.ALL_TYPES)
        first = await asyncio.wait_for(heard.get(), 5)
        await sim.do("write", who="anna", room="dm", text="second")
        second = await asyncio.wait_for(heard.get(), 5)
        await updater.stop()
        await updater.shutdown()
        texts = [u.message.text for u in (first, second) if isinstance(u, Update) and u.message]
        assert texts == ["/start", "second"]


async def test_a_press_is_answered_through_the_client() -> None:
    async with started() as (sim, bot):
        card = await bot.send_message(ANNA, "#1", reply_markup=KEYS)
        pressing = asyncio.create_task(sim.do("press", who="anna", room="dm", message=str(card.id), label="Claim"))
        update = (await bot.get_updates(offset=-1, timeout=5))[-1]
        while update.callback_query is None:
            update = (await bot.get_updates(offset=update.update_id + 1, timeout=5))[-1]
        await update.callback_query.answer("Yours", show_alert=True)
        assert await pressing == {"ok": True, "text": "Yours", "alert": True, "url": ""}


async def test_refusals_become_the_clients_own_errors() -> None:
    async with started() as (sim, bot):
        with pytest.raises(BadRequest, match="Can't parse entities"):
            await bot.send_message(ANNA, "<b>", parse_mode="HTML")
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(1, "x")
        await sim.do("block", who="anna")
        with pytest.raises(Forbidden, match="blocked by the user"):
            await bot.send_message(ANNA, "x")
        new = await sim.do("migrate", room="Old desk")
        with pytest.raises(ChatMigrated) as migrated:
            await bot.send_message(OLD_DESK, "x")
        assert migrated.value.new_chat_id == int(new)
        sim.faults.order("rate_limit", "sendMessage", retry_after=35)
        with pytest.raises(RetryAfter, match="35"):
            await bot.send_message(DESK, "x")
        waiting = asyncio.create_task(bot.get_updates(offset=2_000_000_000, timeout=0))
        assert await waiting != (), "an offset from the far future confirms nothing"
        await sim.do("revoke_token")
        with pytest.raises(InvalidToken):
            await bot.send_message(DESK, "x")


async def test_a_second_poller_gives_the_first_a_conflict() -> None:
    async with started() as (sim, bot):
        await bot.get_updates(offset=-1)
        await sim.do("jump_update_ids")
        first = asyncio.create_task(bot.get_updates(timeout=5))
        await sim.until(lambda: sim.polled)
        async with bot_for(sim) as other:
            second = asyncio.create_task(other.get_updates(timeout=5))
            with pytest.raises(Conflict, match="terminated by other getUpdates"):
                await first
            await sim.do("write", who="anna", room="dm", text="hello")
            assert len(await second) == 1


async def test_a_slow_answer_is_a_timeout_although_the_message_is_there() -> None:
    async with TelegramSimulator() as sim:
        await sim.do("start", who="anna")
        async with bot_for(sim, seconds=0.2) as bot:
            sim.faults.order("hang_after", "sendMessage", seconds=0.4)
            with pytest.raises(TimedOut):
                await bot.send_message(ANNA, "once")
            assert sim.texts("dm:anna") == ["/start", "once"]
