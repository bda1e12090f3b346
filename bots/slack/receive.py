"""What Slack delivers, through Bolt: acknowledged only after the desk committed.

With `process_before_response` Bolt acknowledges after the listener. What a listener cannot understand is set aside
and acknowledged, for Slack disables apps that fail too often; where the database fails, nothing is acknowledged and
Slack delivers again. One listener stands for every kind of payload.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from weakref import WeakValueDictionary

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bots.port import Front
from bots.slack.beside import Beside
from bots.slack.events import Reader, hand_in
from bots.slack.hands import Hands
from bots.slack.marks import KINDS, Marks
from bots.slack.workspace import Workspace
from inbox.errors import StoreUnavailable

log = structlog.get_logger("slack")

ANY = re.compile(".*", re.DOTALL)
DRAIN_SECONDS = 4.0
RAW_LIMIT = 100_000
KEYS = {"token", "response_url", "response_urls", "trigger_id"}  # they act in the bot's name, and are nobody's to read


class Receiver:
    """Registers the listeners of one connection on a Bolt app.

    `news` is called where there is something to be read from history: `missed` tells what.
    """

    def __init__(
        self,
        app: AsyncApp,
        reader: Reader,
        front: Front,
        hands: Hands,
        workspace: Workspace,
        marks: Marks,
        beside: Beside,
        news: Callable[[], None],
    ) -> None:
        self._app, self._reader, self._front, self._workspace = app, reader, front, workspace
        self._marks, self._beside, self._news = marks, beside, news
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        app.event(ANY)(self._event)
        app.command(ANY)(hands.command)
        app.action(ANY)(hands.action)
        app.view(ANY)(hands.view)
        app.view_closed(ANY)(self._only_ack)
        app.shortcut(ANY)(hands.shortcut)
        app.options(ANY)(hands.picking.options)
        app.error(self.failed)

    async def answer(self, payload: dict[str, Any], again: bool) -> BoltResponse:
        """What a payload is answered with; status 200 acknowledges it. `again`: Slack delivered it before."""
        with self._beside.counted():
            try:
                # verified already, over HTTP too; Bolt's own reading of HTTP bodies drops commands that say "payload"
                request = AsyncBoltRequest(mode="socket_mode", body=payload)
                answer: BoltResponse = await self._app.async_dispatch(request)
            except Exception as error:
                return await self.failed(error, payload)
            if answer.status != 200 or again:
                self._note_late(payload)
            return answer

    def _note_late(self, payload: Mapping[str, Any]) -> None:
        """Words were refused, or come again: what was answered under them meanwhile belonged nowhere yet."""
        event = payload.get("event")
        with suppress(ValueError):
            if isinstance(event, Mapping) and self._reader.missed.note(event):
                self._news()

    async def poison(self, raw: str, error: str) -> None:
        """Sets aside what cannot be understood."""
        log.warning("slack.not_understood", why=error)
        await self._front.quarantine(self._reader.connection, raw[:RAW_LIMIT], error)

    async def drain(self) -> None:
        """Waits for what is under way: events that are being taken in, answers that are late."""
        self._workspace.stop()
        await self._beside.drain(DRAIN_SECONDS)

    async def failed(self, error: Exception, body: Any) -> BoltResponse:
        """What becomes of a payload that no listener took or that one stumbled over."""
        if isinstance(error, StoreUnavailable):
            return BoltResponse(status=503)
        unhandled = isinstance(error, BoltUnhandledRequestError)
        if unhandled and body.get("type") == "app_rate_limited":
            log.error("slack.events_dropped", why="Slack delivers at most 30,000 events an hour.")
            self._reader.missed.unknown = True
            self._news()
            return BoltResponse(status=200)
        if not unhandled:
            log.error("slack.payload_failed", exc_info=error)
        shown = {key: "…" if key in KEYS else value for key, value in body.items()} if isinstance(body, dict) else body
        try:
            await self.poison(
                json.dumps(shown, ensure_ascii=False, default=str), f"{type(error).__name__}: {error}"[:500]
            )
        except StoreUnavailable:
            return BoltResponse(status=503)
        return BoltResponse(status=200)

    # events

    async def _event(self, event: dict[str, Any], ack: Any) -> None:
        if event["type"] == "message":
            await self._workspace.known(str(event.get("channel")))
            async with self._turn(event):
                heard = await self._reader.message(event)
                if heard:
                    await hand_in(self._front, heard)
        elif event["type"] in KINDS:
            await self._marks.happened(event)
        await self._workspace.happened(event)
        await ack()

    def _turn(self, event: Mapping[str, Any]) -> asyncio.Lock:
        """One after the other in each thread: an answer to words that are being taken in must not overtake them."""
        thread = (str(event.get("channel")), str(event.get("thread_ts") or event.get("ts")))
        return self._turns.setdefault(thread, asyncio.Lock())

    async def _only_ack(self, ack: Any) -> None:
        await ack()
