"""Commands: what the bot is told, and what it may answer until when."""

import asyncio
from typing import Any

import pytest

from bots.simulator.discord import Tuning
from bots.simulator.server import Refused
from tests.bots.simulator.discord_desk import Desk, desk
from tests.bots.simulator.discord_rig import ANNA, BOT, GUILD, LISA, OMAR, PNG, Rig


async def typed(dc: Rig, bot: Desk, text: str, who: str = "omar", room: str = "#desk", **more: Any) -> tuple[Any, Any]:
    """What the bot hears of a command that it answers, and what the person is shown."""
    act = asyncio.create_task(dc.sim.do("command", who=who, room=room, text=text, **more))
    heard, _ = await bot.answer(4, {"content": "done"})
    return heard, await act


async def test_what_a_command_tells_the_bot() -> None:
    async with Rig() as dc:
        bot = await desk(dc)
        heard, shown = await typed(dc, bot, "/ticket assign number:42 to:@Lisa priority:high")
        assert shown["ok"] is True
        assert shown["message"]["text"] == "done"
        data = heard["data"]
        assert (data["name"], data["options"][0]["name"]) == ("ticket", "assign")
        assert data["options"][0]["options"] == [
            {"name": "number", "type": 4, "value": 42},
            {"name": "to", "type": 6, "value": LISA},
            {"name": "priority", "type": 3, "value": "high"},
        ]
        assert data["resolved"]["users"][LISA]["username"] == "lisa"
        assert "user" not in data["resolved"]["members"][LISA]
        assert (heard["member"]["user"]["id"], heard["guild_id"], heard["context"]) == (OMAR, GUILD, 0)
        posted = dc.sim.said_by_bot("#desk")[0]
        assert (posted.type, posted.interaction and posted.interaction["name"]) == (20, "ticket assign")


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("/ticket claim 42", {"number": 42}),
        ("/ticket claim", {}),
        ("/ticket reply 42 it works now", {"number": 42, "words": "it works now"}),
        ("/ticket reply it works: now", {"words": "it works: now"}),
        ("/ticket reply words:see number: it is 7", {"words": "see", "number": None}),
        ("/ticket assign 7 lisa Low", {"number": 7, "to": LISA, "priority": "low"}),
    ],
)
async def test_commands_are_typed_by_name_or_in_order(text: str, options: dict[str, Any]) -> None:
    async with Rig() as dc:
        bot = await desk(dc)
        if None in options.values():
            with pytest.raises(Refused, match="number is a number"):
                await dc.sim.do("command", who="omar", room="#desk", text=text)
            return
        heard, _ = await typed(dc, bot, text)
        given = heard["data"]["options"][0].get("options", [])
        assert {option["name"]: option["value"] for option in given} == options


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ticket", "begins with /"),
        ("/nothing", "no command /nothing"),
        ("/ticket", "followed by one of: claim, reply, assign"),
        ("/ticket fly", "followed by one of"),
        ("/ticket claim many", "does not understand 'many'"),
        ("/ticket claim number:many", "number is a number"),
        ("/ticket claim number:0", "between 1 and"),
        ("/ticket assign 7", "needs to"),
        ("/ticket assign 7 nobody", "called 'nobody'"),
        ("/ticket assign 7 lisa soon", "one of: High, Low"),
        ("/ticket assign number:7 to:lisa priority:soon", "one of: High, Low"),
        ("/ticket attach", "needs file"),
    ],
)
async def test_the_client_refuses_what_does_not_fit(text: str, sentence: str) -> None:
    async with Rig() as dc:
        await desk(dc)
        with pytest.raises(Refused, match=sentence):
            await dc.sim.do("command", who="omar", room="#desk", text=text)


