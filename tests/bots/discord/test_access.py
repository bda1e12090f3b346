"""Tokens, intents, rooms, roles: what the door needs, and the sentence where it lacks it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from bots.port import Card, StartError
from bots.simulator.discord import Tuning as Figures
from inbox.directory import AgentRef, Room
from tests.bots.discord.rig import ANNA, LISA, MAJA, OMAR, QUICK, Door


async def refused(door: Door) -> str:
    with pytest.raises(StartError) as error:
        await door.open()
    assert not door.bot.health().ok
    return str(error.value)


async def test_the_rooms_that_the_bot_sees() -> None:
    async with Door(connect=False) as door:
        await door.sim.do("add_room", name="secret", private=True, members=["maja"], bot=False)
        await door.sim.do("add_room", name="board", private=True, members=["maja"])
        rooms = {room.name: room for room in await door.platform().connect()}
        assert set(rooms) == {"#general", "#support", "#help-forum", "#desk", "#board"}
        assert [name for name, room in rooms.items() if room.private] == ["#desk", "#board"]
        assert [name for name, room in rooms.items() if room.kind == "forum"] == ["#help-forum"]
        assert rooms["#support"] == Room("community", door.id("support"), "#support")


async def test_without_a_token_or_with_a_wrong_one_it_says_where_to_get_one() -> None:
    async with Door(connect=False) as door:
        for token, says in (("", "missing"), ("wrong", "Reset Token")):
            with pytest.raises(StartError, match=says) as error:
                await door.platform(bot_token=token).connect()
            assert "wrong" not in str(error.value)


async def test_before_it_is_connected_nobody_can_be_looked_up() -> None:
    async with Door(connect=False) as door:
        with pytest.raises(StartError, match="not made yet"):
            await door.platform().people(AgentRef("community", "role", "Support"))


async def test_without_message_content_it_does_not_start() -> None:
    async with Door(connect=False) as door:
        await door.sim.do("revoke_intent", intent="MESSAGE_CONTENT")
        assert "Message Content Intent" in await refused(door)
        assert door.calls("GET /users/@me/guilds") == 0, "it was noticed at once"
        await door.sim.do("grant_intent", intent="MESSAGE_CONTENT")
        await door.open()
        await door.writes("anna", "Words")
        await door.front.hears("Words")


async def test_an_intent_taken_away_between_sign_in_and_gateway_says_what_to_click() -> None:
    async with Door(connect=False) as door:
        platform = door.platform()
        rooms = await platform.connect()
        await door.sim.do("revoke_intent", intent="MESSAGE_CONTENT")
        with pytest.raises(StartError, match="Message Content Intent"):
            await platform.start(door.front, frozenset(room.external_id for room in rooms))


async def test_a_server_that_is_not_there_is_told_so() -> None:
    async with Door(connect=False) as door:
        await door.sim.stop()
        with pytest.raises(StartError, match="could not be reached"):
            await door.platform().connect()
        await door.sim.start()
        await door.open()
        assert door.bot.health().ok


async def test_a_gateway_that_is_not_there_is_told_so() -> None:
    async with Door(connect=False, tuning=replace(QUICK, ready=0.2)) as door:
        await door.sim.do("refuse_connections", times=1000)
        assert "down" in await refused(door)


@pytest.mark.parametrize(("code", "says"), [(4004, "token"), (4013, "intents"), (4014, "Message Content Intent")])
async def test_after_a_final_close_the_door_stays_closed_and_says_why(code: int, says: str) -> None:
    async with Door() as door:
        await door.sim.do("close", code=code)
        await door.sim.until(lambda: not door.sim.gateway.connections)
        await door.bot._line._task  # type: ignore[union-attr, misc]
        assert not door.bot.health().ok
        assert says in door.bot.health().sentence
        assert door.sim.core.identified == 1, "no attempt was made"


async def test_health_follows_the_line() -> None:
    async with Door() as door:
        assert door.bot.health().ok
        await door.sim.do("refuse_connections", times=3)
        await door.sim.do("cut")
        await door.sim.until(lambda: not door.bot.health().ok)
        assert "made again" in door.bot.health().sentence
        await door.writes("anna", "Hello?")
        await door.front.hears("Hello?")
        assert door.bot.health().ok


async def test_unanswered_heartbeats_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.discord.gateway.HEALTHY_ACK_SECONDS", 0.05)
    async with Door(figures=Figures(heartbeat_seconds=0.1)) as door:
        await door.sim.do("half_open")
        async with asyncio.timeout(5):
            while door.bot.health().ok:  # noqa: ASYNC110 - silence makes no event to wait for
                await asyncio.sleep(0.01)
        assert "does not answer" in door.bot.health().sentence


async def test_agents_by_id_by_name_and_by_role() -> None:
    async with Door() as door:

        async def names(kind: str, name: str) -> set[str]:
            found = await door.bot.people(AgentRef("community", kind, name))  # type: ignore[arg-type]
            assert all(account.connection == "community" for account in found)
            return {account.name for account in found}

        await door.sim.do("rename", who="lisa", nick="Lisa S.")
        assert await names("user", LISA) == {"Lisa S."}
        assert await names("user", "@omar") == {"Omar"}
        assert await names("role", "support") == {"Omar", "Lisa S.", "Maja"}
        assert await names("role", "Frontdesk") == set(), "no bots"
        for kind, name, says in (
            ("user", "nobody", "nobody"),
            ("role", "Kings", "no role"),
            ("role", "@everyone", "no role"),
            ("group", "it", "knows no groups"),
            ("admins", "x", "knows no admins"),
        ):
            with pytest.raises(StartError, match=says):
                await names(kind, name)


async def test_agents_as_members_of_a_private_room() -> None:
    async with Door() as door:
        found = await door.bot.people(door.rooms["#desk"])
        assert {account.external_id for account in found} == {OMAR, LISA, MAJA}
        await door.sim.do("join", who="anna", room="#desk")
        await door.writes("anna", "Hello", room="#support")
        await door.front.hears("Hello")
        assert ANNA in {account.external_id for account in await door.bot.people(door.rooms["#desk"])}
        await door.sim.do("add_room", name="board", private=True, members=["omar"])
        board = next(room for room in await door.platform().connect() if room.name == "#board")
        assert {account.name for account in await door.bot.people(board)} == {"Omar", "Maja"}, "and the server's owner"
        with pytest.raises(StartError, match="open to everybody"):
            await door.bot.people(door.rooms["#support"])


async def test_without_the_members_intent_roles_cannot_be_looked_up_but_persons_can() -> None:
    async with Door(connect=False) as door:
        await door.sim.do("revoke_intent", intent="GUILD_MEMBERS")
        await door.open()
        with pytest.raises(StartError, match="Server Members Intent"):
            await door.bot.people(AgentRef("community", "role", "Support"))
        assert [a.name for a in await door.bot.people(AgentRef("community", "user", OMAR))] == ["Omar"]
        await door.writes("anna", "Words")
        await door.front.hears("Words")


@pytest.mark.parametrize(
    "change",
    [
        lambda door: door.sim.do("take_role", who="lisa", role="Support"),
        lambda door: door.sim.do("give_role", who="erik", role="Support"),
        lambda door: door.sim.do("leave", who="lisa"),
        lambda door: door.sim.do("join", who="anna", room="#board"),
    ],
)
async def test_a_change_of_the_team_is_told_soon(change: Callable[[Door], object]) -> None:
    async with Door(connect=False) as door:
        await door.sim.do("add_room", name="board", private=True, members=["omar"])
        await door.open()
        await door.bot.people(AgentRef("community", "role", "Support"))
        await door.bot.people(door.rooms["#board"])
        await change(door)  # type: ignore[misc]
        await door.front.until(lambda: door.front.staff_changes)


async def test_what_changes_no_team_is_not_told() -> None:
    async with Door(tuning=replace(QUICK, settle=0.0)) as door:
        await door.bot.people(AgentRef("community", "role", "Support"))
        await door.sim.do("rename", who="lisa", nick="Lisa S.")
        await door.sim.do("leave", who="erik")
        await door.sim.do("add_person", name="Newcomer")
        await door.sim.do("rename_room", room="#general", name="talk")
        await door.writes("anna", "Words")
        await door.front.hears("Words")
        assert door.front.staff_changes == 0


async def test_check_tells_that_anybody_can_take_the_bot() -> None:
    async with Door() as door:
        assert await door.bot.check({}, ()) == []
        door.sim.world.app.bot_public = True
        await door.bot.connect()
        (sentence,) = await door.bot.check({}, ())
        assert sentence.startswith("Anybody can add the bot to a server of their own")


async def test_check_tells_what_is_missing_in_sentences() -> None:
    async with Door() as door:
        rooms = {"community:#support": door.rooms["#support"], "community:#gone": None}
        refs = [AgentRef("community", "role", "Support"), AgentRef("community", "role", "Kings")]
        found = await door.bot.check(rooms, refs)
        assert found == [
            "community:#gone: the bot sees no such channel. Give its role View Channel there, or mend the name in the "
            "desk file.",
            "Discord has no role 'Kings' in the bot's servers.",
        ]
        await door.sim.do("deny_permission", permission="CREATE_PUBLIC_THREADS", room="#support")
        await door.sim.do("deny_permission", permission="ADD_REACTIONS", room="#support")
        await door.writes("anna", "Words")
        await door.front.hears("Words")
        (sentence,) = await door.bot.check({"community:#support": door.rooms["#support"]}, ())
        await door.sim.do("take_role", who="bot", role="Frontdesk")
        await door.writes("anna", "More words")
        await door.front.hears("Words", "More words")
        (hidden,) = await door.bot.check({"community:#desk": door.rooms["#desk"]}, ())
        assert hidden.startswith("community:#desk: the bot lacks View Channel, Send Messages")
        assert sentence.startswith("community:#support: the bot lacks Create Public Threads, Add Reactions there.")


async def test_check_tells_where_private_threads_cannot_be_made() -> None:
    async with Door(connect=False) as door:
        platform = door.platform(private=frozenset({"community:#support", "community:#help-forum"}))
        rooms = {f"community:{room.name}": room for room in await platform.connect()}
        asked = {ref: rooms[ref] for ref in ("community:#support", "community:#help-forum", "community:#general")}
        (forum,) = await platform.check(asked, ())
        assert forum.startswith("community:#help-forum: Discord has private threads in text channels only")
        for room in ("#support", "#general"):
            await door.sim.do("deny_permission", permission="CREATE_PRIVATE_THREADS", room=room)
        await platform.connect()
        found = await platform.check(asked, ())
        lacks = "community:#support: the bot lacks Create Private Threads there. Give its role these permissions."
        assert found == [lacks, forum]


async def test_two_servers_in_one_process() -> None:
    async with Door() as one, Door() as other:
        await one.writes("anna", "here")
        await other.writes("anna", "there")
        await one.front.hears("here")
        await other.front.hears("there")
        await one.bot.direct(ANNA, Card(text="Hi"), "n")
        assert (one.sim.texts("dm:Anna"), other.sim.texts("dm:Anna")) == (["Hi"], [])


async def test_nothing_secret_is_left_in_errors_and_logs(capsys: pytest.CaptureFixture[str]) -> None:
    async with Door() as door:
        await door.sim.do("revoke_token")
        await door.bot._line._task  # type: ignore[union-attr, misc]
    assert door.sim.BOT_TOKEN not in capsys.readouterr().out


async def test_the_end_is_orderly_and_can_be_repeated() -> None:
    async with Door() as door:
        await door.writes("anna", "last words")
        await door.front.hears("last words")
        await door.bot.stop()
        assert not door.sim.gateway.connections
        assert not door.bot.health().ok
        await door.bot.stop()
