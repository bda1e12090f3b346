"""What the gateway tells, on its way to the desk: in order within a channel, one bad event never stopping the next."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import structlog

from bots.discord.calls import FAILURES, Api, passes, told
from bots.discord.events import Reader
from bots.discord.gateway import Tuning
from bots.discord.lanes import Lanes, NotNow, Soon
from bots.discord.places import DM, Channel
from bots.discord.words import snowflake
from bots.port import Front
from inbox.errors import StoreUnavailable
from inbox.model import Account, Deleted, Edited, Said

log = structlog.get_logger("discord")

RAW_LIMIT = 100_000
PLACES = ("GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE", "CHANNEL_", "THREAD_", "GUILD_ROLE_", "GUILD_MEMBER_UPDATE")
STAFF = ("GUILD_ROLE_DELETE", "GUILD_ROLE_UPDATE", "CHANNEL_UPDATE", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE")
NO_PLACE = ("CHANNEL_PINS_UPDATE", "THREAD_MEMBER_UPDATE", "THREAD_MEMBERS_UPDATE")


class Marked(Protocol):
    """Takes in a reaction that was put on a message in a channel, or taken away."""

    async def __call__(self, data: Mapping[str, Any], channel: Channel, *, on: bool) -> None: ...


class Receiver:
    """Hears one connection's events. `pressed` takes interactions, `marked` reactions; `concerns` says whether an event
    changes who is an agent; `session` is called with true for a new session and false for one that was resumed;
    `missed` where so much waited that events were dropped."""

    def __init__(
        self,
        api: Api,
        reader: Reader,
        front: Front,
        tuning: Tuning,
        *,
        pressed: Callable[[Mapping[str, Any]], None],
        marked: Marked,
        concerns: Callable[[str, Mapping[str, Any]], bool],
        session: Callable[[bool], None],
        missed: Callable[[], None],
    ) -> None:
        self._api, self._reader, self._front, self._tuning = api, reader, front, tuning
        self._pressed, self._marked, self._concerns = pressed, marked, concerns
        self._session, self._missed = session, missed
        self.lanes = Lanes(tuning.waiting, tuning.store_retry, tuning.longest_store_retry)
        self.follow: frozenset[str] = frozenset()
        self._staff = Soon("discord staff", tuning.settle, self._tell_staff_changed)
        self._rooms = Soon("discord rooms", tuning.settle, self._tell_rooms_changed)

    def hear(self, event: str, data: Any) -> None:
        """One event, raw. Raises nothing: what cannot be understood is set aside, and the next one is handled."""
        try:
            self._hear(event, data)
        except Exception as error:
            self.set_aside(event, data, error)

    def _hear(self, event: str, data: Any) -> None:
        if event in ("READY", "RESUMED"):
            self._session(event == "READY")
            self._place_changed(event, data)
        elif event == "INTERACTION_CREATE":
            self._pressed(data)
        elif event in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
            self._put(snowflake(data["channel_id"]), event, data, lambda: self._message(event, data))
        elif event == "MESSAGE_DELETE":
            self._put(snowflake(data["channel_id"]), event, data, lambda: self._deleted(data, [data["id"]]))
        elif event == "MESSAGE_DELETE_BULK":
            self._put(snowflake(data["channel_id"]), event, data, lambda: self._deleted(data, data["ids"]))
        elif event == "TYPING_START":
            self._put(snowflake(data["channel_id"]), event, data, lambda: self._typing(data))
        elif event in ("MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE"):
            self._put(snowflake(data["channel_id"]), event, data, lambda: self._reacted(data, on=event.endswith("ADD")))
        elif event.startswith(PLACES) and event not in NO_PLACE:
            self._place_changed(event, data)
        if event in STAFF and self._concerns(event, data):
            self._staff.ask()

    def _place_changed(self, event: str, data: Mapping[str, Any]) -> None:
        renamed = event == "THREAD_UPDATE" and self._reader.places.renames_post(data)
        places = self._reader.places
        changed = places.hear(event, data) and places.see(self._reader.clock())
        if renamed:
            self._put(str(data["id"]), event, data, lambda: self._post_renamed(str(data["id"])))
        if changed:
            self._rooms.ask()

    def _put(self, channel: str, event: str, data: Any, work: Callable[[], Awaitable[None]]) -> None:
        async def guarded() -> None:
            await self.guarded(event, data, work)

        if not self.lanes.put(channel, guarded):
            self._missed()

    async def guarded(self, event: str, data: Any, work: Callable[[], Awaitable[None]]) -> None:
        """Does it; what cannot be understood is set aside. StoreUnavailable and NotNow pass through."""
        try:
            await work()
        except (StoreUnavailable, NotNow):
            raise
        except Exception as error:
            await self._quarantine(event, data, error)

    def set_aside(self, event: str, data: Any, error: Exception) -> None:
        """Keeps an event aside, in a lane of its own."""
        self.lanes.put("", lambda: self._quarantine(event, data, error))

    async def _quarantine(self, event: str, data: Any, error: Exception) -> None:
        log.warning(
            "discord.not_understood", connection=self._reader.connection, kind=event[:60], why=repr(error)[:300]
        )
        if isinstance(data, dict) and "token" in data:  # it answers in the bot's name, and is nobody's to read
            data = {**data, "token": "…"}
        raw = json.dumps({"t": event, "d": data}, ensure_ascii=True, default=str)[:RAW_LIMIT]
        await self._front.quarantine(self._reader.connection, raw, f"{type(error).__name__}: {error}"[:500])

    # messages

    async def _message(self, event: str, data: Mapping[str, Any]) -> None:
        channel = await self.channel(str(data["channel_id"]), direct="guild_id" not in data)
        if channel is None:
            return
        found = self._reader.said(data, channel) if event == "MESSAGE_CREATE" else self._reader.edited(data, channel)
        await self.hand_in(found)

    async def _deleted(self, data: Mapping[str, Any], ids: Any) -> None:
        if not isinstance(ids, list):
            raise TypeError("'ids' is no list")
        channel = await self.channel(str(data["channel_id"]), direct="guild_id" not in data)
        for id_ in ids if channel else ():
            await self.hand_in(self._reader.deleted(id_, channel))  # type: ignore[arg-type]

    async def _typing(self, data: Mapping[str, Any]) -> None:
        channel = await self.channel(str(data["channel_id"]), direct="guild_id" not in data)
        user = snowflake(data["user_id"])
        if channel and user != self._reader.places.bot:
            await self._front.typing(self._reader.place(channel), Account(self._reader.connection, user, ""))

    async def _reacted(self, data: Mapping[str, Any], *, on: bool) -> None:
        channel = await self.channel(str(data["channel_id"]), direct="guild_id" not in data)
        if channel:
            await self._marked(data, channel, on=on)

    async def _post_renamed(self, id_: str) -> None:
        """A forum's post has a title that is part of its first words; what those are now is asked for."""
        post = await self.channel(id_)
        if post is None:
            return
        path = "/channels/{channel_id}/messages/{message_id}"
        try:
            first = await self._api.call("GET", path, channel_id=id_, message_id=id_)
        except FAILURES as error:
            if passes(error):
                raise NotNow(f"Discord does not show what a renamed post begins with ({told(error)}).") from None
            log.debug("discord.post_without_beginning", post=id_, why=told(error))
            return
        await self.hand_in(self._reader.renamed(first, post))

    async def channel(self, id_: str, *, direct: bool = False) -> Channel | None:
        """The channel, if words in it may be the desk's: a direct conversation, a followed room or a thread of one.

        Raises NotNow where it is unknown and Discord cannot be asked."""
        try:
            channel = Channel(id_, DM) if direct else await self._reader.places.find(id_)
        except FAILURES as error:
            raise NotNow(f"Discord does not tell what channel {id_[:20]} is ({told(error)}).") from None
        if channel is None:
            return None
        room = channel.parent if channel.is_thread else channel.id
        return channel if channel.kind == DM or room in self.follow else None

    def listen(self, room: str) -> None:
        """A ticket has its home in that room: what is said there, in its thread say, is for the desk to hear."""
        self.follow |= {room}

    async def hand_in(self, found: Said | Edited | Deleted | None) -> None:
        match found:
            case Said():
                await self._front.said(found)
            case Edited():
                await self._front.edited(found)
            case Deleted():
                await self._front.deleted(found)

    # the desk looks again

    async def _tell_staff_changed(self) -> None:
        await self.lanes.carry(lambda: self._front.people_changed(self._reader.connection))

    async def _tell_rooms_changed(self) -> None:
        await self.lanes.carry(lambda: self._front.rooms_changed(self._reader.connection))

    async def stop(self, seconds: float) -> None:
        self._staff.stop()
        self._rooms.stop()
        await self.lanes.drain(seconds)
