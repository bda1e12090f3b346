"""The checker of Slack's samples itself: it lets the simulator's own words pass, and sees what is not Slack's."""

import copy
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bots.simulator.server import Call
from bots.simulator.slack import SlackSimulator
from bots.simulator.slack.methods import METHODS
from tests.bots.simulator.slack_rig import ANNA, IT_DESK, IT_HELP, Json, Rig
from tests.specs.slack import ANSWERED, ARGUMENTS, check_answer, check_event, check_log, check_request, sample


def test_every_method_of_the_simulator_is_in_the_table() -> None:
    assert set(ARGUMENTS) == set(METHODS)
    assert set(ANSWERED) <= set(METHODS)


async def test_what_the_sdk_asks_is_what_slack_knows() -> None:
    sample("api/auth.test")
    async with Rig() as slack:
        client = AsyncWebClient(token=SlackSimulator.BOT_TOKEN, base_url=f"{slack.sim.url}/api/")
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}]
        posted = await client.chat_postMessage(
            channel=IT_DESK, text="x", blocks=blocks, metadata={"event_type": "a", "event_payload": {}}
        )
        await client.chat_update(channel=IT_DESK, ts=posted["ts"], text="y")
        await client.conversations_history(channel=IT_DESK, include_all_metadata=True, limit=5)
        await client.conversations_replies(channel=IT_DESK, ts=posted["ts"])
        await client.conversations_open(users=[ANNA], return_im=True)
        await client.reactions_add(channel=IT_DESK, timestamp=posted["ts"], name="eyes")
        await client.files_upload_v2(channel=IT_HELP, filename="a.txt", content="x", thread_ts=None)
        await client.users_list(limit=2)
        assert check_log(slack.sim.log) == []


def asked(method: str, **query: str) -> Call:
    return Call(
        0.0, method, {"method": "GET", "path": f"/api/{method}", "query": query, "body": ""}, 200, '{"ok": true}'
    )


def test_requests_that_slack_would_not_understand_are_seen() -> None:
    assert check_request(asked("chat.shout")) == ["chat.shout: there is no such method."]
    assert check_request(asked("users.info", usr=ANNA)) == [
        "users.info: there is no argument 'usr'.",
        "users.info: the argument 'user' is missing.",
    ]
    assert check_answer(asked("auth.test"))[0] == "auth.test: the answer lacks 'url'."


def _spoilt(payload: Json, *path: str, value: Any = None) -> Json:
    """A copy with that place taken away, or set to another value."""
    copied = copy.deepcopy(payload)
    inner: Any = copied
    for key in path[:-1]:
        inner = inner[int(key) if key.isdigit() else key]
    if value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return copied


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("event_id",), None, "message: 'event_id' is missing."),
        (("event", "ts"), None, "message: 'ts' is missing."),
        (("event", "ts"), 7.5, "message.event.ts: 7.5 should be of the kind str."),
        (("event", "colour"), "red", "message.event: the samples have no 'colour'."),
        (("event", "type"), "message_party", "There is no event message_party."),
        (("event", "subtype"), "party", "There is no event message party."),
        (("event_time",), "now", "message: 'now' should be of the kind int."),
        (
            ("event", "blocks", "0", "colour"),
            "red",
            "message.event.blocks[0]: a rich_text has no 'colour' in the samples.",
        ),
        (("type",), "party", "There is no payload of type 'party'."),
    ],
)
async def test_events_that_slack_does_not_send_are_seen(path: tuple[str, ...], value: Any, problem: str) -> None:
    sample("api/auth.test")
    async with Rig() as slack:
        await slack.connect()
        await slack.sim.do("write", who="anna", room="#it-help", text="x")
        await slack.settle()
        payload = slack.sim.emitted[0]
    assert check_event(payload) == []
    found = check_event(_spoilt(payload, *path, value=value))
    assert any(problem.split(": ")[-1] in one for one in found), found
