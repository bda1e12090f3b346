"""All that the bot asks of Telegram, held against the Bot API's own description; skipped where nobody says where."""

import asyncio

from bots.port import Answer, Card
from inbox.directory import AgentRef
from inbox.model import Place
from tests.bots.telegram.rig import CLAIM, DESK, ERIK, OLD_DESK, OMAR, Rig
from tests.specs.telegram import check_event, check_log, description


async def test_every_call_and_every_update_fits_the_bot_api() -> None:
    description()
    async with Rig() as door:
        await door.do("start", who="erik")
        topic = Place("shop", DESK, await door.bot.open_topic(DESK, "#1 Printer"))
        card = await door.bot.send(topic, CLAIM, "n1")
        root = await door.bot.send(Place("shop", OLD_DESK), CLAIM, "n2")
        await door.bot.send(Place("shop", OLD_DESK), Card(text="words " * 1000), "n3", answers=root.message_id)
        await door.bot.direct(ERIK, Card(text="Hello", quote="quoted", footer="small"), "n4")
        await door.bot.edit(topic, card.whole, Card(title="#1 Printer, held"), "edit")
        said = await door.says("omar", "Desk", "It works again.", thread=topic.thread)
        await door.bot.mark(topic, said.message_id, "sent")
        await door.bot.delete(Place("shop", OLD_DESK), root.whole)
        door.front.answer = Answer(Card(text="#1 is yours"))
        again = await door.bot.send(topic, CLAIM, "n5")
        await asyncio.gather(
            door.do("press", who="omar", room="Desk", message=again.message_id, label="Claim"),
            door.types("erik", "dm", "/help"),
        )
        await door.bot.check(
            {f"shop:{room.external_id}": room for room in door.rooms},
            [AgentRef("shop", "user", OMAR), AgentRef("shop", "admins", DESK)],
        )
        await door.bot.stop()
        asked = {call.call for call in door.sim.log}
        assert asked == {
            "getMe", "getChat", "getChatMember", "getChatAdministrators", "deleteWebhook", "getUpdates",
            "setMyCommands", "deleteMyCommands", "createForumTopic", "sendMessage", "editMessageText", "deleteMessage",
            "setMessageReaction", "answerCallbackQuery", "getWebhookInfo",
        }  # fmt: skip
        assert check_log(door.sim.log) == []
        assert [problem for update in door.sim.emitted for problem in check_event(update)] == []
