"""What was said while nobody listened comes in all the same, once, in order."""

import asyncio
from dataclasses import replace

import pytest

from bots.discord import gap
from bots.simulator.discord import Tuning as Figures
from tests.bots.discord.rig import QUICK, Door

PAGE = "GET /channels/{channel_id}/messages"


async def test_after_a_restart_everything_said_meanwhile_comes_in() -> None:
    """IN-13."""
    async with Door() as door:
        await door.writes("anna", "before")
        await door.writes("erik", "before, directly", room="dm")
        await door.front.hears("before", "before, directly")

        async def meanwhile() -> None:
            for number in range(20):
                await door.writes("anna", f"room {number}")
            await door.writes("erik", "directly", room="dm")
            await door.writes("anna", "elsewhere", room="#general")
            door.now += 60

        await door.restart(meanwhile)
        told = ["before", "before, directly", *(f"room {number}" for number in range(20))]
        await door.front.until(lambda: len(door.front.said_) == 24)
        assert sorted(door.front.texts) == sorted([*told, "directly", "elsewhere"])
        assert [text for text in door.front.texts if text.startswith("room")] == told[2:]
        directly = next(said for said in door.front.said_ if said.text == "directly")
        assert directly.direct
        assert directly.cursor


async def test_a_room_that_was_never_heard_begins_now() -> None:
    async with Door(connect=False) as door:
        await door.writes("anna", "long ago")
        door.now += 60
        await door.open()
        await door.writes("anna", "now")
        await door.front.hears("now")
        await door.sim.do("refuse_resume")
        await door.sim.do("refuse_connections", times=1)
        await door.sim.do("cut")
        await door.sim.until(lambda: not door.sim.gateway.connections)
        await door.writes("anna", "the first words in another", room="#general")
        await door.front.hears("now", "the first words in another")


async def test_the_first_words_ever_said_in_a_room_come_in_though_nobody_listened_just_then() -> None:
    async with Door(connect=False) as door:
        await door.writes("anna", "before there was a desk")
        door.now += 60
        await door.open()

        async def meanwhile() -> None:
            door.now += 1800
            await door.writes("anna", "the first words")
            door.now += 60

        await door.restart(meanwhile)
        await door.front.hears("the first words")


async def test_long_absences_are_read_page_by_page() -> None:
    async with Door() as door:
        await door.writes("anna", "0")
        await door.front.hears("0")

        async def meanwhile() -> None:
            for number in range(1, 251):
                await door.writes("anna", str(number))

        door.sim.log.clear()
        await door.restart(meanwhile)
        await door.front.hears(*map(str, range(251)))
        pages = [c for c in door.sim.log if c.call == PAGE and c.request["path"].split("/")[-2] == door.id("support")]
        assert len(pages) == 3


async def test_threads_of_open_tickets_are_read_also_where_their_room_was_quiet() -> None:
    async with Door() as door:
        root = await door.writes("anna", "It is broken")
        await door.sim.do("create_thread", who="omar", room="#support", name="Broken", message=root)
        await door.writes("omar", "Which one?", thread=root)
        await door.front.hears("It is broken", "Which one?")
        door.front.live = [door.place("support", root, root), door.place("support", "77", "77")]

        async def meanwhile() -> None:
            door.now += 3600
            await door.writes("anna", "The old one", thread=root)
            await door.writes("anna", "At the top")

        await door.restart(meanwhile)
        await door.front.hears("It is broken", "Which one?", "The old one", "At the top")
        assert door.front.again > 0, "what was known was told again, and recognised"


async def test_a_thread_whose_words_waited_is_read_from_before_its_rooms_mark() -> None:
    async with Door() as door:
        root = await door.writes("anna", "It is broken")
        await door.sim.do("create_thread", who="omar", room="#support", name="Broken", message=root)
        await door.front.hears("It is broken")
        door.front.live = [door.place("support", root, root)]

        async def meanwhile() -> None:
            await door.writes("anna", "lost in the crash", thread=root)
            door.now += 60
            door.front.last[door.id("support")] = await door.writes("anna", "known from the room")

        await door.restart(meanwhile)
        await door.front.hears("It is broken", "lost in the crash")


async def test_posts_of_a_forum_are_found_open_and_closed() -> None:
    async with Door() as door:
        await door.sim.do("post", who="erik", room="#help-forum", name="First", text="first")
        await door.front.hears("first")

        async def meanwhile() -> None:
            door.now += 60
            closed = await door.sim.do("post", who="erik", room="#help-forum", name="Closed", text="closed")
            await door.sim.do("archive_thread", who="erik", thread=closed)
            door.now += 60
            post = await door.sim.do("post", who="anna", room="#help-forum", name="Open", text="open")
            await door.writes("erik", "answer", room="#help-forum", thread=post)

        await door.restart(meanwhile)
        said = await door.front.hears("first", "closed", "open", "answer")
        assert [one.opens for one in said] == [one.message_id for one in said[:3]] + [""]


