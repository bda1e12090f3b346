"""What people do with their hands: commands, buttons, forms and shortcuts, each acknowledged within three seconds.

https://docs.slack.dev/interactivity/handling-user-interaction
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bots import cards
from bots.commands import OTHER_WORDS, VERBS
from bots.forms import KEEP
from bots.port import Answer, Card, Command, Filled, Form, Front, Pointed, Press, Wish
from bots.slack import render
from bots.slack.answers import Asker, inline, keeping
from bots.slack.beside import Beside
from bots.slack.calls import CALL_ERRORS, why
from bots.slack.events import Reader
from bots.slack.gap import Gap
from bots.slack.home import Home
from bots.slack.manifest import WISHES
from bots.slack.picking import Picking, opened_from
from bots.slack.tuning import Tuning
from bots.slack.words import ident, plain, plain_but_mentions, stamp
from bots.ways import ASK
from inbox.errors import BadInput, DeskError
from inbox.locale import nearest
from inbox.model import Account, Place

log = structlog.get_logger("slack")

CHOSEN = re.compile(r"<@([A-Z0-9]+)>")  # a person, as the value of a field
MISTAKE = 2_000  # characters of what is said at a field


class Hands:
    """The interactions of one connection."""

    def __init__(
        self, client: AsyncWebClient, reader: Reader, front: Front, gap: Gap, home: Home, beside: Beside, tuning: Tuning
    ) -> None:
        self._client, self._reader, self._front, self._gap, self._home = client, reader, front, gap, home
        self._people, self._beside, self._tuning = reader.people, beside, tuning
        self.picking = Picking(client, reader, front, tuning)

    async def command(self, ack: Any, body: dict[str, Any]) -> None:
        """A slash command; /ticket without words opens the form."""
        until = self._until()
        user, room = ident(body.get("user_id")), ident(body.get("channel_id"))
        key = f"{self._reader.connection}/command/{text_of(body, 'trigger_id')}"
        words = _words(text_of(body, "command"), str(body.get("text") or ""))
        free = _names_no_verb(text_of(body, "command"))
        asker = Asker(self._client, user, room, url=str(body.get("response_url") or ""))
        place, direct = Place(self._reader.connection, room), room.startswith("D")
        if free and not words.strip() and await self._asks(user, body, place, until):
            await ack()
            return

        async def deed(by: Account) -> Answer:
            return await self._front.commanded(Command(key, place, by, words, direct=direct, free=free))

        answer = await self._in_time(user, deed, asker, until)
        if answer is None or (answer.form and await self._opened(answer.form, body, place, until)):
            await ack()
        else:
            await (ack(inline(answer)) if answer.card else ack())
            self._beside.start(asker.tell(answer, begin=1))

    async def action(self, ack: Any, body: dict[str, Any]) -> None:
        """A button, or what was chosen in a menu. Nothing that waits comes before a form, for the trigger lasts three
        seconds."""
        until = self._until()
        user, place, message_id = ident(body["user"].get("id")), self._pressed_in(body), _pressed_message(body)
        action = body["actions"][0]
        if action.get("type") == "external_select":  # in a form, which is not sent yet
            await ack()
            self._beside.start(self.picking.show(body))
            return
        chosen = action.get("selected_option") or action  # of a menu, or a button
        wish = str(chosen.get("value") or action["action_id"])
        form = self._front.opens_form(wish, self._people.language(user), self._reader.connection)
        if form and await self._opened(form, body, place, until):
            self._beside.start(self._front.begun(form.id, Account(self._reader.connection, user, "")))
            await ack()
            return
        key = f"{self._reader.connection}/press/{body.get('trigger_id') or action['action_ts']}"
        direct = place.room.startswith("D")

        async def deed(by: Account) -> Answer:
            return await self._front.pressed(Press(key, place, by, wish, message_id, direct=direct))

        url = str(body.get("response_url") or "")
        await self._do(user, deed, Asker(self._client, user, place.room, place.thread, url), until)
        await ack()

    async def shortcut(self, ack: Any, body: dict[str, Any]) -> None:
        """Of the whole workspace: opens the form. Of a message: makes a ticket of it, or does something with the ticket
        that it is of."""
        until = self._until()
        user, nowhere = ident(body["user"].get("id")), Place(self._reader.connection, "")
        if body["callback_id"] in WISHES:
            await self._point(user, body, WISHES[body["callback_id"]], until)
        elif body["callback_id"] == KEEP:
            await self._keep(user, body, until)
        elif body["callback_id"] == ASK and not await self._asks(user, body, nowhere, until):
            await self._formless(user, body, nowhere, until)
        await ack()

    async def _asks(self, user: str, body: Mapping[str, Any], place: Place, until: float) -> bool:
        """Opens the form that asks for a ticket; false where there is none."""
        form = self._front.opens_form(ASK, self._people.language(user), self._reader.connection)
        return form is not None and await self._opened(form, body, place, until)

    async def _formless(self, user: str, body: Mapping[str, Any], place: Place, until: float) -> None:
        """Where the form does not open, it is said what to do instead."""
        key = f"{self._reader.connection}/shortcut/{body['trigger_id']}"

        async def deed(by: Account) -> Answer:
            return await self._front.pressed(Press(key, place, by, ASK))

        await self._do(user, deed, Asker(self._client, user), until)

    async def _keep(self, user: str, body: Mapping[str, Any], until: float) -> None:
        """Opens the form that keeps a message's words as a prepared answer."""
        room, message = ident(body["channel"].get("id")), body["message"]
        said = await self._reader.pointed_at(message, room)
        words = said.text or plain(str(message.get("text") or ""), {})
        form = self._front.opens_form(KEEP, self._people.language(user), self._reader.connection, words)
        place = Place(self._reader.connection, room, said.place.thread or said.message_id)
        if form is None or not await self._opened(form, body, place, until):
            refusal = cards.refusal(DeskError(), nearest(self._people.language(user)) or "en")
            url = str(body.get("response_url") or "")
            self._beside.start(Asker(self._client, user, room, url=url).tell(Answer(refusal, refused=True)))

    async def _point(self, user: str, body: Mapping[str, Any], wish: Wish, until: float) -> None:
        room, message = ident(body["channel"].get("id")), body["message"]
        key = f"{self._reader.connection}/shortcut/{body['trigger_id']}"

        async def deed(by: Account) -> Answer:
            if not await self._is_in(room, user):
                return Answer(cards.refusal(BadInput("not_member"), nearest(by.language) or "en"), refused=True)
            return await self._front.pointed(Pointed(key, by, await self._reader.pointed_at(message, room), wish))

        asker = Asker(self._client, user, room, url=str(body.get("response_url") or ""))
        await self._do(user, deed, asker, until)

    async def _is_in(self, room: str, user: str) -> bool:
        """Is the bot in that channel, or is it that person's talk with it? Shortcuts work on messages anywhere."""
        if room in self._gap.seen or not room.startswith("D"):
            return room in self._gap.seen
        try:
            return bool((await self._client.conversations_open(users=user))["channel"]["id"] == room)
        except CALL_ERRORS:
            return False

    def _until(self) -> float:
        """Until when, by the loop's clock, what just came must be acknowledged: a form that does not open and what is
        done instead have this time together."""
        return asyncio.get_running_loop().time() + self._tuning.answer_seconds

    async def _do(self, user: str, deed: Callable[[Account], Awaitable[Answer]], asker: Asker, until: float) -> None:
        answer = await self._in_time(user, deed, asker, until)
        if answer:
            self._beside.start(self._tell(asker, answer))

    def _pressed_in(self, body: Mapping[str, Any]) -> Place:
        container, message = body.get("container") or {}, body.get("message") or {}
        room = (body.get("channel") or {}).get("id") or container.get("channel_id")
        message_id = _pressed_message(body)
        thread = container.get("thread_ts") or message.get("thread_ts")
        room, thread = ident(room) if room else "", stamp(thread) if thread else ""
        thread = "" if thread == message_id else thread  # the thread's root is seen in the room
        return Place(self._reader.connection, room, thread, thread or message_id)

    async def _opened(self, form: Form, body: Mapping[str, Any], place: Place, until: float) -> bool:
        """Opens a form over the chat; false where Slack does not (the trigger is too old, or there is none)."""
        metadata = json.dumps([place.room, place.thread])
        try:
            async with asyncio.timeout_at(until):
                await self._client.views_open(trigger_id=str(body["trigger_id"]), view=render.modal(form, metadata))
        except (KeyError, *CALL_ERRORS) as error:
            log.warning("slack.form_not_opened", form=form.id, why=why(error))
            return False
        return True

    async def view(self, ack: Any, body: dict[str, Any]) -> None:
        """A form was sent. Refused, it stays open with its words; refused late, the words come back with the answer."""
        until = self._until()
        view, user = body["view"], ident(body["user"].get("id"))
        room, thread = opened_from(view.get("private_metadata"))
        values = {block: _value(next(iter(fields.values()), {})) for block, fields in view["state"]["values"].items()}
        key = f"{self._reader.connection}/view/{text_of(view, 'id')}/{view.get('hash')}"
        place = Place(self._reader.connection, room, thread)

        async def deed(by: Account) -> Answer:
            named = await self._named(values.values())
            return await self._front.filled(Filled(key, place, by, str(view["callback_id"]), values, named))

        asker = Asker(self._client, user, room, thread)
        words = "\n".join(values[block] for block, fields in view["state"]["values"].items() if _typed(fields))
        answer = await self._in_time(user, deed, asker, until, words)
        if answer and answer.refused and answer.card and values:
            await ack(response_action="errors", errors=_mistakes(answer, answer.card, list(values)))
            return
        if answer and answer.form:
            goes_on = render.modal(answer.form, str(view.get("private_metadata") or ""))
            await ack(response_action="update", view=goes_on)
            return
        await ack()
        if answer:
            self._beside.start(self._tell(asker, answer))

    async def _named(self, values: Iterable[str]) -> dict[str, str]:
        """The names of the people who were chosen in a form."""
        ids = [found[1] for found in map(CHOSEN.fullmatch, values) if found]
        accounts = [await self._people.account(id_, self._tuning.lookup_seconds) for id_ in ids]
        return {account.external_id: account.name or account.external_id for account in accounts}

    async def _tell(self, asker: Asker, answer: Answer) -> None:
        """Gives an answer; who did it on no message, but on their own page, sees that page as it is then."""
        await asker.tell(answer)
        if not asker.room:
            await self._home.show(asker.user)

    async def _in_time(
        self, user: str, deed: Callable[[Account], Awaitable[Answer]], asker: Asker, until: float, words: str = ""
    ) -> Answer | None:
        """The deed's answer; None where it takes so long that it must be given later, which then is arranged for."""

        async def done() -> Answer:
            return await deed(await self._people.account(user, self._tuning.lookup_seconds))

        task = asyncio.create_task(done())
        left = max(0.0, until - asyncio.get_running_loop().time())
        finished, _ = await asyncio.wait({task}, timeout=left)
        if finished:
            return task.result()
        self._beside.start(self._late(task, asker, words))
        return None

    async def _late(self, task: asyncio.Task[Answer], asker: Asker, words: str) -> None:
        try:
            answer = await task
        except Exception as error:
            log.error("slack.late_deed_failed", exc_info=error)
            language = nearest(self._people.language(asker.user))
            card = cards.refusal(error if isinstance(error, DeskError) else DeskError(), language)
            answer = Answer(card, refused=True)
        await self._tell(asker, keeping(answer, words) if answer.refused and words else answer)


