"""The bot's life: a start that proves the token, health that says what is wrong, an end that loses nothing."""

import asyncio
import re

import pytest

from bots.commands import VERBS
from bots.port import Card, Sent, StartError
from bots.simulator.telegram import TelegramSimulator
from bots.simulator.telegram.account import offered
from bots.telegram import menu
from bots.telegram.tuning import Tuning
from inbox.locale import LANGUAGES
from inbox.model import Place
from tests.bots.telegram.rig import DESK, ERIK, OLD_DESK, SUPPORT, Rig


async def test_it_finds_the_groups_that_the_desk_names_and_no_others() -> None:
    async with Rig(start=False, rooms=(DESK, SUPPORT, OLD_DESK, "-100999", "@nowhere", ERIK)) as door:
        rooms = {room.external_id: room for room in await door.bot.connect()}
        assert set(rooms) == {DESK, SUPPORT, OLD_DESK}
        assert (rooms[DESK].name, rooms[DESK].kind, rooms[DESK].topics) == ("Desk", "forum", True)
        assert (rooms[OLD_DESK].kind, rooms[OLD_DESK].topics, rooms[OLD_DESK].private) == ("group", False, True)
        assert door.bot.health().ok, "a process that only sends is up once the token is proved"


async def test_a_wrong_token_is_told_with_what_to_do_and_never_shown() -> None:
    async with Rig(start=False) as door:
        for token in ("710000009:AAwrong-token-of-nobody-at-all", "nonsense"):
            bot = door.platform(token)
            with pytest.raises(StartError, match="@BotFather") as told:
                await bot.connect()
            assert token not in f"{told.value!r}{told.value.__cause__!r}"
            await bot.stop()


async def test_a_server_that_is_down_can_be_tried_again() -> None:
    async with Rig(start=False) as door:
        door.sim.faults.order("drop_before", "getMe")
        with pytest.raises(StartError, match="could not be reached"):
            await door.bot.connect()
        assert not door.bot.health().ok
        door.sim.faults.order("drop_before", "getChat")
        with pytest.raises(StartError, match="could not be reached"):
            await door.bot.connect()  # a group is not "not there" because the line broke
        await door.bot.connect()
        door.sim.faults.order("status", "deleteWebhook", status=502)
        with pytest.raises(StartError, match="could not be reached"):
            await door.bot.start(door.front, frozenset())
        await door.begin()
        assert door.bot.health().ok


async def test_a_webhook_that_was_set_before_is_taken_away_and_nothing_is_dropped() -> None:
    async with Rig(start=False) as door:
        await door.do("write", who="erik", room="dm", text="before the start")
        door.sim.webhook.url = "https://example.org/hook"
        await door.begin()
        await door.until(lambda: door.front.words == ["before the start"])
        assert door.sim.webhook.url == ""


async def test_agents_commands_are_offered_where_agents_work_and_nowhere_else() -> None:
    async with Rig() as door:
        world = door.sim.world
        agents = {"claim", "release", "reply", "note", "assign", "pending", "resolve", "next", "queue"}
        for who, room in (("erik", "dm:erik"), ("erik", "Support"), ("omar", "Support"), ("omar", "dm:omar")):
            await door.do("start", who=who)
            names = {one["command"] for one in offered(door.sim.telegram, world.room(room), world.person(who))}
            assert names and not names & agents, (who, room)
        for room in ("Desk", "Old desk"):
            names = {one["command"] for one in offered(door.sim.telegram, world.room(room), world.person("omar"))}
            assert agents <= names
        menus = door.sim.telegram.commands
        for scope in (("default", 0, 0), ("chat", int(DESK), 0)):
            assert len({str(menus[*scope, language]) for language in ("", "sv", "da")}) == 3, "each in its language"


async def test_a_group_that_is_no_desk_any_more_loses_the_agents_menu() -> None:
    async with Rig(start=False) as door:
        menus = door.sim.telegram.commands
        for language in ("", "sv", "da"):
            menus["chat", int(SUPPORT), 0, language] = [{"command": "claim", "description": "from before"}]
        await door.begin()
        assert not [scope for scope in menus if scope[1] == int(SUPPORT)]


async def test_a_menu_that_is_refused_stops_nothing() -> None:
    async with Rig(start=False) as door:
        door.sim.faults.order("error", "setMyCommands", error="Bad Request: BOT_COMMANDS_TOO_MUCH")
        door.sim.faults.order("status", "setMyCommands", status=500)
        door.sim.faults.order("status", "deleteMyCommands", status=500, times=3)
        await door.begin()
        menus = door.sim.telegram.commands
        assert ("default", 0, 0, "") not in menus, "the first was refused"
        assert {scope[3] for scope in menus if scope[1] == int(DESK)} == {"", "sv", "da"}
        await door.says("erik", "dm", "Hello")


