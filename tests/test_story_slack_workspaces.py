"""Two workspaces at one desk: Acme's bot dials out, the lab's is posted to. Their people have accounts in both, and
even the same ids there; who is one person is for them to say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr
from structlog.testing import capture_logs

from bots.simulator.client import Client
from bots.simulator.slack import SlackSimulator
from bots.slack.manifest import events_path, manifest
from frontdesk import config
from frontdesk.app import App
from frontdesk.settings import Settings
from inbox.desk import views
from inbox.desk.signin import Reader
from inbox.store import Tx, tickets
from tests.inbox.deeds import one_engine
from tests.world import hurried

DESK = """
    [desk]
    name = "Acme"
    language = "en"
    timezone = "Europe/Stockholm"
    [connections.acme]
    platform = "slack"
    [connections.labs]
    platform = "slack"
    env = "LABS"
    [policies.standard]
    hours = "always"
    first_reply = { normal = "4h" }
    [queues.it]
    title = "IT support"
    policy = "standard"
    intake = ["acme:#it-help", "labs:#it-help", "labs:dm", "acme:dm"]
    desk = "acme:#it-desk"
    agents = "members"
    undo_seconds = 0
    survey = false
    default = true
"""
LABS: dict[str, Any] = {
    "bot_token": "xoxb-the-bot-of-the-lab",
    "app_token": "xapp-not-used",
    "signing_secret": "the-labs-own-secret",
}
EMAIL = "anna@acme.example"


@asynccontextmanager
async def company(database_url: str) -> AsyncIterator[tuple[App, SlackSimulator, SlackSimulator]]:
    async with SlackSimulator(limits=False) as acme, SlackSimulator(limits=False, **LABS) as labs:
        for workspace in (acme, labs):
            await workspace.do("install", manifest=manifest())
        settings = Settings(
            _env_file=None,
            inbox_port=0,
            database_url=SecretStr(database_url),
            slack_bot_token=SecretStr(acme.BOT_TOKEN),
            slack_app_token=SecretStr(acme.APP_TOKEN),
            slack_api_url=f"{acme.url}/api/",
            prefixed={
                "LABS_BOT_TOKEN": SecretStr(LABS["bot_token"]),
                "LABS_SIGNING_SECRET": SecretStr(LABS["signing_secret"]),
                "LABS_API_URL": SecretStr(f"{labs.url}/api/"),
            },
        )
        app = App(settings, config.parse(DESK, "desk.toml"), secret="a secret of the tests")
        with hurried():
            await app.start()
            try:
                await labs.do("use_http", request_url=f"{app.url}{events_path('labs')}")
                yield app, acme, labs
            finally:
                await app.stop()


def everything_said(workspace: SlackSimulator) -> str:
    return "\n".join(str((one.text, one.blocks)) for one in workspace.world.messages)


async def requester(app: App, number: int) -> int:
    ticket = await app.desk.look(tickets.get, number)
    assert ticket
    return ticket.requester_id


async def hint(app: App, number: int) -> str:
    """Who else the requester may be, as the ticket's page says."""
    operator: Any = Reader(session=None, person=None)  # type: ignore[arg-type]

    def page(tx: Tx) -> str:
        return views.ticket_page(tx, operator, number).perhaps

    return await app.desk.look(page)


@one_engine
async def test_one_desk_for_two_workspaces(database_url: str) -> None:
    with capture_logs() as logged:
        async with company(database_url) as (app, acme, labs):
            assert acme.connections and not labs.connections
            assert app.health() == {"acme": (True, ""), "labs": (True, "Slack has delivered nothing over HTTP yet.")}
            anna, anna_at_labs, omar = Client(acme, "Anna"), Client(labs, "Anna"), Client(acme, "Omar")

            asked = await anna_at_labs.writes("The centrifuge hums", "#it-help")
            await anna_at_labs.reads("#1", "#it-help", thread=asked)
            card = await omar.reads("The centrifuge hums", "#it-desk", thread="")
            assert (await omar.presses(card, "Claim"))["ok"]
            await omar.writes("Turn it off and on again", "#it-desk", thread=card.id)
            await anna_at_labs.reads("Turn it off and on again", "#it-help", thread=asked)
            await anna_at_labs.writes("It is quiet now", "#it-help", thread=asked)
            await omar.reads("It is quiet now", "#it-desk", thread=card.id)
            assert app.health()["labs"] == (True, "")

            # she has an account with the same address here: somebody may say so to her, and nobody does it for her
            await anna.writes("My screen is black", "#it-help")
            await omar.reads("#2 My screen is black", "#it-desk", thread="")
            assert await requester(app, 1) != await requester(app, 2)
            assert await hint(app, 1) == "Anna (Slack, acme)" and await hint(app, 2) == "Anna (Slack, labs)"
            known = await omar.types("/history 1", "#it-desk")
            history = acme.text(acme.world.message("#it-desk", known["message"]))
            assert "#1 The centrifuge hums" in history and "Perhaps the same person as Anna (Slack, acme)" in history
            shown = (await anna.types("/ticket status", "#it-help"))["text"]
            assert "#2" in shown and "#1" not in shown

            code = (await anna.types("/link", "#it-help"))["text"].split()[-1]
            joined = (await anna_at_labs.types(f"/link {code}", "#it-help"))["text"]
            assert "Anna (Slack, labs), Anna (Slack, acme)" in joined
            assert await hint(app, 1) == await hint(app, 2) == ""
            assert await requester(app, 1) == await requester(app, 2)
            for workspace in (acme, labs):
                assert EMAIL not in everything_said(workspace)
    assert EMAIL not in str(logged) and logged
