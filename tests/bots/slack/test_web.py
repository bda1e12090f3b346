"""Events over HTTP: Slack posts to an address of ours, and nobody else can."""

import hashlib
import hmac
import json
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.port import Answer, Button, Card
from bots.slack import web
from inbox.model import Place
from tests.bots.slack.rig import IT_DESK, OMAR, REPLY_FORM, Door, text_answer

Logged = list[MutableMapping[str, Any]]
CARD = Card(title="#42", buttons=((Button("Claim", "claim:42"), Button("Reply", "replyform:42")),))
HELLO = b'{"type": "url_verification", "challenge": "prove it"}'
JSON = {"Content-Type": "application/json"}


def signed(door: Door, body: bytes, *, age: float = 0, secret: str = "") -> dict[str, str]:
    stamp = str(int(door.now - age))
    made = hmac.new((secret or door.sim.SIGNING_SECRET).encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": "v0=" + made.hexdigest(), **JSON}


async def post(
    door: Door, body: bytes, headers: Mapping[str, str] | None = None, method: str = "POST"
) -> tuple[int, str]:
    """What a post to the bot's address is answered with; signed by Slack where no headers are given."""
    given = signed(door, body) if headers is None else headers
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, door.url, data=body, headers=given) as answer,
    ):
        return answer.status, await answer.text()


async def test_words_commands_buttons_and_forms() -> None:
    async with Door(http=True) as door:
        await door.says("anna", "My laptop is on fire")
        await door.settle()
        assert door.notes.texts == ["My laptop is on fire"] and not door.sim.connections
        assert list(door.attempts().values()) == [[True]]
        assert not door.calls("apps.connections.open")

        door.notes.answers = lambda _: text_answer("#42 is yours")
        words = 'reply 42 The payload & the "package" are lost, Lisa'
        shown = await door.sim.do("command", who="omar", room="#it-desk", text=f"/ticket {words}")
        assert shown["ok"] and shown["text"] == "#42 is yours" and door.notes.commands[0].words == words

        message = (await door.platform.send(Place("acme", IT_DESK), CARD, "fd-1")).message_id
        pressing = {"who": "omar", "room": "#it-desk", "message": message}
        await door.sim.do("press", label="Claim", **pressing)
        await door.sim.until(lambda: len(door.sim.whispers("omar")) == 2)
        assert door.notes.presses[0].by.external_id == OMAR

        door.notes.form = REPLY_FORM
        assert (await door.sim.do("press", label="Reply", **pressing))["view"]
        door.notes.answers = lambda _: text_answer("Lisa holds #42.", refused=True)
        shown = await door.sim.do("submit", who="omar", values={"words": "It works again."})
        assert shown["errors"] == {"words": "Lisa holds #42."}
        door.notes.answers = lambda _: Answer()
        assert (await door.sim.do("submit", who="omar", values={"words": "It works."}))["ok"]


STAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {STAMP: ""},
        {STAMP: "yesterday"},
        {STAMP: "1" * 400},
        {STAMP: "1" * 5000},
        {STAMP: "١٨٠٠٠٠٠٠٠٠"},
        {STAMP: "nan"},
        {STAMP: "1800000000.0"},
        {SIGNATURE: ""},
        {SIGNATURE: "v0="},
        {SIGNATURE: "v0=" + "0" * 64},
        {SIGNATURE: "v1=" + "0" * 64},
        {SIGNATURE: "é" * 67},
    ],
)
async def test_what_is_not_signed_is_refused(changed: dict[str, str]) -> None:
    """SL-06."""
    async with Door(http=True) as door:
        headers = {**signed(door, HELLO), **changed} if changed else JSON
        assert (await post(door, HELLO, headers))[0] == 401


@given(st.binary(max_size=50), st.text(st.sampled_from("-+0123456789 _.e\u0661"), max_size=400), st.text(max_size=80))
def test_no_forgery_gets_through_or_makes_it_stumble(body: bytes, stamp: str, signature: str) -> None:
    """SL-06."""
    hook = web.Hook("a secret", lambda: datetime.fromtimestamp(1_800_000_000, UTC))
    headers = {STAMP.lower(): stamp, SIGNATURE.lower(): signature}
    assert not hook._is_slacks(body, headers)
    for name in headers:
        assert not hook._is_slacks(body, {key: value for key, value in headers.items() if key != name})


COMMAND = {"command": "/claim", "text": "42", "user_id": OMAR, "channel_id": IT_DESK, "trigger_id": "1.2.a"}
PRESS = {
    "type": "block_actions",
    "user": {"id": OMAR},
    "team": {"id": "T0ACME0001"},
    "channel": {"id": IT_DESK},
    "trigger_id": "1.2.b",
    "container": {"type": "message", "message_ts": "1800000000.000100", "channel_id": IT_DESK},
    "actions": [{"type": "button", "action_id": "claim:42", "block_id": "b", "value": "claim:42", "action_ts": "1.2"}],
}


