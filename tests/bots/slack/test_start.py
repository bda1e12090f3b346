"""Coming up: tokens, scopes, rooms, and what is said where something is wrong with them."""

import pytest

from bots.port import StartError
from bots.slack import manifest
from inbox.directory import AgentRef, Room
from tests.bots.slack.rig import ANNA, IT_DESK, IT_HELP, LISA, MAJA, OMAR, Door


async def test_it_finds_its_rooms_and_opens_two_sockets() -> None:
    async with Door() as door:
        rooms = await door.platform.connect()
        assert {room.name: room.private for room in rooms} == {
            "#it-help": False,
            "#it-desk": True,
            "#customer-desk": True,
            "#payroll-desk": True,
        }
        assert next(room for room in rooms if room.name == "#it-help").external_id == IT_HELP
        assert door.sim.connections == 2
        assert door.platform.health().ok


async def test_what_it_asks_for_at_start_is_little() -> None:
    async with Door() as door:
        assert [call.call for call in door.sim.log] == [
            "auth.test",
            "users.conversations",
            "apps.connections.open",
            "apps.connections.open",
        ]


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        ({"bot_token": "xoxb-wrong"}, ["bot token", "SLACK_BOT_TOKEN", "invalid_auth"]),
        ({"app_token": ""}, ["app token is missing", "SLACK_APP_TOKEN", "over HTTP", "SLACK_SIGNING_SECRET"]),
        ({"app_token": "xapp-wrong"}, ["app token", "SLACK_APP_TOKEN", "invalid_auth"]),
        ({"app_token": "xoxb-simulated-bot-token"}, ["app token", "not_allowed_token_type"]),
    ],
)
async def test_a_wrong_token_is_a_sentence(tokens: dict[str, str], words: list[str]) -> None:
    async with Door(started=False) as door:
        with pytest.raises(StartError) as refused:
            await door.start(door.platform_with(**tokens))
        assert all(word in str(refused.value) for word in words), str(refused.value)
        assert "simulated" not in str(refused.value) and "wrong" not in str(refused.value)  # no secrets
        assert door.sim.connections == 0


async def test_a_revoked_token_is_a_sentence() -> None:
    async with Door(started=False) as door:
        await door.sim.do("revoke_token")
        with pytest.raises(StartError, match=r"bot token.*token_revoked"):
            await door.start()


async def test_a_server_that_is_gone_is_a_sentence() -> None:
    async with Door(started=False) as door:
        await door.sim.stop()
        with pytest.raises(StartError, match="could not be reached"):
            await door.start()


@pytest.mark.parametrize("scope", [name for name, scope in manifest.SCOPES.items() if scope.needed])
async def test_without_a_needed_scope_it_does_not_start(scope: str) -> None:
    async with Door(started=False) as door:
        await door.sim.do("set_scopes", without=scope)
        with pytest.raises(StartError) as refused:
            await door.start()
        assert scope in str(refused.value) and "install the app again" in str(refused.value)


@pytest.mark.parametrize("scope", [name for name, scope in manifest.SCOPES.items() if not scope.needed])
async def test_without_another_it_starts_and_check_says_so(scope: str) -> None:
    async with Door(started=False) as door:
        await door.sim.do("set_scopes", without=scope)
        await door.start()
        assert any(scope in sentence for sentence in await door.platform.check({}, []))


async def test_the_scopes_we_name_are_enough() -> None:
    async with Door(started=False) as door:
        await door.sim.do("set_scopes", scopes=",".join(manifest.SCOPES))
        await door.start()
        assert await door.platform.check({"acme:#it-help": Room("acme", IT_HELP, "#it-help")}, []) == []


async def test_missing_socket_scope_is_a_sentence() -> None:
    async with Door(started=False) as door:
        door.sim.world.app.app_scopes.clear()
        with pytest.raises(StartError, match=manifest.APP_SCOPE):
            await door.start()


async def test_check_names_rooms_and_agents_that_are_wrong() -> None:
    async with Door() as door:
        await door.sim.do("add_person", name="Guest", id="U0GUEST00001", guest=True)
        found = await door.platform.check(
            {"acme:#nowhere": None},
            [
                AgentRef("acme", "user", OMAR),
                AgentRef("acme", "user", "U0NOBODY0001"),
                AgentRef("acme", "user", "U0GUEST00001"),
                AgentRef("acme", "group", "it-support"),
                AgentRef("acme", "role", "Support"),
            ],
        )
        assert [("#nowhere" in one, "/invite" in one) for one in found[:1]] == [(True, True)]
        assert len(found) == 5
        assert "user_not_found" in found[1] and "guests" in found[2]
        assert "it-support" in found[3] and "roles" in found[4]


async def test_check_tries_the_app_token() -> None:
    async with Door(started=False) as door:
        platform = door.platform_with(app_token="xapp-old")
        await platform.connect()
        found = await platform.check({}, [])
        assert len(found) == 1 and "SLACK_APP_TOKEN" in found[0]


async def test_agents_are_members_groups_and_users_but_no_guests_externals_or_bots() -> None:
    async with Door() as door:
        for name, how in (("Gustav", "guest"), ("Ext", "external"), ("Robot", "bot")):
            await door.sim.do("add_person", name=name, id=f"U0{name.upper()}01", **{how: True})
            await door.sim.do("join", who=name, room="#it-desk")
        everybody = [OMAR, LISA, "U0GUSTAV01", "U0EXT01", "U0ROBOT01"]
        await door.sim.do("add_group", handle="it-support", users=everybody)
        members = await door.platform.people(Room("acme", IT_DESK, "#it-desk", private=True))
        assert {one.external_id: one.name for one in members} == {MAJA: "Maja", OMAR: "Omar", LISA: "Lisa"}
        group = await door.platform.people(AgentRef("acme", "group", "@IT-Support"))
        assert [one.external_id for one in group] == [OMAR, LISA]
        assert [one.name for one in await door.platform.people(AgentRef("acme", "user", ANNA))] == ["Anna"]
        with pytest.raises(StartError, match="make it private"):
            await door.platform.people(Room("acme", IT_HELP, "#it-help"))


async def test_a_big_team_is_looked_up_with_the_list_and_once() -> None:
    async with Door() as door:
        for number in range(40):
            await door.sim.do("add_person", name=f"Agent {number}", id=f"U0AGENT{number:03d}")
            await door.sim.do("join", who=f"U0AGENT{number:03d}", room="#it-desk")
        room = Room("acme", IT_DESK, "#it-desk", private=True)
        assert len(await door.platform.people(room)) == 43
        assert len(await door.platform.people(room)) == 43
        assert len(door.calls("users.list")) == 1 and not door.calls("users.info")


async def test_a_team_that_cannot_be_looked_up_is_no_empty_team() -> None:
    async with Door() as door:
        door.sim.faults.order("status", "users.info", times=1)
        with pytest.raises(StartError, match="does not tell"):
            await door.platform.people(Room("acme", IT_DESK, "#it-desk", private=True))
