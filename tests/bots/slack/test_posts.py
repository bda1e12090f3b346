"""What we post: once, where it belongs, and what becomes of it where Slack is in trouble."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bots.port import Ambiguous, Button, Card, Hopeless, SendError, TryLater
from bots.slack import calls
from inbox.model import Place
from tests.bots.slack.rig import ANNA, ERIK, IT_DESK, IT_HELP, OMAR, Door
from tests.specs.slack import arguments

HELP, DESK = Place("acme", IT_HELP), Place("acme", IT_DESK)
LONG = "\n".join(f"{number:04d} " + "word " * 18 for number in range(200))  # ≈ 19,000 characters


def now(door: Door) -> datetime:
    return datetime.fromtimestamp(door.now, UTC)


async def test_a_post_in_a_room_in_a_thread_and_to_a_person() -> None:
    async with Door() as door:
        root = await door.says("anna", "Help")
        in_room = await door.platform.send(DESK, Card(text="New"), "fd-1")
        in_thread = await door.platform.send(Place("acme", IT_HELP, root), Card(text="We look at it"), "fd-2")
        direct = await door.platform.direct(ERIK, Card(text="Hello Erik"), "fd-3")
        assert (in_room.room, in_room.thread) == (IT_DESK, in_room.message_id)
        assert (in_thread.room, in_thread.thread) == (IT_HELP, root)
        assert door.sim.texts("#it-help", root) == ["Help", "We look at it"]
        assert direct.room == door.sim.world.room("dm", "erik").id and door.sim.texts("dm:erik") == ["Hello Erik"]


async def test_edit_keeps_what_it_is_delete_takes_it_away_and_marks_do_not_mind_being_there() -> None:
    async with Door() as door:
        card = Card(title="#1", text="old", buttons=((Button("Claim", "claim:1"),),))
        sent = await door.platform.send(DESK, card, "fd-1")
        changed = Card(title="#1", text="new", buttons=((Button("Release", "release:1"),),))
        await door.platform.edit(DESK, sent.whole, changed, "edit")
        (shown,) = door.sim.seen("#it-desk")
        kinds = [block["type"] for block in shown.blocks]
        assert kinds == ["header", "rich_text", "actions"] and "new" in door.sim.text(shown)
        assert shown.blocks[2]["elements"][0]["action_id"] == "release:1" and shown.metadata
        words = await door.says("anna", "Help")
        for _ in range(2):
            await door.platform.mark(HELP, words, "sent")
        await door.platform.mark(HELP, words, "held")
        assert set(door.sim.world.message(IT_HELP, words).reactions) == {"white_check_mark", "hand"}
        await door.platform.delete(DESK, sent.whole)
        assert door.sim.seen("#it-desk") == []


async def test_a_whisper_is_for_one() -> None:
    async with Door() as door:
        root = await door.says("lisa", "Look", room="#it-desk")
        await door.platform.whisper(Place("acme", IT_DESK, root), OMAR, Card(text="Not yet sent"))
        assert [(door.sim.text(one), one.thread_ts) for one in door.sim.whispers("omar")] == [("Not yet sent", root)]
        assert len(door.sim.seen("#it-desk")) == 1
        with pytest.raises(Hopeless):
            await door.platform.whisper(DESK, ANNA, Card(text="She is not there"))


@pytest.mark.parametrize(
    ("fault", "error", "after"),
    [
        ({"kind": "rate_limit", "retry_after": 1}, TryLater, 1.0),
        ({"kind": "rate_limit", "retry_after": 30}, TryLater, 30.0),
        ({"kind": "rate_limit", "retry_after": 600}, TryLater, 600.0),
        ({"kind": "status", "status": 500}, Ambiguous, 0),
        ({"kind": "status", "status": 503}, Ambiguous, 0),
        ({"kind": "status", "status": 200}, Ambiguous, 0),  # a proxy's page
        ({"kind": "drop_before"}, Ambiguous, 0),
        ({"kind": "drop_after"}, Ambiguous, 0),
        ({"kind": "error", "error": "internal_error"}, Ambiguous, 0),
        ({"kind": "error", "error": "ratelimited"}, TryLater, 1.0),
        ({"kind": "error", "error": "token_revoked"}, TryLater, 60.0),
        ({"kind": "error", "error": "invalid_auth"}, TryLater, 60.0),
    ],
)
async def test_trouble_with_a_post_is_named_and_never_tried_again_by_the_sdk(
    fault: dict[str, Any], error: type[SendError], after: float
) -> None:
    """SL-08."""
    async with Door() as door:
        door.sim.faults.order(match="chat.postMessage", times=9, **fault)
        with pytest.raises(error) as refused:
            await door.platform.send(HELP, Card(text="Hello"), "fd-1")
        assert len(door.calls("chat.postMessage")) == 1
        if after:
            assert refused.value.after == after  # type: ignore[attr-defined]
        assert "xoxb" not in str(refused.value) and "127.0.0.1" not in str(refused.value)


async def test_a_server_that_is_gone_took_nothing() -> None:
    async with Door() as door:
        await door.sim.stop()
        with pytest.raises(TryLater):
            await door.platform.send(HELP, Card(text="Hello"), "fd-1")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((code, "blocked") for code in sorted(calls.BLOCKED)),
        *((code, "gone") for code in sorted(calls.GONE)),
        *((code, "forbidden") for code in sorted(calls.FORBIDDEN)),
        ("restricted_action_read_only_channel", "forbidden"),
        ("slack_connect_file_link_sharing_blocked", "forbidden"),
        ("unknown_method", "unknown_ability"),
        ("msg_too_long", "invalid"),
        ("invalid_blocks", "invalid"),
        ("something_new", "invalid"),
    ],
)
async def test_what_can_never_work_says_why(code: str, kind: str) -> None:
    async with Door() as door:
        door.sim.faults.order("error", "chat.postMessage", error=code)
        with pytest.raises(Hopeless) as refused:
            await door.platform.send(HELP, Card(text="Hello"), "fd-1")
        assert refused.value.kind == kind and code in str(refused.value)


async def test_the_simulators_own_refusals() -> None:
    async with Door() as door:
        await door.sim.do("archive", who="maja", room="#customer-desk")
        await door.sim.do("deactivate", who="erik")
        rooms = {one.name: one.id for one in door.sim.world.rooms.values()}
        kinds = {rooms["customer-desk"]: "gone", "C0NOWHERE001": "gone", rooms["general"]: "forbidden"}
        for room, kind in kinds.items():
            with pytest.raises(Hopeless) as refused:
                await door.platform.send(Place("acme", room), Card(text="Hello"), "fd-1")
            assert refused.value.kind == kind, str(refused.value)
        with pytest.raises(Hopeless) as refused:
            await door.platform.edit(HELP, ("1800000000.999999",), Card(text="x"), "edit")
        assert refused.value.kind == "gone"
        words = await door.says("anna", "Help")
        with pytest.raises(Hopeless) as refused:
            await door.platform.delete(HELP, (words,))
        assert refused.value.kind == "forbidden"
        with pytest.raises(Hopeless) as refused:
            await door.platform.open_topic(IT_DESK, "#1")
        assert refused.value.kind == "unknown_ability"


# looking whether it arrived


@pytest.mark.parametrize("place", ["room", "thread", "direct"])
@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
async def test_after_a_broken_call_one_can_look_whether_it_arrived(place: str, fault: Any) -> None:
    """SL-08."""
    async with Door() as door:
        root = await door.says("anna", "Help")
        where = {"room": HELP, "thread": Place("acme", IT_HELP, root), "direct": Place("acme", ERIK)}[place]
        since = now(door)
        door.sim.faults.order(fault, "chat.postMessage")
        with pytest.raises(Ambiguous):
            await (
                door.platform.direct(ERIK, Card(text="Once"), "fd-7")
                if place == "direct"
                else door.platform.send(where, Card(text="Once"), "fd-7")
            )
        for number in range(3):
            await door.platform.send(HELP, Card(text="Other"), f"fd-7{number}")
        door.now += 300
        found = await door.platform.find_sent(where, "fd-7", since)
        posted = [one for one in door.sim.world.messages if one.text == "Once"]
        if fault == "drop_before":
            assert found is None and posted == []
        else:
            assert found is not None and [found.message_id] == [one.ts for one in posted]
            assert found.room == posted[0].room and found.thread == (root if place == "thread" else posted[0].ts)


async def test_a_long_post_that_broke_half_way_is_finished_not_repeated() -> None:
    async with Door() as door:
        since = now(door)
        door.sim.faults.order("drop_after", "chat.postMessage", body="fd-1.1")
        with pytest.raises(Ambiguous):
            await door.platform.send(HELP, Card(lead="Omar", text=LONG), "fd-1")
        assert len(door.sim.seen("#it-help")) == 2
        again = door.platform_with()  # another process: nothing is remembered
        await again.connect()
        found = await again.find_sent(HELP, "fd-1", since)
        if found is None:
            found = await again.send(HELP, Card(lead="Omar", text=LONG), "fd-1")
        assert found.message_id == door.sim.seen("#it-help")[0].ts
        assert await again.find_sent(HELP, "fd-1", since) == found
        said = "".join(door.sim.texts("#it-help"))
        assert [said.count(f"{number:04d} ") for number in range(200)] == [1] * 200


async def test_a_part_that_went_out_is_not_posted_again_by_the_same_process() -> None:
    async with Door() as door:
        door.sim.faults.order("rate_limit", "chat.postMessage", body="fd-1.1", retry_after=1)
        with pytest.raises(TryLater):
            await door.platform.send(HELP, Card(text=LONG), "fd-1")
        await door.platform.send(HELP, Card(text=LONG), "fd-1")
        said = "".join(door.sim.texts("#it-help"))
        assert [said.count(f"{number:04d} ") for number in range(200)] == [1] * 200


async def test_others_cannot_pretend_to_be_our_post() -> None:
    async with Door() as door:
        since = now(door)
        await door.platform.send(HELP, Card(text="1"), "fd-11")
        assert await door.platform.find_sent(HELP, "fd-1", since) is None


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status"}, Ambiguous),
        ({"kind": "drop_before", "times": 9}, Ambiguous),
        ({"kind": "error", "error": "token_revoked"}, Ambiguous),
        ({"kind": "error", "error": "not_in_channel"}, Hopeless),
    ],
)
async def test_where_nobody_can_look_nobody_knows(fault: dict[str, Any], error: type[SendError]) -> None:
    async with Door() as door:
        door.sim.faults.order(match="conversations.history", **fault)
        with pytest.raises(error):
            await door.platform.find_sent(HELP, "fd-1", now(door))


async def test_every_post_carries_its_nonce_and_unfurls_nothing() -> None:
    async with Door() as door:
        await door.platform.send(HELP, Card(text="See https://acme.example/"), "fd-9")
        (call,) = door.calls("chat.postMessage")
        given = arguments(call)
        metadata = given["metadata"]
        payload = (json.loads(metadata) if isinstance(metadata, str) else metadata)["event_payload"]
        assert payload == {"nonce": "fd-9.0", "of": 1}
        assert given["unfurl_links"] in (False, "0", "false") and "link_names" not in given and "parse" not in given
