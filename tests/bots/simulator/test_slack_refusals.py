"""What Slack refuses, in Slack's own words: tokens, scopes, rooms, messages, people, files, forms."""

from typing import Any

import aiohttp
import pytest

from bots.simulator.slack import SlackSimulator
from tests.bots.simulator.slack_rig import ANNA, BOT, ERIK, GENERAL, IT_DESK, IT_HELP, LISA, OMAR, Json, Rig

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}
PLAIN = {"type": "plain_text", "text": "x"}


async def test_tokens() -> None:
    async with Rig() as slack:
        assert await slack.refused("auth.test", token="") == "not_authed"
        assert await slack.refused("auth.test", token="xoxb-other") == "invalid_auth"
        assert await slack.refused("auth.test", token=SlackSimulator.APP_TOKEN) == "not_allowed_token_type"
        assert await slack.refused("apps.connections.open") == "not_allowed_token_type"
        unknown = await slack.call("chat.shout")
        assert unknown == {"ok": False, "error": "unknown_method", "req_method": "chat.shout"}
        await slack.sim.do("revoke_token")
        assert await slack.refused("auth.test") == "token_revoked"
        await slack.sim.do("restore_token")
        assert (await slack.call("auth.test"))["ok"]
        await slack.sim.do("uninstall")
        assert await slack.refused("auth.test") == "account_inactive"
        assert (await slack.call("api.test", token="", foo="bar"))["args"] == {"foo": "bar"}


@pytest.mark.parametrize(
    ("scope", "method", "arguments"),
    [
        ("chat:write", "chat.postMessage", {"channel": IT_HELP, "text": "x"}),
        ("channels:history", "conversations.history", {"channel": IT_HELP}),
        ("groups:history", "conversations.history", {"channel": IT_DESK}),
        ("groups:read", "conversations.list", {"types": "public_channel,private_channel"}),
        ("groups:read", "conversations.members", {"channel": IT_DESK}),
        ("im:write", "conversations.open", {"users": ANNA}),
        ("channels:join", "conversations.join", {"channel": GENERAL}),
        ("users:read", "users.info", {"user": ANNA}),
        ("users:read.email", "users.lookupByEmail", {"email": "anna@acme.example"}),
        ("usergroups:read", "usergroups.list", {}),
        ("reactions:write", "reactions.add", {"channel": IT_HELP, "timestamp": "1.0", "name": "eyes"}),
        ("files:write", "files.getUploadURLExternal", {"filename": "a", "length": "1"}),
        ("files:read", "files.info", {"file": "F1"}),
        ("pins:write", "pins.add", {"channel": IT_HELP, "timestamp": "1.0"}),
        ("team:read", "team.info", {}),
        ("emoji:read", "emoji.list", {}),
        ("chat:write.customize", "chat.postMessage", {"channel": IT_HELP, "text": "x", "username": "Maja"}),
    ],
)
async def test_a_missing_scope_is_named(scope: str, method: str, arguments: dict[str, str]) -> None:
    async with Rig() as slack:
        await slack.sim.do("set_scopes", without=scope)
        answer = await slack.call(method, **arguments)
        assert (answer["ok"], answer["error"], answer["needed"]) == (False, "missing_scope", scope)
        assert scope not in answer["provided"].split(",")


async def test_without_the_scope_for_it_no_email_is_told() -> None:
    async with Rig() as slack:
        assert (await slack.call("users.info", user=ANNA))["user"]["profile"]["email"] == "anna@acme.example"
        await slack.sim.do("set_scopes", without="users:read.email")
        assert "email" not in (await slack.call("users.info", user=ANNA))["user"]["profile"]


