"""What was said while the bot was away is read from history, once, and never hidden."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from bots.slack import gap
from inbox.model import Place
from tests.bots.slack.rig import FOLLOWED, IT_DESK, IT_HELP, Door

Logged = list[MutableMapping[str, Any]]


async def test_after_a_restart_what_was_missed_comes_in_order_and_once() -> None:
    """IN-13."""
    async with Door() as door:
        first = await door.says("anna", "first")
        await door.says("erik", "parcel", room="dm")
        await door.heard(2)
        await door.settle()

        async def meanwhile() -> None:
            door.now += 1800
            for number in range(5):
                await door.says("anna", f"missed {number}")
            await door.says("anna", "missed in a thread", thread=first)
            await door.says("erik", "missed directly", room="dm")
            await door.says("lisa", "/me is away")

        door.notes.live = [Place("acme", IT_HELP, first, first)]
        await door.restart(meanwhile)
        await door.heard(10)
        assert len(door.notes.texts) == 10
        in_room = [one.text for one in door.notes.said_ if one.place.room == IT_HELP and not one.place.thread]
        assert in_room == ["first", *(f"missed {number}" for number in range(5)), "is away"]
        thread = next(one for one in door.notes.said_ if one.place.thread)
        assert (thread.text, thread.place.thread, thread.cursor) == ("missed in a thread", first, False)
        assert next(one for one in door.notes.said_ if one.text == "missed directly").direct
        await door.restart()
        await door.says("anna", "after")
        await door.heard(11)
        assert door.notes.texts[-1] == "after" and len(door.notes.texts) == 11


async def test_the_first_words_ever_said_in_a_room_come_in_though_nobody_listened_just_then() -> None:
    async with Door(started=False) as door:
        await door.says("anna", "before there was a desk")
        door.now += 60
        await door.start()

        async def meanwhile() -> None:
            door.now += 1800
            await door.says("anna", "the first words")

        await door.restart(meanwhile)
        assert [one.text for one in await door.heard(1)] == ["the first words"]
        await door.restart()
        await door.says("anna", "more")
        await door.heard(2)
        assert door.notes.texts == ["the first words", "more"]


async def test_answers_under_a_question_that_was_missed_too() -> None:
    async with Door() as door:
        await door.says("anna", "first")
        await door.heard(1)

        async def meanwhile() -> None:
            root = await door.says("anna", "a new matter")
            await door.says("anna", "and more of it", thread=root)
            await door.says("anna", "to all", thread=root, broadcast=True)

        await door.restart(meanwhile)
        await door.heard(4)
        assert door.notes.texts == ["first", "a new matter", "and more of it", "to all"]


async def test_an_agents_thread_where_nobody_ever_wrote_in_the_room_itself() -> None:
    async with Door() as door:
        root = (await door.platform._client.chat_postMessage(channel=IT_DESK, text="#1"))["ts"]
        door.notes.live = [Place("acme", IT_DESK, str(root), str(root))]

        async def meanwhile() -> None:
            await door.says("omar", "I look at it", room="#it-desk", thread=str(root))

        await door.restart(meanwhile)
        (said,) = await door.heard(1)
        assert said.text == "I look at it" and said.place.thread == root


async def test_an_edit_while_away() -> None:
    async with Door() as door:
        ts = await door.says("anna", "My printr")
        await door.heard(1)

        async def meanwhile() -> None:
            await door.sim.do("edit", who="anna", room="#it-help", message=ts, text="My printer")

        await door.restart(meanwhile)
        await door.sim.until(lambda: door.notes.edits)
        assert [(one.message_id, one.text) for one in door.notes.edits] == [(ts, "My printer")]
        await door.sim.do("edit", who="anna", room="#it-help", message=ts, text="My printers")
        await door.sim.until(lambda: len(door.notes.edits) == 2)


async def test_what_was_not_acknowledged_before_the_newest_known_message() -> None:
    """The database failed for one message, the next one was committed, and then the process died."""
    async with Door(ack_seconds=0.1, retry_delays=(9.0,)) as door:
        await door.says("anna", "zero")
        await door.heard(1)
        door.notes.down = 1
        await door.says("anna", "lost on the way")
        await door.sim.until(lambda: not door.notes.down)
        await door.says("anna", "taken in")
        await door.heard(2)
        await door.restart()
        await door.heard(3)
        assert door.notes.texts == ["zero", "taken in", "lost on the way"]


async def test_a_room_that_cannot_be_read_stops_nobody_and_is_said(logged: Logged) -> None:
    async with Door() as door:
        await door.says("anna", "in help")
        await door.says("omar", "in desk", room="#it-desk")
        await door.heard(2)

        async def meanwhile() -> None:
            await door.says("anna", "missed in help")
            await door.says("omar", "missed in desk", room="#it-desk")
            door.sim.faults.order("error", "conversations.history", error="missing_scope", body=IT_DESK, times=9)

        await door.restart(meanwhile)
        await door.heard(3)
        assert door.notes.texts[2:] == ["missed in help"]
        (entry,) = [entry for entry in logged if entry["event"] == "slack.gap_not_closed"]
        assert (entry["room"], entry["why"], entry["again"]) == (IT_DESK, "missing_scope", False)
        ((room, since, why),) = door.notes.gaps
        assert (room, why) == (IT_DESK, "Slack does not show it (missing_scope).")
        assert since and since.timestamp() < door.now


async def test_a_failure_that_passes_is_tried_again_and_the_mark_stays_until_then() -> None:
    async with Door() as door:
        door.now += 1800  # the room is no new one
        await door.says("anna", "first")
        await door.heard(1)
        mark = door.notes.last[IT_HELP]
        fault = door.sim.faults.order("status", "conversations.history", times=1000)

        async def meanwhile() -> None:
            await door.says("anna", "missed")

        await door.platform.stop()
        await meanwhile()
        door.platform = door.platform_with()
        await door.platform.connect()
        starting = asyncio.create_task(door.platform.start(door.notes, FOLLOWED))
        await door.until(lambda: fault.struck > 1)
        await door.says("anna", "live")
        await door.heard(2)
        assert door.notes.last[IT_HELP] == mark  # else "missed" would be skipped by the next run
        door.sim.faults.clear()
        await door.heard(3)
        await starting
        assert sorted(door.notes.texts) == ["first", "live", "missed"]
        await door.says("anna", "later")
        await door.heard(4)
        assert door.notes.last[IT_HELP] > mark


async def test_slack_asks_to_slow_down() -> None:
    async with Door() as door:
        await door.says("anna", "first")
        await door.heard(1)

        async def meanwhile() -> None:
            await door.says("anna", "missed")
            door.sim.faults.order("rate_limit", "conversations.history", retry_after=1)

        await door.restart(meanwhile)
        await door.heard(2)


async def test_the_database_fails_while_the_gap_is_closed() -> None:
    async with Door() as door:
        await door.says("anna", "first")
        await door.heard(1)

        async def meanwhile() -> None:
            for number in range(3):
                await door.says("anna", f"missed {number}")
            door.notes.down = 2

        await door.restart(meanwhile)
        await door.heard(4)
        assert door.notes.texts == ["first", "missed 0", "missed 1", "missed 2"]


async def test_an_outage_longer_than_we_read_is_not_hidden(monkeypatch: Any) -> None:
    monkeypatch.setattr(gap, "PAGE", 2)
    monkeypatch.setattr(gap, "MOST_PAGES", 2)
    async with Door() as door:
        await door.says("anna", "first")
        await door.heard(1)

        async def meanwhile() -> None:
            door.now += 3600
            for number in range(9):
                await door.says("anna", str(number))

        await door.restart(meanwhile)
        await door.heard(5)
        assert door.notes.texts == ["first", "5", "6", "7", "8"]
        # two sockets that open at once may both look; the desk tells of a gap once
        assert {(room, why) for room, _, why in door.notes.gaps} == {
            (IT_HELP, "Only 4 of the messages there were read.")
        }


async def test_a_poisoned_message_in_history_is_set_aside() -> None:
    async with Door() as door:
        await door.says("anna", "first")
        await door.heard(1)
        door.notes.broken = lambda thing: getattr(thing, "text", "") == "bad"

        async def meanwhile() -> None:
            await door.says("anna", "bad")
            await door.says("anna", "good")

        await door.restart(meanwhile)
        await door.heard(2)
        assert door.notes.texts == ["first", "good"]
        assert "RuntimeError" in door.notes.set_aside[0][1]


async def test_nothing_is_read_before_the_first_message_of_a_desk() -> None:
    async with Door(started=False) as door:
        await door.says("anna", "long before the desk was there")
        await door.start()
        await door.says("anna", "now")
        await door.heard(1)
        assert door.notes.texts == ["now"] and not door.calls("conversations.history")
