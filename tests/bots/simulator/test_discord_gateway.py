"""The gateway as a bot finds it: identifying, intents, replay after a break, and what is lost for good."""

import asyncio
from typing import Any

import aiohttp
import pytest

from bots.simulator.discord import Tuning
from bots.simulator.discord.hub import INTENTS
from tests.bots.simulator.discord_rig import ANNA, BOT, GUILD, OMAR, USUAL, Rig, Wire, identity


async def hello(dc: Rig) -> Wire:
    wire = await dc.dial()
    assert (await wire.hear())["op"] == 10
    return wire


async def resumed(dc: Rig, session: str, seq: int) -> Wire:
    wire = await hello(dc)
    await wire.say(6, {"token": dc.sim.BOT_TOKEN, "session_id": session, "seq": seq})
    return wire


async def say(dc: Rig, text: str) -> str:
    return str(await dc.sim.do("write", who="anna", room="#support", text=text))


async def quiet(dc: Rig) -> None:
    """Until the server has noticed that nobody is connected."""
    await dc.sim.until(lambda: not dc.sim.gateway.connections)


@pytest.mark.parametrize("compress", ["", "zlib-stream"])
async def test_identify_and_be_told(compress: str) -> None:
    async with Rig() as dc:
        wire = await dc.dial(compress)
        greeting = await wire.hear()
        assert greeting["d"]["heartbeat_interval"] == 41250
        await wire.say(1, None)
        assert (await wire.hear())["op"] == 11
        await wire.say(2, identity(USUAL))
        ready = await wire.hear()
        assert (ready["t"], ready["s"]) == ("READY", 1)
        assert ready["d"]["guilds"] == [{"id": GUILD, "unavailable": True}]
        assert ready["d"]["resume_gateway_url"] == dc.sim.gateway_url
        guild = await wire.hear()
        assert (guild["t"], guild["s"]) == ("GUILD_CREATE", 2)
        assert [member["user"]["id"] for member in guild["d"]["members"]] == [BOT], "no presences, so only itself"
        assert guild["d"]["member_count"] == 6
        sent = await say(dc, "help")
        event = await wire.hear()
        assert (event["t"], event["s"]) == ("MESSAGE_CREATE", 3)
        assert (event["d"]["id"], event["d"]["guild_id"], event["d"]["member"]["nick"]) == (sent, GUILD, None)


async def test_members_are_asked_for() -> None:
    async with Rig() as dc:
        wire, _ = await dc.identified()
        await wire.say(8, {"guild_id": GUILD, "query": "", "limit": 0, "nonce": "n1"})
        chunk = await wire.until("GUILD_MEMBERS_CHUNK")
        assert (len(chunk["members"]), chunk["chunk_count"], chunk["nonce"]) == (6, 1, "n1")
        await wire.say(8, {"guild_id": GUILD, "user_ids": [OMAR, "1"], "limit": 0})
        chunk = await wire.until("GUILD_MEMBERS_CHUNK")
        assert ([member["user"]["id"] for member in chunk["members"]], chunk["not_found"]) == ([OMAR], ["1"])
        await wire.say(8, {"guild_id": GUILD, "query": "an", "limit": 5})
        assert (await wire.until("GUILD_MEMBERS_CHUNK"))["members"][0]["user"]["username"] == "anna"
        await wire.say(3, {"status": "online", "since": None, "activities": [], "afk": False})
        await wire.say(8, {"guild_id": GUILD})
        assert await wire.closed() == 4002


async def test_intents_decide_what_is_told() -> None:
    async with Rig() as dc:
        wire, _ = await dc.identified(INTENTS["GUILDS"] | INTENTS["DIRECT_MESSAGES"])
        message = await say(dc, "in the guild")
        await dc.sim.do("react", who="omar", room="#support", message=message, emoji="👀")
        await dc.sim.do("typing", who="omar", room="#support")
        await dc.sim.do("rename", who="omar", nick="Omar at the desk")
        await dc.sim.do("write", who="anna", room="dm", text="directly")
        event = await wire.hear()
        assert (event["t"], event["d"]["content"]) == ("MESSAGE_CREATE", "directly")
        assert "guild_id" not in event["d"]


