"""Posts and what becomes of them: sent once, found again by their metadata, edited, taken back, marked.

The files of a post follow its words in a message of their own, which has no metadata: it is known by its place.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots import emoji, parts
from bots.parts import Hand, Unfinished
from bots.port import Ambiguous, Card, Hopeless, Mark, Sent
from bots.slack import render
from bots.slack.calls import CALL_ERRORS, code_of, meaning, pages
from bots.slack.render import Json
from bots.slack.uploads import Uploads
from bots.slack.words import timestamp
from inbox.model import File, Place

Post = Callable[[int, Json], Awaitable[str]]
MARKS = {"sent": "white_check_mark", "held": "hand", "failed": "warning"}
METADATA = "frontdesk_post"
CLOCKS_APART = timedelta(minutes=10)  # how far our clock and Slack's may differ when a post is looked for


class Posts:
    """What one bot says. `call` carries a call out and raises SendError's branches; `me` is the bot's user id."""

    def __init__(
        self,
        client: AsyncWebClient,
        call: Callable[[Awaitable[Any]], Awaitable[Any]],
        me: Callable[[], str],
        uploads: Uploads,
    ) -> None:
        self._client, self._call, self._me, self._uploads = client, call, me, uploads
        self._unfinished = Unfinished()
        self._without: set[str] = set()  # nonces of posts whose words are out, and whose files Slack refused

    async def send(self, room: str, thread: str, card: Card, nonce: str) -> Sent:
        """Posts all parts of a card; a part that went out is not posted again when the whole is tried again. Where
        files are refused that is raised, and the card without them takes the place of the words that are out."""
        bodies, out = _bodies(card), self._unfinished.of(nonce)
        post = self._poster(room, thread, nonce, len(bodies))
        if nonce in self._without and not card.files:
            out = list(await parts.change(out, bodies, [], self._hand(room, post)))
        else:
            await self._post(out, bodies, post, card.files, nonce)
        self._unfinished.end(nonce)
        self._without.discard(nonce)
        return _sent([ts for ts in out if ts], room, thread)

    async def _post(self, out: list[str], bodies: list[Json], post: Post, files: Iterable[File], nonce: str) -> None:
        try:
            if len(out) < len(bodies):
                self._uploads.at_hand(files)
            await parts.post(out, bodies, post)
        except Hopeless as refused:
            if files and out and refused.kind != "gone":
                self._without.add(nonce)
            raise

    async def direct(self, account: str, card: Card, nonce: str) -> Sent:
        return await self.send(await self._conversation(account), "", card, nonce)

    async def _conversation(self, account: str) -> str:
        return str((await self._call(self._client.conversations_open(users=account)))["channel"]["id"])

    def _poster(self, room: str, thread: str, nonce: str, of: int) -> Post:
        """Posts one message of a post of so many."""

        async def post(number: int, body: Json) -> str:
            if "files" in body:
                return await self._uploads.share(room, thread, body["files"])
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
        """Puts a card in the place of a post's words, which stand in a thread unless they are the thread's root; the
        files that went out with them stay."""
        bodies = render.messages(card)
        thread = place.thread if place.thread != messages[0] else ""
        files = await self._files_of(place.room, messages)
        words = [ts for ts in messages if ts not in files]
        hand = self._hand(place.room, self._poster(place.room, thread, nonce, len(bodies)))
        now = await parts.change(words, bodies, self._unfinished.of(nonce), hand)
        self._unfinished.end(nonce)
        return (*now, *files)

    def _hand(self, room: str, post: Post) -> Hand[Json]:
        async def change(ts: str, body: Json) -> None:
            await self._call(self._client.chat_update(channel=room, ts=ts, **body))

        return Hand(post, change, partial(self._remove, room), render.messages(Card())[0])

    async def delete(self, room: str, messages: tuple[str, ...]) -> None:
        """Takes back all messages of a post, and the files that they carry."""
        for ids in (await self._files_of(room, messages)).values():
            await self._uploads.delete(ids)
        await parts.remove(messages, partial(self._remove, room))

    async def _files_of(self, room: str, messages: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
        """Those of a post's messages that carry files, with the files' ids; its first never does."""
        found = {ts: await self._uploads.of(room, ts) for ts in messages[1:]}
        return {ts: ids for ts, ids in found.items() if ids}

    async def _remove(self, room: str, ts: str) -> None:
        await self._call(self._client.chat_delete(channel=room, ts=ts))

    async def mark(self, room: str, ts: str, mark: Mark) -> None:
        await self._call(self._reacted(room, ts, MARKS[mark], on=True))

    async def react(self, room: str, ts: str, look: str, *, on: bool) -> None:
        """Puts an emoji on a message, or takes it away. Raises Hopeless where Slack's name for it is not known."""
        name = emoji.name_of(look)
        if not name:
            raise Hopeless("Slack has no such reaction.", "invalid")
        await self._call(self._reacted(room, ts, name, on=on))

    async def _reacted(self, room: str, ts: str, name: str, *, on: bool) -> None:
        """A mark that is there already, or gone already, is fine."""
        method = self._client.reactions_add if on else self._client.reactions_remove
        try:
            await method(channel=room, timestamp=ts, name=name)
        except SlackApiError as error:
            if code_of(error) not in ("already_reacted", "no_reaction"):
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
        ours = []
        try:
            async for message in pages(method, "messages", **arguments):
                if message.get("user") == self._me():
                    ours.append(message)
        except SlackApiError as error:
            meant = meaning(error)
            raise meant if isinstance(meant, Hopeless) else Ambiguous(str(meant)) from None
        except CALL_ERRORS:
            raise Ambiguous("Slack's history could not be read.") from None
        return _parts(sorted(ours, key=lambda message: str(message["ts"])), nonce)


def _parts(ours: Iterable[Mapping[str, Any]], nonce: str) -> dict[int, tuple[str, int]]:
    """A post's parts among our messages, oldest first. What carries files belongs to the words before it: in one room
    or thread one post is sent after the other."""
    found: dict[int, tuple[str, int]] = {}
    name, of = "", 1
    for message in ours:
        payload = (message.get("metadata") or {}).get("event_payload") or {}
        if payload:
            name, _, number = str(payload.get("nonce", "")).rpartition(".")
            of = int(payload.get("of", 1))
        if name == nonce and (payload or message.get("files")):
            found[int(number) if payload else of - 1] = (str(message["ts"]), of)
    return found


def _bodies(card: Card) -> list[Json]:
    """The bodies of a card's messages, its files in the last. There are always words before them: these are what is
    found again."""
    if not card.files:
        return render.messages(card)
    words = replace(card, files=())
    if words == Card():
        words = Card(text="\n".join(f"📎 {file.name}" for file in card.files))
    return [*render.messages(words), {"files": card.files}]


def _sent(ids: list[str], room: str, thread: str) -> Sent:
    return Sent(ids[0], room, thread or ids[0], tuple(ids) if len(ids) > 1 else ())