def text_of(body: Mapping[str, Any], key: str) -> str:
    """A text that must be there. Raises ValueError where it is not, or is something else."""
    found = body.get(key)
    if not isinstance(found, str) or not found:
        raise ValueError(f"{key!r} is no text")
    return found


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
    found = container.get("message_ts") or message.get("ts")
    return stamp(found) if found else ""


def _mistakes(answer: Answer, card: Card, asked: Sequence[str]) -> dict[str, str]:
    """What Slack shows at which field; what no field of the form is to blame for stands at its words, or its first."""
    named = {field: sentence for field, sentence in answer.mistakes.items() if field in asked}
    found = named or {"words" if "words" in asked else asked[0]: card.text}
    return {field: sentence[:MISTAKE] or "…" for field, sentence in found.items()}


def _typed(fields: Mapping[str, Any]) -> bool:
    """Were words typed there?"""
    return any(state.get("type") == "plain_text_input" and state.get("value") for state in fields.values())


def _value(state: Mapping[str, Any]) -> str:
    """What was filled in, whatever kind of element it was."""
    selected, person = state.get("selected_option"), state.get("selected_user")
    if isinstance(selected, Mapping):
        return str(selected["value"])
    return f"<@{ident(person)}>" if person else str(state.get("selected_date") or state.get("value") or "")
