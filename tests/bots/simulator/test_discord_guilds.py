"""The simulated bot in several guilds: what it is told of each, and what it may look at."""

from tests.bots.simulator.discord_rig import ANNA, BOT, ERIK, GUILD, USUAL, Rig, Wire


async def told(wire: Wire, event: str) -> str:
    """The guild that the next event of that name is about."""
    data = await wire.until(event)
    return str(data.get("guild_id") or data["id"])


async def test_the_bot_is_told_of_each_guild_it_is_in() -> None:
    async with Rig() as dc:
        beta = await dc.sim.do("add_guild", name="Beta", members=["erik"])
        await dc.sim.do("add_guild", name="Gamma", bot=False)
        wire, ready = await dc.identified()
        assert [guild["id"] for guild in ready["guilds"]] == [GUILD, beta]
        assert await told(wire, "GUILD_CREATE") == beta
        listed = (await dc.call("GET", "/users/@me/guilds")).body
        assert [guild["name"] for guild in listed] == ["Acme", "Beta"]
        room = await dc.sim.do("add_room", name="support", guild="Beta")
        assert await told(wire, "CHANNEL_CREATE") == beta
        assert [c["id"] for c in (await dc.call("GET", f"/guilds/{beta}/channels")).body] == [room]
        assert room not in {c["id"] for c in (await dc.call("GET", f"/guilds/{GUILD}/channels")).body}
        question = await dc.sim.do("write", who="erik", room=room, text="Hello")
        assert await told(wire, "MESSAGE_CREATE") == beta
        thread = await dc.sim.do("create_thread", who="erik", room=room, name="There", message=question)
        assert await told(wire, "THREAD_CREATE") == beta
        active = [(await dc.call("GET", f"/guilds/{guild}/threads/active")).body["threads"] for guild in (GUILD, beta)]
        assert [[t["id"] for t in found] for found in active] == [[], [thread]]


async def test_members_and_roles_are_each_guilds_own() -> None:
    async with Rig() as dc:
        beta = await dc.sim.do("add_guild", name="Beta", members=["erik"])
        wire, _ = await dc.identified()
        role = await dc.sim.do("add_role", name="Helpers", members=["erik"], guild="Beta")
        assert await told(wire, "GUILD_ROLE_CREATE") == beta
        assert await told(wire, "GUILD_MEMBER_UPDATE") == beta
        members = (await dc.call("GET", f"/guilds/{beta}/members", params={"limit": 10})).body
        assert {m["user"]["id"] for m in members} >= {ERIK, BOT}
        assert ANNA not in {m["user"]["id"] for m in members}
        assert (await dc.call("GET", f"/guilds/{beta}/members/{ERIK}")).body["roles"] == [role]
        assert role not in (await dc.call("GET", f"/guilds/{GUILD}/members/{ERIK}")).body["roles"]
        room = await dc.sim.do("add_room", name="private", private=True, members=["erik"], guild="Beta")
        sent = await dc.sim.do("write", who="erik", room=room, text="for us")
        assert (await wire.until("MESSAGE_CREATE"))["id"] == sent


async def test_a_guild_that_the_bot_was_thrown_out_of_is_closed_to_it() -> None:
    async with Rig() as dc:
        wire, _ = await dc.identified(USUAL)
        beta = await dc.sim.do("add_guild", name="Beta", members=["erik"])
        room = await dc.sim.do("add_room", name="support", guild="Beta")
        assert await told(wire, "GUILD_CREATE") == beta
        await dc.sim.do("remove_bot", guild="Beta")
        assert await wire.until("GUILD_DELETE") == {"id": beta}
        assert (await dc.call("GET", f"/guilds/{beta}")).code == (403, 50001)
        assert (await dc.call("GET", f"/channels/{room}")).code == (403, 50001)
        await dc.sim.do("write", who="erik", room=room, text="unheard")
        here = await dc.sim.do("write", who="anna", room="#support", text="heard")
        assert (await wire.until("MESSAGE_CREATE"))["id"] == here
        await dc.sim.do("invite_bot", guild="Beta")
        assert await told(wire, "GUILD_CREATE") == beta
