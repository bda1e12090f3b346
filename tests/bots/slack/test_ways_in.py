"""Where people may ask in Slack: in any room that the bot is in, by calling it, and in the app's Messages tab."""

import pytest

from bots.simulator.slack import Message
from bots.simulator.slack.compose import spoken
from bots.simulator.slack.text import plain
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


# on purpose: by form, by pointing at words, from one's own page


async def filled(acme: Acme, who: str, words: str, **more: str) -> None:
    """Fills the form in that is open."""
    values = {"What is it about?": words, **more}
    sent = await acme.slack.do("submit", who=who, values=values)
    assert sent["ok"] and not sent["view"], sent
    await acme.done()


@one_engine
@pytest.mark.parametrize("way", ["shortcut", "command", "home"])
async def test_anna_asks_with_the_form(way: str, database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK) as acme:
        slack = acme.slack
        if way == "shortcut":
            shown = await slack.do("shortcut", who="anna", callback_id="New question")
        elif way == "command":
            shown = await slack.do("command", who="anna", room="#general", text="/ticket")
        else:
            await slack.do("open_home", who="anna")
            await slack.until(lambda: slack.world.home_of("U0ANNA00001"))
            shown = await slack.do("press", who="anna", room="home", label="New question")
        assert shown["ok"] and shown["view"], shown
        await filled(acme, "anna", "It is black,\nand it smokes", Subject="My screen", **{"How urgent is it?": "High"})
        (card,) = cards(acme)
        assert "#1 My screen" in slack.text(card) and "High" in slack.text(card)
        assert slack.texts("#it-desk", card.ts)[1:] == ["Anna  It is black,\nand it smokes"]
        assert any("#1" in text for text in slack.texts("dm:anna"))


@one_engine
async def test_omar_makes_a_ticket_of_annas_message(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK) as acme:
        slack = acme.slack
        await invited(acme, "#general")
        asked = await acme.writes("anna", "My screen is black, does anybody know why?", "#general")
        point = {"who": "omar", "room": "#general", "message": asked, "callback_id": "Make a ticket"}
        assert (await slack.do("message_shortcut", **point))["ok"]
        await slack.until(lambda: acme.told("omar"))
        await acme.done()
        assert acme.told("omar") == ["That is #1 now. The answer goes to who wrote it."]
        assert slack.texts("#general", asked)[1:] == [THANKS]
        (card,) = cards(acme)
        assert "Anna" in slack.text(card)
        await slack.do("message_shortcut", **point)
        await slack.until(lambda: len(acme.told("omar")) == 2)
        assert acme.told("omar")[1] == "That is a ticket already: #1."


@one_engine
async def test_omar_asks_for_a_ticket_with_a_small_mark_and_annas_thanks_cross_as_one(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK) as acme:
        slack = acme.slack
        await invited(acme, "#general")
        asked = await acme.writes("anna", "My screen is black, does anybody know why?", "#general")
        await slack.do("react", who="omar", room="#general", message=asked, emoji="🎫")
        await slack.until(lambda: acme.told("omar"))
        await acme.done()
        assert acme.told("omar") == ["That is #1 now. The answer goes to who wrote it."]
        (card,) = cards(acme)
        await slack.do("press", who="omar", room="#it-desk", message=card.ts, action="claim:1")
        await acme.done()
        await slack.do("react", who="anna", room="#general", message=asked, emoji="🙏")
        await acme.done()
        mirrored = slack.seen("#it-desk", card.ts)[1]
        assert set(slack.world.message("#it-desk", mirrored.ts).reactions) == {"pray"}
        await slack.do("unreact", who="anna", room="#general", message=asked, emoji="🙏")
        await acme.done()
        assert not slack.world.message("#it-desk", mirrored.ts).reactions


@one_engine
async def test_of_what_no_ticket_can_be_made(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK) as acme:
        slack = acme.slack
        elsewhere = await slack.do("write", who="anna", room="#general", text="My screen is black")
        point = {"who": "omar", "callback_id": "Make a ticket"}
        await slack.do("message_shortcut", room="#general", message=elsewhere, **point)
        await slack.until(lambda: acme.told("omar") or slack.texts("dm:omar"))
        assert "I am not in that conversation" in [*acme.told("omar"), *slack.texts("dm:omar")][0]
        asked = await acme.writes("anna", "My laptop is on fire", "#it-help")
        receipt = slack.seen("#it-help", asked)[1]
        await slack.do("message_shortcut", room="#it-help", message=receipt.ts, **point)
        await slack.until(lambda: any("ticket already" in text for text in acme.told("omar")))
        assert len(cards(acme)) == 1


def page(acme: Acme, who: str) -> str:
    """What that person's Home tab says."""
    view = acme.slack.world.home_of(acme.slack.world.person(who).id)
    return plain(acme.slack.world, spoken(view.body["blocks"])) if view else ""


@one_engine
async def test_everybody_has_a_page_of_their_own(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK) as acme:
        slack = acme.slack
        await acme.writes("anna", "My laptop is on fire", "#it-help")
        await slack.do("open_home", who="anna")
        await slack.until(lambda: "#1 My laptop is on fire" in page(acme, "anna"))
        await slack.do("open_home", who="erik")
        await slack.until(lambda: page(acme, "erik"))
        assert "laptop" not in page(acme, "erik")
        await slack.do("open_home", who="omar")
        await slack.until(lambda: "You hold no ticket." in page(acme, "omar"))
        assert "#1 My laptop is on fire" in page(acme, "omar")
        shown = await slack.do("press", who="omar", room="home", action="claim:1")
        assert shown["ok"]
        await slack.until(lambda: "You hold no ticket." not in page(acme, "omar"))
        assert "is yours" in slack.texts("dm:omar")[0]
