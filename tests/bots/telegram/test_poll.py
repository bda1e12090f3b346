"""The poll loop: nothing lost, nothing told twice that matters, and no update that stops the line."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.telegram.line import UpdateLine
from bots.telegram.tuning import Tuning
from bots.telegram.updates import lines, offset_after
from inbox.model import Said
from tests.bots.telegram.rig import OLD_DESK, SUPPORT, Rig, gone

FIRST = Tuning().first_wait


async def test_an_update_is_confirmed_only_after_the_commit() -> None:
    """TG-01."""
    async with Rig() as door:
        door.front.hold.clear()
        first = await door.do("write", who="erik", room="dm", text="one")
        await door.until(lambda: door.front.waiting)
        await door.do("write", who="erik", room="dm", text="two")
        waiting = [json.loads(update.text)["message"]["text"] for update in door.sim.telegram.updates.queue]
        assert waiting == ["one", "two"], "not confirmed while the desk has not committed"
        door.front.hold.set()
        await door.until(lambda: door.front.words == ["one", "two"])
        await door.quiet()
        assert not door.sim.telegram.updates.queue
        assert door.front.of("said")[0].message_id == first


async def test_while_the_database_fails_the_batch_comes_again_and_is_asked_for_ever_more_rarely() -> None:
    async with Rig() as door:
        await door.pause()
        door.front.fails = [gone(), gone(), gone()]
        await door.do("write", who="erik", room="dm", text="one")
        await door.do("write", who="erik", room="dm", text="two")
        for wait in (FIRST, 2 * FIRST, 4 * FIRST):
            assert await door.nap() == wait
            assert "database" in door.bot.health().sentence
        door.naps.on()
        await door.until(lambda: door.front.words == ["one", "two"])
        await door.quiet()
        assert door.bot.health().ok


async def test_what_was_taken_in_is_not_taken_in_again_with_its_batch() -> None:
    """Commands are no messages: the desk would run /next a second time."""
    async with Rig() as door:
        await door.pause()
        await door.do("write", who="omar", room="dm", text="/next")
        await door.do("write", who="omar", room="dm", text="and words")
        heard: list[str] = []
        plain = door.front.said

        async def once_in_vain(said: Said) -> None:
            heard.append(said.text)
            if len(heard) == 1:
                raise gone()
            await plain(said)

        door.front.said = once_in_vain  # type: ignore[method-assign]
        await door.nap()
        door.naps.on()
        await door.until(lambda: door.front.words == ["and words"])
        assert heard == ["and words", "and words"]
        assert len(door.front.of("commanded")) == 1


async def test_an_update_that_comes_twice_is_handled_once() -> None:
    async with Rig() as door:
        door.sim.duplicate_next(2)
        await door.do("write", who="omar", room="dm", text="/next")
        await door.says("omar", "dm", "words")
        await door.quiet()
        assert len(door.front.of("commanded")) == 1
        assert door.front.words == ["words"]


POISON: list[Any] = [
    42,
    None,
    "text",
    [],
    {},
    {"update_id": None},
    {"update_id": "abc", "message": 1},
    {"message": {"message_id": "abc"}},
    {"message": {"message_id": 1, "date": "yesterday", "chat": {"id": 1, "type": "private"}}},
    {"message": {"message_id": 1, "date": 1, "chat": None, "text": "no chat"}},
    {"message": {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "from": {"id": 5}, "text": 7}},
    {"callback_query": {"id": 1}},
    {"my_chat_member": {"chat": {"id": 1, "type": "private"}}},
    {"edited_message": "words"},
    {"message": {"text": "\ud83d lone and \x00 nothing"}},
]


async def test_poison_at_the_head_of_a_batch_is_set_aside_and_the_line_goes_on() -> None:
    """TG-02, IN-09."""
    async with Rig() as door:
        for number, poison in enumerate(POISON):
            await door.pause()
            door.poison(poison if isinstance(poison, dict) else json.dumps(poison))
            await door.do("write", who="erik", room="dm", text=f"after {number}")
            calls, aside = door.called("getUpdates"), len(door.front.of("quarantine"))
            door.naps.on()
            await door.until(lambda number=number: f"after {number}" in door.front.words)  # type: ignore[misc]
            await door.quiet()
            assert door.called("getUpdates") == calls + 1, "one request brought both, and the offset is past them"
            assert not door.sim.telegram.updates.queue
            assert len(door.front.of("quarantine")) - aside <= 1
        assert len(door.front.of("quarantine")) == len(POISON) - 2, "two of them are updates that tell us nothing"


NO_JSON = {
    "cut off": '{"update_id": 7, "message": ',
    "no JSON": "nonsense",
    "too deep": '{"update_id": 7, "message": ' + "[" * 3000 + "]" * 3000 + "}",
    "wrong brackets": "{]}",
}


async def test_what_is_no_json_is_set_aside_as_it_came() -> None:
    async with Rig() as door:
        for kind, text in NO_JSON.items():
            await door.pause()
            await door.do("write", who="erik", room="dm", text=f"before [{kind}]")
            door.poison(text)
            await door.do("write", who="erik", room="dm", text=f"after {{{kind}}}")
            door.naps.on()
            await door.until(lambda kind=kind: f"after {{{kind}}}" in door.front.words)  # type: ignore[misc]
            await door.quiet()
            connection, raw, _ = door.front.of("quarantine")[-1]
            assert (connection, raw[:20]) == ("shop", text[:20])
            assert not door.sim.telegram.updates.queue
        assert len(door.front.words) == 2 * len(NO_JSON)


async def test_an_answer_that_is_lost_on_the_way_comes_again() -> None:
    async with Rig() as door:
        await door.pause()
        door.sim.faults.order("drop_after", "getUpdates")
        await door.do("write", who="erik", room="dm", text="Hello")
        assert await door.nap() == FIRST
        assert door.front.words == []
        door.naps.on()
        await door.until(lambda: door.front.words == ["Hello"])


async def test_poison_alone_and_without_an_id_is_asked_for_once_a_pause_until_something_follows() -> None:
    """TG-02."""
    async with Rig() as door:
        door.poison("42")
        await door.until(lambda: door.naps.napping)
        assert [await door.nap() for _ in range(3)] == [FIRST] * 3
        assert len(door.front.of("quarantine")) == 1
        await door.do("write", who="erik", room="dm", text="at last")
        door.naps.on()
        await door.until(lambda: door.front.words == ["at last"])
        await door.quiet()
        assert not door.sim.telegram.updates.queue


async def test_a_desk_that_breaks_on_one_update_gets_the_next() -> None:
    async with Rig() as door:
        door.front.fails = [KeyError("a mistake of ours")]
        await door.do("write", who="erik", room="dm", text="breaks")
        await door.says("erik", "dm", "works")
        [(_, raw, why)] = door.front.of("quarantine")
        assert json.loads(raw)["message"]["text"] == "breaks"
        assert "KeyError" in why


async def test_ids_that_start_again_lower_are_followed() -> None:
    """TG-04."""
    async with Rig() as door:
        await door.says("erik", "dm", "before")
        await door.quiet()
        before = door.sim.telegram.updates.next_id
        await door.do("jump_update_ids")
        assert door.sim.telegram.updates.next_id < before
        await door.says("erik", "dm", "after")
        await door.quiet()
        assert not door.sim.telegram.updates.queue, "the new, lower id was confirmed"
        await door.says("erik", "dm", "and on")


async def test_one_chats_words_keep_their_order_and_no_chat_waits_for_another() -> None:
    async with Rig() as door:
        await door.pause()
        for number in range(20):
            await door.do("write", who="erik", room="dm", text=f"e{number}")
            await door.do("write", who="anna", room="dm", text=f"a{number}")
        door.front.hold.clear()
        door.naps.on()
        await door.until(lambda: door.front.waiting == 2)
        door.front.hold.set()
        await door.until(lambda: len(door.front.words) == 40)
        for who in "ea":
            assert [w for w in door.front.words if w[0] == who] == [f"{who}{n}" for n in range(20)]


async def test_a_groups_new_id_is_told_before_what_is_written_under_it() -> None:
    """TG-09."""
    async with Rig() as door:
        await door.pause()
        await door.do("write", who="omar", room="Old desk", text="the old")
        new = await door.do("migrate", room="Old desk")
        await door.do("write", who="omar", room=new, text="the new")
        door.naps.on()
        await door.until(lambda: len(door.front.heard) == 3)
        assert [kind for kind, _ in door.front.heard] == ["said", "moved", "said"]
        assert door.front.of("moved") == [("shop", OLD_DESK, new)]
        assert [said.place.room for said in door.front.of("said")] == [OLD_DESK, new]


async def test_trouble_of_telegrams_own_is_waited_out() -> None:
    async with Rig() as door:
        for kind, how, waits in (
            ("rate_limit", {"retry_after": 35}, 35.0),
            ("status", {"status": 502}, FIRST),
            ("drop_before", {}, FIRST),
            ("error", {"error": "Conflict: can't use getUpdates method while webhook is active"}, 5.0),
            ("error", {"error": "Internal Server Error: odd"}, FIRST),
        ):
            await door.pause()
            door.sim.faults.order(kind, "getUpdates", **how)  # type: ignore[arg-type]
            assert await door.nap() == waits, kind
            assert not door.bot.health().ok
            door.naps.on()
            await door.quiet()
            await door.says("erik", "dm", f"after {kind} {how}")
            await door.quiet()
            assert door.bot.health().ok


async def test_a_broken_network_is_seen_and_mended() -> None:
    async with Rig() as door:
        await door.do("cut")
        await door.until(lambda: door.naps.napping)
        assert "could not be reached" in door.bot.health().sentence
        door.naps.on()
        await door.says("erik", "dm", "mended")


async def test_a_webhook_set_meanwhile_is_told_and_ends() -> None:
    """TG-03."""
    async with Rig() as door:
        door.sim.webhook.url = "https://example.org/hook"
        await door.pause()
        await door.nap()
        assert "webhook" in door.bot.health().sentence
        door.sim.webhook.url = ""
        door.naps.on()
        await door.says("erik", "dm", "gone again")


async def test_no_warning_of_the_library_is_left(recwarn: pytest.WarningsRecorder) -> None:
    async with Rig() as door:
        door.sim.faults.order("rate_limit", "sendMessage", retry_after=1)
        await door.says("erik", "dm", "Hello")
    assert not [w for w in recwarn if "telegram" in str(w.category).casefold()]


# The parts


@given(st.lists(st.one_of(st.integers(1, 2**40), st.none(), st.text(max_size=5)), min_size=1), st.integers(0, 2**40))
def test_the_next_offset_confirms_the_last_and_skips_nobody(ids: list[Any], offset: int) -> None:
    updates = [{"update_id": number} if isinstance(number, int) else number for number in ids]
    after = offset_after(updates, offset)
    last = next(((i, n) for i, n in reversed(list(enumerate(ids))) if isinstance(n, int)), None)
    if last is None:
        assert after == (offset + len(ids) if offset else 0)
    else:
        at, number = last
        assert after == number + len(ids) - at


def test_chats_stand_beside_each_other_unless_a_group_moves() -> None:
    def said(chat: int, **more: Any) -> dict[str, Any]:
        return {"update_id": 1, "message": {"chat": {"id": chat}, **more}}

    pressed = {"update_id": 2, "callback_query": {"message": {"chat": {"id": 1}}}}
    assert lines([said(1), said(2), pressed, 42]) == [[said(1), pressed], [said(2)], [42]]
    moves = [said(1), said(2, migrate_to_chat_id=-100), said(3)]
    assert lines(moves) == [moves]


@given(st.lists(st.one_of(st.dictionaries(st.text(max_size=3), st.text(max_size=3)), st.text(max_size=6)), max_size=6))
def test_updates_are_read_one_by_one_whatever_stands_between_them(items: list[Any]) -> None:
    good = [{"update_id": n, "message": {"text": str(item)}} for n, item in enumerate(items)]
    mixed = ",".join(f"{json.dumps(one)},{{broken" for one in good)
    read = UpdateLine.parse_json_payload(f'{{"ok":true,"result":[{mixed}]}}'.encode())["result"]
    assert [one for one in read if isinstance(one, dict)] == good
    assert len(read) == 2 * len(good)


async def test_a_second_bot_in_the_same_program_polls_for_itself() -> None:
    async with Rig() as one, Rig() as two:
        await asyncio.gather(one.says("erik", "dm", "to one"), two.says("anna", SUPPORT, "@acme_desk_bot to two"))
        assert (one.front.words, two.front.words) == (["to one"], ["to two"])
