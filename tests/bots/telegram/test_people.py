"""Who the agents are, and what `frontdesk check` tells of a bot's rights."""

import pytest

from bots.port import StartError
from bots.telegram.poll import ALLOWED
from inbox.directory import AgentRef, Room
from inbox.model import Account
from tests.bots.telegram.rig import DESK, LISA, MAJA, OLD_DESK, OMAR, SUPPORT, Rig


def ref(kind: str, name: str) -> AgentRef:
    return AgentRef("shop", kind, name)  # type: ignore[arg-type]


async def test_agents_are_users_or_a_groups_administrators() -> None:
    async with Rig() as door:
        assert await door.bot.people(ref("user", OMAR)) == [Account("shop", OMAR, "Omar")]
        assert await door.bot.people(ref("admins", DESK)) == [Account("shop", MAJA, "Maja", "da")]
        assert await door.bot.people(ref("user", "799999999")) == [Account("shop", "799999999", "")]
        for wrong in (ref("admins", "-100999"), ref("admins", "Desk"), ref("role", "Support")):
            with pytest.raises(StartError):
                await door.bot.people(wrong)
        with pytest.raises(StartError, match="list the agents"):
            await door.bot.people(Room("shop", DESK, "Desk"))


async def test_who_could_not_be_asked_is_not_taken_for_a_stranger() -> None:
    async with Rig() as door:
        door.sim.faults.order("status", "getChat", status=502)
        with pytest.raises(StartError):
            await door.bot.people(ref("user", OMAR))


async def test_an_agent_who_was_looked_up_is_known_by_their_name_in_mentions() -> None:
    async with Rig() as door:
        await door.bot.people(ref("user", LISA))
        said = await door.says("omar", "Desk", "@lisa_acme, your turn?")
        assert said.mentions == (LISA,)


async def test_administrators_follow_their_group_to_its_new_id() -> None:
    async with Rig() as door:
        await door.do("promote", who="omar", room="Old desk")
        await door.do("migrate", room="Old desk")
        assert {who.name for who in await door.bot.people(ref("admins", OLD_DESK))} == {"Omar", "Maja"}


async def test_the_check_names_what_is_missing_and_nothing_else() -> None:
    async with Rig() as door:
        rooms: dict[str, Room | None] = {f"shop:{room.external_id}": room for room in door.rooms}
        assert await door.bot.check({k: v for k, v in rooms.items() if SUPPORT not in k}, [ref("user", OMAR)]) == []
        [privacy] = await door.bot.check({"shop:Support": rooms[f"shop:{SUPPORT}"]}, [])
        assert "/setprivacy" in privacy
        await door.do("set_privacy", on=False)
        await door.bot.connect()
        [reactions] = await door.bot.check({"shop:Support": rooms[f"shop:{SUPPORT}"]}, [])
        assert "reactions are told" in reactions
        await door.do("restrict_bot", room="Support")
        [silent] = await door.bot.check({"shop:Support": rooms[f"shop:{SUPPORT}"]}, [])
        assert "may not write there" in silent
        await door.do("promote_bot", room="Support")
        assert await door.bot.check({"shop:Support": rooms[f"shop:{SUPPORT}"]}, []) == []
        await door.do("promote_bot", room="Desk", rights=["can_delete_messages"])
        await door.do("kick_bot", room="Old desk")
        door.sim.faults.order("error", "getChatMember", body=SUPPORT, error="Bad Request: member list is inaccessible")
        found = await door.bot.check({**rooms, "shop:#no": None}, [ref("user", "799999999"), ref("role", "x")])
        expected = (
            "manage topics",
            "member list is inaccessible",
            "any more",
            "does not see",
            "press",
            "knows no roles",
        )
        for words in expected:
            assert any(words.casefold() in sentence.casefold() for sentence in found), words
        assert len(found) == len(expected)


async def test_a_webhook_that_somebody_else_set_is_told_without_its_path() -> None:
    async with Rig(start=False) as door:
        await door.bot.connect()
        assert await door.bot.check({}, []) == []
        door.sim.webhook.url = "https://other.example.org/a-secret-path"
        [told] = await door.bot.check({}, [])
        assert "to other.example.org," in told and "secret" not in told
        door.sim.faults.order("status", "getWebhookInfo", status=502)
        [told] = await door.bot.check({}, [])
        assert told.startswith("Telegram does not tell where")


async def test_how_posting_to_us_goes_is_told_while_it_does_not() -> None:
    async with Rig(start=False, webhook="https://desk.example.org") as door:
        await door.bot.connect()
        assert await door.bot.check({}, []) == [], "one that is not set yet Frontdesk sets"
        hook = door.sim.webhook
        hook.url, hook.updates.chosen = "https://desk.example.org/telegram/shop", list(ALLOWED)
        hook.last_error = (1.0, "Connection timed out")
        assert await door.bot.check({}, []) == [], "nothing waits: that is long ago"
        await door.do("write", who="erik", room="dm", text="Anybody?")
        [told] = await door.bot.check({}, [])
        assert hook.url in told and "Connection timed out" in told and "wait there: 1." in told
        hook.updates.queue.clear()
        hook.updates.chosen = ["message"]
        [told] = await door.bot.check({}, [])
        assert "message_reaction" in told and "start Frontdesk again" in told
        hook.url = "https://desk.example.org/telegram/another"
        [told] = await door.bot.check({}, [])
        assert "takes them over" in told