async def test_words_need_the_message_content_intent() -> None:
    async with Rig() as dc:
        wire, _ = await dc.identified(USUAL & ~INTENTS["MESSAGE_CONTENT"])
        first = await say(dc, "help")
        assert (await wire.until("MESSAGE_CREATE"))["content"] == ""
        await say(dc, "help @Frontdesk")
        assert (await wire.until("MESSAGE_CREATE"))["content"] == f"help <@{BOT}>"
        await dc.sim.do("write", who="anna", room="dm", text="psst")
        assert (await wire.until("MESSAGE_CREATE"))["content"] == "psst"
        own = await dc.post(content="which?", message_reference={"message_id": first})
        told = await wire.until("MESSAGE_CREATE")
        assert (told["content"], told["referenced_message"]["content"]) == ("which?", "")
        assert own.body["referenced_message"]["content"] == "help", "the app has the intent, this session did not ask"


async def test_every_kind_of_event_in_order() -> None:
    async with Rig() as dc:
        wire, _ = await dc.identified()
        message = await say(dc, "help")
        await dc.sim.do("typing", who="omar", room="#support")
        await dc.sim.do("edit", who="anna", room="#support", message=message, text="help!")
        await dc.sim.do("react", who="omar", room="#support", message=message, emoji="👀")
        await dc.sim.do("unreact", who="omar", room="#support", message=message, emoji="👀")
        thread = await dc.sim.do("create_thread", who="omar", room="#support", name="Anna", message=message)
        await dc.sim.do("join", who="lisa", room=thread)
        await dc.sim.do("archive_thread", who="omar", thread=thread)
        await dc.sim.do("delete_thread", who="omar", thread=thread)
        await dc.sim.do("delete", who="anna", room="#support", message=message)
        await dc.sim.do("add_room", name="new")
        await dc.sim.do("delete_room", room="#new")
        await dc.sim.do("add_person", name="Nils")
        await dc.sim.do("rename", who="Nils", nick="N")
        await dc.sim.do("leave", who="Nils")
        told: list[str] = []
        while told[-1:] != ["GUILD_MEMBER_REMOVE"]:
            told.append((await wire.hear())["t"])
        assert told == [
            "MESSAGE_CREATE",
            "TYPING_START",
            "MESSAGE_UPDATE",
            "MESSAGE_REACTION_ADD",
            "MESSAGE_REACTION_REMOVE",
            "THREAD_CREATE",
            "MESSAGE_UPDATE",
            "MESSAGE_CREATE",
            "THREAD_MEMBERS_UPDATE",
            "THREAD_UPDATE",
            "THREAD_DELETE",
            "MESSAGE_DELETE",
            "CHANNEL_CREATE",
            "CHANNEL_DELETE",
            "GUILD_MEMBER_ADD",
            "GUILD_MEMBER_UPDATE",
            "GUILD_MEMBER_REMOVE",
        ]


async def test_a_room_out_of_sight_is_silent_and_comes_back_with_its_threads() -> None:
    async with Rig() as dc:
        wire, _ = await dc.identified()
        message = await say(dc, "before")
        await wire.until("MESSAGE_CREATE")
        await dc.sim.do("deny_permission", permission="VIEW_CHANNEL", room="#support")
        assert (await wire.hear())["t"] == "CHANNEL_UPDATE"
        await say(dc, "unseen")
        thread = await dc.sim.do("create_thread", who="omar", room="#support", name="Anna", message=message)
        await dc.sim.do("grant_permission", permission="VIEW_CHANNEL", room="#support")
        assert (await wire.hear())["t"] == "CHANNEL_UPDATE"
        assert [item["id"] for item in (await wire.until("THREAD_LIST_SYNC"))["threads"]] == [thread]


