"""The simulated Telegram's getUpdates: offsets, retention, one poller at a time, what survives and what is lost."""

import asyncio
from typing import Any

import pytest

from bots.simulator.server import Refused
from tests.bots.simulator.telegram_rig import ANNA, DESK, Rig

CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


def ids(updates: list[dict[str, Any]]) -> list[int]:
    return [update["update_id"] for update in updates]


async def polling(tg: Rig, **arguments: Any) -> "asyncio.Task[Any]":
    """A request that waits for updates; returns when the server has it."""
    task = asyncio.create_task(tg.ask("getUpdates", timeout=30, **arguments))
    await tg.sim.until(lambda: tg.sim.polled)
    return task


async def test_what_is_not_confirmed_comes_again_and_what_is_confirmed_does_not() -> None:
    async with Rig() as tg:
        for text in ("one", "two", "three"):
            await tg.say("anna", "dm", text)
        first = await tg.call("getUpdates")
        assert [update["message"]["text"] for update in first] == ["one", "two", "three"]
        assert ids(first) == list(range(first[0]["update_id"], first[0]["update_id"] + 3))
        assert await tg.call("getUpdates") == first
        assert await tg.call("getUpdates", offset=first[1]["update_id"]) == first[1:]
        assert await tg.call("getUpdates", limit=1) == first[1:2]
        assert await tg.call("getUpdates", offset=first[2]["update_id"] + 1) == []
        assert await tg.call("getUpdates") == []


async def test_a_negative_offset_keeps_the_newest_and_forgets_the_rest() -> None:
    async with Rig() as tg:
        for text in ("one", "two", "three"):
            await tg.say("anna", "dm", text)
        assert [update["message"]["text"] for update in await tg.call("getUpdates", offset=-2)] == ["two", "three"]
        assert len(await tg.call("getUpdates")) == 2
        assert len(await tg.call("getUpdates", offset=-50)) == 2


@pytest.mark.parametrize(("limit", "count"), [(0, 1), (1, 1), (100, 100), (1000, 100)])
async def test_the_limit_is_between_1_and_100(limit: int, count: int) -> None:
    async with Rig() as tg:
        for number in range(105):
            await tg.say("anna", "dm", str(number))
        assert len(await tg.call("getUpdates", limit=limit)) == count


async def test_a_long_poll_waits_for_the_next_message_and_ends_empty_after_its_time() -> None:
    async with Rig() as tg:
        waiting = await polling(tg)
        await tg.say("anna", "dm", "at last")
        assert [u["message"]["text"] for u in (await waiting).body["result"]] == ["at last"]
        await tg.updates()
        assert await tg.call("getUpdates", offset=-1, timeout=0) != []
        waiting = await polling(tg, offset=tg.offset)
        await tg.sim.do("disconnect")
        assert (await waiting).body == {"ok": True, "result": []}


async def test_a_second_poller_ends_the_first_ones_request() -> None:
    async with Rig() as tg:
        first = await polling(tg)
        second = asyncio.create_task(tg.ask("getUpdates", timeout=30))
        answer = await first
        assert (answer.status, answer.refusal) == (409, CONFLICT)
        await tg.say("anna", "dm", "for the second")
        assert len((await second).body["result"]) == 1


async def test_updates_are_kept_for_a_day_and_presses_for_150_seconds() -> None:
    async with Rig() as tg:
        await tg.say("anna", "dm", "old")
        card = await tg.send(ANNA, reply_markup={"inline_keyboard": [[{"text": "Ok", "callback_data": "ok"}]]})
        tg.sim.answer_seconds = 0.01
        pressed = await tg.sim.do("press", who="anna", room="dm", message=str(card["message_id"]), label="Ok")
        assert pressed == {"ok": False, "error": "no answer"}
        assert len(await tg.call("getUpdates")) == 2
        tg.now += 151
        assert len(await tg.call("getUpdates")) == 1
        tg.now += 86_400
        assert await tg.call("getUpdates") == []


