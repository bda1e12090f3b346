"""An edit that calls a colleague says so on every platform, as a fresh message does."""

from tests.bots.discord.rig import LISA as DISCORDS_LISA
from tests.bots.discord.rig import Door as Discord
from tests.bots.slack.rig import LISA, OMAR
from tests.bots.slack.rig import Door as Slack
from tests.bots.telegram.rig import LISA as TELEGRAMS_LISA
from tests.bots.telegram.rig import Rig as Telegram


async def test_in_slack_also_where_it_is_read_from_history() -> None:
    async with Slack() as door:
        ts = await door.says("omar", "I look at it", room="#it-desk")
        await door.heard(1)
        said = f"<@{LISA}> and <@{OMAR}>, look"
        await door.sim.do("edit", who="omar", room="#it-desk", message=ts, text=said)
        await door.sim.until(lambda: door.notes.edits)

        async def meanwhile() -> None:
            late = await door.says("omar", "I look at that", room="#it-desk")
            await door.sim.do("edit", who="omar", room="#it-desk", message=late, text=said)

        await door.restart(meanwhile)
        await door.sim.until(lambda: len(door.notes.edits) == 2)
        assert [edit.mentions for edit in door.notes.edits] == [(LISA, OMAR)] * 2


async def test_in_discord() -> None:
    async with Discord() as door:
        sent = await door.writes("omar", "I look at it", room="#desk")
        await door.sim.do("edit", who="omar", room="#desk", message=sent, text=f"<@{DISCORDS_LISA}>, look")
        (edited,) = await door.front.until(lambda: door.front.edited_)
        assert edited.mentions == (DISCORDS_LISA,)


async def test_in_telegram() -> None:
    async with Telegram() as door:
        await door.says("lisa", "Desk", "Hello")  # whose name it is Telegram tells with their words
        said = await door.says("omar", "Desk", "I look at it")
        await door.do("edit", who="omar", room="Desk", message=said.message_id, text="@Lisa_Acme, look")
        edited = await door.until(lambda: next(iter(door.front.of("edited")), None))
        assert edited.mentions == (TELEGRAMS_LISA,)
