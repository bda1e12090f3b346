"""Small marks that people put on messages: told to the desk, and one of them asks for a ticket.

Discord tells of a mark by ids alone (docs "Message Reaction Add"), so the message is asked for; and a mark is no
interaction, so what became of it is told by direct message.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from bots import cards, emoji
from bots.discord.calls import FAILURES, Api, passes, told
from bots.discord.events import Reader
from bots.discord.lanes import NotNow
from bots.discord.places import Channel
from bots.port import Answer, Card, Front, Pointed, SendError
from inbox.errors import DeskError
from inbox.locale import nearest
from inbox.model import Account, Reacted

log = structlog.get_logger("discord")


class Marks:
    """The marks of one connection. `ticket` is the emoji that asks for a ticket of a message, "" for none; `direct`
    posts a card to a person."""

    def __init__(
        self, api: Api, reader: Reader, front: Front, direct: Callable[[str, Card], Awaitable[Any]], ticket: str
    ) -> None:
        self._api, self._reader, self._front, self._direct, self._ticket = api, reader, front, direct, ticket
        self._telling: set[asyncio.Task[None]] = set()

    async def happened(self, data: Mapping[str, Any], channel: Channel, *, on: bool) -> None:
        """Takes in a mark. Raises KeyError, TypeError or ValueError where it is not as documented, NotNow where Discord
        cannot be asked for the message."""
        found = self._reader.reacted(data, channel, on=on)
        if found is None:
            return
        if not (self._ticket and emoji.same(found.emoji, self._ticket)):
            await self._front.reacted(found)
        elif on and not found.by.bot:
            await self._ask(found, channel)

    async def _ask(self, mark: Reacted, channel: Channel) -> None:
        """Asks for a ticket of the message; what became of it only who asked is told, once."""
        message = await self._message(channel, mark.message_id)
        if message is None:
            answer = Answer(cards.refusal(DeskError(), nearest(mark.by.language) or "en"), refused=True)
        else:
            key = f"{self._reader.connection}/reaction/{mark.message_id}/{mark.by.external_id}"
            said = self._reader.pointed_at(message, channel)
            answer = await self._front.pointed(Pointed(key, mark.by, said))
        if answer.card:
            task = asyncio.create_task(self._tell(mark.by, answer.card), name="discord mark")
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _message(self, channel: Channel, id_: str) -> Mapping[str, Any] | None:
        path = "/channels/{channel_id}/messages/{message_id}"
        try:
            found: Mapping[str, Any] = await self._api.call("GET", path, channel_id=channel.id, message_id=id_)
        except FAILURES as error:
            if passes(error):
                raise NotNow(f"Discord does not show a message that was marked ({told(error)}).") from None
            log.warning("discord.marked_message_not_shown", connection=self._reader.connection, why=told(error))
            return None
        return found

    async def _tell(self, by: Account, card: Card) -> None:
        """Whoever takes no direct messages sees what came of it in the room."""
        try:
            await self._direct(by.external_id, card)
        except SendError as error:
            log.info("discord.mark_not_answered", connection=self._reader.connection, why=str(error))

    async def drain(self, seconds: float) -> None:
        """Lets what is under way end, within `seconds`."""
        if self._telling:
            await asyncio.wait(self._telling, timeout=seconds)
        for task in self._telling:
            task.cancel()
