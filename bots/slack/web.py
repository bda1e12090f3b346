"""Slack's events over HTTP: signed posts to an address of ours, for those who cannot or will not use Socket Mode.

https://docs.slack.dev/apis/events-api/using-http-request-urls and
https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import structlog
from slack_bolt.response import BoltResponse
from slack_sdk.signature import Clock, SignatureVerifier

from bots.slack.gap import Gap
from bots.slack.receive import Receiver

log = structlog.get_logger("slack")

BODY_BYTES = 4 * 1024 * 1024
READ_SECONDS = 10.0  # for the body of a post that comes in slowly
REMEMBERED = 5_000  # events that were delivered here
PLAIN = {"content-type": ["text/plain; charset=utf-8"]}


class _Time(Clock):
    """The program's clock, for the SDK's verifier."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock().timestamp()


class Hook:
    """An ASGI application that takes one connection's posts. While it is not open it asks Slack to come again.

    A post counts only with Slack's signature on it, made within five minutes of now; everything else is answered 401.
    """

    def __init__(self, signing_secret: str, clock: Callable[[], datetime]) -> None:
        self._verifier, self._clock = SignatureVerifier(signing_secret, _Time(clock)), clock
        self._receiver: Receiver | None = None
        self._gap: Gap | None = None
        self._events: OrderedDict[str, None] = OrderedDict()
        self._silent_until = datetime.min.replace(tzinfo=UTC)
        self.heard = False

    def open(self, receiver: Receiver, gap: Gap) -> None:
        """From now on posts are taken in."""
        self._receiver, self._gap = receiver, gap

    def close(self) -> None:
        """Takes in nothing more."""
        self._receiver = self._gap = None

    @property
    def is_open(self) -> bool:
        return self._receiver is not None

    async def __call__(self, scope: Any, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
        answer = await self._answer(scope, receive)
        headers = [(name.encode(), value.encode()) for name, values in answer.headers.items() for value in values]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": (answer.body or "").encode()})

    async def _answer(self, scope: Any, receive: Callable[[], Any]) -> BoltResponse:
        if scope["method"] != "POST":
            return _plain(405, "Slack posts here.", allow="POST")
        body = await _body(receive)
        if body is None:
            return _plain(413, "That is too much, or too slow.")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if not self._is_slacks(body, headers):
            self._tell_of_stranger()
            return _plain(401, "Slack's signature is missing, wrong or old.")
        return await self._take(body.decode(), headers)

    def _tell_of_stranger(self) -> None:
        """Once a minute: anybody can post here."""
        now = self._clock()
        if now >= self._silent_until:
            self._silent_until = now + timedelta(minutes=1)
            log.warning("slack.not_signed", hint="SLACK_SIGNING_SECRET is another app's, or somebody else posts here.")

    def _is_slacks(self, body: bytes, headers: Mapping[str, str]) -> bool:
        try:
            return self._verifier.is_valid_request(body, headers)
        except (ValueError, TypeError, OverflowError):  # no number, too big a one, no text: the SDK stumbles over it
            return False

    async def _take(self, body: str, headers: Mapping[str, str]) -> BoltResponse:
        try:
            payload, error = _payload(body, headers.get("content-type", "")), None
        except (ValueError, RecursionError) as what:
            payload, error = {}, what
        if payload.get("type") == "url_verification":
            return BoltResponse(status=200, body={"challenge": str(payload.get("challenge"))})
        if self._receiver is None or self._gap is None:
            return _plain(503, "Frontdesk is starting or stopping.")
        if error:
            return await self._receiver.failed(error, body)
        self.heard, again = True, "x-slack-retry-num" in headers
        if self._is_new(str(payload.get("event_id") or "")) and again:
            self._gap.begin()  # it did not get through at first: others may have been given up
        return await self._receiver.answer(payload, again)

    def _is_new(self, event_id: str) -> bool:
        """Was it not delivered here before?"""
        new = event_id not in self._events
        self._events[event_id] = None
        while len(self._events) > REMEMBERED:
            self._events.popitem(last=False)
        return new


def _payload(body: str, content_type: str) -> dict[str, Any]:
    """Events are JSON, commands a form, interactions a form with JSON in it. Raises ValueError for anything else."""
    if content_type.partition(";")[0].strip().lower() == "application/json":
        found = json.loads(body)
    else:
        form = dict(parse_qsl(body, keep_blank_values=True))
        found = json.loads(form["payload"]) if "payload" in form else form
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


async def _body(receive: Callable[[], Any]) -> bytes | None:
    """A request's body; None where it is too big, too slow, or breaks off."""
    body, more = b"", True
    try:
        async with asyncio.timeout(READ_SECONDS):
            while more:
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if message["type"] != "http.request" or len(body) > BODY_BYTES:
                    return None
    except TimeoutError:
        return None
    return body


def _plain(status: int, sentence: str, **headers: str) -> BoltResponse:
    return BoltResponse(status=status, body=sentence, headers={**PLAIN, **{k: [v] for k, v in headers.items()}})
