"""Posts and what becomes of them: messages, threads, edits, reactions. Each post carries its nonce, so that Discord
makes one message of it however often it is tried within a few minutes."""

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from bots.discord import render
from bots.discord.calls import (
    ARCHIVED,
    FAILURES,
    HAS_THREAD,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    Api,
    Refused,
    carried,
    told,
)
from bots.discord.events import Reader
from bots.discord.words import id_at
from bots.port import Ambiguous, Card, Hopeless, Mark, SendError, Sent
from inbox.model import Place

T = TypeVar("T")
log = structlog.get_logger("discord")

MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = f"{MESSAGES}/{{message_id}}"
MARKS = {"sent": "✅", "held": "✋", "failed": "⚠️"}
WEEK_MINUTES = 10_080  # docs "Start Thread": the longest auto_archive_duration
NAME_LIMIT = 100  # of a thread
NONCE_LIMIT, NONCE_ROOM = 25, 20
REMEMBERED = 2_000
ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")
CLOCKS = timedelta(minutes=2)  # how far ours and Discord's may be apart
PAGE, MOST_PAGES = 100, 20


class Posts:
    """Posts over one connection. Every method raises SendError's branches."""

    def __init__(self, api: Api, reader: Reader) -> None:
        self._api, self._reader = api, reader
        self._done: dict[str, list[str]] = {}  # nonce → ids of the parts that went out
        self._parts: dict[str, list[str]] = {}  # first id → the ids of all parts
        self._conversations: dict[str, str] = {}  # account → its direct conversation
        self._tried_posts: dict[str, bool] = {}

    # posting

    async def send(self, place: Place, card: Card, nonce: str, opens: str, answers: str) -> Sent:
        """Posts a card; the home thread of a message is made when the first words go into it."""
        if self._reader.places.is_forum(place.room) and not place.thread:
            return await self._begin_post(place.room, card, nonce, opens or card.title or "Ticket")
        channel = place.thread or place.room
        try:
            ids = await self._all_parts(channel, card, nonce, answers)
        except Refused as refused:
            if refused.code != UNKNOWN_CHANNEL or not place.root or place.thread != place.root:
                raise
            await self._open_home(place)
            ids = await self._all_parts(channel, card, nonce, answers)
        opened = await self._open_under(channel, ids[0], opens) if opens and not place.thread else ""
        self._done.pop(nonce, None)
        return Sent(ids[0], place.room, place.thread or opened)

    async def direct(self, account: str, card: Card, nonce: str) -> Sent:
        room = await self.conversation(account)
        ids = await self._all_parts(room, card, nonce, "")
        self._done.pop(nonce, None)
        return Sent(ids[0], room)

    async def conversation(self, account: str) -> str:
        """The direct conversation with a person, made where there was none."""
        if account not in self._conversations:
            asked = self._api.call("POST", "/users/@me/channels", json={"recipient_id": account})
            _remember(self._conversations, account, str((await carried(asked))["id"]))
        return self._conversations[account]

    async def _all_parts(self, channel: str, card: Card, nonce: str, answers: str) -> list[str]:
        """Posts all parts of a card; a part that went out is not posted again when the whole is tried again."""
        parts = render.messages(card)
        if not parts:
            raise Hopeless("There was nothing to say in it.", "invalid")
        done = self._done.get(nonce, [])
        if nonce:
            _remember(self._done, nonce, done)
        for number in range(len(done), len(parts)):
            body = {**parts[number], **_named(nonce, number, len(parts))}
            if answers and number == 0:
                body["message_reference"] = {"message_id": answers, "fail_if_not_exists": False}
                body["allowed_mentions"] = {**render.QUIET, "replied_user": True}
            posted = await carried(self._api.call("POST", MESSAGES, channel_id=channel, json=body))
            done.append(str(posted["id"]))
        if len(done) > 1:
            _remember(self._parts, done[0], list(done))
        return done

    # threads

    async def _open_home(self, place: Place) -> None:
        """Makes the thread under a requester's message, and brings the requester into it."""
        root = await carried(self._api.call("GET", MESSAGE, channel_id=place.room, message_id=place.root))
        words = self._reader.words(root)[0].strip().split("\n")[0]
        await self._open(place.room, place.root, words or "Ticket")
        with suppress(*FAILURES):  # a convenience: without it they find the thread under their message
            path = "/channels/{channel_id}/thread-members/{user_id}"
            await self._api.call("PUT", path, channel_id=place.thread, user_id=str(root["author"]["id"]))

    async def _open_under(self, channel: str, message_id: str, title: str) -> str:
        """Makes the thread of a card that was posted. Where Discord refuses one, what follows hangs on the card."""
        try:
            await self._open(channel, message_id, title)
        except Hopeless as refused:
            log.warning("discord.no_thread", connection=self._reader.connection, room=channel, why=str(refused))
            return ""
        return message_id

    async def _open(self, channel: str, message_id: str, title: str) -> None:
        body = {"name": _title(title), "auto_archive_duration": WEEK_MINUTES}
        try:
            await carried(
                self._api.call("POST", f"{MESSAGE}/threads", channel_id=channel, message_id=message_id, json=body)
            )
        except Refused as refused:
            if refused.code != HAS_THREAD:
                raise

    async def _begin_post(self, forum: str, card: Card, nonce: str, title: str) -> Sent:
        """Makes a forum's post of a card. These take no nonce: after an attempt whose end is not known, it is looked
        for by its title first."""
        name = _title(title)
        if nonce in self._tried_posts:
            found = await self._post_called(forum, name)
            if found:
                return Sent(found, forum, found)
        _remember(self._tried_posts, nonce, True)
        parts = render.messages(card)
        first = parts[0] if parts else {"content": name}
        body = {"name": name, "auto_archive_duration": WEEK_MINUTES, "message": first}
        thread = await carried(self._api.call("POST", "/channels/{channel_id}/threads", channel_id=forum, json=body))
        self._tried_posts.pop(nonce, None)
        for rest in parts[1:]:
            await carried(self._api.call("POST", MESSAGES, channel_id=str(thread["id"]), json=rest))
        return Sent(str(thread["id"]), forum, str(thread["id"]))

    async def _post_called(self, forum: str, name: str) -> str:
        channel = self._reader.places.known(forum)
        path, guild = "/guilds/{guild_id}/threads/active", channel.guild if channel else ""
        active = await carried(self._api.call("GET", path, guild_id=guild))
        ours = (t for t in active["threads"] if str(t.get("owner_id")) == self._reader.places.bot)
        return next((str(t["id"]) for t in ours if t["name"] == name and str(t["parent_id"]) == forum), "")

    # changing

    async def edit(self, place: Place, message_id: str, card: Card) -> None:
        """Changes a message, and its further parts where they are known."""
        channel = self._where(place, message_id)
        for id_, body in zip(self._parts.get(message_id, [message_id]), render.messages(card), strict=False):
            await self._awake("PATCH", MESSAGE, channel_id=channel, message_id=id_, json=body)

    async def delete(self, place: Place, message_id: str) -> None:
        channel = self._where(place, message_id)
        for id_ in self._parts.get(message_id, [message_id]):
            try:
                await self._awake("DELETE", MESSAGE, channel_id=channel, message_id=id_)
            except Refused as refused:
                if refused.code != UNKNOWN_MESSAGE:
                    raise

    async def mark(self, place: Place, message_id: str, mark: Mark) -> None:
        path = f"{MESSAGE}/reactions/{{emoji}}/@me"
        where = self._where(place, message_id)
        await self._awake("PUT", path, channel_id=where, message_id=message_id, emoji=MARKS[mark])

    def _where(self, place: Place, message_id: str) -> str:
        """Where a message stands: the one that a thread hangs on stands in the room, in a forum inside."""
        if self._reader.places.is_forum(place.room):
            return place.thread or message_id
        return place.thread if place.thread and place.thread != message_id else place.room

    async def _awake(self, method: str, path: str, *, channel_id: str, **more: Any) -> None:
        """A call in a thread that may have fallen asleep: only posts wake it by themselves."""
        try:
            await carried(self._api.call(method, path, channel_id=channel_id, **more))
        except Refused as refused:
            if refused.code != ARCHIVED:
                raise
            waken = self._api.call("PATCH", "/channels/{channel_id}", channel_id=channel_id, json={"archived": False})
            await carried(waken)
            await carried(self._api.call(method, path, channel_id=channel_id, **more))

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
            _remember(self._done, nonce, ids)  # the rest is posted when it is tried again
        if whole:
            first = next(message for message in mine if str(message["id"]) == ids[0])
            return Sent(ids[0], room, place.thread or await self._opened(room, first))
        if any(message.get("nonce") is None for message in mine):
            raise Ambiguous("Discord's history does not tell which posts these are.")
        return None

    async def _opened(self, room: str, post: Mapping[str, Any]) -> str:
        """The thread under a post of ours; a card has one, and gets it now where the attempt ended before."""
        if post.get("thread"):
            return str(post["thread"]["id"])
        title = next((str(embed["title"]) for embed in post.get("embeds") or () if embed.get("title")), "")
        return await self._open_under(room, str(post["id"]), ESCAPE.sub(r"\1", title)) if title else ""

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


def _title(title: str) -> str:
    return (" ".join(title.split()) or "Ticket")[:NAME_LIMIT]


def _remember(kept: dict[str, T], key: str, value: T) -> None:
    kept[key] = value
    while len(kept) > REMEMBERED:
        kept.pop(next(iter(kept)))
