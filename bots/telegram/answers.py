"""Answers to commands and presses. They are given after the deed was committed, beside the line of updates.

Telegram has no private answers in groups. What a press brings is shown as a toast where it fits into one, for that is
for the person's own eyes; what answers a command goes by direct message, so that a group of agents is not read to. Who
has not pressed Start cannot be written to: they are answered where they typed, but for what is secret.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog
from telegram import CallbackQuery
from telegram.error import TelegramError

from bots.port import Ambiguous, Answer, Card, Hopeless, Moved, SendError, TryLater
from bots.telegram import render
from bots.telegram.posts import Posts
from inbox.locale import nearest, say
from inbox.model import Account, Place

log = structlog.get_logger("telegram")

TOAST_LIMIT = 200  # of a callback's answer
ALERT = 60  # longer ones stay until the person closes them
ATTEMPTS = 3
LONGEST_WAIT = 30.0
MOST = 500  # answers under way
MOST_EACH = 20  # of them to one person: who floods is not answered to everything


@dataclass(frozen=True, slots=True)
class Asked:
    """A deed that is answered: who did it, in which place, on which message. `key` is the deed's own."""

    key: str
    by: Account
    place: Place
    message_id: str
    direct: bool


class Answers:
    """Gives answers through `posts`. `bot_name` is asked for when somebody must press Start first."""

    def __init__(self, posts: Posts, bot_name: str, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._posts, self._bot_name, self._sleep = posts, bot_name, sleep
        self._late: dict[asyncio.Task[None], str] = {}  # task → whom it answers

    def command(self, asked: Asked, answer: Answer) -> None:
        self._later(asked, self._to_command(asked, answer))

    def press(self, query: CallbackQuery, asked: Asked, answer: Answer) -> None:
        self._later(asked, self._to_press(query, asked, answer))

    def hint(self, asked: Asked, text: str) -> None:
        self._later(asked, self._in_place(asked, Card(text=text)))

    def _later(self, asked: Asked, work: Coroutine[Any, Any, None]) -> None:
        who = asked.by.external_id
        if len(self._late) >= MOST or list(self._late.values()).count(who) >= MOST_EACH:
            work.close()
            log.warning("telegram.too_many_answers", who=who)
            return
        task = asyncio.create_task(self._tried(work))
        self._late[task] = who
        task.add_done_callback(self._late.pop)

    async def _tried(self, work: Awaitable[None]) -> None:
        try:
            await work
        except SendError as error:
            log.info("telegram.not_answered", why=str(error))
        except Exception:
            log.exception("telegram.answer_failed")

    async def drain(self, seconds: float) -> None:
        """Waits for the answers under way."""
        if self._late:
            _, late = await asyncio.wait(self._late, timeout=seconds)
            for task in late:
                task.cancel()

    # To a command

    async def _to_command(self, asked: Asked, answer: Answer) -> None:
        if answer.card is None:
            return
        alone = answer.private or answer.secret
        if asked.direct or not alone:
            await self._in_place(asked, answer.card)
        elif not await self._direct(asked, answer.card):
            await self._in_place(asked, Card(text=self._press_start(asked)) if answer.secret else answer.card)

    def _press_start(self, asked: Asked) -> str:
        return say(nearest(asked.by.language) or "en", "telegram.press_start", bot=self._bot_name)

    # To a press

    async def _to_press(self, query: CallbackQuery, asked: Asked, answer: Answer) -> None:
        card = answer.card
        if card is None:
            await _toast(query, "")
        elif answer.secret and not asked.direct:
            reached = await self._direct(asked, card)
            await _toast(query, "" if reached else self._press_start(asked))
        elif answer.replace and asked.message_id:
            await _toast(query, "")
            await self._replace(asked, card)
        else:
            await self._shown(query, asked, answer, card)

    async def _shown(self, query: CallbackQuery, asked: Asked, answer: Answer, card: Card) -> None:
        """In a toast where it fits; what is more, or has buttons, in a message: for them alone if it is private.

        Where they cannot be written to, what a toast has told them is enough: their colleagues need not read it.
        """
        text = render.toast(card, TOAST_LIMIT)
        told = bool(await _toast(query, text, alert=answer.refused) and text)
        if told and not card.buttons:
            return
        apart = answer.private and not asked.direct
        if not (apart and (await self._direct(asked, card) or told)):
            await self._in_place(asked, card)

    async def _replace(self, asked: Asked, card: Card) -> None:
        try:
            await self._posts.edit(asked.place.room, asked.place.thread, (asked.message_id,), card, asked.key)
        except Hopeless:
            await self._in_place(asked, card)

    # Where to

    async def _in_place(self, asked: Asked, card: Card) -> None:
        """Where they did it; in a group as an answer to the message, so that it is seen whom it is for."""
        answers = "" if asked.direct else asked.message_id
        await self._post(asked.place.room, asked.place.thread, answers, card, f"{asked.key}/here")

    async def _direct(self, asked: Asked, card: Card) -> bool:
        """By direct message; False where they cannot be written to."""
        try:
            await self._post(asked.by.external_id, "", "", card, f"{asked.key}/direct")
        except Hopeless:
            return False
        except Ambiguous:
            return True  # it may be there: saying it elsewhere too would be worse
        return True

    async def _post(self, room: str, thread: str, answers: str, card: Card, nonce: str) -> None:
        for _ in range(ATTEMPTS):
            try:
                await self._posts.post(room, thread, answers, card, nonce)
                return
            except TryLater as later:
                if later.after > LONGEST_WAIT:
                    raise  # who asks before that is told to wait longer still, and the answer is stale by then
                await self._sleep(max(1.0, later.after))
            except Moved as moved:
                room, thread, answers = moved.room, "", ""
        raise Ambiguous("Telegram was not ready to take an answer.")


async def _toast(query: CallbackQuery, text: str, *, alert: bool = False) -> bool:
    """Answers the press, at least with nothing, so that its button rests. False where it came too late for Telegram:
    the deed is done all the same."""
    try:
        await query.answer(text or None, show_alert=bool(text) and (alert or len(text) > ALERT))
    except TelegramError as error:
        log.info("telegram.press_not_answered", why=str(error))
        return False
    return True
