"""Bolt, unchanged, over Socket Mode: what an app written for Slack meets here."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.simulator.slack import SlackSimulator
from tests.bots.simulator.slack_rig import ANNA, BOT, IT_HELP, Rig

Listen = Callable[[AsyncApp], None]


@asynccontextmanager
async def bolt(slack: Rig, listen: Listen) -> AsyncIterator[AsyncApp]:
    """An app that is connected, with what `listen` registers on it."""
    client = AsyncWebClient(token=SlackSimulator.BOT_TOKEN, base_url=f"{slack.sim.url}/api/")
    app = AsyncApp(client=client, signing_secret=SlackSimulator.SIGNING_SECRET, process_before_response=True)
    listen(app)
    bare = AsyncWebClient(base_url=f"{slack.sim.url}/api/")
    handler: Any = AsyncSocketModeHandler(app, SlackSimulator.APP_TOKEN, web_client=bare)
    await handler.connect_async()
    try:
        await slack.sim.until(lambda: slack.sim.connections)
        yield app
    finally:
        await handler.close_async()


async def test_anna_writes_and_the_bot_answers_in_her_thread() -> None:
    def listen(app: AsyncApp) -> None:
        @app.event("message")
        async def answer(event: dict[str, Any], say: Callable[..., Awaitable[Any]]) -> None:
            if "bot_id" not in event:
                await say(text=f"Ticket for <@{event['user']}>", thread_ts=event["ts"])

    async with Rig() as slack, bolt(slack, listen):
        ts = await slack.sim.do("write", who="anna", room="#it-help", text="My laptop is on fire")
        await slack.sim.until(lambda: slack.sim.said_by_bot("#it-help", ts))
        await slack.settle()
        assert slack.sim.texts("#it-help", ts) == ["My laptop is on fire", "Ticket for @Anna"]
        assert all(one.acked and one.attempt == 0 for one in slack.sim.deliveries)


async def test_a_mention_comes_as_message_and_as_app_mention() -> None:
    seen: list[tuple[str, str]] = []

    def listen(app: AsyncApp) -> None:
        @app.event("message")
        async def message(event: dict[str, Any], body: dict[str, Any]) -> None:
            seen.append((event["type"], body["event_id"]))

        @app.event("app_mention")
        async def mention(event: dict[str, Any], body: dict[str, Any]) -> None:
            seen.append((event["type"], body["event_id"]))

    async with Rig() as slack, bolt(slack, listen):
        await slack.sim.do("write", who="anna", room="#it-help", text="@Frontdesk help")
        await slack.settle()
        assert sorted(kind for kind, _ in seen) == ["app_mention", "message"]
        assert len({event_id for _, event_id in seen}) == 2


async def test_a_listener_that_raises_is_told_again() -> None:
    tried: list[str] = []

    def listen(app: AsyncApp) -> None:
        @app.event("message")
        async def fail_twice(body: dict[str, Any]) -> None:
            tried.append(body["event_id"])
            if len(tried) < 3:
                raise RuntimeError("not yet")

    async with Rig(ack_seconds=0.5) as slack, bolt(slack, listen):
        await slack.sim.do("write", who="anna", room="dm", text="Hello")
        await slack.settle()
        assert len(tried) == 3 and len(set(tried)) == 1
        attempts = [(one.attempt, one.reason, one.acked) for one in slack.sim.deliveries]
        assert attempts == [(0, "", False), (1, "timeout", False), (2, "timeout", True)]
        assert len({one.envelope_id for one in slack.sim.deliveries}) == 3


async def test_a_command_opens_a_form_and_the_form_is_answered() -> None:
    said: list[dict[str, Any]] = []
    form = {
        "type": "modal",
        "callback_id": "ticket",
        "title": {"type": "plain_text", "text": "New ticket"},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": [
            {
                "type": "input",
                "block_id": "subject",
                "label": {"type": "plain_text", "text": "What is it?"},
                "element": {"type": "plain_text_input", "action_id": "words"},
            }
        ],
    }

    def listen(app: AsyncApp) -> None:
        @app.command("/ticket")
        async def open_form(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
            await client.views_open(trigger_id=body["trigger_id"], view=form)
            await ack(f"Opening a form, {body['user_name']}")

        @app.view("ticket")
        async def take(ack: Any, view: dict[str, Any]) -> None:
            words = view["state"]["values"]["subject"]["words"]["value"]
            said.append({"words": words})
            await (ack(response_action="errors", errors={"subject": "Say more"}) if len(words) < 5 else ack())

    async with Rig() as slack, bolt(slack, listen):
        typed = await slack.sim.do("command", who="anna", room="#it-help", text="/ticket")
        assert typed["ok"] and typed["text"] == "Opening a form, anna" and typed["view"]
        refused = await slack.sim.do("submit", who="anna", values={"What is it?": "VPN"})
        assert refused["errors"] == {"subject": "Say more"} and refused["view"]
        done = await slack.sim.do("submit", who="anna", values={"What is it?": "VPN is down"})
        assert done["ok"] and done["view"] == ""
        assert said == [{"words": "VPN"}, {"words": "VPN is down"}]


async def test_a_button_is_pressed_and_the_card_is_edited() -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Claim"}, "action_id": "claim", "value": "7"}
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "*#7* nobody"}}

    def listen(app: AsyncApp) -> None:
        @app.action("claim")
        async def claim(ack: Any, body: dict[str, Any], client: AsyncWebClient, respond: Any) -> None:
            await ack()
            taken = {"type": "section", "text": {"type": "mrkdwn", "text": f"*#7* <@{body['user']['id']}>"}}
            ts = body["container"]["message_ts"]
            await client.chat_update(channel=body["channel"]["id"], ts=ts, text="#7", blocks=[taken])
            await respond(text="It is yours", response_type="ephemeral")

    async with Rig() as slack, bolt(slack, listen) as app:
        posted = await app.client.chat_postMessage(
            channel="#it-desk", text="#7", blocks=[section, {"type": "actions", "elements": [button]}]
        )
        pressed = await slack.sim.do("press", who="omar", room="#it-desk", message=posted["ts"], label="Claim")
        assert pressed["ok"]
        await slack.sim.until(lambda: slack.sim.whispers("omar"))
        assert slack.sim.texts("#it-desk") == ["*#7* @Omar"]
        assert [one.text for one in slack.sim.whispers("omar", "#it-desk")] == ["It is yours"]
        assert not slack.sim.whispers("lisa")


async def test_the_library_reconnects_when_it_is_asked_to() -> None:
    heard: list[str] = []

    def listen(app: AsyncApp) -> None:
        @app.event("message")
        async def hear(event: dict[str, Any]) -> None:
            heard.append(event["text"])

    async with Rig() as slack, bolt(slack, listen):
        first = slack.sim.courier.links[0]
        await slack.sim.do("disconnect")
        await slack.sim.until(lambda: slack.sim.connections and first not in slack.sim.courier.links)
        await slack.sim.do("write", who="anna", room="#it-help", text="Are you there?")
        await slack.settle()
        assert heard == ["Are you there?"]


async def test_the_sdk_reads_pages_files_and_refusals() -> None:
    async with Rig() as slack:
        client = AsyncWebClient(token=SlackSimulator.BOT_TOKEN, base_url=f"{slack.sim.url}/api/")
        me = await client.auth_test()
        assert (me["user_id"], me["team"]) == (BOT, "Acme")
        names = []
        async for page in await client.conversations_list(types="public_channel,private_channel", limit=2):
            names += [one["name"] for one in page["channels"]]
        assert names == ["general", "it-help", "it-desk", "customer-desk", "payroll-desk"]
        sent = await client.files_upload_v2(channel=IT_HELP, filename="log.txt", content="hot", initial_comment="See")
        assert sent["file"]["name"] == "log.txt"
        assert slack.sim.texts("#it-help") == ["See"]
        with pytest.raises(SlackApiError) as refused:
            await client.users_info(user="U0NOBODY0001")
        assert refused.value.response["error"] == "user_not_found"
        asked = [client.users_info(user=ANNA), client.users_lookupByEmail(email="anna@acme.example")]
        assert [one["user"]["id"] for one in await asyncio.gather(*asked)] == [ANNA, ANNA]
