"""Posts and what becomes of them: sent once, found again by their metadata, edited, taken back, marked."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots import parts
from bots.parts import Hand, Unfinished
from bots.port import Ambiguous, Card, Hopeless, Mark, Sent
from bots.slack import render
from bots.slack.calls import CALL_ERRORS, code_of, meaning, pages
from bots.slack.render import Json
from bots.slack.words import timestamp
from inbox.model import Place

MARKS = {"sent": "white_check_mark", "held": "hand", "failed": "warning"}
METADATA = "frontdesk_post"
CLOCKS_APART = timedelta(minutes=10)  # how far our clock and Slack's may differ when a post is looked for


class Posts:
    """What one bot says. `call` carries a call out and raises SendError's branches; `me` is the bot's user id."""

    def __init__(
        self, client: AsyncWebClient, call: Callable[[Awaitable[Any]], Awaitable[Any]], me: Callable[[], str]
    ) -> None:
        self._client, self._call, self._me = client, call, me
        self._unfinished = Unfinished()

    async def send(self, room: str, thread: str, card: Card, nonce: str) -> Sent:
        """Posts all parts of a card; a part that went out is not posted again when the whole is tried again."""
        bodies, out = render.messages(card), self._unfinished.of(nonce)
        await parts.post(out, bodies, self._poster(room, thread, nonce, len(bodies)))
        self._unfinished.end(nonce)
        return _sent(out, room, thread)

    async def direct(self, account: str, card: Card, nonce: str) -> Sent:
        return await self.send(await self._conversation(account), "", card, nonce)

    async def _conversation(self, account: str) -> str:
        return str((await self._call(self._client.conversations_open(users=account)))["channel"]["id"])

    def _poster(self, room: str, thread: str, nonce: str, of: int) -> Callable[[int, Json], Awaitable[str]]:
        """Posts one message of a post of so many."""

        async def post(number: int, body: Json) -> str:
            payload = {"nonce": f"{nonce}.{number}", "of": of}
            posted = self._client.chat_postMessage(
                channel=room,
                thread_ts=thread or None,
                unfurl_links=False,
                unfurl_media=False,
                metadata={"event_type": METADATA, "event_payload": payload},
                **body,
            )
            return str((await self._call(posted))["ts"])

        return post

    async def whisper(self, place: Place, account: str, card: Card) -> None:
        where: dict[str, Any] = {"channel": place.room, "user": account, "thread_ts": place.thread or None}
        for body in render.messages(card):
            await self._call(self._client.chat_postEphemeral(**where, **body))

    async def edit(self, place: Place, messages: tuple[str, ...], card: Card, nonce: str) -> tuple[str, ...]:
        """Puts a card in the place of a post, which stands in a thread unless it is the thread's root."""
        bodies = render.messages(card)
        thread = place.thread if place.thread != messages[0] else ""

        async def change(ts: str, body: Json) -> None:
            await self._call(self._client.chat_update(channel=place.room, ts=ts, **body))

        post = self._poster(place.room, thread, nonce, len(bodies))
        hand = Hand(post, change, partial(self._remove, place.room), render.messages(Card())[0])
        now = await parts.change(messages, bodies, self._unfinished.of(nonce), hand)
        self._unfinished.end(nonce)
        return now

    async def delete(self, room: str, messages: tuple[str, ...]) -> None:
        await parts.remove(messages, partial(self._remove, room))

    async def _remove(self, room: str, ts: str) -> None:
        await self._call(self._client.chat_delete(channel=room, ts=ts))

    async def mark(self, room: str, ts: str, mark: Mark) -> None:
        await self._call(self._marked(room, ts, MARKS[mark]))

    async def _marked(self, room: str, ts: str, emoji: str) -> None:
        try:
            await self._client.reactions_add(channel=room, timestamp=ts, name=emoji)
        except SlackApiError as error:
            if code_of(error) != "already_reacted":
                raise

    async def find(self, place: Place, nonce: str, since: datetime) -> Sent | None:
        """Looks through the room's or thread's history for the post's metadata; `place.room` may be an account."""
        room = await self._conversation(place.room) if place.room[:1] in ("U", "W") else place.room
        found = await self._posted(room, place.thread, nonce, timestamp(since - CLOCKS_APART))
        if not found:
            return None
        in_order = [found[number][0] for number in sorted(found)]
        if len(found) < max(of for _, of in found.values()):
            self._unfinished.found(nonce, in_order)  # the rest is posted when the whole is tried again
            return None
        return _sent(in_order, room, place.thread)

    async def _posted(self, room: str, thread: str, nonce: str, oldest: str) -> dict[int, tuple[str, int]]:
        """The parts of a post that are there: number → (ts, how many there are in all)."""
        arguments: dict[str, Any] = {"channel": room, "oldest": oldest, "include_all_metadata": True, "limit": 200}
        method: Any = self._client.conversations_history
        if thread:
            method, arguments["ts"] = self._client.conversations_replies, thread
        found = {}
        try:
            async for message in pages(method, "messages", **arguments):
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                name, _, number = str(payload.get("nonce", "")).rpartition(".")
                if name == nonce and message.get("user") == self._me():
                    found[int(number)] = (str(message["ts"]), int(payload.get("of", 1)))
        except SlackApiError as error:
            meant = meaning(error)
            raise meant if isinstance(meant, Hopeless) else Ambiguous(str(meant)) from None
        except CALL_ERRORS:
            raise Ambiguous("Slack's history could not be read.") from None
        return found


def _sent(ids: list[str], room: str, thread: str) -> Sent:
    return Sent(ids[0], room, thread or ids[0], tuple(ids) if len(ids) > 1 else ())