async def test_after_a_quiet_week_the_ids_go_on_lower_and_an_old_offset_is_ignored() -> None:
    async with Rig() as tg:
        await tg.say("anna", "dm", "before")
        before = (await tg.updates())[0]["update_id"]
        lower = await tg.sim.do("jump_update_ids")
        assert lower < before
        await tg.say("anna", "dm", "after")
        found = await tg.call("getUpdates", offset=tg.offset)
        assert [(u["update_id"], u["message"]["text"]) for u in found] == [(lower, "after")]


async def test_allowed_updates_are_remembered_and_some_kinds_must_be_asked_for() -> None:
    async with Rig() as tg:
        asked = await tg.say("omar", "Desk")
        await tg.sim.do("react", who="lisa", room="Desk", message=str(asked), emoji="👀")
        assert [set(u) for u in await tg.updates()] == [{"update_id", "message"}]
        await tg.call("getUpdates", allowed_updates=["message_reaction"])
        await tg.sim.do("react", who="maja", room="Desk", message=str(asked), emoji="👍")
        await tg.say("omar", "Desk", "nobody hears this")
        update = await tg.update()
        assert (update["old_reaction"], update["new_reaction"]) == ([], [{"type": "emoji", "emoji": "👍"}])
        await tg.call("getUpdates", allowed_updates=[])
        await tg.say("omar", "Desk", "heard again")
        assert (await tg.update())["text"] == "heard again"


async def test_the_knobs_deliver_twice_swap_and_poison() -> None:
    async with Rig() as tg:
        await tg.sim.do("duplicate_next")
        await tg.say("anna", "dm", "twice")
        await tg.say("anna", "dm", "once")
        assert [u["message"]["text"] for u in await tg.updates()] == ["twice", "twice", "once"]
        await tg.sim.do("reorder_next")
        await tg.say("anna", "dm", "first")
        await tg.say("anna", "dm", "second")
        swapped = await tg.updates()
        assert [u["message"]["text"] for u in swapped] == ["second", "first"]
        assert ids(swapped) == sorted(ids(swapped))
        tg.poisoned = True
        number = await tg.sim.do("poison", payload={"message": {"chat": "not a chat"}})
        await tg.sim.do("poison", payload='"not an update"')
        assert await tg.call("getUpdates", offset=tg.offset) == [
            {"update_id": number, "message": {"chat": "not a chat"}},
            "not an update",
        ]
        assert len(tg.sim.emitted) == 5, "poison is not among what the platform itself emitted"


async def test_a_revoked_token_ends_the_poll_and_is_refused_from_then_on() -> None:
    async with Rig() as tg:
        waiting = await polling(tg)
        await tg.sim.do("revoke_token")
        assert (await waiting).refusal == "Unauthorized"
        assert await tg.refused("getMe") == "Unauthorized"
        await tg.sim.do("restore_token")
        assert (await tg.call("getMe"))["username"] == "acme_desk_bot"


async def test_a_cut_aborts_the_waiting_connection_and_loses_nothing() -> None:
    async with Rig() as tg:
        waiting = await polling(tg)
        await tg.sim.do("cut")
        with pytest.raises(Exception, match=r"disconnected|reset"):
            await waiting
        await tg.say("anna", "dm", "still there")
        assert (await tg.update())["text"] == "still there"


async def test_resetting_brings_the_world_back_to_its_start() -> None:
    async with Rig() as tg:
        await tg.say("omar", "Desk")
        async with tg.http.post(f"{tg.sim.url}/_sim/reset") as response:
            assert response.status == 200
        assert tg.sim.texts("Desk") == []
        assert await tg.call("getUpdates") == []
        assert (await tg.send(DESK))["message_id"] == 1


async def test_people_act_over_http_and_are_told_what_they_cannot_do() -> None:
    async with Rig() as tg:
        act = {"act": "write", "who": "anna", "room": "dm", "text": "Hi"}
        async with tg.http.post(f"{tg.sim.url}/_sim/act", json=act) as response:
            assert await response.json() == {"result": "1"}
        async with tg.http.post(f"{tg.sim.url}/_sim/act", json=act | {"room": "Desk"}) as response:
            assert (response.status, await response.json()) == (400, {"error": "Anna is not in 'Desk'."})
        with pytest.raises(Refused, match="cannot 'submit'"):
            await tg.sim.do("submit", who="anna")