async def test_a_token_that_is_revoked_later_shows_in_health_and_nobody_is_hammered() -> None:
    async with Rig() as door:
        await door.do("revoke_token")
        await door.until(lambda: door.naps.napping)
        assert "@BotFather" in door.bot.health().sentence
        assert [await door.nap() for _ in range(3)] == [Tuning().longest_wait] * 3
        assert door.called("getUpdates") == 1 + 3, "the one that waited, and one after each pause"
        await door.do("restore_token")
        door.naps.on()
        await door.says("erik", "dm", "Are you back?")
        await door.quiet()
        assert door.bot.health().ok


async def test_the_end_confirms_what_was_committed_and_nothing_more() -> None:
    async with Rig() as door:
        await door.says("erik", "dm", "one")
        await door.quiet()
        door.front.hold.clear()
        await door.do("write", who="erik", room="dm", text="two")
        await door.do("write", who="anna", room="dm", text="three")
        await door.until(lambda: door.front.waiting)
        ending = asyncio.create_task(door.bot.stop())
        await asyncio.sleep(0)
        door.front.hold.set()
        await ending
        assert door.front.words[:2] == ["one", "two"]
        again = door.platform()
        await again.connect()
        await again.start(door.front, frozenset())
        await door.until(lambda: "three" in door.front.words)
        await again.stop()
        assert sorted(door.front.words) == ["one", "three", "two"], "confirmed words do not come again"


async def test_the_end_does_not_wait_for_a_desk_that_hangs_and_confirms_nothing_of_it() -> None:
    async with Rig(tuning=Tuning(stop=0.05)) as door:
        door.front.hold.clear()
        await door.do("write", who="erik", room="dm", text="stuck")
        await door.until(lambda: door.front.waiting)
        await asyncio.wait_for(door.bot.stop(), 3)
        assert door.front.words == []
        door.front.hold.set()
        again = door.platform()
        await again.connect()
        await again.start(door.front, frozenset())
        await door.until(lambda: door.front.words == ["stuck"])
        await again.stop()


async def test_what_the_relay_still_has_to_say_is_said_after_the_end() -> None:
    async with Rig() as door:
        await door.do("start", who="erik")
        door.sim.faults.order("latency", "sendMessage", seconds=0.1)
        place = Place("shop", ERIK)
        under_way = asyncio.create_task(door.bot.send(place, Card(text="under way"), "n1"))
        await door.until(lambda: door.sim.faults.ordered[0].struck)
        await door.bot.stop()
        assert isinstance(await under_way, Sent)
        assert isinstance(await door.bot.send(place, Card(text="a late one"), "n2"), Sent)
        assert door.shown("dm:erik") == ["under way", "a late one"]


async def test_a_process_that_stood_by_takes_over_and_gives_way_again() -> None:
    async with Rig() as door:
        await door.bot.stop()
        await door.bot.connect()
        await door.bot.send(Place("shop", DESK), Card(text="standing by"), "n")
        assert door.bot.health().ok
        await door.do("write", who="erik", room="dm", text="meanwhile")
        await door.bot.start(door.front, frozenset())
        await door.until(lambda: door.front.words == ["meanwhile"])


async def test_a_server_that_is_not_there_is_told_so() -> None:
    async with Rig(start=False) as door:
        await door.sim.stop()
        with pytest.raises(StartError, match="could not be reached"):
            await door.bot.connect()


async def test_a_group_is_known_by_the_id_it_has_now() -> None:
    async with Rig(start=False) as door:
        new = await door.do("migrate", room="Old desk")
        await door.begin()
        found = next(room for room in door.rooms if room.external_id == new)
        assert found.name == OLD_DESK, "so that the desk file's name still leads there"
        assert door.front.of("moved")[0] == ("shop", OLD_DESK, new)
        said = await door.says("omar", new, "Still here")
        assert said.place.room == new


async def test_two_programs_with_one_token_are_told_apart() -> None:
    """TG-03."""
    async with Rig() as door:
        other = door.platform(TelegramSimulator.BOT_TOKEN)
        await other.connect()
        await other.start(door.front, frozenset())
        await door.until(lambda: door.naps.napping)
        assert "same token" in door.bot.health().sentence
        assert door.naps.taken == [Tuning().conflict_wait]
        await door.says("erik", "dm", "Does anybody hear me?")
        await other.stop()
        door.naps.on()
        await door.says("erik", "dm", "And now?")
        await door.quiet()
        assert door.bot.health().ok
        assert door.front.words == ["Does anybody hear me?", "And now?"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("agents", [True, False])
def test_the_menus_are_within_telegrams_limits(language: str, agents: bool) -> None:
    """Bot API, "setMyCommands" and "BotCommand": a hundred commands, names of 1-32 of a-z, 0-9 and _, descriptions of
    1-256 characters."""
    made = menu.commands(language, agents=agents)
    assert 0 < len(made) <= 100
    assert all(re.fullmatch("[a-z0-9_]{1,32}", one.command) and 1 <= len(one.description) <= 256 for one in made)
    assert agents or not {one.command for one in made} & {verb.name for verb in VERBS.values() if verb.agents}
