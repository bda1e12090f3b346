"""What people write, change and delete, as the desk is told of it."""

import asyncio
from typing import Any

import pytest

from bots.port import Card
from bots.simulator.slack.shapes import person_json
from inbox.directory import AgentRef
from inbox.model import Place
from tests.bots.slack.rig import ANNA, BOT, ERIK, IT_DESK, IT_HELP, LISA, OMAR, Door


async def test_a_question_in_a_room() -> None:
    async with Door() as door:
        ts = await door.says("anna", "The printer & the <scanner> are on fire, see https://acme.example/x?a=1&b=2")
        (said,) = await door.heard(1)
        await door.settle()
        assert said.text == "The printer & the <scanner> are on fire, see https://acme.example/x?a=1&b=2"
        assert (said.place.room, said.place.thread, said.place.root) == (IT_HELP, "", ts)
        assert (said.message_id, said.opens, said.direct, said.cursor) == (ts, ts, False, True)
        assert (said.author.external_id, said.author.name, said.author.bot) == (ANNA, "Anna", False)
        assert said.author.language and said.author.timezone
        assert said.key == f"acme/{IT_HELP}/{ts}"
        assert said.at.timestamp() == pytest.approx(float(ts))


async def test_a_reply_in_a_thread_and_one_that_is_broadcast() -> None:
    async with Door() as door:
        root = await door.says("anna", "Help")
        reply = await door.says("anna", "Still burning", thread=root)
        await door.says("anna", "Everybody out", thread=root, broadcast=True)
        await door.heard(3)
        by_text = {one.text: one for one in door.notes.said_}
        said = by_text["Still burning"]
        assert (said.place.thread, said.place.root, said.message_id) == (root, root, reply)
        assert (said.opens, said.cursor) == ("", False)
        assert by_text["Everybody out"].place.thread == root
        assert len(by_text) == 3


async def test_a_direct_message() -> None:
    async with Door() as door:
        await door.says("erik", "Where is my parcel?", room="dm")
        (said,) = await door.heard(1)
        assert said.direct and said.opens == "" and said.place.room.startswith("D")
        assert said.cursor and said.author.external_id == ERIK


async def test_a_mention_of_the_bot_is_one_message_without_its_name() -> None:
    async with Door() as door:
        await door.says("anna", "@Frontdesk, my screen is black. Ask @Omar and @Nobody")
        await door.settle()
        assert door.notes.texts == ["my screen is black. Ask @Omar and @Nobody"]
        assert door.notes.again == 0  # not once more as app_mention
        assert door.notes.said_[0].mentions == (OMAR,)


async def test_only_the_bots_name_is_still_something_said() -> None:
    async with Door() as door:
        await door.says("anna", "@Frontdesk")
        await door.settle()
        assert door.notes.texts == ["@Frontdesk"] and door.notes.said_[0].mentions == ()


async def test_words_of_many_kinds_are_plain() -> None:
    async with Door() as door:
        await door.says("anna", "See #it-desk, @here, mailto and *bold* :smile: & 1 < 2")
        (said,) = await door.heard(1)
        assert said.text == "See #it-desk, @here, mailto and bold 😄 & 1 < 2"
        assert [(said.text[s.start : s.end], s.kind) for s in said.spans] == [("bold", "bold")]


async def test_actions_are_words_too() -> None:
    async with Door() as door:
        await door.says("anna", "/me is waiting")
        await door.heard(1)
        assert door.notes.texts == ["is waiting"]


async def test_edits_are_told_and_previews_are_not() -> None:
    async with Door() as door:
        root = await door.says("anna", "My printr")
        reply = await door.says("anna", "burns", thread=root)
        await door.heard(2)
        await door.sim.do("edit", who="anna", room="#it-help", message=root, text="My printer")
        await door.sim.do("edit", who="anna", room="#it-help", message=reply, text="burns & burns")
        await door.sim.do("unfurl", room="#it-help", message=root)
        await door.settle()
        told = sorted((one.message_id, one.text, one.place.thread) for one in door.notes.edits)
        assert told == [(root, "My printer", ""), (reply, "burns & burns", root)]
        assert len({one.version for one in door.notes.edits}) == 2


async def test_deletes_are_told_also_of_a_threads_root() -> None:
    async with Door() as door:
        root = await door.says("anna", "Help")
        reply = await door.says("anna", "Oh, forget it", thread=root)
        alone = await door.says("anna", "Hello")
        await door.heard(3)
        for message in (alone, root, reply):
            await door.sim.do("delete", who="anna", room="#it-help", message=message)
        await door.settle()
        assert {one.message_id for one in door.notes.deletes} == {alone, root, reply}
        assert all(one.place.room == IT_HELP for one in door.notes.deletes)


