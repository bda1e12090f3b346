"""What other desks got wrong between channel and ticket: each mistake by name, with what happens here instead."""

import pytest

from bots.simulator.client import Client, Shown
from inbox.desk import alarms, direct, lifecycle, linking
from inbox.store import Tx, tickets
from tests.bots.slack.acme import Acme
from tests.bots.slack.rig import QUICK
from tests.house import House
from tests.inbox.deeds import ask, ask_again, one_engine, ticket_of
from tests.inbox.postman import deliver
from tests.inbox.test_intake import dm, words
from tests.inbox.test_replies import claimed, says
from tests.test_story_telegram import FORUM
from tests.test_story_telegram import claimed as telegram_claimed
from tests.test_story_telegram import desk as telegram_desk
from tests.world import World, running

pytestmark = one_engine


# Slack


async def test_an_agents_words_from_slack_are_never_lost_in_silence(database_url: str) -> None:
    """What Telegram takes from nobody is told to who wrote it, and goes out when they say so."""
    async with running(database_url) as world:
        erik, omar = world.at_telegram("Erik"), world.at_slack("Omar")
        await erik.writes("My parcel never came", "dm")
        await erik.reads("#1", "dm")
        card = await omar.reads("#1 My parcel", "#customer-desk")
        await omar.presses(card, "Claim")
        await world.settled()
        world.platforms.telegram.faults.order("error", "sendMessage", error="400 Bad Request: chat not found")
        asked = await omar.writes("It is on its way", "#customer-desk", thread=card.id)
        told = await omar.reads("It is on its way", "dm")
        assert "did not arrive" in told and "Retry" in told.buttons
        await omar.until(lambda: "⚠️" in marks(omar, asked))
        await omar.presses(told, "Retry")
        await erik.reads("It is on its way", "dm")
        assert [m.words for m in erik.sees("dm") if "on its way" in m] == ["Omar\nIt is on its way"]


def marks(client: Client, message: str) -> tuple[str, ...]:
    return next(m.reactions for m in client.sees() if m.id == message)


async def test_old_talks_go_on_when_slack_is_connected_anew(database_url: str) -> None:
    """Installed again, with another token, the same workspace is the same workspace: both sides go on where they
    were."""
    async with Acme(database_url, tuning=QUICK) as acme:
        asked = await acme.writes("anna", "My screen is black", "#it-help")
        card = (await acme.card()).ts
        await acme.slack.do("press", who="omar", room="#it-desk", message=card, label="Claim")
        await acme.done()
        await acme.close()
        acme.slack.world.app.bot_token = acme.slack.BOT_TOKEN = "xoxb-installed-anew"
        await acme.open()
        await acme.writes("anna", "It is still black", "#it-help", asked)
        await acme.writes("omar", "Press the button", "#it-desk", card)
        await acme.later(6)
        assert acme.slack.texts("#it-desk", card)[-2:] == ["Anna  It is still black", "Press the button"]
        assert acme.slack.texts("#it-help", asked)[-1] == "Omar  Press the button"
        assert len(acme.slack.seen("#it-desk", "")) == 1, "no second ticket"


async def test_a_slack_message_is_made_a_ticket_and_answered_where_it_stands(database_url: str) -> None:
    """Also somebody else's, also in the middle of a talk."""
    async with Acme(database_url, tuning=QUICK) as acme:
        slack = acme.slack
        root = await acme.writes("erik", "Anybody up for lunch?", "#it-help")
        first = (await acme.card()).ts
        said = await acme.writes("anna", "My screen is black, no lunch", "#it-help")
        second = (await acme.card()).ts
        assert first != second, "each author has a ticket"
        point = {"who": "omar", "room": "#it-help", "message": said, "callback_id": "Make a ticket"}
        assert (await slack.do("message_shortcut", **point))["ok"]
        await slack.until(lambda: acme.told("omar"))
        assert acme.told("omar") == ["That is a ticket already: #2."]
        await slack.do("press", who="omar", room="#it-desk", message=second, label="Claim")
        await acme.writes("omar", "Is it plugged in?", "#it-desk", second)
        await acme.later(6)
        assert slack.texts("#it-help", said)[-1] == "Omar  Is it plugged in?"
        assert "Omar  Is it plugged in?" not in slack.texts("#it-help", root)


# Telegram


async def test_in_telegram_what_was_sent_can_be_edited_and_what_came_in_shows_its_edits(database_url: str) -> None:
    """In a group as in a direct message."""
    async with running(database_url, telegram_desk(FORUM)) as world:
        erik, anna, omar = (world.at_telegram(who) for who in ("Erik", "Anna", "Omar"))
        await edits_both_ways(world, erik, omar, "dm", await telegram_claimed(erik, omar))
        await anna.writes("Are you open on Sunday?", "Support")
        shown = await omar.reads("Anna\nAre you open on Sunday?", "Desk")
        await omar.types("/claim", "Desk", thread=shown.thread)
        await omar.reads("is yours", "Desk", thread=shown.thread)
        await edits_both_ways(world, anna, omar, "Support", shown.thread)


