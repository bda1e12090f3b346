"""How things reach the app: sockets, acknowledgements, redeliveries, losses, and the signed posts of HTTP mode."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web

from bots.simulator.server import Refused
from bots.simulator.slack import SlackSimulator
from tests.bots.simulator.slack_rig import Json, Rig


async def test_the_hello_names_the_app() -> None:
    async with Rig() as slack:
        socket = await slack.connect()
        await slack.sim.do("write", who="anna", room="#it-help", text="x")
        await slack.settle()
        hello, envelope = socket.frames
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        assert hello["connection_info"] == {"app_id": slack.sim.world.app.id}
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("events_api", False)
        assert (envelope["retry_attempt"], envelope["retry_reason"]) == (0, "")


async def test_each_envelope_goes_to_one_of_the_sockets() -> None:
    async with Rig() as slack:
        sockets = [await slack.connect() for _ in range(3)]
        for number in range(30):
            await slack.sim.do("write", who="anna", room="#it-help", text=str(number))
        await slack.settle()
        heard = [[event["text"] for event in one.events] for one in sockets]
        assert sorted(int(text) for one in heard for text in one) == list(range(30))
        assert all(heard)


async def test_an_eleventh_socket_is_turned_away() -> None:
    async with Rig() as slack:
        sockets = [await slack.connect() for _ in range(11)]
        await sockets[-1].closed.wait()
        assert [one["reason"] for one in sockets[-1].frames] == ["too_many_websockets"]
        assert slack.sim.connections == 10


async def test_a_ticket_is_for_one_connection_and_not_for_long() -> None:
    async with Rig() as slack:
        url = (await slack.call("apps.connections.open", token=SlackSimulator.APP_TOKEN))["url"]
        late = (await slack.call("apps.connections.open", token=SlackSimulator.APP_TOKEN))["url"]
        await slack.http.ws_connect(url)
        slack.now += 61
        for used in (url, late):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await slack.http.ws_connect(used)


async def test_an_event_comes_four_times_and_then_no_more() -> None:
    async with Rig(ack_seconds=0.02, retry_delays=(0.0, 0.01, 0.02)) as slack:
        socket = await slack.connect(lambda _: None)
        await slack.sim.do("write", who="anna", room="#it-help", text="x")
        await slack.settle()
        came = await socket.some("events_api", 4)
        assert [(one["retry_attempt"], one["retry_reason"]) for one in came] == [(0, "")] + [
            (attempt, "timeout") for attempt in (1, 2, 3)
        ]
        assert len({one["payload"]["event_id"] for one in came}) == 1
        assert len({one["envelope_id"] for one in came}) == 4
        assert [one.acked for one in slack.sim.deliveries] == [False] * 4


async def test_commands_and_presses_come_once() -> None:
    async with Rig(ack_seconds=0.02) as slack:
        socket = await slack.connect(lambda _: None)
        typed = await slack.sim.do("command", who="anna", room="#it-help", text="/ticket claim 42")
        assert (typed["ok"], typed["error"]) == (False, "/ticket failed because the app did not respond")
        button = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go"}
        ts = await slack.says("#it-help", "x", blocks=[{"type": "actions", "elements": [button]}])
        pressed = await slack.sim.do("press", who="anna", room="#it-help", message=ts, label="Go")
        assert not pressed["ok"] and pressed["error"]
        await socket.some("interactive", 1)
        await slack.settle()
        assert [one["type"] for one in socket.frames if one["type"] not in ("hello", "events_api")] == [
            "slash_commands",
            "interactive",
        ]


async def test_what_happens_while_nobody_is_connected_is_lost() -> None:
    async with Rig() as slack:
        await slack.sim.do("write", who="anna", room="#it-help", text="Is anybody there?")
        await slack.settle()
        assert [one["event"]["text"] for one in slack.sim.lost] == ["Is anybody there?"]
        typed = await slack.sim.do("command", who="anna", room="#it-help", text="/ticket")
        assert typed["error"] == '/ticket failed with the error "dispatch_failed"'
        socket = await slack.connect()
        await slack.sim.do("write", who="anna", room="#it-help", text="Again")
        await slack.settle()
        assert [event["text"] for event in socket.events] == ["Again"]
        history = (await slack.call("conversations.history", channel=slack.sim.world.room("#it-help").id))["messages"]
        assert [one["text"] for one in history] == ["Again", "Is anybody there?"]


async def test_an_event_that_a_dead_app_took_comes_again_to_its_successor() -> None:
    async with Rig(ack_seconds=0.3) as slack:
        dying = await slack.connect(lambda _: None)
        await slack.sim.do("write", who="anna", room="#it-help", text="x")
        await dying.some("events_api", 1)
        successor = await slack.connect()
        await dying.ws.close()
        again = await successor.frame("events_api")
        assert again["payload"]["event"]["text"] == "x" and again["retry_attempt"] > 0
        await slack.settle()
        assert slack.sim.deliveries[-1].acked


async def test_acknowledging_twice_or_nonsense_changes_nothing() -> None:
    async with Rig() as slack:
        socket = await slack.connect()
        await slack.sim.do("write", who="anna", room="#it-help", text="x")
        await slack.settle()
        for words in (json.dumps({"envelope_id": socket.frames[1]["envelope_id"]}), "nonsense", "[]"):
            await socket.ws.send_str(words)
        await slack.sim.do("write", who="anna", room="#it-help", text="y")
        await slack.settle()
        assert len(slack.sim.courier.strays) == 3
        assert [one.acked for one in slack.sim.deliveries] == [True, True]


async def test_knobs_double_turn_round_and_silence() -> None:
    async with Rig(ack_seconds=0.05) as slack:
        socket = await slack.connect()
        await slack.sim.do("duplicate_next")
        await slack.sim.do("write", who="anna", room="#it-help", text="twice")
        await slack.settle()
        first, second = socket.frames[1:]
        assert first["payload"]["event_id"] == second["payload"]["event_id"]
        assert first["envelope_id"] != second["envelope_id"]
        await slack.sim.do("reorder_next", count=3)
        for text in "abc":
            await slack.sim.do("write", who="anna", room="#it-help", text=text)
        await slack.settle()
        assert [event["text"] for event in socket.events] == ["twice", "twice", "c", "b", "a"]
        await slack.sim.do("half_open")
        fresh = await slack.connect()
        for number in range(8):
            await slack.sim.do("write", who="anna", room="#it-help", text=str(number))
        await slack.settle()
        assert len(socket.events) == 5
        assert {event["text"] for event in fresh.events} <= {str(number) for number in range(8)}
        assert any(not one.acked for one in slack.sim.deliveries)


async def test_knobs_disconnect_cut_and_poison() -> None:
    async with Rig() as slack:
        first = await slack.connect()
        await slack.sim.do("disconnect", reason="warning")
        assert (await first.frame("disconnect"))["reason"] == "warning"
        await first.ws.close()
        second = await slack.connect()
        await slack.sim.do("poison", payload="}{")
        await slack.sim.do("poison", payload={"type": "event_callback", "event": {"type": "message", "ts": 7}})
        await slack.settle()
        assert second.events == [{"type": "message", "ts": 7}]
        await slack.sim.do("cut")
        await second.closed.wait()
        await slack.sim.until(lambda: not slack.sim.connections)


async def test_the_app_is_told_of_its_limits_and_its_end() -> None:
    async with Rig() as slack:
        socket = await slack.connect()
        await slack.sim.do("rate_limit_app")
        await slack.settle()
        assert socket.frames[1]["payload"]["type"] == "app_rate_limited"
        await slack.sim.do("uninstall")
        await slack.sim.do("write", who="anna", room="#it-help", text="x")
        await slack.settle()
        kinds = [one["payload"]["event"]["type"] for one in socket.frames[2:]]
        assert sorted(kinds) == ["app_uninstalled", "tokens_revoked"]


# HTTP mode


@asynccontextmanager
async def endpoint(answer: Callable[[web.Request, str], Any]) -> AsyncIterator[tuple[str, list[tuple[Any, str]]]]:
    """A Request URL; `answer` gives a response or a body, and what came is kept as (headers, body)."""
    came: list[tuple[Any, str]] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.text()
        came.append((request.headers, body))
        if '"url_verification"' in body:
            return web.Response(text=json.loads(body)["challenge"])
        answered = answer(request, body)
        return answered if isinstance(answered, web.Response) else web.json_response(answered)

    app = web.Application()
    app.router.add_post("/slack/events", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events", came
    finally:
        await runner.cleanup()


def signed(headers: Any, body: str) -> bool:
    base = f"v0:{headers['X-Slack-Request-Timestamp']}:{body}".encode()
    made = "v0=" + hmac.new(SlackSimulator.SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
    return hmac.compare_digest(made, headers["X-Slack-Signature"])


async def test_http_mode_proves_the_url_and_signs_everything() -> None:
    async with Rig() as slack, endpoint(lambda *_: {"text": "Noted"}) as (url, came):
        socket = await slack.connect()
        await slack.sim.do("use_http", request_url=url)
        assert (await socket.frame("disconnect"))["reason"] == "link_disabled"
        await socket.ws.close()
        await slack.sim.do("write", who="anna", room="#it-help", text="x")
        await slack.settle()
        typed = await slack.sim.do("command", who="anna", room="dm", text="/note it is hot")
        shortcut = await slack.sim.do("shortcut", who="omar", callback_id="New ticket")
        assert typed["text"] == "Noted" and shortcut["ok"]
        verified, event, command, interaction = came
        assert all(signed(headers, body) for headers, body in came)
        assert json.loads(verified[1])["type"] == "url_verification"
        assert json.loads(event[1])["event"]["text"] == "x" and "X-Slack-Retry-Num" not in event[0]
        form = {key: value[0] for key, value in parse_qs(command[1]).items()}
        assert (form["command"], form["text"], form["channel_name"]) == ("/note", "it is hot", "directmessage")
        assert json.loads(parse_qs(interaction[1])["payload"][0])["callback_id"] == "new_ticket"


async def test_http_mode_repeats_until_told_not_to() -> None:
    no_more = web.Response(status=500, headers={"X-Slack-No-Retry": "1"})
    answers = [web.Response(status=500), web.Response(status=503), no_more]
    async with Rig() as slack, endpoint(lambda *_: answers.pop(0)) as (url, came):
        await slack.sim.do("use_http", request_url=url)
        await slack.sim.do("write", who="anna", room="#it-help", text="x")
        await slack.settle()
        retries = [(one.get("X-Slack-Retry-Num"), one.get("X-Slack-Retry-Reason")) for one, _ in came[1:]]
        assert retries == [(None, None), ("1", "http_error"), ("2", "http_error")]


async def test_http_mode_can_forge_and_replay() -> None:
    async with Rig() as slack, endpoint(lambda *_: {}) as (url, came):
        await slack.sim.do("use_http", request_url=url)
        await slack.sim.do("forge_next")
        await slack.sim.do("write", who="anna", room="#it-help", text="forged")
        await slack.settle()
        await slack.sim.do("age_next", seconds=600)
        await slack.sim.do("write", who="anna", room="#it-help", text="old")
        await slack.settle()
        forged, old = came[1:]
        assert not signed(*forged) and signed(*old)
        assert int(old[0]["X-Slack-Request-Timestamp"]) == slack.now - 600


async def test_a_url_that_proves_nothing_is_not_taken() -> None:
    async with Rig() as slack:
        with pytest.raises(Refused, match="challenge"):
            await slack.sim.do("use_http", request_url=f"{slack.sim.url}/api/api.test")
        assert slack.sim.world.app.request_url == ""


async def test_after_a_reset_sockets_stay_and_the_world_is_new() -> None:
    async with Rig() as slack:
        socket: Any = await slack.connect()
        await slack.sim.do("write", who="anna", room="#it-help", text="x")
        await slack.settle()
        async with slack.http.post(f"{slack.sim.url}/_sim/reset") as response:
            assert response.status == 200
        assert slack.sim.texts("#it-help") == []
        await slack.sim.do("write", who="anna", room="#it-help", text="y")
        await slack.settle()
        seen: list[Json] = socket.events
        assert [event["text"] for event in seen] == ["x", "y"]