async def test_bots_joins_and_our_own_words_are_no_words() -> None:
    """IN-11."""
    async with Door() as door:
        await door.sim.do("add_person", name="Robot", id="U0ROBOT00001", bot=True)
        await door.sim.do("add_person", name="New", id="U0NEW0000001")
        await door.sim.do("join", who="New", room="#it-help")
        sent = await door.platform.send(Place("acme", IT_HELP), Card(text="We are here"), "fd-1")
        await door.platform.edit(Place("acme", IT_HELP), sent.whole, Card(text="We were here"), "edit")
        await door.platform.delete(Place("acme", IT_HELP), sent.whole)
        await door.sim.do("archive", who="maja", room="#customer-desk")
        await door.settle()
        notes = door.notes
        assert (notes.said_, notes.edits, notes.deletes, notes.set_aside) == ([], [], [], [])
        assert all(ends == [True] for ends in door.attempts().values())


UNKNOWN = "star_added emoji_changed team_rename call_rejected link_shared grid_migration_started function_executed"
NOBODYS = """
bot_message channel_archive channel_join channel_leave channel_name channel_posting_permissions channel_purpose
channel_topic channel_unarchive channel_convert_to_private ekm_access_denied file_comment file_mention group_archive
group_join group_leave group_name group_purpose group_topic group_unarchive message_replied pinned_item reminder_add
reply_broadcast unpinned_item huddle_thread sh_room_created assistant_app_thread bot_add bot_remove tombstone
joiner_notification
"""


async def test_unknown_events_are_acknowledged() -> None:
    """SL-05."""
    async with Door() as door:
        door.strange = True
        for kind in UNKNOWN.split():
            await door.sim.do("poison", payload=callback({"type": kind, "user": ANNA, "event_ts": "1800000000.000001"}))
        await door.settle()
        assert [one.acked for one in door.sim.deliveries] == [True] * len(UNKNOWN.split())
        assert door.notes.set_aside == []


async def test_messages_that_nobody_wrote_are_acknowledged_and_nothing_else() -> None:
    async with Door() as door:
        door.strange = True
        for subtype in NOBODYS.split():
            await door.sim.do("poison", payload=callback(message(subtype=subtype)))
        await door.settle()
        assert [one.acked for one in door.sim.deliveries] == [True] * len(NOBODYS.split())
        assert (door.notes.said_, door.notes.set_aside) == ([], [])


def callback(event: Any) -> dict[str, Any]:
    return {"type": "event_callback", "team_id": "T0ACME000001", "event_id": "Ev1", "event_time": 1, "event": event}


def message(**changes: Any) -> dict[str, Any]:
    usual = {"type": "message", "channel": IT_HELP, "user": ANNA, "text": "Hi", "ts": "1800000000.000009"}
    return {**usual, "channel_type": "channel", "event_ts": "1800000000.000009", **changes}


POISON: list[Any] = [
    callback(None),
    callback([]),
    callback("words"),
    callback({}),
    callback({"type": None}),
    callback({"type": 7}),
    callback(message(ts=None)),
    callback(message(ts="yesterday")),
    callback(message(ts="99999999999999999999.1")),
    callback(message(ts={"a": 1})),
    callback(message(channel=None)),
    callback(message(channel=["C1"])),
    callback(message(user={"id": ANNA})),
    callback(message(text=["Hi"])),
    callback(message(text={"a": "b"})),
    callback(message(files=7)),
    callback(message(attachments=[None])),
    callback(message(subtype="message_changed")),
    callback(message(subtype="message_changed", message={"user": ANNA, "edited": {"ts": 1}})),
    callback(message(subtype="message_deleted")),
    callback({"type": "user_change"}),
    callback({"type": "tokens_revoked"}),
    callback({"type": "channel_id_changed", "old_channel_id": 7}),
    {"type": "event_callback"},
    {"type": "something_new", "payload": {}},
    {"type": "block_actions", "actions": []},
    {"type": "block_actions", "actions": [{}], "user": {"id": ANNA}},
    {"type": "view_submission", "view": {"callback_id": "x"}},
    {"command": "/ticket"},
    {"command": 7},
    {"nothing": "known"},
    {},
]


async def test_poison_is_set_aside_and_the_next_is_taken() -> None:
    async with Door() as door:
        door.strange = True
        for count, payload in enumerate(POISON, 1):
            await door.sim.do("poison", payload=payload)
            await door.says("anna", f"Is anybody there? {count}")
            await door.settle()
            assert len(door.notes.set_aside) == count, payload
        assert len(door.notes.texts) == len(POISON)
        assert all(one.acked for one in door.sim.deliveries)
        assert all(raw and error for raw, error in door.notes.set_aside)


FRAMES = ["nonsense", "{", '{"a": ' * 2000, "[]", "null", '{"type": "hello"', '{"envelope_id": "x", "type": 7}', "\x00"]


async def test_frames_that_are_nothing_harm_nobody() -> None:
    async with Door() as door:
        for frame in FRAMES:
            await door.sim.do("poison", payload=frame)
        await door.says("anna", "Is anybody there?")
        await door.settle()
        assert door.notes.texts == ["Is anybody there?"]
        assert door.platform.health().ok


async def test_envelopes_without_a_payload_are_set_aside_and_acknowledged() -> None:
    async with Door() as door:
        door.strange = True
        wrong: list[Any] = [None, 7, [], True]
        for payload in wrong:
            await door.sim.do("poison", payload=payload)
        await door.settle()
        assert [one.acked for one in door.sim.deliveries] == [True] * 4
        assert len(door.notes.set_aside) == 4