async def test_commands_in_threads_direct_messages_and_with_files() -> None:
    async with Rig() as dc:
        bot = await desk(dc)
        thread = await dc.sim.do("create_thread", who="omar", room="#desk", name="#42")
        heard, _ = await typed(dc, bot, "/ticket claim", thread=thread)
        assert (heard["channel_id"], heard["channel"]["type"], heard["channel"]["parent_id"]) == (
            thread,
            11,
            dc.id("desk"),
        )
        heard, _ = await typed(dc, bot, "/ticket claim", who="anna", room="dm")
        assert (heard["user"]["id"], heard["context"], "guild_id" in heard) == (ANNA, 1, False)
        heard, _ = await typed(dc, bot, "/ticket attach", files=[PNG])
        file_id = heard["data"]["options"][0]["options"][0]["value"]
        file = heard["data"]["resolved"]["attachments"][file_id]
        assert file["filename"] == "shot.png"
        async with dc.http.get(file["url"]) as answer:
            assert await answer.read() == PNG["bytes"]


async def test_default_member_permissions_hide_a_command() -> None:
    async with Rig() as dc:
        await desk(dc)
        hidden = {"name": "close-all", "description": "x", "default_member_permissions": "8192"}
        await dc.call("POST", f"/applications/{BOT}/guilds/{GUILD}/commands", hidden)
        with pytest.raises(Refused, match="no command /close-all"):
            await dc.sim.do("command", who="anna", room="#support", text="/close-all")
        assert "/close-all" in [one["name"] for one in dc.sim.state("omar")["commands"]]
        assert "/close-all" not in [one["name"] for one in dc.sim.state("anna")["commands"]]


async def test_an_answer_too_late_is_unknown_and_the_person_is_told() -> None:
    async with Rig(tuning=Tuning(interaction_seconds=0.05)) as dc:
        bot = await desk(dc)
        shown = await dc.sim.do("command", who="omar", room="#desk", text="/ticket claim 42")
        assert (shown["ok"], shown["error"]) == (False, "The application did not respond")
        _, refused = await bot.answer(4, {"content": "late"})
        assert refused.code == (404, 10062)
        assert dc.sim.texts("#desk") == []


async def test_the_three_seconds_pass_on_the_simulators_clock_too() -> None:
    async with Rig() as dc:
        bot = await desk(dc)
        act = asyncio.create_task(dc.sim.do("command", who="omar", room="#desk", text="/ticket claim 42"))
        heard = await bot.wire.until("INTERACTION_CREATE")
        dc.now += 3.5
        assert (await bot.callback(heard, 5)).code == (404, 10062)
        act.cancel()


async def test_nobody_connected_means_no_answer() -> None:
    async with Rig() as dc:
        bot = await desk(dc)
        await bot.wire.gone()
        await dc.sim.until(lambda: not dc.sim.core.hub.sessions)
        shown = await dc.sim.do("command", who="omar", room="#desk", text="/ticket claim 42")
        assert shown["error"] == "The application did not respond"


async def test_one_answer_only_then_follow_ups_for_fifteen_minutes() -> None:
    async with Rig() as dc:
        bot = await desk(dc)
        act = asyncio.create_task(dc.sim.do("command", who="omar", room="#desk", text="/ticket claim 42"))
        heard = await bot.wire.until("INTERACTION_CREATE")
        assert (await bot.hook("POST", heard, "", {"content": "x"})).code == (404, 10015)
        answered = await bot.callback(heard, 4, {"content": "claimed", "flags": 64}, with_response="true")
        assert answered.body["resource"]["message"]["flags"] == 64
        assert answered.body["interaction"]["response_message_ephemeral"] is True
        assert (await act)["message"]["private"] is True
        assert (await bot.callback(heard, 4, {"content": "again"})).code == (400, 40060)
        assert dc.sim.texts("#desk") == [], "an ephemeral answer is in no history"
        assert [message.text for message in dc.sim.whispers("omar")] == ["claimed"]
        assert (await bot.hook("PATCH", heard, "/messages/@original", {"content": "claimed!"})).status == 200
        assert (await bot.hook("GET", heard, "/messages/@original")).body["content"] == "claimed!"
        private = dc.sim.whispers("omar")[0].id
        assert (await dc.call("GET", f"/channels/{dc.id('desk')}/messages/{private}")).code == (404, 10008)
        more = (await bot.hook("POST", heard, "", {"content": "told everybody"})).body["id"]
        assert (await bot.hook("DELETE", heard, f"/messages/{more}")).status == 204
        dc.now += 899
        assert (await bot.hook("POST", heard, "", {"content": "at 14:59"})).status == 200
        dc.now += 2
        assert (await bot.hook("POST", heard, "", {"content": "at 15:01"})).code == (401, 50027)
        assert (await bot.hook("DELETE", heard, "/messages/@original")).code == (401, 50027)
        assert dc.sim.texts("#desk") == ["at 14:59"]