async def edits_both_ways(world: World, asks: Client, omar: Client, room: str, topic: str) -> None:
    mine = [m for m in asks.sees(room) if m.author == asks.who][-1]
    shown = await omar.until(
        lambda: next(
            (m for m in omar.sees("Desk", thread=topic, by_bot=True) if mine.words in m and not m.buttons), None
        )
    )
    await asks.simulator.do("edit", who=asks.who, room=room, message=mine.id, text=f"{mine.words} (the blue one)")
    await omar.until(lambda: "(the blue one)" in now(omar, shown))
    written = await omar.writes("On Sundya", "Desk", thread=topic)
    answer = await asks.reads("On Sundya", room)
    await world.settled()
    await omar.simulator.do("edit", who="Omar", room="Desk", message=written, text="On Sunday")
    await asks.until(lambda: "On Sunday" in now(asks, answer))


def now(client: Client, message: Shown) -> str:
    return next(m.words for m in client.sees() if (m.id, m.room) == (message.id, message.room))


async def test_who_writes_to_two_bots_has_two_tickets(house: House) -> None:
    """Also when both accounts are known to be one person's: what was asked in one place is answered there."""
    for of_one_person in (False, True):
        if of_one_person:
            code = await house.desk.do(linking.code, house.account("Anna"))
            await house.desk.do(linking.redeem, house.account("Anna", "shop"), code)
            for number in (1, 2):
                await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
            house.clock.advance(hours=9)
        here = await dm(house, "Anna", "My screen is black")
        if here.ticket is None:
            here = await house.desk.do(direct.decide, house.ids["Anna"], queue_key="it")
        there = await dm(house, "Anna", "Where is my parcel?", connection="shop")
        if there.ticket is None:
            there = await house.desk.do(direct.decide, house.ids["Anna"], queue_key="customers")
        assert here.ticket and there.ticket and here.ticket != there.ticket
        assert await words(house, here.ticket) == ["My screen is black"]
        found = [await house.desk.look(tickets.get, n) for n in (here.ticket, there.ticket)]
        assert [one.connection for one in found if one] == ["acme", "shop"]


async def test_the_same_telegram_user_starts_a_new_ticket_when_the_old_one_is_closed(house: House) -> None:
    first = await dm(house, "Erik", "My parcel never came", connection="shop")
    assert first.ticket
    await house.desk.do(lifecycle.resolve, first.ticket, house.ids["Omar"])
    assert (await ticket_of(house, first.ticket)).status == "resolved"
    house.clock.advance(days=8)
    while await alarms.tick(house.desk):
        pass
    assert (await ticket_of(house, first.ticket)).status == "closed", "what is ended is ended"
    second = await dm(house, "Erik", "Do you sell lamps?", connection="shop")
    if second.ticket is None:
        second = await house.desk.do(direct.decide, house.ids["Erik@shop"], queue_key="customers")
    assert second.ticket not in (None, first.ticket)
    assert await words(house, second.ticket) == ["Do you sell lamps?"]


async def test_a_ticket_is_not_closed_by_its_first_answer(house: House) -> None:
    number = await claimed(house)
    await says(house, "Omar", "Have you tried water?", number)
    house.clock.advance(6)
    await house.desk.do(deliver)
    found = await ticket_of(house, number)
    assert found.answered and found.status == "open"
    house.clock.advance(days=30)
    while await alarms.tick(house.desk):
        pass
    assert (await ticket_of(house, number)).unresolved, "nor by time alone"
    await ask_again(house, number, "It is wet now")
    assert (await words(house, number))[-1] == "It is wet now"


# Contacts


@pytest.mark.parametrize(("gives", "sends"), [("acme", "shop"), ("shop", "acme")])
async def test_of_two_contacts_the_one_stays_that_the_person_chose(house: House, gives: str, sends: str) -> None:
    """Who gives out the code stays, whichever was there first; and no choice is for ever."""
    ids = {"acme": house.ids["Anna"], "shop": house.ids["Anna@shop"]}
    here = await ask(house)
    there = (await dm(house, "Anna", "Where is my parcel?", connection="shop")).ticket
    assert there
    code = await house.desk.do(linking.code, house.account("Anna", gives))
    assert (await house.desk.do(linking.redeem, house.account("Anna", sends), code)).person_id == ids[gives]
    assert await requesters(house, here, there) == [ids[gives]] * 2
    await house.desk.do(linking.unlink, house.account("Anna", sends))
    assert await requesters(house, here, there) == [ids["acme"], ids["shop"]]


async def requesters(house: House, *numbers: int) -> list[int]:
    def look(tx: Tx) -> list[int]:
        return [found.requester_id for found in (tickets.get(tx, number) for number in numbers) if found]

    return await house.desk.look(look)
