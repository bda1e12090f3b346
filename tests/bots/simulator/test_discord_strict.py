"""What the platform refuses, and in which words."""

import json
from typing import Any

import aiohttp
import pytest

from tests.bots.simulator.discord_rig import ANNA, BOT, ERIK, GUILD, Rig, Wire, button, identity, row

LONG = "x" * 2001


def rows(*more: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": 1, "components": [*more]}]


def menu(**more: Any) -> dict[str, Any]:
    return {"type": 3, "custom_id": "m", "options": [{"label": "One", "value": "1"}], **more}


# body of a message, the place of the error, its code
WRONG_MESSAGES: list[tuple[dict[str, Any], tuple[str | int, ...], str]] = [
    ({"content": LONG}, ("content",), "BASE_TYPE_MAX_LENGTH"),
    ({"content": {}}, ("content",), "STRING_TYPE_CONVERT"),
    ({"content": "x", "tts": "perhaps"}, ("tts",), "BOOLEAN_TYPE_CONVERT"),
    ({"content": "x", "message_reference": {}}, ("message_reference", "message_id"), "BASE_TYPE_REQUIRED"),
    (
        {"content": "x", "message_reference": {"message_id": "a"}},
        ("message_reference", "message_id"),
        "NUMBER_TYPE_COERCE",
    ),
    ({"content": "x", "allowed_mentions": {"parse": ["all"]}}, ("allowed_mentions", "parse", 0), "BASE_TYPE_CHOICES"),
    ({"content": "x", "flags": "a"}, ("flags",), "NUMBER_TYPE_COERCE"),
    ({"content": "x", "attachments": [{"id": 7}]}, ("attachments", 0, "id"), "ATTACHMENT_NOT_FOUND"),
    ({"embeds": [{}] * 11}, ("embeds",), "BASE_TYPE_MAX_LENGTH"),
    ({"embeds": "x"}, ("embeds",), "LIST_TYPE_CONVERT"),
    ({"embeds": ["x"]}, ("embeds", 0), "MODEL_TYPE_CONVERT"),
    ({"embeds": [{"title": "t" * 257}]}, ("embeds", 0, "title"), "BASE_TYPE_MAX_LENGTH"),
    ({"embeds": [{"description": "t" * 4097}]}, ("embeds", 0, "description"), "BASE_TYPE_MAX_LENGTH"),
    ({"embeds": [{"color": 1 << 24}]}, ("embeds", 0, "color"), "NUMBER_TYPE_MAX"),
    ({"embeds": [{"url": "javascript:1"}]}, ("embeds", 0, "url"), "URL_TYPE_INVALID_URL"),
    ({"embeds": [{"timestamp": "noon"}]}, ("embeds", 0, "timestamp"), "DATE_TIME_TYPE_PARSE"),
    ({"embeds": [{"footer": {}}]}, ("embeds", 0, "footer", "text"), "BASE_TYPE_REQUIRED"),
    (
        {"embeds": [{"fields": [{"name": "n", "value": ""}]}]},
        ("embeds", 0, "fields", 0, "value"),
        "BASE_TYPE_BAD_LENGTH",
    ),
    ({"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]}, ("embeds", 0, "fields"), "BASE_TYPE_MAX_LENGTH"),
    ({"embeds": [{"description": "t" * 3001}] * 2}, ("embeds",), "MAX_EMBED_SIZE_EXCEEDED"),
    ({"content": "x", "components": [row("A")] * 6}, ("components",), "BASE_TYPE_MAX_LENGTH"),
    ({"content": "x", "components": [row(*"ABCDEF")]}, ("components", 0, "components"), "BASE_TYPE_BAD_LENGTH"),
    ({"content": "x", "components": [button("A")]}, ("components", 0, "type"), "BASE_TYPE_CHOICES"),
    (
        {"content": "x", "components": [row("A", "A")]},
        ("components", 0, "components", 1, "custom_id"),
        "COMPONENT_CUSTOM_ID_DUPLICATED",
    ),
    (
        {"content": "x", "components": rows(button("x" * 81))},
        ("components", 0, "components", 0, "label"),
        "BASE_TYPE_MAX_LENGTH",
    ),
    (
        {"content": "x", "components": rows(button("x", custom_id="x" * 101))},
        ("components", 0, "components", 0, "custom_id"),
        "BASE_TYPE_BAD_LENGTH",
    ),
    (
        {"content": "x", "components": rows(button("x", custom_id=None))},
        ("components", 0, "components", 0, "custom_id"),
        "BASE_TYPE_REQUIRED",
    ),
    (
        {"content": "x", "components": rows(button("x", style=5, custom_id=None))},
        ("components", 0, "components", 0, "url"),
        "BASE_TYPE_REQUIRED",
    ),
    (
        {"content": "x", "components": rows(button("x", style=5, url="https://acme.example/"))},
        ("components", 0, "components", 0),
        "BUTTON_COMPONENT_CUSTOM_ID_URL_EXCLUSIVE",
    ),
    (
        {"content": "x", "components": rows(button(""))},
        ("components", 0, "components", 0, "label"),
        "BUTTON_COMPONENT_LABEL_REQUIRED",
    ),
    (
        {"content": "x", "components": rows(menu(), button("x"))},
        ("components", 0),
        "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
    ),
    (
        {"content": "x", "components": rows(menu(options=[]))},
        ("components", 0, "components", 0, "options"),
        "BASE_TYPE_BAD_LENGTH",
    ),
    (
        {"content": "x", "components": rows(menu(min_values=3, max_values=2))},
        ("components", 0, "components", 0, "min_values"),
        "SELECT_COMPONENT_MIN_VALUES_TOO_LARGE",
    ),
    (
        {"content": "x", "components": rows(menu(options=[{"label": "a", "value": "1"}] * 2))},
        ("components", 0, "components", 0, "options", 1, "value"),
        "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
    ),
    (
        {"content": "x", "flags": 1 << 15, "components": [{"type": 10, "content": "y"}]},
        ("content",),
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
    ),
]


async def test_wrong_messages_are_refused_field_by_field() -> None:
    async with Rig() as dc:
        for body, place, code in WRONG_MESSAGES:
            assert (await dc.post(**body)).wrong(*place) == code, body
        empty: list[dict[str, Any]] = [{}, {"content": " \n "}, {"embeds": []}]
        for nothing in empty:
            assert (await dc.post(**nothing)).code == (400, 50006)
        assert dc.sim.texts("#support") == []


def command(**more: Any) -> dict[str, Any]:
    return {"name": "ticket", "description": "Tickets", **more}


def option(**more: Any) -> dict[str, Any]:
    return {"type": 3, "name": "words", "description": "Words", **more}


SUB = {"type": 1, "name": "claim", "description": "Claims"}
WRONG_COMMANDS: list[tuple[dict[str, Any], tuple[str | int, ...], str]] = [
    (command(name="Ticket"), ("name",), "APPLICATION_COMMAND_INVALID_NAME"),
    (command(name="my ticket"), ("name",), "APPLICATION_COMMAND_INVALID_NAME"),
    (command(name="x" * 33), ("name",), "BASE_TYPE_BAD_LENGTH"),
    (command(name=None), ("name",), "BASE_TYPE_REQUIRED"),
    (command(description=""), ("description",), "BASE_TYPE_BAD_LENGTH"),
    (command(description="x" * 101), ("description",), "BASE_TYPE_BAD_LENGTH"),
    (command(type=4), ("type",), "BASE_TYPE_CHOICES"),
    (command(type=3), ("description",), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION"),
    (command(options=[option(name=f"o{n}") for n in range(26)]), ("options",), "BASE_TYPE_MAX_LENGTH"),
    (command(options=[option(type=12)]), ("options", 0, "type"), "BASE_TYPE_CHOICES"),
    (command(options=[option(name="Words")]), ("options", 0, "name"), "APPLICATION_COMMAND_INVALID_NAME"),
    (
        command(options=[option(), option()]),
        ("options", 1, "name"),
        "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
    ),
    (
        command(options=[option(), option(name="more", required=True)]),
        ("options", 1),
        "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
    ),
    (command(options=[SUB, option()]), ("options",), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"),
    (
        command(options=[{**SUB, "type": 2, "options": [{**SUB, "options": [SUB]}]}]),
        ("options", 0, "options", 0, "options", 0, "type"),
        "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
    ),
    (
        command(options=[option(choices=[{"name": "a", "value": "1"}] * 2)]),
        ("options", 0, "choices", 1, "name"),
        "APPLICATION_COMMAND_OPTION_CHOICE_NAME_DUPLICATED",
    ),
    (
        command(options=[option(choices=[{"name": "a", "value": "1"}], autocomplete=True)]),
        ("options", 0, "autocomplete"),
        "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES",
    ),
    (command(name_localizations={"sv": "ärende"}), ("name_localizations", "sv"), "ENUM_TYPE_COERCE"),
    (
        command(name_localizations={"sv-SE": "Ärende"}),
        ("name_localizations", "sv-SE"),
        "APPLICATION_COMMAND_INVALID_NAME",
    ),
    (
        command(
            options=[
                option(name=f"o{n}", choices=[{"name": f"{c}" * 90, "value": "v" * 90} for c in "abcd"])
                for n in range(12)
            ]
        ),
        (),
        "APPLICATION_COMMAND_TOO_LARGE",
    ),
]


async def test_wrong_commands_are_refused_at_registration() -> None:
    async with Rig() as dc:
        path = f"/applications/{BOT}/commands"
        for body, place, code in WRONG_COMMANDS:
            assert (await dc.call("POST", path, body)).wrong(*place) == code, body
            assert (await dc.call("PUT", path, [body])).wrong(0, *place) == code, body
        twice = await dc.call("PUT", path, [command(), command()])
        assert twice.wrong(1, "name") == "APPLICATION_COMMANDS_DUPLICATE_NAME"
        assert (await dc.call("PUT", path, [command(name=f"c{n}") for n in range(101)])).code == (400, 30032)
        assert (await dc.call("PUT", path, {})).code == (400, 50035)
        assert (await dc.call("GET", path)).body == []


async def test_commands_are_kept_by_name_everywhere_and_in_the_guild() -> None:
    async with Rig() as dc:
        path, here = f"/applications/{BOT}/commands", f"/applications/{BOT}/guilds/{GUILD}/commands"
        made = await dc.call("POST", path, command(name="ärende", name_localizations={"da": "sag"}))
        assert made.status == 201
        again = await dc.call("POST", path, command(name="ärende", description="Other"))
        assert (again.status, again.body["id"]) == (200, made.body["id"])
        synced = (await dc.call("PUT", path, [command(), command(name="Make a ticket", type=3, description="")])).body
        assert [one["name"] for one in synced] == ["ticket", "Make a ticket"]
        local = (await dc.call("POST", here, command())).body
        assert local["guild_id"] == GUILD
        assert [one["id"] for one in (await dc.call("GET", here)).body] == [local["id"]]
        edited = await dc.call("PATCH", f"{path}/{synced[0]['id']}", {"description": "All tickets"})
        assert (edited.body["name"], edited.body["description"]) == ("ticket", "All tickets")
        assert (await dc.call("GET", f"{path}/{local['id']}")).code == (404, 10063)
        assert (await dc.call("DELETE", f"{here}/{local['id']}")).status == 204
        assert (await dc.call("GET", here)).body == []
        assert (await dc.call("GET", f"/applications/{ANNA}/commands")).code == (404, 10002)


async def test_what_is_not_there_or_not_ours() -> None:
    async with Rig() as dc:
        support, desk = f"/channels/{dc.id('support')}", f"/channels/{dc.id('desk')}"
        words = await dc.sim.do("write", who="anna", room="#support", text="help")
        hidden = await dc.sim.do("add_room", name="secret", private=True, members=["omar"], bot=False)
        table = [
            ("GET", "/users/@me", None, "", (401, 0)),
            ("GET", "/users/@me", None, "wrong", (401, 0)),
            ("GET", "/users/1", None, None, (404, 10013)),
            ("GET", "/channels/1", None, None, (404, 10003)),
            ("GET", "/guilds/1", None, None, (404, 10004)),
            ("GET", f"/guilds/{GUILD}/members/1", None, None, (404, 10013)),
            ("GET", f"/guilds/{GUILD}/roles/1", None, None, (404, 10011)),
            ("GET", f"{support}/messages/1", None, None, (404, 10008)),
            ("GET", f"/channels/{hidden}", None, None, (403, 50001)),
            ("POST", f"/channels/{hidden}/messages", {"content": "x"}, None, (403, 50001)),
            ("PATCH", f"{support}/messages/{words}", {"content": "x"}, None, (403, 50005)),
            ("POST", f"/channels/{dc.id('Community')}/messages", {"content": "x"}, None, (400, 50008)),
            ("POST", f"/channels/{dc.id('help-forum')}/messages", {"content": "x"}, None, (400, 50008)),
            ("DELETE", desk, None, None, (403, 50013)),
            ("PATCH", desk, {"name": "x"}, None, (403, 50013)),
            ("PUT", f"{support}/messages/{words}/reactions/eyes/@me", None, None, (404, 10014)),
            ("POST", "/users/@me/channels", {"recipient_id": "1"}, None, (404, 10013)),
            ("POST", "/users/@me/channels", {"recipient_id": BOT}, None, (403, 50007)),
            ("GET", f"/webhooks/{BOT}/nonsense/messages/@original", None, "", (401, 50027)),
            ("POST", "/interactions/1/nonsense/callback", {"type": 4}, "", (404, 10062)),
            ("GET", f"{support}/thread-members", None, None, (400, 50024)),
        ]
        for method, path, body, token, code in table:
            answer = await dc.call(method, path, body, token)
            assert answer.code == code, (method, path, answer.body)
        assert (await dc.call("GET", "/channels/abc")).wrong("channel_id") == "NUMBER_TYPE_COERCE"


async def test_unknown_paths_methods_versions_and_bodies() -> None:
    async with Rig() as dc:
        assert (await dc.call("GET", "/nothing")).code == (404, 0)
        assert (await dc.call("PUT", "/users/@me")).code == (405, 0)
        async with dc.http.get(f"{dc.sim.url}/api/v6/users/@me") as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, 50041)
        path = f"/channels/{dc.id('support')}/messages"
        json_type = {"Content-Type": "application/json"}
        assert (await dc.call("POST", path, data=b"{", headers=json_type)).code == (400, 50109)
        text = await dc.call("POST", path, data=b"{}", headers={"Content-Type": "text/plain"})
        assert text.body["errors"]["_errors"][0]["code"] == "CONTENT_TYPE_INVALID"
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("payload_json", "{}")
        form.add_field("files[0]", b"x" * (10 * 1024 * 1024 + 1), filename="big.bin")
        assert (await dc.call("POST", path, data=form)).code == (413, 40005)
        assert [call.call for call in dc.sim.log][:2] == ["GET /nothing", "PUT /users/@me"]


@pytest.mark.parametrize(
    ("permission", "method", "path", "body"),
    [
        ("SEND_MESSAGES", "POST", "/messages", {"content": "x"}),
        ("SEND_MESSAGES", "POST", "/typing", None),
        ("EMBED_LINKS", "POST", "/messages", {"embeds": [{"title": "x"}]}),
        ("MANAGE_MESSAGES", "DELETE", "/messages/{message}", None),
        ("MANAGE_MESSAGES", "DELETE", "/messages/{message}/reactions", None),
        ("ADD_REACTIONS", "PUT", "/messages/{message}/reactions/👀/@me", None),
        ("READ_MESSAGE_HISTORY", "PUT", "/messages/{message}/reactions/👀/@me", None),
        ("CREATE_PUBLIC_THREADS", "POST", "/messages/{message}/threads", {"name": "x"}),
        ("CREATE_PUBLIC_THREADS", "POST", "/threads", {"name": "x", "type": 11}),
        ("CREATE_PRIVATE_THREADS", "POST", "/threads", {"name": "x"}),
        ("PIN_MESSAGES", "PUT", "/messages/pins/{message}", None),
    ],
)
async def test_a_missing_permission_is_refused(permission: str, method: str, path: str, body: Any) -> None:
    async with Rig() as dc:
        words = await dc.sim.do("write", who="anna", room="#support", text="help")
        where = f"/channels/{dc.id('support')}{path.format(message=words)}"
        await dc.sim.do("deny_permission", permission=permission, room="#support")
        assert (await dc.call(method, where, body)).code == (403, 50013)
        await dc.sim.do("grant_permission", permission=permission, room="#support")
        assert (await dc.call(method, where, body)).status < 300


async def test_a_permission_taken_everywhere_is_taken_from_the_bot_alone() -> None:
    async with Rig() as dc:
        await dc.sim.do("deny_permission", permission="SEND_MESSAGES")
        for room in ("support", "general", "desk"):
            assert (await dc.post(room, content="x")).code == (403, 50013)
        await dc.sim.do("write", who="anna", room="#support", text="still here")
        await dc.sim.do("grant_permission", permission="SEND_MESSAGES")
        assert (await dc.post(content="x")).status == 200


async def test_without_history_or_sight() -> None:
    async with Rig() as dc:
        words = await dc.sim.do("write", who="anna", room="#support", text="help")
        path = f"/channels/{dc.id('support')}/messages"
        await dc.sim.do("deny_permission", permission="READ_MESSAGE_HISTORY", room="#support")
        assert (await dc.call("GET", path)).body == []
        assert (await dc.call("GET", f"{path}/{words}")).code == (403, 50001)
        assert (await dc.post(content="x", message_reference={"message_id": words})).code == (400, 160002)
        await dc.sim.do("deny_permission", permission="VIEW_CHANNEL", room="#support")
        assert (await dc.call("GET", path)).code == (403, 50001)


async def test_direct_messages_that_nobody_takes() -> None:
    async with Rig() as dc:
        path = f"/channels/{(await dc.call('POST', '/users/@me/channels', {'recipient_id': ANNA})).body['id']}/messages"
        assert (await dc.call("POST", path, {"content": "hi"})).status == 200
        asked = await dc.sim.do("write", who="anna", room="#support", text="help")
        await dc.sim.do("block", who="anna")
        assert (await dc.call("POST", path, {"content": "hi"})).code == (403, 50007)
        reaction = f"/channels/{dc.id('support')}/messages/{asked}/reactions/👀/@me"
        assert (await dc.call("PUT", reaction)).code == (403, 90001)
        await dc.sim.do("unblock", who="anna")
        await dc.sim.do("leave", who="anna")
        assert (await dc.call("POST", path, {"content": "hi"})).code == (403, 50278)
        assert (await dc.call("GET", f"/guilds/{GUILD}/members/{ANNA}")).code == (404, 10007)


async def test_a_revoked_token_is_refused_everywhere() -> None:
    async with Rig() as dc:
        wire, _ = await dc.identified()
        await dc.sim.do("revoke_token")
        assert await wire.closed() == 4004
        assert (await dc.call("GET", "/users/@me")).code == (401, 0)
        await dc.sim.do("restore_token")
        assert (await dc.call("GET", "/users/@me")).status == 200


async def test_without_the_members_intent_nobody_is_listed() -> None:
    async with Rig() as dc:
        await dc.sim.do("revoke_intent", intent="GUILD_MEMBERS")
        assert (await dc.call("GET", f"/guilds/{GUILD}/members")).code == (403, 50001)
        assert (await dc.call("GET", f"/guilds/{GUILD}/members/{ERIK}")).status == 200


async def _dialled(dc: Rig) -> Wire:
    wire = await dc.dial()
    await wire.hear()
    return wire


CLOSES: list[tuple[Any, int]] = [
    ("not json", 4002),
    ('{"d": 1}', 4002),
    ('{"op": 3, "d": {}}', 4003),
    ('{"op": 8, "d": {}}', 4003),
    ({"op": 2, "d": "x"}, 4002),
    ({"op": 2, "d": identity(token="wrong")}, 4004),
    ({"op": 6, "d": {"token": "wrong", "session_id": "x", "seq": 1}}, 4004),
    ({"op": 2, "d": identity(shard=[1, 1])}, 4010),
    ({"op": 2, "d": identity() | {"intents": None}}, 4013),
    ({"op": 2, "d": identity(1 << 31)}, 4013),
    ({"op": 2, "d": identity(1 << 8)}, 4014),
    ({"op": 2, "d": identity() | {"properties": None}}, 4002),
    ("x" * 4097, 4002),
]


async def test_the_gateway_closes_on_what_it_does_not_take() -> None:
    async with Rig() as dc:
        for said, code in CLOSES:
            wire = await _dialled(dc)
            await wire.socket.send_str(said if isinstance(said, str) else json.dumps(said))
            assert await wire.closed() == code, said
        wire, _ = await dc.identified()
        await wire.say(2, identity())
        assert await wire.closed() == 4005
        wire, _ = await dc.identified()
        await wire.say(99)
        assert await wire.closed() == 4001
        assert await (await dc.dial(version="6")).closed() == 4012


async def test_a_client_that_says_too_much_is_closed() -> None:
    async with Rig() as dc:
        wire, _ = await dc.identified()
        for _ in range(120):
            await wire.say(1, None)
        assert await wire.closed() == 4008
