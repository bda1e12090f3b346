"""What goes wrong in Telegram, and who learns of it."""

from bots.simulator.client import Client, Shown
from tests.inbox.deeds import one_engine
from tests.test_story_telegram import FORUM, claimed, desk
from tests.world import World, running


def offered(client: Client, label: str) -> list[Shown]:
    return [m for m in client.sees("dm") if label in m.buttons]


async def settled(world: World) -> None:
    await world.settled()
    await world.platforms.telegram.until(lambda: not world.platforms.telegram.telegram.updates.queue)
    await world.settled()


@one_engine
async def test_a_customer_who_blocks_the_bot_is_told_of_and_answered_when_they_are_back(database_url: str) -> None:
    """TG-08."""
    async with running(database_url, desk(FORUM)) as world:
        telegram = world.platforms.telegram
        erik, omar = world.at_telegram("Erik"), world.at_telegram("Omar")
        await telegram.do("start", who="Omar")
        topic = await claimed(erik, omar)
        await telegram.do("block", who="Erik")
        await settled(world)
        asked = await omar.writes("It is on its way.", "Desk", thread=topic)
        failed = await omar.reads("did not arrive", "dm")
        assert "It is on its way." in failed.words and "blocked" in failed.words
        await omar.until(lambda: [m for m in omar.sees("Desk") if m.id == asked and "👎" in m.reactions])
        await settled(world)
        sends = sum(call.call == "sendMessage" for call in telegram.log)
        await settled(world)
        assert sends == sum(call.call == "sendMessage" for call in telegram.log), "nobody knocks at a closed door"

        await telegram.do("start", who="Erik")
        await settled(world)
        again = offered(omar, "Retry")
        assert "Trying again" in (await omar.presses(again[-1], "Retry"))["text"]
        await erik.reads("Omar\nIt is on its way.", "dm")
        await omar.until(lambda: [m for m in omar.sees("Desk") if m.id == asked and "👌" in m.reactions])


@one_engine
async def test_a_group_that_threw_the_bot_out_costs_nobody_else_anything(database_url: str) -> None:
    async with running(database_url, desk(FORUM)) as world:
        telegram = world.platforms.telegram
        anna, erik, omar = (world.at_telegram(who) for who in ("Anna", "Erik", "Omar"))
        await telegram.do("start", who="Omar")
        await anna.writes("Is the shop open?", "Support")
        theirs = await omar.reads("Anna\nIs the shop open?", "Desk")
        await omar.types("/claim", "Desk", thread=theirs.thread)
        await omar.reads("is yours")
        await telegram.do("kick_bot", room="Support", by="Anna")
        await telegram.until(lambda: "shop:-4000001" not in world.app.desk.directory.rooms)
        await omar.writes("Until six.", "Desk", thread=theirs.thread)
        await omar.reads("did not arrive", "dm")
        await erik.writes("My parcel never came", "dm")
        await erik.reads("#2", "dm")
        assert world.app.health()["shop"] == (True, "")
        await telegram.do("add_bot", room="Support", by="Anna")
        await telegram.until(lambda: "shop:-4000001" in world.app.desk.directory.rooms)
        await omar.presses(offered(omar, "Retry")[-1], "Retry")
        await anna.reads("Until six.", "Support")
