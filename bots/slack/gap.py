"""What was said while the bot was away, read from history once: Slack does not deliver it later."""


import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bots.port import Front
from bots.slack.calls import code_of, pages
from bots.slack.events import WORDS, Reader
from bots.slack.receive import Receiver

log = structlog.get_logger("slack")

PAGE = 200
MOST_PAGES = 25


class Gap:
    """Closes the gap of one connection: followed rooms since the newest message known, and threads of open tickets."""

    def __init__(self, client: AsyncWebClient, reader: Reader, receiver: Receiver, front: Front) -> None:
        self._client, self._reader, self._receiver, self._front = client, reader, receiver, front

    async def close(self, follow: frozenset[str]) -> None:
        """Hands in what is found, oldest first; what was taken in before is recognised by its key.

        A room that cannot be read is logged as a warning and never stops the others.
        """
        last = await self._front.last_ids(self._reader.connection)
        rooms = {room: ts for room, ts in last.items() if room in follow or room.startswith("D")}
        for room, ts in sorted(rooms.items()):
            await self._read(room, "", ts)
        for place in await self._front.live_places(self._reader.connection):
            await self._read(place.room, place.thread, last.get(place.room, place.thread))

    async def _read(self, room: str, thread: str, oldest: str) -> None:
        method = self._client.conversations_replies if thread else self._client.conversations_history
        arguments = {"channel": room, "oldest": oldest, "limit": PAGE, **({"ts": thread} if thread else {})}
        try:
            found = [message async for message in pages(method, "messages", MOST_PAGES, **arguments)]
        except (TimeoutError, SlackApiError, SlackClientError, aiohttp.ClientError, OSError) as error:
            code = code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
            log.warning("slack.gap_not_closed", room=room, why=code)
            return
        for message in sorted(found, key=lambda m: str(m.get("ts"))):
            person = message.get("user") not in (None, self._reader.bot_user) and not message.get("bot_id")
            if person and message.get("subtype") in WORDS:
                await self._receiver.hand_in(await self._reader.said(message, room))