async def test_a_posts_beginning_that_is_read_again_has_its_title() -> None:
    async with Door() as door:
        post = await door.sim.do("post", who="erik", room="#help-forum", name="Printer", text="It is on fire")
        await door.front.hears("Printer\n\nIt is on fire")
        door.front.live = [door.place("help-forum", post, post)]

        async def meanwhile() -> None:
            await door.sim.do("archive_thread", who="erik", thread=post)
            await door.sim.do("unarchive_thread", who="erik", thread=post)
            door.now += 60
            await door.sim.do("edit", who="erik", room=post, message=post, text="It was on fire")

        await door.restart(meanwhile)
        (edited,) = await door.front.until(lambda: door.front.edited_)
        assert edited.text == "Printer\n\nIt was on fire"


async def test_a_resumed_line_is_told_what_it_missed_by_discord() -> None:
    async with Door() as door:
        await door.writes("anna", "one")
        await door.front.hears("one")
        before = door.calls(PAGE)
        await door.sim.do("refuse_connections", times=2)
        await door.sim.do("close", code=4000)
        await door.sim.until(lambda: not door.sim.gateway.connections)
        sent = await door.writes("anna", "two")
        await door.sim.do("edit", who="anna", room="#support", message=sent, text="two and a half")
        await door.front.until(lambda: door.front.edited_)
        assert door.front.texts == ["one", "two"]
        assert door.sim.core.identified == 1
        assert door.calls(PAGE) == before


@pytest.mark.parametrize("trouble", ["disconnect", "cut"])
async def test_a_line_that_breaks_is_resumed(trouble: str) -> None:
    async with Door() as door:
        await door.sim.do(trouble)
        await door.writes("anna", "Hello?")
        await door.front.hears("Hello?")
        assert door.sim.core.identified == 1


async def test_where_resuming_is_refused_the_history_is_read() -> None:
    async with Door() as door:
        await door.writes("anna", "one")
        await door.front.hears("one")
        await door.sim.do("refuse_resume")
        await door.sim.do("refuse_connections", times=2)
        await door.sim.do("cut")
        await door.sim.until(lambda: not door.sim.gateway.connections)
        await door.writes("anna", "two")
        await door.front.hears("one", "two")
        assert door.sim.core.identified == 2
        await door.writes("anna", "three")
        await door.front.hears("one", "two", "three")


@pytest.mark.parametrize("code", [4007, 4009])
async def test_a_session_that_discord_ended_is_begun_anew(code: int) -> None:
    async with Door() as door:
        await door.writes("anna", "one")
        await door.front.hears("one")
        await door.sim.do("close", code=code)
        await door.writes("anna", "two")
        await door.front.hears("one", "two")
        assert door.sim.core.identified == 2


async def test_an_invalidated_session_is_begun_anew() -> None:
    async with Door() as door:
        await door.writes("anna", "one")
        await door.front.hears("one")
        await door.sim.do("invalidate")
        await door.writes("anna", "two")
        await door.front.hears("one", "two")
        assert door.bot.health().ok


async def test_a_line_that_falls_silent_is_noticed() -> None:
    async with Door(tuning=replace(QUICK, silence=0.3), figures=Figures(heartbeat_seconds=0.1)) as door:
        await door.sim.do("half_open")
        await door.writes("anna", "Anybody?")
        await door.front.hears("Anybody?")


async def test_a_room_that_cannot_be_read_does_not_stop_the_others() -> None:
    async with Door() as door:
        await door.writes("anna", "support")
        await door.writes("anna", "general", room="#general")
        await door.front.hears("support", "general")

        async def meanwhile() -> None:
            door.sim.faults.order("status", PAGE, status=403)
            await door.writes("anna", "not readable", room="#general")
            await door.writes("anna", "readable")

        await door.restart(meanwhile)
        await door.front.hears("support", "general", "readable")
        assert door.sim.faults.ordered[0].struck == 1
        assert door.front.gaps == [(door.id("#general"), "Discord does not show it (403, 0).")]
        await door.writes("anna", "and live words", room="#general")
        await door.front.hears("support", "general", "readable", "and live words")


async def test_more_than_is_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gap, "PAGE", 2)
    monkeypatch.setattr(gap, "MOST_PAGES", 1)
    async with Door() as door:
        await door.writes("anna", "one")
        await door.front.hears("one")

        async def meanwhile() -> None:
            for words in ("two", "three", "four"):
                await door.writes("anna", words)

        await door.restart(meanwhile)
        await door.front.hears("one", "two", "three")
        assert door.front.gaps == [(door.id("#support"), "Only 2 of the messages there were read.")]