# breaks


async def test_a_broken_session_is_resumed_with_all_that_was_missed_in_order() -> None:
    async with Rig() as dc:
        wire, ready = await dc.identified()
        await dc.sim.do("cut")
        await quiet(dc)
        for number in range(5):
            await say(dc, str(number))
        wire = await resumed(dc, ready["session_id"], 2)
        told = [await wire.hear() for _ in range(6)]
        assert [event["s"] for event in told] == [3, 4, 5, 6, 7, 8]
        assert [event["d"]["content"] for event in told[:5]] == list("01234")
        assert told[5]["t"] == "RESUMED"
        await say(dc, "live again")
        assert (await wire.hear())["s"] == 9


async def test_a_replay_repeats_what_the_client_had_not_counted() -> None:
    async with Rig() as dc:
        wire, ready = await dc.identified()
        await say(dc, "heard but not counted")
        await wire.until("MESSAGE_CREATE")
        await dc.sim.do("close", code=4000)
        assert await wire.closed() == 4000
        await quiet(dc)
        wire = await resumed(dc, ready["session_id"], 2)
        assert (await wire.hear())["d"]["content"] == "heard but not counted"


async def test_a_resume_can_be_refused_and_then_the_gap_is_gone() -> None:
    async with Rig() as dc:
        wire, ready = await dc.identified()
        await dc.sim.do("disconnect")
        assert (await wire.hear())["op"] == 7
        await dc.sim.do("refuse_resume")
        await say(dc, "in the gap")
        await wire.socket.close(code=4000)
        await quiet(dc)
        wire = await resumed(dc, ready["session_id"], 2)
        refused = await wire.hear()
        assert (refused["op"], refused["d"]) == (9, False)
        await wire.say(2, identity())
        await wire.until("GUILD_CREATE")
        await say(dc, "after it")
        assert (await wire.hear())["d"]["content"] == "after it"
        history = (await dc.call("GET", f"/channels/{dc.id('support')}/messages")).body
        assert [message["content"] for message in history] == ["after it", "in the gap"], "only the history has it"


async def test_a_session_waits_a_few_minutes_and_holds_so_much() -> None:
    async with Rig(tuning=Tuning(replay_limit=5)) as dc:
        wire, ready = await dc.identified()
        await dc.sim.do("cut")
        await quiet(dc)
        for number in range(6):
            await say(dc, str(number))
        wire = await resumed(dc, ready["session_id"], 2)
        assert (await wire.hear())["d"] is False, "six events are more than the five that are kept"
        await wire.gone()
        wire, ready = await dc.identified()
        await dc.sim.do("cut")
        await quiet(dc)
        dc.now += 181
        await say(dc, "too late")
        wire = await resumed(dc, ready["session_id"], 2)
        assert (await wire.hear())["op"] == 9


@pytest.mark.parametrize("code", [1000, 1001])
async def test_a_client_that_says_goodbye_has_no_session_left(code: int) -> None:
    async with Rig() as dc:
        wire, ready = await dc.identified()
        await wire.socket.close(code=code)
        await quiet(dc)
        assert (await (await resumed(dc, ready["session_id"], 2)).hear())["op"] == 9


async def test_resuming_with_a_number_from_the_future() -> None:
    async with Rig() as dc:
        _, ready = await dc.identified()
        await dc.sim.do("cut")
        await quiet(dc)
        wire = await resumed(dc, ready["session_id"], 99)
        assert await wire.closed() == 4007


async def test_an_invalid_session_that_may_be_resumed() -> None:
    async with Rig() as dc:
        wire, ready = await dc.identified()
        await dc.sim.do("invalidate", resumable=True)
        told = await wire.hear()
        assert (told["op"], told["d"]) == (9, True)
        await wire.socket.close(code=4000)
        await quiet(dc)
        wire = await resumed(dc, ready["session_id"], 2)
        assert (await wire.hear())["t"] == "RESUMED"
        await dc.sim.do("invalidate")
        assert (await wire.hear())["d"] is False