async def test_rooms() -> None:
    async with Rig() as slack:
        hidden = await slack.sim.do("add_room", name="board", private=True, members=["maja"], bot=False)
        assert await slack.refused("chat.postMessage", text="x") == "invalid_arguments"
        assert await slack.refused("chat.postMessage", channel="C0NOWHERE001", text="x") == "channel_not_found"
        assert await slack.refused("chat.postMessage", channel=hidden, text="x") == "channel_not_found"
        assert await slack.refused("chat.postMessage", channel=BOT, text="x") == "cannot_dm_bot"
        assert await slack.refused("chat.postMessage", channel="#general", text="x") == "not_in_channel"
        assert await slack.refused("conversations.history", channel=GENERAL) == "not_in_channel"
        assert await slack.refused("conversations.history", channel=hidden) == "channel_not_found"
        assert await slack.refused("conversations.members", channel="C0NOWHERE001") == "channel_not_found"
        assert await slack.refused("conversations.join", channel=IT_DESK) == "method_not_supported_for_channel_type"
        assert await slack.refused("conversations.list", types="party") == "invalid_types"
        assert await slack.refused("conversations.list", cursor="nonsense") == "invalid_cursor"
        assert await slack.refused("conversations.list", limit=5000) == "invalid_limit"
        assert await slack.refused("conversations.open", users="U0NOBODY0001") == "user_not_found"
        assert await slack.refused("conversations.open") == "users_list_not_supplied"
        assert await slack.refused("conversations.create", name="it-help") == "name_taken"
        assert await slack.refused("conversations.create", name="IT Help") == "invalid_name_specials"
        assert await slack.refused("conversations.invite", channel=IT_HELP, users=ANNA) == "already_in_channel"
        assert await slack.refused("conversations.kick", channel=IT_HELP, user=BOT) == "cant_kick_self"
        assert await slack.refused("conversations.replies", channel=IT_HELP, ts="1.000000") == "thread_not_found"
        await slack.sim.do("archive", who="anna", room="#it-help")
        assert await slack.refused("chat.postMessage", channel=IT_HELP, text="x") == "is_archived"
        assert await slack.refused("conversations.invite", channel=IT_HELP, users=ANNA) == "is_archived"


async def test_messages() -> None:
    async with Rig() as slack:
        annas = await slack.sim.do("write", who="anna", room="#it-help", text="Hello")
        own = await slack.says(IT_HELP, "Hello yourself")
        here = {"channel": IT_HELP}
        assert await slack.refused("chat.postMessage", **here) == "no_text"
        assert await slack.refused("chat.update", **here, ts=annas, text="Mine") == "cant_update_message"
        assert await slack.refused("chat.update", **here, ts="1.000000", text="Mine") == "message_not_found"
        assert await slack.refused("chat.update", **here, ts=own, text="x" * 4001) == "msg_too_long"
        assert await slack.refused("chat.update", **here, ts=own, text="&" * 801) == "msg_too_long"
        assert await slack.refused("chat.delete", **here, ts=annas) == "cant_delete_message"
        assert await slack.refused("chat.delete", **here, ts="1.000000") == "message_not_found"
        assert await slack.refused("chat.getPermalink", **here, message_ts="1.000000") == "message_not_found"
        assert await slack.refused("chat.postEphemeral", **here, user=BOT + "X", text="x") == "user_not_in_channel"
        assert await slack.refused("chat.postEphemeral", **here, user=ANNA, text="x" * 40_001) == "msg_too_long"
        both = {"text": "x", "markdown_text": "x"}
        assert await slack.refused("chat.postMessage", **here, **both) == "markdown_text_conflict"
        assert await slack.refused("chat.postMessage", **here, markdown_text="x" * 12_001) == "msg_too_long"
        assert await slack.refused("chat.postMessage", **here, text="x", metadata="{") == "invalid_metadata_format"
        odd = {"event_type": "x", "event_payload": "words"}
        assert await slack.refused("chat.postMessage", **here, text="x", metadata=odd) == "invalid_metadata_format"
        big = {"event_type": "x", "event_payload": {"words": "x" * 17_000}}
        assert await slack.refused("chat.postMessage", **here, text="x", metadata=big) == "metadata_too_large"
        whisper = await slack.call("chat.postEphemeral", **here, user=ANNA, text="psst")
        assert await slack.refused("chat.update", **here, ts=whisper["message_ts"], text="x") == "message_not_found"
        assert await slack.refused("chat.delete", **here, ts=whisper["message_ts"]) == "message_not_found"


async def test_long_text_is_cut_where_slack_cuts_it() -> None:
    async with Rig() as slack:
        ts = await slack.says(IT_HELP, "x" * 41_000)
        assert len(slack.sim.world.message(IT_HELP, ts).text) == 40_000


