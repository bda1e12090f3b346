"""Small marks on Slack: people's are told as emoji, the bot puts others', and one asks for a ticket."""

import pytest

from bots.port import Hopeless
from inbox.model import Place
from tests.bots.slack.rig import ANNA, IT_HELP, OMAR, Door, text_answer

HELP = Place("acme", IT_HELP)


async def reacts(door: Door, message: str, emoji: str, *, who: str = "omar", on: bool = True) -> None:
    await door.sim.do("react" if on else "unreact", who=who, room="#it-help", message=message, emoji=emoji)
    await door.settle()


async def test_marks_are_told_as_emoji_with_their_skin_tone_and_custom_ones_by_name() -> None:
    async with Door() as door:
        message = await door.says("anna", "Done?")
        door.sim.world.emoji["shipit"] = "https://emoji.example/shipit.png"
        for emoji in ("👍", "wave::skin-tone-4", "shipit"):
            await reacts(door, message, emoji)
        await reacts(door, message, "👍", on=False)
        told = [(one.emoji, one.on) for one in door.notes.marks]
        assert told == [("👍", True), ("👋🏽", True), (":shipit:", True), ("👍", False)]
        first = door.notes.marks[0]
        assert (first.place.room, first.message_id, first.by.external_id) == (IT_HELP, message, OMAR)
        assert first.by.name == "Omar"


async def test_the_bots_own_marks_are_no_news_and_being_there_or_gone_already_is_fine() -> None:
    async with Door() as door:
        message = await door.says("anna", "Done?")
        for on in (True, True):
            await door.platform.react(HELP, message, "❤️", on=on)
        await door.platform.react(HELP, message, "👋🏽", on=True)
        await door.settle()
        assert set(door.sim.world.message(IT_HELP, message).reactions) == {"heart", "wave::skin-tone-4"}
        for _ in range(2):
            await door.platform.react(HELP, message, "❤", on=False)
        await door.settle()
        assert set(door.sim.world.message(IT_HELP, message).reactions) == {"wave::skin-tone-4"}
        assert door.notes.marks == []


@pytest.mark.parametrize("emoji", ["🧑‍🚀", "no emoji", "", ":made_up:"])
async def test_an_emoji_that_slack_does_not_have_is_refused(emoji: str) -> None:
    async with Door() as door:
        message = await door.says("anna", "Done?")
        with pytest.raises(Hopeless):
            await door.platform.react(HELP, message, emoji, on=True)


async def test_the_ticket_reaction_asks_for_a_ticket_and_only_who_asked_is_answered() -> None:
    async with Door() as door:
        door.notes.answers = lambda point: text_answer(f"Made of: {point.said.text}")
        root = await door.says("anna", "My printer burns")
        reply = await door.says("erik", "Mine too", thread=root)
        for message in (root, reply):
            await reacts(door, message, "🎫")
        await door.sim.until(lambda: len(door.sim.whispers("omar")) == 2)
        assert [(door.sim.text(one), one.thread_ts) for one in door.sim.whispers("omar")] == [
            ("Made of: My printer burns", ""),
            ("Made of: Mine too", root),
        ]
        first, second = (point.said for point in door.notes.points)
        assert (first.author.external_id, first.place.thread, first.cursor) == (ANNA, "", False)
        assert (second.message_id, second.place.thread) == (reply, root)
        assert {point.by.external_id for point in door.notes.points} == {OMAR} and door.notes.marks == []
        await reacts(door, root, "🎫", on=False)
        assert len(door.notes.points) == 2 and door.notes.marks == []


@pytest.mark.parametrize(
    ("chosen", "put", "asks"),
    [("shipit", "shipit", True), ("🆘", "sos", True), ("shipit", "🎫", False), ("", "🎫", False)],
)
async def test_which_mark_asks_for_a_ticket_is_the_desks_choice(chosen: str, put: str, asks: bool) -> None:
    async with Door(started=False) as door:
        door.sim.world.emoji["shipit"] = "https://emoji.example/shipit.png"
        await door.start(door.platform_with(ticket_reaction=chosen))
        await reacts(door, await door.says("anna", "My printer burns"), put)
        assert (len(door.notes.points), len(door.notes.marks)) == ((1, 0) if asks else (0, 1))


async def test_a_message_that_slack_does_not_show_makes_no_ticket_and_that_is_said() -> None:
    async with Door() as door:
        message = await door.says("anna", "My printer burns")
        door.sim.faults.order("error", "conversations.replies", error="internal_error")
        await reacts(door, message, "🎫")
        await door.sim.until(lambda: door.sim.whispers("omar"))
        assert door.notes.points == [] and len(door.sim.whispers("omar")) == 1


async def test_what_the_database_did_not_keep_is_told_again_and_asks_once() -> None:
    async with Door() as door:
        message = await door.says("anna", "My printer burns")
        await door.heard(1)
        door.notes.down = 1
        await reacts(door, message, "🎫")
        assert len(door.notes.points) == 1 and door.notes.again == 0 and door.notes.down == 0
