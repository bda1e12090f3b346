"""Where people may ask in Slack: in any room that the bot is in, by calling it, and in the app's Messages tab."""

import pytest

from bots.simulator.slack import Message
from tests.bots.slack.acme import Acme
from tests.bots.slack.rig import QUICK, Door
from tests.inbox.deeds import one_engine

THANKS = "Thanks, we have your question: #1. IT support will answer you here."


def cards(acme: Acme) -> list[Message]:
    return [one for one in acme.slack.seen("#it-desk", "") if one.bot]


async def invited(acme: Acme, room: str) -> None:
    """The bot is invited, and has looked where it is."""
    await acme.slack.do("join", who="frontdesk", room=room, inviter="maja")
    looks = len([one for one in acme.slack.log if one.call == "users.conversations"])
    await acme.slack.until(lambda: len([one for one in acme.slack.log if one.call == "users.conversations"]) > looks)
    await acme.done()


@one_engine
async def test_anna_calls_the_bot_in_a_channel_that_is_no_intake(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK) as acme:
        await invited(acme, "#general")
        await acme.writes("erik", "Cake in the kitchen!", "#general")
        asked = await acme.writes("anna", "Hey @Frontdesk, my screen is black", "#general")
        assert acme.slack.texts("#general", asked)[1:] == [THANKS]
        (card,) = cards(acme)
        await acme.slack.do("press", who="omar", room="#it-desk", message=card.ts, label="Claim")
        await acme.writes("omar", "Is it plugged in?", "#it-desk", card.ts)
        await acme.writes("anna", "It is now, thank you", "#general", asked)
        await acme.writes("erik", "And cake for Omar", "#general")
        await acme.later(6)
        assert acme.slack.texts("#general", asked)[2:] == ["It is now, thank you", "Omar  Is it plugged in?"]
        talk = acme.slack.texts("#it-desk", card.ts)
        assert talk[1:] == [
            "Anna  Hey @Frontdesk, my screen is black",
            "Is it plugged in?",
            "Anna  It is now, thank you",
        ]


@one_engine
async def test_the_bot_is_called_in_the_middle_of_a_talk(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK) as acme:
        await invited(acme, "#general")
        root = await acme.writes("erik", "Is the VPN slow for you too?", "#general")
        await acme.writes("anna", "Yes. @Frontdesk, can you look?", "#general", root)
        assert acme.slack.texts("#general", root)[2:] == [THANKS]
        await acme.writes("erik", "It is slower still", "#general", root)
        (card,) = cards(acme)
        assert acme.slack.texts("#it-desk", card.ts)[-1] == "Erik (taking part)  It is slower still"


@one_engine
async def test_the_bot_is_called_in_a_group_conversation(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK) as acme:
        room = await acme.slack.do("add_room", name="", kind="mpim", members=["anna", "erik"])
        await acme.writes("anna", "Lunch?", room)
        asked = await acme.writes("anna", "@Frontdesk who can help us?", room)
        assert acme.slack.texts(room, asked)[1:] == [THANKS]
        await acme.writes("erik", "It is urgent", room, asked)
        (card,) = cards(acme)
        assert acme.slack.texts("#it-desk", card.ts)[1:] == [
            "Anna  who can help us?",
            "Erik (taking part)  It is urgent",
        ]


@one_engine
async def test_called_while_the_program_was_away(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK) as acme:
        await invited(acme, "#general")
        await acme.writes("erik", "Cake in the kitchen!", "#general")
        await acme.close()
        acme.clock.advance(hours=2)
        asked = await acme.slack.do("write", who="anna", room="#general", text="@Frontdesk my screen is black")
        await acme.open()
        await acme.done()
        assert acme.slack.texts("#general", asked)[1:] == [THANKS] and len(cards(acme)) == 1


@one_engine
async def test_agents_may_name_the_bot_among_themselves(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK) as acme:
        await acme.writes("omar", "@Frontdesk is quick today", "#it-desk")
        assert cards(acme) == []


@one_engine
async def test_anna_opens_the_messages_tab_and_asks(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK) as acme:
        await acme.slack.do("open_home", who="anna", tab="messages")
        await acme.writes("anna", "My screen is black", "dm")
        await acme.writes("anna", "@Frontdesk it smokes", "dm")
        assert acme.slack.texts("dm:anna") == ["My screen is black", THANKS, "@Frontdesk it smokes"]
        (card,) = cards(acme)
        assert acme.slack.texts("#it-desk", card.ts)[1:] == ["Anna  My screen is black", "Anna  it smokes"]


@pytest.mark.parametrize(
    ("text", "room", "called"),
    [
        ("@Frontdesk help", "#it-help", True),
        ("Who knows @Frontdesk ?", "#it-help", True),
        ("@Omar help", "#it-help", False),
        ("Frontdesk help", "#it-help", False),
        ("@Frontdesk help", "dm", False),
    ],
)
async def test_who_is_called(text: str, room: str, called: bool) -> None:
    async with Door() as door:
        await door.says("anna", text, room=room)
        (said,) = await door.heard(1)
        assert said.called is called
