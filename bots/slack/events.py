"""Slack's events as the port's values. https://docs.slack.dev/reference/events/message"""

import asyncio
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.port import Front
from bots.slack.files import attached
from bots.slack.formatting import read_blocks, read_mrkdwn
from bots.slack.missed import Missed
from bots.slack.people import People
from bots.slack.words import ident, instant, mentions, stamp, without_call
from inbox.model import Account, Deleted, Edited, Place, Said
from inbox.words import Spans, part_of

# "message" events with one of these subtypes are words of a person
WORDS = {None, "file_share", "thread_broadcast", "me_message"}
NAMED = 20  # mentions in one message whose names are looked up; more are shown by id
LABELLED = re.compile(r"<((?:#|!subteam\^)[A-Z0-9]+)\|([^<>]+)>")  # channels and groups with their names
Heard = Said | Edited | Deleted


def by_person(message: Mapping[str, Any], bot_user: str) -> bool:
    """Did a person write it: no bot (ours or another's), no join, pin or the like?"""
    author = message.get("user")
    return message.get("subtype") in WORDS and not message.get("bot_id") and author not in (None, bot_user, "USLACKBOT")


async def hand_in(front: Front, heard: Heard) -> None:
    """Tells the desk."""
    match heard:
        case Said():
            await front.said(heard)
        case Edited():
            await front.edited(heard)
        case Deleted():
            await front.deleted(heard)


@dataclass(slots=True)
class Reader:
    """Reads the events of one connection. What is not as documented raises KeyError, TypeError or ValueError."""

    connection: str
    bot_user: str
    people: People
    missed: Missed
    lookup_seconds: float

    async def message(self, event: Mapping[str, Any]) -> Heard | None:
        """A `message` event; None for what is no person's doing (bots, joins, pins, our own)."""
        subtype = event.get("subtype")
        if subtype == "message_changed":
            return await self._changed(event)
        if subtype == "message_deleted":
            return self._deleted(event)
        if not by_person(event, self.bot_user):
            return None
        room = ident(event.get("channel"))
        direct = event.get("channel_type") == "im" or room.startswith("D")
        return await self._said(event, room, direct, cursor=room not in self.missed)

    async def recorded(self, message: Mapping[str, Any], room: str) -> list[Heard]:
        """A message of a room's history: what was said, and if it was changed since, its last change."""
        if not by_person(message, self.bot_user):
            return []
        said = await self._said(message, room, room.startswith("D"), cursor=True)
        edited = message.get("edited") or {}
        if not edited:
            return [said]
        version = stamp(edited.get("ts"))
        at, words = instant(version), said.text
        return [said, Edited(said.place, said.message_id, words, at, version, said.spans, said.mentions)]

    async def pointed_at(self, message: Mapping[str, Any], room: str) -> Said:
        """A message that somebody points at, whoever wrote it."""
        if by_person(message, self.bot_user):
            return await self._said(message, room, room.startswith("D"), cursor=False)
        ts = stamp(message.get("ts"))
        who = message.get("user") or message.get("bot_id")
        author = Account(self.connection, ident(who) if who else "", "", bot=True)
        return Said(Place(self.connection, room, _thread(message, ts), ts), ts, author, "", instant(ts))

    async def _said(self, message: Mapping[str, Any], room: str, direct: bool, *, cursor: bool) -> Said:
        ts, raw = stamp(message.get("ts")), str(message.get("text") or "")
        thread, (text, spans) = _thread(message, ts), await self._words(message)
        files, _ = attached(message)
        return Said(
            Place(self.connection, room, thread, thread or ts),
            ts,
            await self.people.account(ident(message.get("user")), self.lookup_seconds),
            text,
            instant(ts),
            direct=direct,
            opens="" if direct or thread else ts,
            mentions=self._mentions(raw),
            cursor=cursor and not thread,
            spans=spans,
            called=not direct and self.bot_user in mentions(raw),
            files=files,
        )

    def _mentions(self, raw: str) -> tuple[str, ...]:
        return tuple(user for user in mentions(raw) if user != self.bot_user)

    async def _changed(self, event: Mapping[str, Any]) -> Edited | Deleted | None:
        message, before = event["message"], event.get("previous_message") or {}
        ts, at = stamp(message.get("ts")), stamp(event.get("ts"))
        place = Place(self.connection, ident(event.get("channel")), _thread(message, ts))
        if message.get("subtype") == "tombstone":  # a thread's root that was deleted under its replies
            return None if before.get("bot_id") else Deleted(place, ts, instant(at))
        edited = message.get("edited")
        if not edited or not by_person(message, self.bot_user):
            return None  # Slack added a preview, or a bot changed its own words
        text, spans = await self._words(message)
        mentioned = self._mentions(str(message.get("text") or ""))
        return Edited(place, ts, text, instant(at), stamp(edited.get("ts")), spans, mentioned)

    def _deleted(self, event: Mapping[str, Any]) -> Deleted | None:
        before = event.get("previous_message") or {}
        if before.get("bot_id"):
            return None
        ts = stamp(event.get("deleted_ts"))
        place = Place(self.connection, ident(event.get("channel")), _thread(before, ts))
        return Deleted(place, ts, instant(stamp(event.get("ts"))))

    async def _words(self, message: Mapping[str, Any]) -> tuple[str, Spans]:
        """The words and their formatting, those of a forwarded message too, and a line for each lost file."""
        raw = message.get("text") or ""
        if not isinstance(raw, str):
            raise ValueError("'text' is no text")
        called = mentions(raw)[:NAMED]
        accounts = await asyncio.gather(*(self.people.account(user, self.lookup_seconds) for user in called))
        names = {account.external_id: account.name for account in accounts}

        labels = {found[1][1:].split("^")[-1]: found[2] for found in LABELLED.finditer(raw)}

        def named(_: str, id_: str) -> str:
            return names.get(id_) or html.unescape(labels.get(id_, "")).removeprefix("@")

        words = read_blocks(message.get("blocks") or (), named) or read_mrkdwn(raw, named)
        text, spans = _without_call(*words, raw, self.bot_user, names.get(self.bot_user, self.bot_user))
        shared = [one for one in message.get("attachments") or () if one.get("is_share")]  # a forwarded message
        forwarded = [read_mrkdwn(str(one.get("text") or one.get("fallback") or ""), named)[0] for one in shared]
        lines = [text, *forwarded, *attached(message)[1]]
        return "\n".join(line for line in lines if line), spans


def _without_call(text: str, spans: Spans, raw: str, bot_user: str, bot_name: str) -> tuple[str, Spans]:
    """The words without the mention of the bot that they begin with ("@Frontdesk my screen is black")."""
    if without_call(raw, bot_user) == raw:
        return text, spans
    rest = re.sub(rf"\A\s*(?:@{re.escape(bot_name)}[\s,:]*)+", "", text)
    return (rest, part_of(text, spans, rest)) if rest else (text, spans)


def _thread(message: Mapping[str, Any], ts: str) -> str:
    """The thread that a message stands in; "" for a thread's root itself."""
    thread = stamp(message["thread_ts"]) if message.get("thread_ts") else ""
    return "" if thread == ts else thread
