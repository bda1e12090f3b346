"""Threads: made where the first words go into them, woken, and replaced where they are gone.

docs "Threads": one under a message has that message's id, and there can be only one, ever; a thread that fell asleep
wakes by being written in, one that a moderator locked and closed does not; a server has at most 1,000 that are awake.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog

from bots.discord.calls import (
    ARCHIVED,
    FAILURES,
    HAS_THREAD,
    LOCKED_SENTENCE,
    TOO_MANY_THREADS,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    Api,
    Refused,
    carried,
)
from bots.discord.events import Reader
from bots.discord.places import PRIVATE_THREAD, PUBLIC_THREAD
from bots.discord.tags import labelled, says_any
from bots.discord.words import instant
from bots.port import Hopeless, SendError, TryLater
from inbox.model import Place

log = structlog.get_logger("discord")

CHANNEL = "/channels/{channel_id}"
MESSAGE = f"{CHANNEL}/messages/{{message_id}}"
WEEK_MINUTES = 10_080  # docs "Start Thread": the longest auto_archive_duration
NAME_LIMIT = 100
PUT_TO_SLEEP = 20
IDLE = timedelta(days=1)
FULL_SECONDS = 60.0
REMEMBERED = 2_000
ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")


class Threads:
    """The threads of one connection. Every method raises SendError's branches."""

    def __init__(self, api: Api, reader: Reader) -> None:
        self._api, self._reader = api, reader
        self._instead: dict[str, str] = {}  # deleted thread → the one in its place

    # making

    async def begin_post(self, forum: str, name: str, message: Mapping[str, Any]) -> str:
        """Makes a forum's post that begins with this message; returns the id that both have."""
        tag = self._reader.places.tag_for_a_new_post(forum)
        tags = {"applied_tags": [tag.id]} if tag else {}
        try:
            return await self._made(CHANNEL + "/threads", forum, {"name": title(name), "message": message, **tags})
        except Refused as refused:
            if refused.code != TOO_MANY_THREADS:
                raise
            raise TryLater("Discord's server has 1,000 threads awake, and takes no more.", FULL_SECONDS) from None

    async def hang(self, channel: str, message_id: str, name: str) -> str:
        """Makes the thread of a card that was posted. Where Discord refuses one, what follows hangs on the card: ""."""
        try:
            await self._under(channel, message_id, name)
        except Hopeless as refused:
            log.warning("discord.no_thread", connection=self._reader.connection, room=channel, why=str(refused))
            return ""
        return message_id

    async def open_private(self, place: Place, name: str, *, again: bool) -> str:
        """Makes a thread that `place.person` and the bot see (and who may manage threads), and into which nobody else
        can be brought. With `again` one of that name that is there already is it."""
        made = await self.ours(place.room, title(name)) if again else ""
        if not made:
            asked = {"name": title(name), "type": PRIVATE_THREAD, "invitable": False}
            made = await self._made(CHANNEL + "/threads", place.room, asked)
        try:
            await self.bring(made, place.person)
        except Hopeless:
            with suppress(SendError):  # nobody is in it
                await carried(self._api.call("PATCH", CHANNEL, channel_id=made, json={"archived": True}))
            raise
        return made

    async def bring(self, thread: str, account: str) -> None:
        """Brings somebody into a thread; nothing changes for who is in it (docs "Add Thread Member")."""
        path = CHANNEL + "/thread-members/{user_id}"
        await self.awake("PUT", path, channel_id=thread, user_id=account)

    async def ours(self, channel: str, name: str) -> str:
        """The bot's own thread of that name in a channel, of those that are awake; "" for none."""
        place = self._reader.places.known(channel)
        path, guild = "/guilds/{guild_id}/threads/active", place.guild if place else ""
        active = await carried(self._api.call("GET", path, guild_id=guild))
        mine = (t for t in active["threads"] if str(t.get("owner_id")) == self._reader.places.bot)
        return next((str(t["id"]) for t in mine if t["name"] == name and str(t["parent_id"]) == channel), "")

    async def _under(self, channel: str, message_id: str, name: str) -> bool:
        """Makes the thread under a message; False where that has had one."""
        try:
            await self._made(MESSAGE + "/threads", channel, {"name": title(name)}, message_id=message_id)
        except Refused as refused:
            if refused.code != HAS_THREAD:
                raise
            return False
        return True

    async def _made(self, path: str, channel: str, body: Mapping[str, Any], **more: Any) -> str:
        """Makes a thread; where too many are awake, some of ours are put to sleep first."""
        asked = {"auto_archive_duration": WEEK_MINUTES, **body}
        try:
            made = await carried(self._api.call("POST", path, channel_id=channel, json=asked, **more))
        except Refused as refused:
            if refused.code != TOO_MANY_THREADS or not await self._put_to_sleep(channel):
                raise
            made = await carried(self._api.call("POST", path, channel_id=channel, json=asked, **more))
        return str(made["id"])

    async def _put_to_sleep(self, channel: str) -> bool:
        """Closes those threads of ours that were silent the longest, a day at least: they wake when somebody writes in
        them. False where there are none."""
        place = self._reader.places.known(channel)
        path = "/guilds/{guild_id}/threads/active"
        active = await carried(self._api.call("GET", path, guild_id=place.guild if place else ""))
        mine = [thread for thread in active["threads"] if str(thread.get("owner_id")) == self._reader.places.bot]
        silent = sorted((int(thread.get("last_message_id") or thread["id"]), str(thread["id"])) for thread in mine)
        before = self._reader.clock() - IDLE
        idle = [thread for last, thread in silent if instant(str(last)) < before][:PUT_TO_SLEEP]
        for thread in idle:
            await carried(self._api.call("PATCH", CHANNEL, channel_id=thread, json={"archived": True}))
        log.info("discord.threads_put_to_sleep", connection=self._reader.connection, count=len(idle))
        return bool(idle)

    # its tags

    async def label(self, place: Place, status: str) -> None:
        """Has a forum's post show a status by the tag that says it, if the forum has one. One that sleeps wakes
        for it, and sleeps on where no more is said."""
        places = self._reader.places
        usable = places.usable_tags(place.room)
        if not says_any(usable):
            return
        post = await carried(self._api.call("GET", CHANNEL, channel_id=place.thread))
        now = [str(tag) for tag in post.get("applied_tags") or ()]
        there = [tag for tag in now if tag in places.tags(place.room)]  # those of others may be gone from the forum
        shall = labelled(there, status, usable, wants_one=places.wants_tag(place.room))
        if shall == now:
            return
        asleep = bool(post["thread_metadata"]["archived"])
        if asleep:
            await self.wake(place.thread)
        await carried(self._api.call("PATCH", CHANNEL, channel_id=place.thread, json={"applied_tags": shall}))
        if asleep and status == "closed":
            await carried(self._api.call("PATCH", CHANNEL, channel_id=place.thread, json={"archived": True}))

    async def rename(self, place: Place, title: str) -> None:
        """Gives a thread another name; one that sleeps is woken for it, as for anything else that changes it."""
        post = await carried(self._api.call("GET", CHANNEL, channel_id=place.thread))
        if post["thread_metadata"]["archived"]:
            await self.wake(place.thread)
        name = title[:NAME_LIMIT]
        await carried(self._api.call("PATCH", CHANNEL, channel_id=place.thread, json={"name": name}))

    # where words go that cannot go into the thread they are for

    async def other(self, place: Place, refused: Refused, name: str) -> str:
        """The thread to write in after Discord refused the one of a place: the same, which exists or is awake now;
        another, as it was deleted; or "" for none, below the message that it hung on. `name` is what a new one is
        called where that message is gone too ("" where it needs none then). Raises the refusal where nothing helps."""
        if refused.code == ARCHIVED:
            await self.wake(place.thread)
            return place.thread
        if refused.code != UNKNOWN_CHANNEL:
            raise refused
        if place.thread in self._instead:
            return self._instead[place.thread]
        if self._reader.places.is_forum(place.room):
            raise refused  # nothing of it is left that a new one could begin with
        if place.person:
            return self._replaced(place, await self.open_private(place, name or "Ticket", again=False))
        root = await self._root(place, refused if not name else None)
        return await self._home(place, root, name, refused)

    async def _home(self, place: Place, root: Mapping[str, Any] | None, name: str, refused: Refused) -> str:
        words = self._named(root) or name or "Ticket"
        try:
            first = root is not None and place.root == place.thread and await self._under(place.room, place.root, words)
            made = place.thread if first else await self._again(place, words)
        except Hopeless as why:
            if root is None:
                raise refused from None
            log.warning("discord.no_thread", connection=self._reader.connection, room=place.room, why=str(why))
            return ""
        if root is not None and not root["author"].get("bot"):
            with suppress(*FAILURES):  # a convenience: without it they find the thread in the room
                path = CHANNEL + "/thread-members/{user_id}"
                await self._api.call("PUT", path, channel_id=made, user_id=str(root["author"]["id"]))
        return made

    async def _again(self, place: Place, name: str) -> str:
        """The thread that another made meanwhile, or a new one that hangs on nothing."""
        try:
            await carried(self._api.call("GET", CHANNEL, channel_id=place.thread))
            return place.thread
        except Refused as refused:
            if refused.code != UNKNOWN_CHANNEL:
                raise
        made = await self._made(CHANNEL + "/threads", place.room, {"name": title(name), "type": PUBLIC_THREAD})
        return self._replaced(place, made)

    def _replaced(self, place: Place, made: str) -> str:
        log.warning("discord.thread_replaced", connection=self._reader.connection, room=place.room, thread=place.thread)
        self._instead[place.thread] = made
        while len(self._instead) > REMEMBERED:
            self._instead.pop(next(iter(self._instead)))
        return made

    async def _root(self, place: Place, refused: Refused | None) -> Mapping[str, Any] | None:
        """The message that the thread hung on; None where that is gone, or `refused` is raised then."""
        root = place.root or place.thread
        try:
            found: Mapping[str, Any] = await carried(
                self._api.call("GET", MESSAGE, channel_id=place.room, message_id=root)
            )
        except Refused as gone:
            if gone.code != UNKNOWN_MESSAGE or refused:
                raise
            return None
        return found

    def _named(self, root: Mapping[str, Any] | None) -> str:
        """A thread's name after the message that it hangs on: a card's title, or the first line of words."""
        if root is None:
            return ""
        titles = [ESCAPE.sub(r"\1", str(embed["title"])) for embed in root.get("embeds") or () if embed.get("title")]
        return titles[0] if titles else self._reader.words(root)[0].strip().split("\n")[0]

    async def awake(self, method: str, path: str, *, channel_id: str, **more: Any) -> None:
        """A call in a thread that may have fallen asleep: only posts wake it by themselves."""
        try:
            await carried(self._api.call(method, path, channel_id=channel_id, **more))
        except Refused as refused:
            if refused.code != ARCHIVED:
                raise
            await self.wake(channel_id)
            await carried(self._api.call(method, path, channel_id=channel_id, **more))

    async def wake(self, thread: str) -> None:
        """Opens a thread that is closed; a locked one needs Manage Threads."""
        try:
            await carried(self._api.call("PATCH", CHANNEL, channel_id=thread, json={"archived": False}))
        except Refused as refused:
            raise Refused(LOCKED_SENTENCE, "forbidden", refused.code) from None


def title(name: str) -> str:
    """A thread's name as Discord takes it."""
    return (" ".join(name.split()) or "Ticket")[:NAME_LIMIT]