async def test_a_deferred_answer_is_filled_by_the_first_follow_up_and_stays_as_private() -> None:
    async with Rig() as dc:
        bot = await desk(dc)
        act = asyncio.create_task(dc.sim.do("command", who="omar", room="#desk", text="/ticket claim 42"))
        heard, _ = await bot.answer(5, {"flags": 64})
        shown = await act
        assert (shown["ok"], shown["thinking"], shown["message"]["private"]) == (True, True, True)
        filled = await bot.hook("POST", heard, "", {"content": "claimed"})
        assert (filled.body["id"], filled.body["flags"]) == (shown["message"]["id"], 64)
        assert filled.body["edited_timestamp"] is None
        second = await bot.hook("POST", heard, "", {"content": "for all"})
        assert second.body["flags"] == 0
        assert dc.sim.texts("#desk") == ["for all"]


async def test_a_public_deferred_answer_is_announced_and_then_edited() -> None:
    async with Rig() as dc:
        bot = await desk(dc)
        act = asyncio.create_task(dc.sim.do("command", who="omar", room="#desk", text="/ticket claim 42"))
        heard, _ = await bot.answer(5)
        await act
        assert (await bot.wire.until("MESSAGE_CREATE"))["flags"] == 128
        await bot.hook("PATCH", heard, "/messages/@original", {"content": "claimed"})
        told = await bot.wire.until("MESSAGE_UPDATE")
        assert (told["flags"], told["content"], told["edited_timestamp"]) == (0, "claimed", None)


async def test_suggestions() -> None:
    async with Rig() as dc:
        bot = await desk(dc)
        act = asyncio.create_task(dc.sim.do("autocomplete", who="omar", room="#desk", text="/ticket tag pri"))
        heard, _ = await bot.answer(8, {"choices": [{"name": "printer", "value": "printer"}]})
        assert heard["type"] == 4
        assert heard["data"]["options"][0]["options"] == [{"name": "tag", "type": 3, "value": "pri", "focused": True}]
        assert (await act)["choices"] == [{"name": "printer", "value": "printer"}]
        with pytest.raises(Refused, match="Nothing is suggested"):
            await dc.sim.do("autocomplete", who="omar", room="#desk", text="/ticket claim 4")


async def test_menus_of_messages_and_people() -> None:
    async with Rig() as dc:
        bot = await desk(dc)
        words = await dc.sim.do("write", who="anna", room="#support", text="help")
        how = {"who": "omar", "room": "#support"}
        act = asyncio.create_task(dc.sim.do("context_menu", message=words, name="Make a ticket", **how))
        heard, _ = await bot.answer(4, {"content": "made", "flags": 64})
        assert heard["data"]["target_id"] == words
        assert heard["data"]["resolved"]["messages"][words]["content"] == "help"
        assert (await act)["message"]["text"] == "made"
        act = asyncio.create_task(dc.sim.do("context_menu", message="", name="Inspect @Anna", **how))
        heard, _ = await bot.answer(5)
        assert (heard["data"]["target_id"], list(heard["data"]["resolved"]["users"])) == (ANNA, [ANNA])
        await act
        with pytest.raises(Refused, match="no entry 'Fly'"):
            await dc.sim.do("context_menu", message=words, name="Fly", **how)
