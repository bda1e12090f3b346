"""The app's Home tab: everybody's own page. https://docs.slack.dev/surfaces/app-home"""

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bots.port import Front
from bots.slack import render
from bots.slack.calls import CALL_ERRORS, why
from bots.slack.events import Reader

log = structlog.get_logger("slack")


class Home:
    """Publishes pages to whoever opens the tab, and again when they did something that changes it."""

    def __init__(self, client: AsyncWebClient, reader: Reader, front: Front) -> None:
        self._client, self._reader, self._front = client, reader, front

    async def show(self, user: str) -> None:
        """Publishes a person's page as it is now. Where Slack refuses, that is logged."""
        by = await self._reader.people.account(user, self._reader.lookup_seconds)
        view = render.home(await self._front.home(by))
        try:
            await self._client.views_publish(user_id=user, view=view)
        except CALL_ERRORS as error:
            log.warning("slack.home_not_shown", why=why(error))
