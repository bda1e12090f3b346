"""Slack as a platform: one workspace, through slack-bolt and Socket Mode."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bots.port import Ability, Ambiguous, Card, Front, Health, Hopeless, Mark, Pace, Sent, StartError
from bots.slack import render
from bots.slack.calls import ACCESS, carried, code_of, pages
from bots.slack.check import problems
from bots.slack.events import Reader
from bots.slack.gap import Gap
from bots.slack.people import People
from bots.slack.receive import Receiver
from bots.slack.words import timestamp
from inbox.directory import AgentRef, Room
from inbox.model import Place

log = structlog.get_logger("slack")

SOCKETS = 2  # Slack closes each socket now and then, and the client closes the old before it opens the new
MARKS = {"sent": "white_check_mark", "held": "raised_hand", "failed": "warning"}
METADATA = "frontdesk_post"
TIMEOUT_SECONDS = 10
CONNECT_SECONDS = 15
PARTS_REMEMBERED = 500


class SlackPlatform:
    """One bot account in one workspace (`bots.port.Platform`)."""

    name = "slack"
    abilities = frozenset(
        {
            Ability.EDITS,
            Ability.DELETES,
            Ability.WHISPERS,
            Ability.FORMS,
            Ability.MARKS,
            Ability.THREADS,
            Ability.HISTORY,
            Ability.RECONCILE,
            Ability.TELLS_EDITS,
            Ability.TELLS_DELETES,
        }
    )
    pace = Pace(room_seconds=1.0, per_second=20.0)  # docs "Rate limits": about one message a second a channel

    def __init__(
        self,
        connection: str,
        *,
        bot_token: str,
        app_token: str,
        signing_secret: str,
        api_url: str,
        clock: Callable[[], datetime],
    ) -> None:
        self.connection = connection
        self._app_token, self._signing_secret = app_token, signing_secret
        # no retries by the SDK: on a dropped connection its own would post twice
        self._client = AsyncWebClient(
            token=bot_token, base_url=api_url, timeout=TIMEOUT_SECONDS, retry_handlers=[], logger=_quiet()
        )
        self._people = People(connection, self._client, clock)
        self._bot_user = self._team = ""
        self._scopes: frozenset[str] = frozenset()
        self._sockets: list[AsyncSocketModeHandler] = []
        self._receiver: Receiver | None = None
        self._trouble = "not connected yet"
        self._rooms: tuple[Room, ...] = ()
        self._done_parts: dict[str, list[str]] = {}

    # life

    async def connect(self) -> Sequence[Room]:
        if not self._app_token:
            raise StartError("The Slack app token is missing (SLACK_APP_TOKEN, xapp-…): Socket Mode needs it.")
        answer = await self._prove(self._client.auth_test())
        self._bot_user, self._team = str(answer["user_id"]), str(answer.get("team") or "")
        self._scopes = frozenset(filter(None, str(answer.headers.get("x-oauth-scopes", "")).split(",")))
        found = pages(
            self._client.conversations_list,
            "channels",
            types="public_channel,private_channel",
            exclude_archived=True,
            limit=200,
        )
        try:
            channels = [channel async for channel in found]
        except (TimeoutError, SlackApiError, SlackClientError, aiohttp.ClientError, OSError) as error:
            raise self._start_error(error) from None
        self._rooms = tuple(
            Room(self.connection, c["id"], f"#{c['name']}", private=bool(c.get("is_private")))
            for c in channels
            if c.get("is_member")
        )
        return self._rooms

    async def _prove(self, call: Awaitable[Any]) -> Any:
        try:
            return await call
        except (TimeoutError, SlackApiError, SlackClientError, aiohttp.ClientError, OSError) as error:
            raise self._start_error(error) from None

    def _start_error(self, error: Exception) -> StartError:
        code = code_of(error) if isinstance(error, SlackApiError) else ""
        if code in ACCESS:
            return StartError(f"Slack does not accept the token ({code}). Set it anew from the app's pages.")
        if code == "missing_scope" and isinstance(error, SlackApiError):
            return StartError(
                f"The Slack app lacks the scope {error.response.get('needed')}: add it and install again."
            )
        return StartError(f"Slack could not be reached ({code or type(error).__name__}).")

    async def start(self, front: Front, follow: frozenset[str]) -> None:
        app = AsyncApp(
            client=self._client,
            signing_secret=self._signing_secret or "not used in Socket Mode",
            process_before_response=True,
            logger=_quiet(),
        )
        reader = Reader(self.connection, self._bot_user, self._people)
        self._receiver = Receiver(app, reader, front, self._lost)
        self._trouble = ""
        for _ in range(SOCKETS):
            handler = AsyncSocketModeHandler(app, self._app_token, logger=_quiet())
            self._sockets.append(handler)
            try:
                await asyncio.wait_for(handler.connect_async(), CONNECT_SECONDS)  # type: ignore[no-untyped-call]
            except (TimeoutError, SlackApiError, SlackClientError, aiohttp.ClientError, OSError) as error:
                await self._close_sockets()
                raise self._start_error(error) from None
        await Gap(self._client, reader, self._receiver, front).close(follow)

    async def stop(self) -> None:
        await self._close_sockets()
        if self._receiver:
            await self._receiver.drain()

    async def _close_sockets(self) -> None:
        sockets, self._sockets = self._sockets, []
        for handler in sockets:
            with suppress(Exception):
                await handler.close_async()  # type: ignore[no-untyped-call]

    def _lost(self, why: str) -> None:
        self._trouble = why
        log.error("slack.access_lost", connection=self.connection, why=why)

    def health(self) -> Health:
        if self._trouble:
            return Health(False, self._trouble)
        up = [handler for handler in self._sockets if _is_open(handler)]
        return Health(True) if up else Health(False, "Slack's socket is down; it is being opened again.")

    # who and what

    async def people(self, ref: AgentRef | Room) -> Sequence[Any]:
        return await self._people.of(ref)

    async def check(self, rooms: Mapping[str, Room | None], refs: Sequence[AgentRef]) -> Sequence[str]:
        found = problems(self._scopes, rooms)
        for ref in refs:
            try:
                if not await self._people.of(ref):
                    found.append(f"{ref} names nobody who may be an agent (no bots, guests or externals).")
            except StartError as error:
                found.append(str(error))
        return found

    # posts

    async def send(self, place: Place, card: Card, nonce: str, *, opens: str = "", answers: str = "") -> Sent:
        thread = place.thread or None
        return await self._post(place.room, thread, card, nonce)

    async def direct(self, account: str, card: Card, nonce: str) -> Sent:
        opened = await carried(self._client.conversations_open(users=account))
        return await self._post(str(opened["channel"]["id"]), None, card, nonce)

    async def _post(self, room: str, thread: str | None, card: Card, nonce: str) -> Sent:
        """Posts all parts of a card; a part that went out is not posted again when the whole is tried again."""
        parts = render.messages(card)
        done = self._done_parts.setdefault(nonce, [])
        while len(self._done_parts) > PARTS_REMEMBERED:
            self._done_parts.pop(next(iter(self._done_parts)))
        for number in range(len(done), len(parts)):
            answer = await carried(
                self._client.chat_postMessage(
                    channel=room,
                    thread_ts=thread,
                    unfurl_links=False,
                    unfurl_media=False,
                    metadata={
                        "event_type": METADATA,
                        "event_payload": {"nonce": f"{nonce}.{number}", "of": len(parts)},
                    },
                    **parts[number],
                )
            )
            done.append(str(answer["ts"]))
        self._done_parts.pop(nonce, None)
        first = done[0] if done else ""
        return Sent(first, room, thread or first)

    async def open_topic(self, room: str, title: str) -> str:
        raise Hopeless("Slack's threads hang on messages.", "unknown_ability")

    async def whisper(self, place: Place, account: str, card: Card) -> None:
        for part in render.messages(card):
            thread = place.thread or None
            await carried(self._client.chat_postEphemeral(channel=place.room, user=account, thread_ts=thread, **part))

    async def edit(self, place: Place, message_id: str, card: Card) -> None:
        part = render.messages(card)[0]
        await carried(self._client.chat_update(channel=place.room, ts=message_id, **part))

    async def delete(self, place: Place, message_id: str) -> None:
        await carried(self._client.chat_delete(channel=place.room, ts=message_id))

    async def mark(self, place: Place, message_id: str, mark: Mark) -> None:
        try:
            await self._client.reactions_add(channel=place.room, timestamp=message_id, name=MARKS[mark])
        except SlackApiError as error:
            if code_of(error) != "already_reacted":
                await carried(_raised(error))

    async def find_sent(self, place: Place, nonce: str, since: datetime) -> Sent | None:
        """Looks through the room's or thread's history for the post's metadata."""
        oldest = timestamp(since - timedelta(minutes=2))
        arguments: dict[str, Any] = {
            "channel": place.room,
            "oldest": oldest,
            "include_all_metadata": True,
            "limit": 200,
        }
        method: Any = self._client.conversations_history
        if place.thread:
            method, arguments["ts"] = self._client.conversations_replies, place.thread
        try:
            found = {m["ts"]: p async for m in pages(method, "messages", **arguments) if (p := _payload(m, nonce))}
        except (TimeoutError, SlackApiError, SlackClientError, aiohttp.ClientError, OSError):
            raise Ambiguous("Slack's history could not be read.") from None
        if not found:
            return None
        in_order = sorted(found, key=lambda ts: int(str(found[ts]["nonce"]).rsplit(".", 1)[1]))
        self._done_parts[nonce] = in_order
        whole = len(in_order) >= int(found[in_order[0]].get("of", 1))
        return Sent(in_order[0], place.room, place.thread or in_order[0]) if whole else None


def _payload(message: Mapping[str, Any], nonce: str) -> dict[str, Any] | None:
    """Our metadata on a message, where it is of that post."""
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    ours = metadata.get("event_type") == METADATA and str(payload.get("nonce", "")).rsplit(".", 1)[0] == nonce
    return payload if ours else None


async def _raised(error: Exception) -> None:
    raise error


def _is_open(handler: AsyncSocketModeHandler) -> bool:
    session = getattr(handler.client, "current_session", None)
    return session is not None and not session.closed


def _quiet() -> logging.Logger:
    return logging.getLogger("slack_bolt")
