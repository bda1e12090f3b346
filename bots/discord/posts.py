"""Posts and what becomes of them: messages, threads, edits, reactions. Each post carries its nonce, so that Discord
makes one message of it however often it is tried within a few minutes."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import structlog

from bots import parts
from bots.discord import render
from bots.discord.calls import (
    FAILURES,
    UNKNOWN_CHANNEL,
    Api,
    Refused,
    carried,
    told,
)
from bots.discord.events import Reader
from bots.discord.files import MOST, upload
from bots.discord.threads import ESCAPE, Threads
from bots.discord.threads import title as thread_title
from bots.discord.words import id_at
from bots.parts import Hand, Unfinished
from bots.port import Ambiguous, Card, Hopeless, Mark, SendError, Sent
from inbox.filestore import FileStore
from inbox.model import Place

T = TypeVar("T")
Body = dict[str, Any]
log = structlog.get_logger("discord")

MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = f"{MESSAGES}/{{message_id}}"
MARKS = {"sent": "✅", "held": "✋", "failed": "⚠️"}
NONCE_LIMIT, NONCE_ROOM = 25, 20
REMEMBERED = 2_000
CLOCKS = timedelta(minutes=2)  # how far ours and Discord's may be apart
PAGE, MOST_PAGES = 100, 20


class Posts:
    """Posts over one connection. Every method raises SendError's branches."""

    def __init__(self, api: Api, reader: Reader, files: FileStore) -> None:
        self._api, self._reader, self._files = api, reader, files
        self._threads = Threads(api, reader)
        self._unfinished = Unfinished(REMEMBERED)
        self._conversations: dict[str, str] = {}  # account → its direct conversation
        self._tried_posts: dict[str, bool] = {}

    # posting

    async def send(self, place: Place, card: Card, nonce: str, opens: str, answers: str) -> Sent:
        """Posts a card; the home thread of a message is made when the first words go into it."""
        if self._reader.places.is_forum(place.room) and not place.thread:
            return await self._begin_post(place.room, card, nonce, opens or card.title or "Ticket")
        if place.thread:
            return await self._into_thread(place, card, nonce, answers)
        ids = await self._all_parts(place.room, card, nonce, answers)
        opened = await self._threads.hang(place.room, ids[0], opens) if opens else ""
        self._unfinished.end(nonce)
        return _sent(ids, place.room, opened)

    async def _into_thread(self, place: Place, card: Card, nonce: str, answers: str) -> Sent:
        """Posts a card into a thread, or where its words go on when Discord does not take them there."""
        thread = place.thread
        try:
            if place.person:  # who left a thread of their own is brought back by what is said to them
                await self._threads.bring(thread, place.person)
            ids = await self._all_parts(thread, card, nonce, answers)
        except Refused as refused:
            if refused.code == UNKNOWN_CHANNEL and card.title and self._reader.places.is_forum(place.room):
                return replace(await self._begin_post(place.room, card, nonce, card.title), replaced=True)
            thread = await self._threads.other(place, refused, card.title)
            below = "" if thread else place.root
            ids = await self._all_parts(thread or place.room, card, nonce, below)
        self._unfinished.end(nonce)
        return replace(_sent(ids, place.room, thread), replaced=thread != place.thread)

    async def open_private(self, place: Place, title: str, *, again: bool) -> str:
        return await self._threads.open_private(place, title, again=again)

    async def direct(self, account: str, card: Card, nonce: str) -> Sent:
        room = await self.conversation(account)
        ids = await self._all_parts(room, card, nonce, "")
        self._unfinished.end(nonce)
        return _sent(ids, room)

    async def conversation(self, account: str) -> str:
        """The direct conversation with a person, made where there was none."""
        if account not in self._conversations:
            asked = self._api.call("POST", "/users/@me/channels", json={"recipient_id": account})
            _remember(self._conversations, account, str((await carried(asked))["id"]))
        return self._conversations[account]

    async def _all_parts(self, channel: str, card: Card, nonce: str, answers: str) -> list[str]:
        """Posts all parts of a card; a part that went out is not posted again when the whole is tried again."""
        bodies, out = _bodies(card), self._unfinished.of(nonce)
        await parts.post(out, bodies, self._poster(channel, nonce, len(bodies), answers))
        return out

    def _poster(self, channel: str, nonce: str, of: int, answers: str = "") -> Callable[[int, Body], Awaitable[str]]:
        """Posts one message of a post of so many."""

        async def post(number: int, shown: Body) -> str:
            body = {**shown, **_named(nonce, number, of)}
            if answers and number == 0:
                body["message_reference"] = {"message_id": answers, "fail_if_not_exists": False}
                body["allowed_mentions"] = {**render.QUIET, "replied_user": True}
            files = body.pop("files", ())
            how = upload(body, files, self._files) if files else {"json": body}
            return str((await carried(self._api.call("POST", MESSAGES, channel_id=channel, **how)))["id"])

        return post

    # a forum's posts

    async def _begin_post(self, forum: str, card: Card, nonce: str, title: str) -> Sent:
        """Makes a forum's post of a card; the first message's id is the post's."""
        name = thread_title(title)
        bodies, out = render.messages(card) or [{"content": name}], self._unfinished.of(nonce)
        if not out:
            out.append(await self._begun_post(forum, name, bodies[0], nonce))
        await parts.post(out, bodies, self._poster(out[0], nonce, len(bodies)))
        self._unfinished.end(nonce)
        return _sent(out, forum, out[0])

    async def _begun_post(self, forum: str, name: str, first: Body, nonce: str) -> str:
        """These take no nonce: after an attempt whose end is not known, it is looked for by its title first."""
        if nonce in self._tried_posts:
            found = await self._threads.ours(forum, name)
            if found:
                return found
        _remember(self._tried_posts, nonce, True)
        begun = await self._threads.begin_post(forum, name, first)
        self._tried_posts.pop(nonce, None)
        return begun

    # changing

    async def edit(self, place: Place, messages: tuple[str, ...], card: Card, nonce: str) -> tuple[str, ...]:
        """Puts a card in the place of a post; all its messages stand where the first does."""
        channel, bodies = self._where(place, messages[0]), _bodies(card)

        async def change(id_: str, body: Body) -> None:
            await self._threads.awake("PATCH", MESSAGE, channel_id=channel, message_id=id_, json=body)

        async def remove(id_: str) -> None:
            shown = await carried(self._api.call("GET", MESSAGE, channel_id=channel, message_id=id_))
            if shown.get("attachments"):
                raise Hopeless("There was nothing to say in it.", "invalid")  # its files stay, without words
            await self._threads.awake("DELETE", MESSAGE, channel_id=channel, message_id=id_)

        hand = Hand(self._poster(channel, nonce, len(bodies)), change, remove, {**render.empty(), "content": "…"})
        now = await parts.change(messages, bodies, self._unfinished.of(nonce), hand)
        self._unfinished.end(nonce)
        return now

    async def delete(self, place: Place, messages: tuple[str, ...]) -> None:
        channel = self._where(place, messages[0])
        call = partial(self._threads.awake, "DELETE", MESSAGE, channel_id=channel)
        await parts.remove(messages, lambda id_: call(message_id=id_))

    async def mark(self, place: Place, message_id: str, mark: Mark) -> None:
        await self.react(place, message_id, MARKS[mark], on=True)

    async def react(self, place: Place, message_id: str, emoji: str, *, on: bool) -> None:
        """Puts a reaction of the bot's on a message, or takes it away."""
        path, where = f"{MESSAGE}/reactions/{{emoji}}/@me", self._where(place, message_id)
        await self._threads.awake("PUT" if on else "DELETE", path, channel_id=where, message_id=message_id, emoji=emoji)

    async def label(self, place: Place, status: str) -> None:
        await self._threads.label(place, status)

    async def rename(self, place: Place, title: str) -> None:
        await self._threads.rename(place, title)

    async def typing(self, place: Place) -> None:
        """Shows for some ten seconds that somebody writes (docs "Trigger Typing Indicator")."""
        await carried(self._api.call("POST", "/channels/{channel_id}/typing", channel_id=place.thread or place.room))

    def _where(self, place: Place, message_id: str) -> str:
        """Where a message stands: the one that a thread hangs on stands in the room, in a forum inside."""
        if self._reader.places.is_forum(place.room):
            return place.thread or message_id
        return place.thread if place.thread and message_id not in (place.thread, place.root) else place.room

    # looking back

    async def find_sent(self, place: Place, nonce: str, since: datetime) -> Sent | None:
        """Looks for a post by its nonce. Raises Ambiguous where that cannot be known."""
        try:
            room = place.room if await self._reader.places.find(place.room) else await self.conversation(place.room)
            mine = await self._mine(place.thread or room, since)
        except (*FAILURES, SendError) as error:
            if isinstance(error, Refused) and error.kind in ("gone", "blocked"):
                return None  # there is nothing that it could have arrived in
            raise Ambiguous(f"Discord's history could not be read ({told(error)}).") from None
        ids, whole = _found(mine, nonce)
        if ids and not whole:
            self._unfinished.found(nonce, ids)  # the rest is posted when it is tried again
        if whole:
            first = next(message for message in mine if str(message["id"]) == ids[0])
            return _sent(ids, room, place.thread or await self._opened(room, first))
        if any(message.get("nonce") is None for message in mine):
            raise Ambiguous("Discord's history does not tell which posts these are.")
        return None

    async def _opened(self, room: str, post: Mapping[str, Any]) -> str:
        """The thread under a post of ours; a card has one, and gets it now where the attempt ended before."""
        if post.get("thread"):
            return str(post["thread"]["id"])
        titles = [str(embed["title"]) for embed in post.get("embeds") or () if embed.get("title")]
        return await self._threads.hang(room, str(post["id"]), ESCAPE.sub(r"\1", titles[0])) if titles else ""

    async def _mine(self, channel: str, since: datetime) -> list[Mapping[str, Any]]:
        """The bot's own posts there since a moment, oldest first; answers to interactions are none."""
        found: list[Mapping[str, Any]] = []
        after = id_at(since - CLOCKS)
        for _ in range(MOST_PAGES):
            query = {"after": after, "limit": PAGE}
            page = await carried(self._api.call("GET", MESSAGES, channel_id=channel, query=query))
            page = sorted(page, key=lambda m: int(m["id"]))
            found += [m for m in page if str(m["author"]["id"]) == self._reader.places.bot and not m.get("webhook_id")]
            if len(page) < PAGE:
                return [m for m in found if m.get("type") in (0, 19)]
            after = str(page[-1]["id"])
        raise Ambiguous("Too much was said since to look through.")


