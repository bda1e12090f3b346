"""Events over HTTP, told on the whole program: Slack posts to the inbox's own server."""

from pydantic import SecretStr

from bots.simulator.client import Client
from bots.simulator.slack import SlackSimulator
from frontdesk import config
from frontdesk.app import App
from frontdesk.settings import Settings
from tests.bots.slack.acme import DESK
from tests.inbox.deeds import one_engine
from tests.world import quick


def program(slack: SlackSimulator, database_url: str) -> App:
    settings = Settings(
        _env_file=None,
        inbox_port=0,
        database_url=SecretStr(database_url),
        slack_bot_token=SecretStr(slack.BOT_TOKEN),
        slack_signing_secret=SecretStr(slack.SIGNING_SECRET),
        slack_api_url=f"{slack.url}/api/",
    )
    return App(settings, quick(config.parse(DESK, "desk.toml")), secret="a secret of the tests")


@one_engine
async def test_anna_is_answered_over_http(database_url: str) -> None:
    async with SlackSimulator(limits=False) as slack:
        app = program(slack, database_url)
        await app.start()
        try:
            await slack.do("use_http", request_url=f"{app.url}/slack/acme/events")
            anna, omar = Client(slack, "Anna"), Client(slack, "Omar")
            asked = await anna.writes("My laptop is on fire", "#it-help")
            card = await omar.reads("My laptop is on fire", "#it-desk", thread="")
            assert (await omar.presses(card, "Claim"))["ok"]
            await omar.writes("Pull the plug", "#it-desk", thread=card.id)
            await anna.reads("Pull the plug", "#it-help", thread=asked)
            assert not slack.connections and app.health() == {"acme": (True, "")}
        finally:
            await app.stop()