@pytest.mark.parametrize("form", [COMMAND, {"payload": json.dumps(PRESS)}])
async def test_the_same_post_once_more_is_the_same_deed(form: dict[str, str]) -> None:
    """SL-07: a post of Slack's that somebody kept and posts again counts as told twice, which the desk knows."""
    async with Door(http=True) as door:
        door.strange = True
        body = urlencode(form).encode()
        headers = signed(door, body) | {"Content-Type": "application/x-www-form-urlencoded"}
        assert [(await post(door, body, headers))[0] for _ in range(2)] == [200, 200]
        assert len(door.notes.commands) + len(door.notes.presses) == 1 and door.notes.again == 1
        assert door.notes.set_aside == []
        door.now += 301
        assert (await post(door, body, headers))[0] == 401


async def test_signatures_of_others_of_other_words_and_of_other_times() -> None:
    async with Door(http=True) as door:
        for age in (-300, 0, 300):
            assert await post(door, HELLO, signed(door, HELLO, age=age)) == (200, '{"challenge": "prove it"}')
        for age in (-301, 301, 86_400):
            assert (await post(door, HELLO, signed(door, HELLO, age=age)))[0] == 401
        assert (await post(door, HELLO, signed(door, HELLO, secret="another app's")))[0] == 401
        assert (await post(door, HELLO + b" ", signed(door, HELLO)))[0] == 401
        broken = b'{"text": "\xff\xfe"}'
        assert (await post(door, broken, signed(door, broken)))[0] == 401
        assert door.notes.set_aside == []


async def test_a_stranger_is_told_of_once_a_minute(logged: Logged) -> None:
    async with Door(http=True) as door:
        for _ in range(5):
            await post(door, HELLO, JSON)
        door.now += 61
        await post(door, HELLO, JSON)
        assert len([entry for entry in logged if entry["event"] == "slack.not_signed"]) == 2


async def test_the_simulators_own_forgeries_are_refused_and_come_again() -> None:
    async with Door(http=True) as door:
        for act in ("forge_next", "age_next"):
            await door.sim.do(act)
            await door.says("anna", act)
            await door.settle()
        assert door.notes.texts == ["forge_next", "age_next"]
        assert list(door.attempts().values()) == [[False, True], [False, True]]


async def test_before_the_start_the_address_proves_itself_and_asks_to_come_again() -> None:
    async with Door(http=True, started=False, retry_delays=(0.1,)) as door:
        await door.says("anna", "Too early")
        await door.sim.until(lambda: door.attempts() and door.attempts().popitem()[1] == [False])
        assert not door.platform.health().ok
        await door.start()
        (said,) = await door.heard(1)
        assert said.text == "Too early" and door.platform.health().ok
        await door.platform.stop()
        assert (await post(door, b'{"type": "event_callback"}'))[0] == 503


async def test_without_a_database_it_comes_again() -> None:
    async with Door(http=True) as door:
        door.notes.down = 1
        await door.says("anna", "Please keep this")
        await door.settle()
        assert door.notes.texts == ["Please keep this"] and door.attempts().popitem()[1] == [False, True]


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b"7", b'{"type": "event_callback", "event": 7}', b'{"a":' * 50_000 + b"1"]
)
async def test_poison_that_slack_signed_is_set_aside_and_acknowledged(body: bytes) -> None:
    async with Door(http=True) as door:
        assert (await post(door, body))[0] == 200
        assert len(door.notes.set_aside) == 1
        await door.says("anna", "next")
        await door.heard(1)


@pytest.mark.parametrize("form", [{"payload": "{"}, {"payload": "[]"}, {"command": "/ticket"}, {"nothing": "known"}])
async def test_forms_that_are_poison(form: dict[str, str]) -> None:
    async with Door(http=True) as door:
        body = urlencode(form).encode()
        headers = signed(door, body) | {"Content-Type": "application/x-www-form-urlencoded"}
        assert (await post(door, body, headers))[0] == 200 and len(door.notes.set_aside) == 1


async def test_slack_looks_whether_the_address_is_safe() -> None:
    async with Door(http=True) as door:
        body = b"ssl_check=1&token=x"
        headers = signed(door, body) | {"Content-Type": "application/x-www-form-urlencoded"}
        assert (await post(door, body, headers))[0] == 200 and door.notes.set_aside == []


async def test_only_posts_of_a_bearable_size(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Door(http=True) as door:
        assert (await post(door, b"", {}, method="GET"))[0] == 405
        monkeypatch.setattr(web, "BODY_BYTES", 1000)
        long = json.dumps({"type": "url_verification", "challenge": "x" * 1000}).encode()
        assert (await post(door, long))[0] == 413


async def test_while_nobody_could_reach_us_something_may_have_been_given_up() -> None:
    async with Door(http=True, retry_delays=(0.1,)) as door:
        await door.says("anna", "before")
        await door.heard(1)
        door.closed = True
        given_up = await door.says("anna", "given up")
        await door.settle()
        assert [one.acked for one in door.sim.deliveries] == [True, False, False], given_up
        await door.says("erik", "comes again", room="dm")
        await door.sim.until(lambda: [one for one in list(door.sim.deliveries)[3:] if one.acked is False])
        door.closed = False
        await door.heard(3)
        assert sorted(door.notes.texts) == ["before", "comes again", "given up"]


async def test_with_an_app_token_it_is_socket_mode() -> None:
    async with Door(started=False) as door:
        platform = door.platform_with(signing_secret="also there")
        assert not platform.hooks()
        await door.start(platform)
        assert door.sim.connections == 2


async def test_check_has_nothing_against_http() -> None:
    async with Door(http=True) as door:
        assert await door.platform.check({}, []) == []
