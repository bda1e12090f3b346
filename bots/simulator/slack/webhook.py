"""HTTP mode: signed POSTs to the app's Request URL. https://docs.slack.dev/authentication/verifying-requests-from-slack"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from bots.simulator.slack.model import Json
from bots.simulator.slack.world import World

_REASONS = {"timeout": "http_timeout", "error": "http_error", "unreachable": "connection_failed"}
AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


@dataclass(frozen=True, slots=True)
class Ack:
    """What came back: acknowledged or not, with which body, or why not ("timeout", "unreachable", "http_error")."""

    ok: bool
    body: Any = None
    error: str = ""
    final: bool = False  # the app asked for no retries (X-Slack-No-Retry)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The value of `X-Slack-Signature`: HMAC-SHA256 of `v0:timestamp:body`."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()


def body_of(kind: str, payload: Json) -> tuple[bytes, str]:
    """The body and content type: events are JSON, commands a form, interactions a form with `payload`."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


class Webhook:
    """Posts to the app. A wrong signature or an old timestamp can be ordered for the next post."""

    def __init__(self, world: World, ack_seconds: float) -> None:
        self.world, self.ack_seconds = world, ack_seconds
        self.forge_next = False
        self.age_next = 0.0
        self._session: ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def post(self, kind: str, payload: Json | str, attempt: int = 0, reason: str = "") -> Ack:
        """Posts once and waits `ack_seconds` for a 200."""
        body, content_type = (
            (payload.encode(), "application/json") if isinstance(payload, str) else body_of(kind, payload)
        )
        headers = self._headers(body) | {"Content-Type": content_type, "User-Agent": AGENT}
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": _REASONS.get(reason, reason)}
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=self.ack_seconds))
        try:
            async with self._session.post(self.world.app.request_url, data=body, headers=headers) as response:
                text = await response.text()
                final = response.headers.get("X-Slack-No-Retry") == "1"
                if response.status != 200:
                    return Ack(False, text, "error", final)
                return Ack(True, _parsed(text), "", final)
        except TimeoutError:
            return Ack(False, None, "timeout")
        except (ClientError, OSError):
            return Ack(False, None, "unreachable")

    def _headers(self, body: bytes) -> dict[str, str]:
        stamp = str(int(self.world.clock() - self.age_next))
        secret = "forged" if self.forge_next else self.world.app.signing_secret
        self.forge_next, self.age_next = False, 0.0
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature(secret, stamp, body)}

    async def verify(self) -> str:
        """Asks the Request URL to prove itself; returns what is wrong, or "".

        https://docs.slack.dev/reference/events/url_verification
        """
        challenge = self.world.new_key(40)
        asked = {"token": self.world.app.verification_token, "challenge": challenge, "type": "url_verification"}
        ack = await self.post("events_api", asked)
        answered = ack.body.get("challenge") if isinstance(ack.body, dict) else ack.body
        if ack.ok and answered in (challenge, f"challenge={challenge}"):
            return ""
        return f"Your URL didn't respond with the value of the challenge parameter ({ack.error or answered!r})."


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        return text