async def test_a_desk_that_stumbles_gets_the_next_message() -> None:
    async with Door() as door:
        door.notes.broken = lambda thing: getattr(thing, "text", "") == "bad"
        for text in ("bad", "good"):
            await door.says("anna", text)
        await door.settle()
        assert door.notes.texts == ["good"] and len(door.notes.set_aside) == 1
        assert "RuntimeError" in door.notes.set_aside[0][1]


async def test_names_are_asked_for_once() -> None:
    async with Door() as door:
        await asyncio.gather(*(door.says("anna", f"Line {number}") for number in range(12)))
        await door.heard(12)
        await door.says("omar", "And me, @Anna")
        await door.heard(13)
        assert len(door.calls("users.info")) == 2
        assert {one.author.name for one in door.notes.said_} == {"Anna", "Omar"}
        door.now += 3601
        await door.says("anna", "An hour later")
        await door.heard(14)
        assert len(door.calls("users.info")) == 3


async def test_a_slow_or_failing_look_up_holds_nothing_up() -> None:
    async with Door() as door:
        door.sim.faults.order("latency", "users.info", seconds=0.6, body=ANNA)
        door.sim.faults.order("status", "users.info", body=ERIK)
        await door.says("anna", "From a person we do not know yet")
        await door.says("erik", "And another")
        await door.says("erik", "And again")
        said = await door.heard(3)
        assert {one.author.name for one in said} == {""}  # the desk keeps the name that it has
        assert len([call for call in door.calls("users.info") if ERIK in str(call.request)]) == 1


async def test_a_thousand_mentions_are_not_a_thousand_questions() -> None:
    async with Door() as door:
        await door.says("anna", " ".join(f"<@U0{number:08d}>" for number in range(500)))
        for number in range(100):
            await door.sim.do("add_person", name=f"P{number}", id=f"U9{number:08d}")
        await door.says("anna", " ".join(f"<@U9{number:08d}>" for number in range(100)))
        await door.heard(2)
        assert len(door.calls("users.info")) <= 21


async def test_a_room_that_changed_its_id() -> None:
    async with Door() as door:
        door.strange = True
        event = {"type": "channel_id_changed", "old_channel_id": "G1", "new_channel_id": "C1"}
        await door.sim.do("poison", payload=callback(event))
        await door.settle()
        assert door.notes.rooms_moved == [("G1", "C1")]


async def test_staff_is_looked_up_only_when_it_may_have_changed() -> None:
    async with Door() as door:
        await door.says("lisa", "So that I am known")
        await door.heard(1)
        await door.sim.do("leave", who="lisa", room="#customer-desk")  # no room of ours
        person = door.sim.world.person("lisa")
        for number in range(20):
            person.handle = f"lisa{number}"
            door.sim.acts["activity"](who="lisa", active=True)
            user = {"type": "user_change", "user": user_json(door, "lisa"), "event_ts": "1800000000.000001"}
            await door.sim.do("poison", payload=callback(user))
        await door.settle()
        assert door.notes.staff_calls == 0 and len(door.calls("users.info")) == 1
        await door.sim.do("deactivate", who="lisa")
        await door.sim.until(lambda: door.notes.staff_calls == 1)
        await door.sim.do("leave", who="omar", room="#it-desk")
        await door.sim.until(lambda: door.notes.staff_calls == 2)
        await door.settle()


def user_json(door: Door, who: str) -> dict[str, Any]:
    return person_json(door.sim.world, door.sim.world.person(who))


async def test_many_changes_of_staff_are_one_look_up() -> None:
    async with Door() as door:
        for number in range(10):
            await door.sim.do("add_person", name=f"N{number}", id=f"U0N{number}")
            await door.sim.do("join", who=f"N{number}", room="#it-desk")
        await door.settle()
        await door.sim.until(lambda: door.notes.staff_calls)
        assert door.notes.staff_calls <= 2


async def test_a_group_that_agents_come_from_is_watched() -> None:
    async with Door() as door:
        door.strange = True
        group = await door.sim.do("add_group", handle="it-support", users=["omar"])
        await door.platform.people(AgentRef("acme", "group", "it-support"))
        for event in (
            {"type": "subteam_members_changed", "subteam_id": "S0OTHER"},
            {"type": "subteam_updated", "subteam": {"id": group}},
        ):
            await door.sim.do("poison", payload=callback(event))
        await door.sim.until(lambda: door.notes.staff_calls)
        await door.settle()
        assert door.notes.staff_calls == 1


async def test_messages_of_strangers_to_the_desk_are_told_too() -> None:
    """What belongs where is the desk's to decide: a ticket's thread may stand in a room that it no longer follows."""
    async with Door() as door:
        await door.says("lisa", "In a room that the desk does not name", room="#customer-desk")
        (said,) = await door.heard(1)
        assert said.place.room not in (IT_HELP, IT_DESK) and said.author.external_id == LISA
        assert BOT not in said.mentions