async def test_what_could_not_be_read_is_owed_and_read_later() -> None:
    async with Door(tuning=replace(QUICK, gap_retry=0.05)) as door:
        root = await door.writes("anna", "room")
        await door.sim.do("create_thread", who="omar", room="#support", name="T", message=root)
        await door.writes("omar", "thread", thread=root)
        await door.sim.do("post", who="erik", room="#help-forum", name="P", text="forum")
        await door.front.until(lambda: len(door.front.said_) == 3)
        door.front.live = [door.place("support", root, root)]

        async def meanwhile() -> None:
            door.sim.faults.order("status", PAGE, times=3, status=503)
            door.sim.faults.order("status", "GET /guilds/{guild_id}/threads/active", times=1, status=503)
            await door.writes("anna", "room, missed")
            await door.writes("omar", "thread, missed", thread=root)
            door.now += 60
            await door.sim.do("post", who="erik", room="#help-forum", name="Q", text="forum, missed")

        await door.restart(meanwhile)
        await door.writes("anna", "room, now")
        await door.front.until(lambda: len(door.front.said_) == 7)
        assert {"room, missed", "thread, missed", "Q\n\nforum, missed", "room, now"} <= set(door.front.texts)


async def test_live_words_wait_until_the_past_is_told() -> None:
    """IN-14."""
    async with Door() as door:
        await door.writes("anna", "one")
        await door.front.hears("one")
        await door.bot.stop()
        await door.writes("anna", "two")
        gate = door.front.gates["two"] = asyncio.Event()
        opening = asyncio.create_task(door.open())
        await door.front.until(lambda: door.front.at_gate)
        await door.writes("anna", "three")
        await door.writes("anna", "elsewhere, at once", room="#general")
        await door.front.hears("one", "elsewhere, at once")
        gate.set()
        await opening
        await door.front.hears("one", "elsewhere, at once", "two", "three")


async def test_what_comes_before_the_marks_are_known_waits_too() -> None:
    async with Door() as door:
        await door.writes("anna", "one")
        await door.front.hears("one")
        await door.bot.stop()
        await door.writes("anna", "two")
        gate = door.front.gates["last_ids"] = asyncio.Event()
        opening = asyncio.create_task(door.open())
        await door.front.until(lambda: door.front.at_gate)
        await door.writes("anna", "three")
        await door.sim.do("typing", who="anna", room="#support")
        gate.set()
        await opening
        await door.front.hears("one", "two", "three")


async def test_words_that_were_changed_meanwhile_are_told_as_changed() -> None:
    async with Door() as door:
        root = await door.writes("anna", "It is broken")
        await door.sim.do("create_thread", who="omar", room="#support", name="Broken", message=root)
        inside = await door.writes("anna", "The left one", thread=root)
        await door.front.hears("It is broken", "The left one")
        door.front.live = [door.place("support", root, root)]

        async def meanwhile() -> None:
            door.now += 60
            await door.sim.do("edit", who="anna", room=root, message=inside, text="The right one")

        await door.restart(meanwhile)
        (edited,) = await door.front.until(lambda: door.front.edited_)
        assert (edited.message_id, edited.text) == (inside, "The right one")


async def test_an_address_to_resume_at_that_is_gone_is_given_up() -> None:
    async with Door(connect=False) as door:
        door.sim.core.gateway_url = lambda: "ws://127.0.0.1:9/gateway"  # type: ignore[method-assign]
        door.platform(gateway_url=f"ws://127.0.0.1:{door.sim.port}/gateway")
        rooms = await door.bot.connect()
        await door.bot.start(door.front, frozenset(room.external_id for room in rooms))
        await door.sim.do("cut")
        await door.writes("anna", "Hello?")
        await door.front.hears("Hello?")
        assert door.sim.core.identified == 1


async def test_the_gap_is_closed_when_the_database_comes_back() -> None:
    async with Door() as door:
        await door.writes("anna", "one")
        await door.front.hears("one")

        async def meanwhile() -> None:
            await door.writes("anna", "two")
            door.front.down = 4

        await door.restart(meanwhile)
        await door.front.hears("one", "two")


async def test_what_is_too_much_to_wait_is_read_again_from_history() -> None:
    async with Door(tuning=replace(QUICK, waiting=3)) as door:
        await door.writes("anna", "0")
        await door.front.hears("0")
        before = door.calls(PAGE)
        door.front.down = 1_000_000
        for number in range(1, 12):
            await door.writes("anna", str(number))
        await door.front.until(lambda: door.front.down < 999_990)
        door.front.down = 0
        await door.front.hears(*map(str, range(12)))
        assert door.calls(PAGE) > before