def _bodies(card: Card) -> list[Body]:
    """The bodies of a card's messages. Raises Hopeless where there is nothing to see."""
    bodies = render.messages(card)
    for first in range(0, len(card.files), MOST):  # with the last words, and more messages for more files
        if first or not bodies:
            bodies.append(render.empty())
        bodies[-1]["files"] = card.files[first : first + MOST]
    if not bodies:
        raise Hopeless("There was nothing to say in it.", "invalid")
    return bodies


def _sent(ids: list[str], room: str, thread: str = "") -> Sent:
    return Sent(ids[0], room, thread, tuple(ids) if len(ids) > 1 else ())


def _named(nonce: str, number: int, of: int) -> dict[str, Any]:
    """The nonce of one part: of a post in several parts each has its number, and the last says that it is."""
    if not nonce:
        return {}
    return {"nonce": _nonce(nonce, number, last=number == of - 1), "enforce_nonce": True}


def _nonce(nonce: str, number: int, *, last: bool) -> str:
    base = nonce if len(nonce) <= NONCE_ROOM else hashlib.blake2s(nonce.encode(), digest_size=10).hexdigest()
    return f"{base}.{number}{'$' if last else ''}"[:NONCE_LIMIT]


def _found(mine: list[Mapping[str, Any]], nonce: str) -> tuple[list[str], bool]:
    """The ids of a post's parts in order, and whether the last is among them."""
    ids: list[str] = []
    known = {str(message.get("nonce")): str(message["id"]) for message in mine}
    while True:
        for last in (True, False):
            id_ = known.get(_nonce(nonce, len(ids), last=last))
            if id_:
                ids.append(id_)
                if last:
                    return ids, True
                break
        else:
            return ids, False


def _remember(kept: dict[str, T], key: str, value: T) -> None:
    kept[key] = value
    while len(kept) > REMEMBERED:
        kept.pop(next(iter(kept)))
