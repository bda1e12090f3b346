"""Answers to a person who pressed, typed or sent a form, by the best way that is open.

https://docs.slack.dev/interactivity/handling-user-interaction: a response_url serves five times within 30 minutes.
"""

from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bots.port import Answer, Card
from bots.slack import render
from bots.slack.calls import CALL_ERRORS, why
from bots.slack.sockets import quiet

log = structlog.get_logger("slack")

URL_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Asker:
    """A person who waits for an answer, and where: `url` is the response_url, "" where there is none."""

    client: AsyncWebClient
    user: str
    room: str = ""
    thread: str = ""
    url: str = ""

    async def tell(self, answer: Answer, begin: int = 0) -> None:
        """Gives the answer, from its part `begin` on. Where no way is open that is logged; nothing is raised."""
        parts = render.messages(answer.card) if answer.card else []
        for part in parts[begin:]:
            replace = answer.replace and part is parts[0]
            if not (
                await self._by_url(part, answer.private, replace)
                or await self._in_room(part, answer.private)
                or (answer.private and await self._directly(part))
            ):
                log.error("slack.answer_lost", room=self.room)

    async def _by_url(self, part: dict[str, Any], private: bool, replace: bool) -> bool:
        if not self.url:
            return False
        body = {**part, "response_type": kind(private), "replace_original": replace}
        if self.thread and not replace:
            body["thread_ts"] = self.thread
        web = AsyncWebhookClient(self.url, timeout=URL_SECONDS, retry_handlers=[], logger=quiet())
        try:
            answer = await web.send_dict(body)
        except CALL_ERRORS as error:
            log.warning("slack.response_url_failed", why=why(error))
            return False
        return answer.status_code == 200

    async def _in_room(self, part: dict[str, Any], private: bool) -> bool:
        if not self.room or (private and self.room.startswith("D")):
            return False  # in direct messages a real message is just as private, and stays
        where: dict[str, Any] = {"channel": self.room, "thread_ts": self.thread or None}
        try:
            if private:
                await self.client.chat_postEphemeral(user=self.user, **where, **part)
            else:
                await self.client.chat_postMessage(**where, **part)
        except CALL_ERRORS as error:
            log.warning("slack.whisper_failed", why=why(error))
            return False
        return True

    async def _directly(self, part: dict[str, Any]) -> bool:
        try:
            opened = await self.client.conversations_open(users=self.user)
            await self.client.chat_postMessage(channel=str(opened["channel"]["id"]), **part)
        except CALL_ERRORS as error:
            log.warning("slack.direct_answer_failed", why=why(error))
            return False
        return True


def kind(private: bool) -> str:
    return "ephemeral" if private else "in_channel"


def inline(answer: Answer) -> dict[str, Any]:
    """An answer's first part as what a command's acknowledgement carries."""
    return {**render.messages(answer.card or Card())[0], "response_type": kind(answer.private)}


def keeping(answer: Answer, words: str) -> Answer:
    """A refusal together with the words that would else be gone with their form."""
    card = answer.card or Card()
    return Answer(Card(text=card.text, quote=words, tone=card.tone), refused=True)