@pytest.mark.parametrize(
    ("blocks", "saying"),
    [
        ([SECTION] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
        ([SECTION | {"text": PLAIN | {"text": "x" * 3001}}], "must be less than 3001 characters"),
        (
            [SECTION | {"text": PLAIN | {"text": ""}}],
            "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
        ),
        ([{"type": "section"}], "must define either `text` or `fields` [json-pointer:/blocks/0/type]"),
        (
            [{"type": "section", "fields": [PLAIN] * 11}],
            "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
        ),
        ([{"type": "header", "text": PLAIN | {"text": "x" * 151}}], "must be less than 151 characters"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "unsupported type: mrkdwn"),
        ([{"type": "shout", "text": PLAIN}], "unsupported type: shout [json-pointer:/blocks/0/type]"),
        ([{"text": PLAIN}], "missing required field: type [json-pointer:/blocks/0]"),
        ([SECTION | {"colour": "red"}], "invalid additional property: colour [json-pointer:/blocks/0]"),
        ([SECTION | {"block_id": "x" * 256}], "must be less than 256 characters [json-pointer:/blocks/0/block_id]"),
        ([SECTION | {"block_id": "a"}, SECTION | {"block_id": "a"}], "`block_id` a already exists"),
        ([{"type": "context", "elements": [PLAIN] * 11}], "no more than 10 items allowed"),
        ([{"type": "image", "image_url": "https://x.example/a.png"}], "missing required field: alt_text"),
        ([{"type": "divider", "text": PLAIN}], "invalid additional property: text"),
        ([{"type": "markdown", "text": "x" * 12_001}], "must be less than 12001 characters"),
        (["words"], "must provide an object [json-pointer:/blocks/0]"),
    ],
)
async def test_blocks_are_refused_with_a_pointer(blocks: list[Any], saying: str) -> None:
    async with Rig() as slack:
        answer = await slack.call("chat.postMessage", channel=IT_HELP, blocks=blocks)
        assert answer["error"] == "invalid_blocks"
        assert any(saying in one for one in answer["errors"]), answer["errors"]
        assert answer["response_metadata"]["messages"] == [f"[ERROR] {one}" for one in answer["errors"]]


BUTTON = {"type": "button", "text": PLAIN, "action_id": "a"}
OPTION = {"text": PLAIN, "value": "v"}


@pytest.mark.parametrize(
    ("element", "saying"),
    [
        (BUTTON | {"text": PLAIN | {"text": "x" * 76}}, "must be less than 76 characters"),
        (BUTTON | {"value": "x" * 2001}, "must be less than 2001 characters"),
        (BUTTON | {"action_id": "x" * 256}, "must be less than 256 characters"),
        (BUTTON | {"style": "loud"}, "must be one of: primary, danger"),
        (BUTTON | {"url": "nowhere"}, "must be a valid URL"),
        (BUTTON | {"confirm": {"title": PLAIN}}, "missing required field: text"),
        ({"type": "static_select", "action_id": "a"}, "must define either `options` or `option_groups`"),
        ({"type": "static_select", "options": [OPTION] * 101}, "no more than 100 items allowed"),
        ({"type": "static_select", "options": []}, "no fewer than 1 items allowed"),
        ({"type": "overflow", "options": [OPTION] * 6}, "no more than 5 items allowed"),
        ({"type": "checkboxes", "options": [OPTION] * 11}, "no more than 10 items allowed"),
        ({"type": "radio_buttons", "options": [OPTION | {"value": "x" * 151}]}, "must be less than 151 characters"),
        ({"type": "datepicker", "initial_date": "tomorrow"}, "must be more than 9 characters"),
        ({"type": "timepicker", "initial_time": "9:00"}, "must be more than 4 characters"),
        ({"type": "plain_text_input", "action_id": "a"}, "unsupported type: plain_text_input"),
        ({"type": "users_select", "placeholder": PLAIN | {"text": "x" * 151}}, "must be less than 151 characters"),
    ],
)
async def test_elements_are_refused(element: dict[str, Any], saying: str) -> None:
    async with Rig() as slack:
        blocks = [{"type": "actions", "elements": [element]}]
        answer = await slack.call("chat.postMessage", channel=IT_HELP, blocks=blocks)
        assert answer["error"] == "invalid_blocks"
        assert any(saying in one for one in answer["errors"]), answer["errors"]


async def test_more_of_blocks() -> None:
    async with Rig() as slack:
        here = {"channel": IT_HELP}
        assert await slack.refused("chat.postMessage", **here, blocks="[{") == "invalid_blocks_format"
        assert await slack.refused("chat.postMessage", **here, blocks='{"type": "section"}') == "invalid_blocks_format"
        long = [SECTION | {"text": PLAIN | {"text": "x" * 2900}}] * 5
        assert await slack.refused("chat.postMessage", **here, blocks=long) == "msg_blocks_too_long"
        assert await slack.refused("chat.postMessage", **here, attachments=[{}] * 101) == "too_many_attachments"
        many = [{"type": "actions", "elements": [BUTTON | {"action_id": str(n)} for n in range(26)]}]
        assert await slack.refused("chat.postMessage", **here, blocks=many) == "invalid_blocks"
        twins = [{"type": "actions", "elements": [BUTTON, BUTTON]}]
        answer = await slack.call("chat.postMessage", **here, blocks=twins)
        assert answer["errors"] == ["`action_id` a already exists [json-pointer:/blocks/0/elements/1/action_id]"]


async def test_reactions_and_pins() -> None:
    async with Rig() as slack:
        ts = await slack.sim.do("write", who="anna", room="#it-help", text="Hello")
        at = {"channel": IT_HELP, "timestamp": ts}
        assert (await slack.call("reactions.add", **at, name="thumbsup"))["ok"]
        assert await slack.refused("reactions.add", **at, name="+1") == "already_reacted"
        assert await slack.refused("reactions.add", **at, name="no_such_thing") == "invalid_name"
        assert await slack.refused("reactions.add", **at, name="👀") == "invalid_name"
        assert await slack.refused("reactions.add", channel=IT_HELP, name="eyes") == "no_item_specified"
        assert (
            await slack.refused("reactions.add", channel=IT_HELP, timestamp="1.0", name="eyes") == "message_not_found"
        )
        assert await slack.refused("reactions.remove", **at, name="eyes") == "no_reaction"
        got = (await slack.call("reactions.get", **at))["message"]["reactions"]
        assert got == [{"name": "+1", "users": [BOT], "count": 1}]
        assert (await slack.call("reactions.remove", **at, name="+1"))["ok"]
        assert (await slack.call("pins.add", **at))["ok"]
        assert await slack.refused("pins.add", **at) == "already_pinned"
        assert [one["message"]["ts"] for one in (await slack.call("pins.list", channel=IT_HELP))["items"]] == [ts]
        assert (await slack.call("pins.remove", **at))["ok"]
        assert await slack.refused("pins.remove", **at) == "no_pin"


async def test_people_groups_and_bots() -> None:
    async with Rig() as slack:
        group = await slack.sim.do("add_group", handle="it-support", users=["omar", "lisa"])
        listed = (await slack.call("usergroups.list", include_users="true"))["usergroups"]
        assert [(one["handle"], one["users"]) for one in listed] == [("it-support", [OMAR, LISA])]
        assert (await slack.call("usergroups.users.list", usergroup=group))["users"] == [OMAR, LISA]
        assert await slack.refused("usergroups.users.list", usergroup="S0NONE000001") == "no_such_subteam"
        assert await slack.refused("users.info", user="U0NOBODY0001") == "user_not_found"
        assert await slack.refused("users.lookupByEmail", email="nobody@acme.example") == "users_not_found"
        assert await slack.refused("bots.info", bot="B0OTHER00001") == "bot_not_found"
        assert (await slack.call("bots.info"))["bot"]["user_id"] == BOT
        guest = await slack.sim.do("add_person", name="Gro", guest=True, timezone="Asia/Kolkata", language="sv-SE")
        user = (await slack.call("users.info", user=guest, include_locale="true"))["user"]
        assert (user["is_restricted"], user["tz_offset"], user["locale"]) == (True, 19_800, "sv-SE")
        mine = await slack.call("users.conversations", user=ERIK, types="public_channel")
        assert [one["name"] for one in mine["channels"]] == ["general", "it-help"]
        assert (await slack.call("team.info"))["team"]["name"] == "Acme"
        assert (await slack.call("emoji.list"))["emoji"] == {}


async def test_reading_methods_overlook_json_and_bad_json_is_refused() -> None:
    async with Rig() as slack:
        headers = {"Authorization": f"Bearer {SlackSimulator.BOT_TOKEN}"}
        for method, body, error in (
            ("users.info", f'{{"user": "{ANNA}"}}', "invalid_arguments"),
            ("chat.postMessage", "{", "invalid_json"),
            ("chat.postMessage", '["x"]', "json_not_object"),
        ):
            typed = headers | {"Content-Type": "application/json; charset=utf-8"}
            async with slack.http.post(f"{slack.sim.url}/api/{method}", headers=typed, data=body) as response:
                assert (await response.json())["error"] == error
        async with slack.http.get(
            f"{slack.sim.url}/api/users.info", params={"user": ANNA}, headers=headers
        ) as response:
            assert (await response.json())["user"]["name"] == "anna"
            assert "users:read" in response.headers["X-OAuth-Scopes"]
            assert response.headers["X-Accepted-OAuth-Scopes"] == "users:read"


async def test_files_are_for_those_with_the_token() -> None:
    async with Rig() as slack:
        asked = await slack.call("files.getUploadURLExternal", filename="log.txt", length="3")
        async with slack.http.post(asked["upload_url"], data=b"four") as response:
            assert response.status == 400
        assert await slack.refused("files.completeUploadExternal", files=[{"id": asked["file_id"]}]) == "file_not_found"
        async with slack.http.post(asked["upload_url"], data=b"hot") as response:
            assert response.status == 200
        done: Json = {"files": [{"id": asked["file_id"], "title": "A log"}]}
        assert await slack.refused("files.completeUploadExternal", **done, channel_id=GENERAL) == "not_in_channel"
        file = (await slack.call("files.completeUploadExternal", **done, channel_id=IT_HELP))["files"][0]
        assert "shares" not in file  # it is told later where it is seen
        info = (await slack.call("files.info", file=file["id"]))["file"]
        assert list(info["shares"]["public"]) == [IT_HELP]
        assert (info["title"], info["size"], info["mimetype"]) == ("A log", 3, "text/plain")
        assert await _download(slack, info["url_private"], SlackSimulator.BOT_TOKEN) == ("text/plain", b"hot")
        kind, page = await _download(slack, info["url_private"], "xoxb-other")
        assert kind == "text/html" and b"Sign in" in page
        assert (await slack.call("files.delete", file=file["id"]))["ok"]
        assert await slack.refused("files.info", file=file["id"]) == "file_deleted"


async def _download(slack: Rig, url: str, token: str) -> tuple[str, bytes]:
    async with slack.http.get(url, headers={"Authorization": f"Bearer {token}"}) as response:
        return response.content_type, await response.read()


async def test_a_file_from_elsewhere_tells_only_its_id() -> None:
    async with Rig() as slack:
        file = {"name": "far.pdf", "bytes": b"%PDF", "type": "application/pdf", "access": "check_file_info"}
        await slack.sim.do("write", who="anna", room="#it-help", files=[file])
        told = (await slack.call("conversations.history", channel=IT_HELP))["messages"][0]["files"][0]
        assert told["file_access"] == "check_file_info" and "url_private" not in told
        assert (await slack.call("files.info", file=told["id"]))["file"]["name"] == "far.pdf"


async def test_limits_are_per_channel_and_per_tier() -> None:
    async with Rig(limits=True, burst=3) as slack:
        for _ in range(3):
            await slack.says(IT_HELP, "x")
        async with _post(slack, "chat.postMessage", channel=IT_HELP, text="x") as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "1")
            assert await response.json() == {"ok": False, "error": "ratelimited"}
        await slack.says(IT_DESK, "another channel")
        for _ in range(20):
            await slack.call("conversations.list")
        async with _post(slack, "conversations.list") as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "3")


def _post(slack: Rig, method: str, **form: str) -> Any:
    headers = {"Authorization": f"Bearer {SlackSimulator.BOT_TOKEN}"}
    return slack.http.post(f"{slack.sim.url}/api/{method}", data=form, headers=headers)


async def test_faults_strike_by_the_method_and_its_words() -> None:
    async with Rig() as slack:
        slack.sim.faults.order("rate_limit", "chat.postMessage", retry_after=2.0)
        async with _post(slack, "chat.postMessage", channel=IT_HELP, text="x") as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "2")
        slack.sim.faults.order("drop_after", "chat.postMessage", body="twice")
        with pytest.raises(aiohttp.ClientError):
            await slack.says(IT_HELP, "said twice")
        await slack.says(IT_HELP, "said twice")
        assert slack.sim.texts("#it-help") == ["said twice", "said twice"]
        slack.sim.faults.order("error", "users.info", error="fatal_error")
        assert await slack.refused("users.info", user=ANNA) == "fatal_error"
        assert [one.call for one in slack.sim.log if one.fault] == [
            "chat.postMessage",
            "chat.postMessage",
            "users.info",
        ]