async def test_a_client_that_forgets_its_heartbeat_is_dropped() -> None:
    async with Rig(tuning=Tuning(heartbeat_seconds=0.1)) as dc:
        wire, ready = await dc.identified()
        assert await wire.closed() == 4009
        await quiet(dc)
        assert (await (await resumed(dc, ready["session_id"], 2)).hear())["op"] == 9


async def test_a_half_open_connection_is_silent_and_its_session_lives() -> None:
    async with Rig() as dc:
        wire, ready = await dc.identified()
        await dc.sim.do("half_open")
        await wire.say(1, 2)
        await say(dc, "into the void")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await wire.hear()
        again = await resumed(dc, ready["session_id"], 2)
        assert (await again.hear())["d"]["content"] == "into the void"
        await wire.gone()
        await dc.sim.until(lambda: len(dc.sim.gateway.connections) == 1)
        await say(dc, "live")
        assert (await again.until("MESSAGE_CREATE"))["content"] == "live"


async def test_while_nobody_listens_events_are_lost() -> None:
    async with Rig() as dc:
        await say(dc, "before anybody came")
        wire, _ = await dc.identified()
        await say(dc, "now")
        assert (await wire.hear())["d"]["content"] == "now"


async def test_an_outage_refuses_connections() -> None:
    async with Rig() as dc:
        await dc.sim.do("refuse_connections")
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await dc.dial()
        assert refused.value.status == 503
        await hello(dc)


# disorder


async def test_events_can_come_twice_or_in_the_wrong_order() -> None:
    async with Rig() as dc:
        wire, _ = await dc.identified()
        await dc.sim.do("duplicate_next")
        await say(dc, "twice")
        told = [await wire.hear(), await wire.hear()]
        assert [(event["s"], event["d"]["content"]) for event in told] == [(3, "twice"), (4, "twice")]
        await dc.sim.do("reorder_next")
        await say(dc, "first")
        await say(dc, "second")
        assert [(await wire.hear())["d"]["content"] for _ in range(2)] == ["second", "first"]


@pytest.mark.parametrize("payload", [None, {"id": "abc"}, {"t": "GUILD_CREATE", "d": {}}])
async def test_poison_is_delivered_as_it_is(payload: Any) -> None:
    async with Rig() as dc:
        dc.poisoned = True
        wire, _ = await dc.identified()
        assert await dc.sim.do("poison", payload=payload) == 1
        event = await wire.hear()
        wanted = ("GUILD_CREATE", {}) if payload and "t" in payload else ("MESSAGE_CREATE", payload)
        assert (event["t"], event["d"]) == wanted


async def test_identifying_again_within_five_seconds_is_refused_where_limits_are_on() -> None:
    async with Rig(limits=True) as dc:
        await dc.identified()
        wire = await hello(dc)
        await wire.say(2, identity())
        refused = await wire.hear()
        assert (refused["op"], refused["d"]) == (9, False)


async def test_two_sessions_hear_the_same() -> None:
    async with Rig() as dc:
        wires = [(await dc.identified())[0] for _ in range(2)]
        await say(dc, "to both")
        assert [(await wire.until("MESSAGE_CREATE"))["content"] for wire in wires] == ["to both", "to both"]


async def test_a_reset_makes_the_bot_sign_in_anew() -> None:
    async with Rig() as dc:
        wire, ready = await dc.identified()
        sent = await say(dc, "old world")
        await dc.call("POST", f"/applications/{BOT}/commands", {"name": "ticket", "description": "x"})
        dc.sim.reset()
        assert await wire.closed() == 4000
        assert dc.sim.texts("#support") == []
        assert (await (await resumed(dc, ready["session_id"], 3)).hear())["op"] == 9
        assert len((await dc.call("GET", f"/applications/{BOT}/commands")).body) == 1
        assert int(await say(dc, "new world")) > int(sent)
        assert dc.sim.world.users[ANNA].name == "Anna"
