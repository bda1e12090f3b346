"""What Slack delivers, through Bolt: acknowledged only after the desk committed.

With `process_before_response` Bolt acknowledges after the listener. What a listener cannot understand is set aside
and acknowledged, for Slack disables apps that fail too often; where the database fails, nothing is acknowledged and
Slack delivers again. One listener stands for every kind of payload.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any
from weakref import WeakValueDictionary

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bots import cards
from bots.commands import OTHER_WORDS, VERBS
from bots.port import Answer, Command, Filled, Form, Front, Press
from bots.slack import render
from bots.slack.answers import Asker, inline, keeping
from bots.slack.calls import CALL_ERRORS, why
from bots.slack.events import Reader, hand_in, text_of
from bots.slack.tuning import Tuning
from bots.slack.words import plain, plain_but_mentions
from bots.slack.workspace import Workspace
from inbox.errors import DeskError, StoreUnavailable
from inbox.locale import nearest
from inbox.model import Account, Place

log = structlog.get_logger("slack")

ANY = re.compile(".*", re.DOTALL)
DRAIN_SECONDS = 4.0
RAW_LIMIT = 100_000


class Receiver:
    """Registers the listeners of one connection on a Bolt app.

    `news` is called where there is something to be read from history: `missed` tells what.
    """

    def __init__(
        self,
        app: AsyncApp,
        client: AsyncWebClient,
        reader: Reader,
        front: Front,
        workspace: Workspace,
        tuning: Tuning,
        news: Callable[[], None],
    ) -> None:
        self._app, self._client, self._reader, self._front = app, client, reader, front
        self._people, self._workspace, self._tuning, self._news = reader.people, workspace, tuning, news
        self._under_way: set[asyncio.Task[Any]] = set()
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        app.event(ANY)(self._event)
        app.command(ANY)(self._command)
        app.action(ANY)(self._action)
        app.view(ANY)(self._view)
        app.view_closed(ANY)(self._only_ack)
        app.shortcut(ANY)(self._only_ack)
        app.options(ANY)(self._no_options)
        app.error(self.failed)

    async def answer(self, payload: dict[str, Any], again: bool) -> BoltResponse:
        """What a payload is answered with; status 200 acknowledges it. `again`: Slack delivered it before."""
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            # verified already, over HTTP too; Bolt's own reading of HTTP bodies drops commands that say "payload"
            answer: BoltResponse = await self._app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=payload))
            if answer.status != 200 or again:
                self._note_late(payload)
            return answer
        except Exception as error:
            return await self.failed(error, payload)
        finally:
            self._under_way.discard(task)

    def _note_late(self, payload: Mapping[str, Any]) -> None:
        """Words were refused, or come again: what was answered under them meanwhile belonged nowhere yet."""
        event = payload.get("event")
        with suppress(ValueError):
            if isinstance(event, Mapping) and self._reader.missed.note(event):
                self._news()

    async def poison(self, raw: str, error: str) -> None:
        """Sets aside what cannot be understood."""
        log.warning("slack.not_understood", why=error)
        await self._front.quarantine(self._reader.connection, raw[:RAW_LIMIT], error)

    async def drain(self) -> None:
        """Waits for what is under way: events that are being taken in, answers that are late."""
        self._workspace.stop()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=DRAIN_SECONDS)

    async def failed(self, error: Exception, body: Any) -> BoltResponse:
        """What becomes of a payload that no listener took or that one stumbled over."""
        if isinstance(error, StoreUnavailable):
            return BoltResponse(status=503)
        unhandled = isinstance(error, BoltUnhandledRequestError)
        if unhandled and body.get("type") == "app_rate_limited":
            log.error("slack.events_dropped", why="Slack delivers at most 30,000 events an hour.")
            self._reader.missed.unknown = True
            self._news()
            return BoltResponse(status=200)
        if not unhandled:
            log.error("slack.payload_failed", exc_info=error)
        try:
            await self.poison(
                json.dumps(body, ensure_ascii=False, default=str), f"{type(error).__name__}: {error}"[:500]
            )
        except StoreUnavailable:
            return BoltResponse(status=503)
        return BoltResponse(status=200)

    # events

    async def _event(self, event: dict[str, Any], ack: Any) -> None:
        if event["type"] == "message":
            await self._workspace.known(str(event.get("channel")))
            async with self._turn(event):
                heard = await self._reader.message(event)
                if heard:
                    await hand_in(self._front, heard)
        await self._workspace.happened(event)
        await ack()

    def _turn(self, event: Mapping[str, Any]) -> asyncio.Lock:
        """One after the other in each thread: an answer to words that are being taken in must not overtake them."""
        thread = (str(event.get("channel")), str(event.get("thread_ts") or event.get("ts")))
        return self._turns.setdefault(thread, asyncio.Lock())

    # commands, buttons, forms

    async def _command(self, ack: Any, body: dict[str, Any]) -> None:
        user, room = text_of(body, "user_id"), text_of(body, "channel_id")
        key = f"{self._reader.connection}/command/{text_of(body, 'trigger_id')}"
        words = _words(text_of(body, "command"), str(body.get("text") or ""))
        free = _names_no_verb(text_of(body, "command"))
        asker = Asker(self._client, user, room, url=str(body.get("response_url") or ""))
        place, direct = Place(self._reader.connection, room), room.startswith("D")

        async def deed(by: Account) -> Answer:
            return await self._front.commanded(Command(key, place, by, words, direct=direct, free=free))

        answer = await self._in_time(user, deed, asker)
        if answer is None or (answer.form and await self._opened(answer.form, body, place)):
            await ack()
        else:
            await (ack(inline(answer)) if answer.card else ack())
            self._beside(asker.tell(answer, begin=1))

    async def _action(self, ack: Any, body: dict[str, Any]) -> None:
        """A button. Nothing that waits comes before a form, for the trigger lasts three seconds."""
        user, place, message_id = text_of(body["user"], "id"), self._pressed_in(body), _pressed_message(body)
        action = body["actions"][0]
        wish = str(action.get("value") or action["action_id"])
        form = self._front.opens_form(wish, self._people.language(user))
        if form and await self._opened(form, body, place):
            await ack()
            return
        key = f"{self._reader.connection}/press/{body.get('trigger_id') or action['action_ts']}"
        direct = place.room.startswith("D")

        async def deed(by: Account) -> Answer:
            return await self._front.pressed(Press(key, place, by, wish, message_id, direct=direct))

        asker = Asker(self._client, user, place.room, place.thread, str(body.get("response_url") or ""))
        answer = await self._in_time(user, deed, asker)
        if answer:
            self._beside(asker.tell(answer))
        await ack()

    def _pressed_in(self, body: Mapping[str, Any]) -> Place:
        container, message = body.get("container") or {}, body.get("message") or {}
        room = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
        message_id = _pressed_message(body)
        thread = str(container.get("thread_ts") or message.get("thread_ts") or "")
        thread = "" if thread == message_id else thread  # the thread's root is seen in the room
        return Place(self._reader.connection, room, thread, thread or message_id)

    async def _opened(self, form: Form, body: Mapping[str, Any], place: Place) -> bool:
        """Opens a form over the chat; false where Slack does not (the trigger is too old, or there is none)."""
        metadata = json.dumps([place.room, place.thread])
        try:
            async with asyncio.timeout(self._tuning.answer_seconds):
                await self._client.views_open(trigger_id=str(body["trigger_id"]), view=render.modal(form, metadata))
        except (KeyError, *CALL_ERRORS) as error:
            log.warning("slack.form_not_opened", form=form.id, why=why(error))
            return False
        return True

    async def _view(self, ack: Any, body: dict[str, Any]) -> None:
        """A form was sent. Refused, it stays open with its words; refused late, the words come back with the answer."""
        view, user = body["view"], text_of(body["user"], "id")
        room, thread = _opened_from(view.get("private_metadata"))
        values = {block: _value(next(iter(fields.values()), {})) for block, fields in view["state"]["values"].items()}
        key = f"{self._reader.connection}/view/{text_of(view, 'id')}/{view.get('hash')}"
        place = Place(self._reader.connection, room, thread)

        async def deed(by: Account) -> Answer:
            return await self._front.filled(Filled(key, place, by, str(view["callback_id"]), values))

        asker = Asker(self._client, user, room, thread)
        words = "\n".join(value for value in values.values() if value)
        answer = await self._in_time(user, deed, asker, words)
        if answer and answer.refused and answer.card and values:
            await ack(response_action="errors", errors={next(iter(values)): answer.card.text[:2000] or "…"})
            return
        await ack()
        if answer:
            self._beside(asker.tell(answer))

    async def _in_time(
        self, user: str, deed: Callable[[Account], Awaitable[Answer]], asker: Asker, words: str = ""
    ) -> Answer | None:
        """The deed's answer; None where it takes so long that it must be given later, which then is arranged for."""

        async def done() -> Answer:
            return await deed(await self._people.account(user, self._tuning.lookup_seconds))

        task = asyncio.create_task(done())
        finished, _ = await asyncio.wait({task}, timeout=self._tuning.answer_seconds)
        if finished:
            return task.result()
        self._beside(self._late(task, asker, words))
        return None

    async def _late(self, task: asyncio.Task[Answer], asker: Asker, words: str) -> None:
        try:
            answer = await task
        except Exception as error:
            log.error("slack.late_deed_failed", exc_info=error)
            language = nearest(self._people.language(asker.user))
            card = cards.refusal(error if isinstance(error, DeskError) else DeskError(), language)
            answer = Answer(card, refused=True)
        await asker.tell(keeping(answer, words) if answer.refused and words else answer)

    def _beside(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Does something while the acknowledgement goes out."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and task.exception():
            log.error("slack.failed_beside", exc_info=task.exception())

    async def _only_ack(self, ack: Any) -> None:
        await ack()

    async def _no_options(self, ack: Any) -> None:
        await ack(options=[])


def _words(command: str, text: str) -> str:
    """What was asked: `/claim 42` is `claim 42`; any name that is no verb stands for /ticket."""
    if not _names_no_verb(command):
        text = f"{command.removeprefix('/')} {text}"
    first = text.split(maxsplit=1)[0].casefold() if text.strip() else ""
    verb = VERBS.get(OTHER_WORDS.get(first, first))
    return plain_but_mentions(text) if verb and "person" in verb.takes else plain(text, {})


def _names_no_verb(command: str) -> bool:
    """Is it /ticket, by whatever name the app calls it?"""
    return command.removeprefix("/") not in {*VERBS, *OTHER_WORDS}


def _pressed_message(body: Mapping[str, Any]) -> str:
    container, message = body.get("container") or {}, body.get("message") or {}
    return str(container.get("message_ts") or message.get("ts") or "")


def _opened_from(metadata: Any) -> tuple[str, str]:
    """Room and thread that a form was opened from."""
    try:
        room, thread = json.loads(metadata)
        return str(room), str(thread)
    except (ValueError, TypeError):
        return "", ""


def _value(state: Mapping[str, Any]) -> str:
    """What was filled in, whatever kind of element it was."""
    selected = state.get("selected_option")
    return str(selected["value"]) if isinstance(selected, Mapping) else str(state.get("value") or "")
