"""Small marks that people put on messages: told to the desk, and one of them asks for a ticket.

https://docs.slack.dev/reference/events/reaction_added
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bots import cards, emoji
from bots.port import Answer, Front, Pointed
from bots.slack.answers import Asker
from bots.slack.beside import Beside
from bots.slack.calls import CALL_ERRORS, why
from bots.slack.events import Reader
from bots.slack.tuning import Tuning
from bots.slack.words import ident, instant, stamp
from inbox.errors import DeskError
from inbox.locale import nearest
from inbox.model import Account, Place, Reacted

log = structlog.get_logger("slack")

KINDS = {"reaction_added", "reaction_removed"}


class Marks:
    """The marks of one connection. `ticket` is the emoji that asks for a ticket of a message, "" for none."""

    def __init__(
        self, client: AsyncWebClient, reader: Reader, front: Front, beside: Beside, tuning: Tuning, ticket: str
    ) -> None:
        self._client, self._reader, self._front, self._ticket = client, reader, front, ticket
        self._beside, self._tuning = beside, tuning

    async def happened(self, event: Mapping[str, Any]) -> None:
        """Takes in an event; those of the bot's own marks Bolt passes over. Raises KeyError, TypeError or ValueError
        where it is not as documented."""
        item, user = event["item"], ident(event.get("user"))
        if item.get("type") != "message":
            return
        room, ts, at = ident(item.get("channel")), stamp(item.get("ts")), stamp(event.get("event_ts"))
        name, on = str(event["reaction"]), event["type"] == "reaction_added"
        by = await self._reader.people.account(user, self._tuning.lookup_seconds)
        if self._ticket and emoji.same(name, self._ticket):
            if on and not by.bot:
                await self._ask(by, room, ts, at)
            return
        place = Place(self._reader.connection, room, root=ts)
        await self._front.reacted(Reacted(place, ts, by, emoji.look_of(name), on, instant(at)))

    async def _ask(self, by: Account, room: str, ts: str, at: str) -> None:
        """Asks for a ticket of a message; what became of it only who asked is told."""
        key = f"{self._reader.connection}/reaction/{room}/{ts}/{by.external_id}/{at}"
        message = await self._message(room, ts)
        if message is None:
            answer = Answer(cards.refusal(DeskError(), nearest(by.language) or "en"), refused=True)
            thread = ""
        else:
            said = await self._reader.pointed_at(message, room)
            answer, thread = await self._front.pointed(Pointed(key, by, said)), said.place.thread
        self._beside.start(Asker(self._client, by.external_id, room, thread).tell(answer))

    async def _message(self, room: str, ts: str) -> Mapping[str, Any] | None:
        """The message that was marked; None where Slack does not show it. An event tells only its ts, with which even
        a reply is found (docs "conversations.replies")."""
        try:
            async with asyncio.timeout(self._tuning.answer_seconds):
                found = await self._client.conversations_replies(channel=room, ts=ts, limit=1)
        except CALL_ERRORS as error:
            log.warning("slack.marked_message_not_shown", room=room, why=why(error))
            return None
        return next((one for one in found.get("messages") or () if one.get("ts") == ts), None)
