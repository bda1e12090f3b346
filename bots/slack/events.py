"""Slack's events as the port's values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.slack.people import People
from bots.slack.words import instant, mentions, plain
from inbox.model import Deleted, Edited, Place, Said

# "message" events with one of these subtypes are words of a person (docs: "message" event, subtypes)
WORDS = {None, "file_share", "thread_broadcast", "me_message"}


@dataclass(slots=True)
class Reader:
    """Reads the events of one connection. What is not as documented raises KeyError, TypeError or ValueError."""

    connection: str
    bot_user: str
    people: People

    async def message(self, event: Mapping[str, Any]) -> Said | Edited | Deleted | None:
        """A `message` or `app_mention` event; None for what is no person's doing (bots, joins, pins, our own)."""
        subtype = event.get("subtype")
        if subtype == "message_changed":
            return await self._changed(event)
        if subtype == "message_deleted":
            place = Place(self.connection, str(event["channel"]))
            return Deleted(place, str(event["deleted_ts"]), instant(str(event.get("event_ts") or event["ts"])))
        if subtype not in WORDS or event.get("bot_id") or event.get("user") in (None, self.bot_user, "USLACKBOT"):
            return None
        return await self.said(event)

    async def said(self, event: Mapping[str, Any], room: str = "", *, direct: bool | None = None) -> Said:
        """Words of a person, from an event or from history (there `room` is given)."""
        ts, raw = str(event["ts"]), str(event.get("text") or "")
        room = room or str(event["channel"])
        thread = str(event.get("thread_ts") or "")
        is_direct = direct if direct is not None else event.get("channel_type") == "im" or room.startswith("D")
        thread = "" if thread == ts else thread
        return Said(
            Place(self.connection, room, thread, thread or ts),
            ts,
            await self.people.account(str(event["user"])),
            await self._text(raw, event.get("files") or ()),
            instant(ts),
            direct=is_direct,
            opens="" if is_direct or thread else ts,
            mentions=tuple(user for user in mentions(raw) if user != self.bot_user),
            cursor=not thread,
        )

    async def _changed(self, event: Mapping[str, Any]) -> Edited | Deleted | None:
        message = event["message"]
        place = Place(self.connection, str(event["channel"]), str(message.get("thread_ts") or ""))
        at = instant(str(event.get("event_ts") or event["ts"]))
        if message.get("subtype") == "tombstone":  # a thread's root that was deleted under its replies
            return Deleted(place, str(message["ts"]), at)
        if message.get("bot_id") or message.get("user") in (None, self.bot_user):
            return None
        text = await self._text(str(message.get("text") or ""), message.get("files") or ())
        version = str((message.get("edited") or {}).get("ts") or event.get("event_ts") or event["ts"])
        return Edited(place, str(message["ts"]), text, at, version)

    async def _text(self, raw: str, files: Any) -> str:
        names = {user: (await self.people.account(user)).name for user in dict.fromkeys(mentions(raw))}
        lines = [plain(raw, names)] if raw else []
        lines += [
            f"📎 {file.get('name') or file.get('title') or 'file'}" for file in files if isinstance(file, Mapping)
        ]
        return "\n".join(lines)
