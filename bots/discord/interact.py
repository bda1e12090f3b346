"""Commands, buttons and forms: acknowledged first, done then, and answered however late.

An interaction wants a first answer within 3 s and takes further ones for 15 min (docs "Receiving and Responding").
A button that opens a form is answered with the form and nothing before it; any other press defers the message that was
pressed, so that the answer can replace it; commands and forms defer an answer for the person's eyes.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from bots import cards
from bots.commands import OPEN
from bots.discord import menu, render
from bots.discord.calls import ALREADY_ANSWERED, FAILURES, Api, told
from bots.discord.events import Reader
from bots.discord.places import DM, THREADS, Channel
from bots.discord.words import instant, snowflake
from bots.forms import KEEP, searches
from bots.port import Answer, Card, Command, Filled, Front, Pointed, Press, SendError, Sought
from bots.ticketform import ASK, MORE
from inbox.errors import BadInput, StoreUnavailable
from inbox.locale import nearest
from inbox.model import Account

log = structlog.get_logger("discord")

PING, COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 1, 2, 3, 4, 5  # docs "Interaction Type"
SAY, DEFER, DEFER_UPDATE, CHOICES, FORM = 4, 5, 6, 8, 9  # docs "Interaction Callback Type"
EPHEMERAL = 1 << 6
CALLBACK = "/interactions/{webhook_id}/{webhook_token}/callback"  # named so that each has a bucket of its own
HOOK = "/webhooks/{webhook_id}/{webhook_token}"
ORIGINAL = f"{HOOK}/messages/@original"
REMEMBERED = 2_000
TOKEN = re.compile(r"[\w.=+-]{1,1000}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """One interaction, as far as all kinds are alike."""

    id: str
    token: str
    app: str
    kind: int
    data: Mapping[str, Any]
    by: Account
    channel: Channel
    message_id: str
    at: datetime


class Interactions:
    """Takes the interactions of one connection. `direct` posts a card to a person; `listen` has a room's words heard;
    `set_aside` keeps what cannot be understood; `seconds` is how long the first answer may take before the deed is
    begun all the same."""

    def __init__(
        self,
        api: Api,
        reader: Reader,
        front: Front,
        *,
        direct: Callable[[str, Card], Awaitable[Any]],
        listen: Callable[[str], None],
        set_aside: Callable[[str, Any, Exception], None],
        seconds: float,
        at_once: int,
    ) -> None:
        self._api, self._reader, self._front = api, reader, front
        self._direct, self._listen, self._set_aside, self._seconds = direct, listen, set_aside, seconds
        self._at_once = at_once
        self._seen: dict[str, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, data: Mapping[str, Any]) -> None:
        """Begins with an interaction; one that was told twice is done once. Raises what `read` raises."""
        asked = self._read(data)
        if asked is None or asked.id in self._seen:
            return
        self._seen[asked.id] = None
        if len(self._seen) > REMEMBERED:
            self._seen.pop(next(iter(self._seen)))
        if len(self._tasks) >= self._at_once:
            log.error("discord.too_many_interactions", connection=self._reader.connection)
            return  # the person sees that nothing came, and presses again
        task = asyncio.create_task(self._guarded(asked, data), name=f"discord interaction {asked.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self, seconds: float) -> None:
        """Lets what is under way end, within `seconds`."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()

    def _read(self, data: Mapping[str, Any]) -> Asked | None:
        """Raises KeyError, TypeError or ValueError for what is not as documented."""
        kind = int(data["type"])
        if kind not in (COMMAND, COMPONENT, AUTOCOMPLETE, MODAL):
            return None
        member = data.get("member") or {}
        user = member.get("user") or data["user"]
        id_ = snowflake(data["id"])
        return Asked(
            id_,
            _token(data["token"]),
            snowflake(data["application_id"]),
            kind,
            data["data"],
            self._reader.account(user, member, str(data.get("locale") or "")),
            self._channel(data),
            snowflake(data["message"]["id"]) if data.get("message") else "",
            instant(id_),
        )

    def _channel(self, data: Mapping[str, Any]) -> Channel:
        """Where it was done; the interaction itself says what a thread belongs to."""
        told_of = data.get("channel") or {}
        id_ = snowflake(data["channel_id"])
        direct = "guild_id" not in data
        known = self._reader.places.known(id_)
        kind = int(told_of.get("type", DM if direct else known.kind if known else 0))
        parent = told_of.get("parent_id") or (known.parent if known else "")
        thread = kind in THREADS
        return Channel(id_, kind, str(told_of.get("name") or ""), parent=snowflake(parent) if thread else "")

    async def _guarded(self, asked: Asked, data: Mapping[str, Any]) -> None:
        try:
            await self._do(asked)
        except Exception as error:
            log.exception("discord.interaction_failed", connection=self._reader.connection)
            self._set_aside("INTERACTION_CREATE", data, error)

    async def _do(self, asked: Asked) -> None:
        if asked.kind == COMPONENT:
            await self._press(asked)
        elif asked.kind == MODAL:
            await self._filled(asked)
        elif asked.kind == COMMAND and asked.data.get("type") == menu.MESSAGE:
            await self._point(asked)
        elif asked.kind == COMMAND and asked.data.get("type") == menu.PERSON:
            await self._look_up(asked)
        elif asked.kind == COMMAND:
            await self._command(asked)
        else:
            await self._suggest(asked)

    # the three kinds

    async def _press(self, asked: Asked) -> None:
        chosen = asked.data.get("values") or ()  # of a menu
        action = str(chosen[0] if chosen else asked.data["custom_id"])
        if await self._opened(asked, action):
            return
        form = self._front.opens_form(action, asked.by.language, asked.by.connection)
        if form is None or searches(form):
            await self._acknowledge(asked, {"type": DEFER_UPDATE})
        place = self._reader.place(asked.channel, asked.message_id)
        key = f"{self._reader.connection}/press/{asked.id}"
        press = Press(key, place, asked.by, action, asked.message_id, direct=asked.channel.kind == DM)
        answer = await self._front.pressed(press)
        if answer.card is None:
            return
        if answer.replace:
            await self._say(asked, answer.card, "PATCH", ORIGINAL)
        else:
            await self._say(asked, answer.card, "POST", HOOK, private=answer.private or answer.secret)

    async def _opened(self, asked: Asked, action: str) -> bool:
        """Opens the form of an action, as the first answer; false where it has none, or it did not open."""
        form = self._front.opens_form(action, asked.by.language, asked.by.connection)
        if form is None or searches(form):
            return False
        choice = render.choice_before(form)
        if choice is None:
            opened = await self._acknowledge(asked, {"type": FORM, "data": render.modal(form)})
            if opened:
                await self._front.begun(form.id, asked.by)
            return opened
        (body,) = render.messages(choice)
        return await self._acknowledge(asked, {"type": SAY, "data": {**body, "flags": EPHEMERAL}})

    async def _command(self, asked: Asked) -> None:
        words, free = menu.typed(asked.data), asked.data["name"] == OPEN.name
        if free and not words and await self._opened(asked, ASK):
            return
        await self._defer(asked)
        answer = await self._front.commanded(
            Command(
                f"{self._reader.connection}/command/{asked.id}",
                self._reader.place(asked.channel),
                asked.by,
                words,
                direct=asked.channel.kind == DM,
                at=asked.at,
                free=free,
            )
        )
        await self._answer(asked, answer)

    async def _point(self, asked: Asked) -> None:
        """*Make a ticket* on a message, after which what is said below it is listened to; *Claim* and the like."""
        message, room = asked.data["resolved"]["messages"][asked.data["target_id"]], asked.channel
        said = self._reader.pointed_at(message, room)
        wish = menu.WISHES.get(str(asked.data["name"]))
        if wish is None:
            await self._keep(asked, said.text or str(message.get("content") or ""))
            return
        await self._defer(asked)
        if room.kind != DM and self._reader.places.lacking(said.place.room, "View Channel"):
            unseen = cards.refusal(BadInput("not_member"), nearest(asked.by.language) or "en")
            await self._answer(asked, Answer(unseen, refused=True))
            return
        key = f"{self._reader.connection}/point/{asked.id}"
        answer = await self._front.pointed(Pointed(key, asked.by, said, wish))
        if wish == "ticket" and not answer.refused:
            self._listen(said.place.room)
        await self._answer(asked, answer)

    async def _keep(self, asked: Asked, words: str) -> None:
        """*Make canned response* of a message: a form, which the answer begins with."""
        form = self._front.opens_form(KEEP, asked.by.language, asked.by.connection, words)
        if form and not await self._acknowledge(asked, {"type": FORM, "data": render.modal(form)}):
            log.warning("discord.form_not_opened", connection=self._reader.connection)

    async def _look_up(self, asked: Asked) -> None:
        """*Their tickets* on a person: for the eyes of who asked."""
        resolved, target = asked.data["resolved"], str(asked.data["target_id"])
        member = (resolved.get("members") or {}).get(target)
        about = self._reader.account(resolved["users"][target], member)
        await self._defer(asked)
        await self._answer(asked, await self._front.theirs(asked.by, about))

    async def _suggest(self, asked: Asked) -> None:
        """What is being typed may mean this; nothing where that takes too long, for an answer can only be first."""
        found: Sequence[tuple[int | str, str]] = ()
        try:
            async with asyncio.timeout(self._seconds / 2):
                found = await self._found(asked, menu.being_typed(asked.data))
        except (TimeoutError, StoreUnavailable) as error:
            log.warning("discord.nothing_suggested", connection=self._reader.connection, why=type(error).__name__)
        await self._acknowledge(asked, {"type": CHOICES, "data": {"choices": menu.choices(found)}})

    async def _found(self, asked: Asked, typing: menu.Typing) -> Sequence[tuple[int | str, str]]:
        if typing.what == "number":
            return await self._front.suggest(asked.by, typing.typed)
        if typing.what == "ticket":  # among words, which may say something else
            return [(str(number), title) for number, title in await self._front.suggest(asked.by, typing.typed)]
        place = self._reader.place(asked.channel)
        return await self._front.complete(Sought(asked.by, typing.what, typing.typed, place, typing.ticket))

    async def _filled(self, asked: Asked) -> None:
        values = dict(_values(asked.data.get("components") or ()))
        form = str(asked.data["custom_id"])
        if MORE.fullmatch(form) and asked.message_id:  # what says that there is more is not true any longer
            await self._acknowledge(asked, {"type": DEFER_UPDATE})
        else:
            await self._defer(asked)
        key = f"{self._reader.connection}/form/{asked.id}"
        place = self._reader.place(asked.channel)
        named = self._named(asked.data.get("resolved") or {})
        answer = await self._front.filled(Filled(key, place, asked.by, form, values, named))
        if answer.refused and answer.card and not answer.form:  # the form is closed by now: its words must not be lost
            answer = replace(answer, card=replace(answer.card, quote="\n".join(filter(None, values.values()))))
        await self._answer(asked, answer)

    def _named(self, resolved: Mapping[str, Any]) -> dict[str, str]:
        """The names of the people who were chosen in a form."""
        users, members = resolved.get("users") or {}, resolved.get("members") or {}
        accounts = [self._reader.account(user, members.get(id_)) for id_, user in users.items()]
        return {account.external_id: account.name for account in accounts}

    # answers

    async def _defer(self, asked: Asked) -> None:
        await self._acknowledge(asked, {"type": DEFER, "data": {"flags": EPHEMERAL}})

    async def _acknowledge(self, asked: Asked, answer: dict[str, Any]) -> bool:
        """The first answer. False where it came too late or did not get through: the deed is done all the same."""
        call = self._api.call("POST", CALLBACK, webhook_id=asked.id, webhook_token=asked.token, json=answer)
        try:
            async with asyncio.timeout(self._seconds):
                await call
        except FAILURES as error:
            log.warning("discord.not_acknowledged", connection=self._reader.connection, why=told(error))
            return getattr(error, "code", 0) == ALREADY_ANSWERED
        return True

    async def _answer(self, asked: Asked, answer: Answer) -> None:
        """What a deferred answer becomes; without a card the "thinking" goes away."""
        if answer.card:
            await self._say(asked, answer.card, "PATCH", ORIGINAL)
            return
        try:
            await self._api.call("DELETE", ORIGINAL, webhook_id=asked.app, webhook_token=asked.token)
        except FAILURES as error:
            log.debug("discord.not_taken_back", why=told(error))

    async def _say(self, asked: Asked, card: Card, method: str, path: str, *, private: bool = True) -> None:
        """Says a card through the interaction; where its token has run out, by direct message."""
        try:
            for body in render.messages(card):
                flags = {"flags": EPHEMERAL} if method == "POST" and private else {}
                call: dict[str, Any] = {
                    "json": {**body, **flags},
                    "webhook_id": asked.app,
                    "webhook_token": asked.token,
                }
                await self._api.call(method, path, **call)
                method, path = "POST", HOOK
        except FAILURES as error:
            log.warning("discord.answer_by_direct_message", connection=self._reader.connection, why=told(error))
            await self._say_directly(asked, card)

    async def _say_directly(self, asked: Asked, card: Card) -> None:
        try:
            await self._direct(asked.by.external_id, card)
        except SendError as error:
            log.warning("discord.answer_lost", connection=self._reader.connection, why=str(error))


def _token(value: Any) -> str:
    """What an interaction is answered by. Raises ValueError for what could not stand in an address."""
    if not isinstance(value, str) or not TOKEN.fullmatch(value):
        raise ValueError("the token is none")
    return value


def _values(components: Any) -> list[tuple[str, str]]:
    """What was filled in, by field: each stands in a label or, in older clients, in a row."""
    found = []
    for outer in components:
        for inner in outer.get("components") or ([outer["component"]] if outer.get("component") else []):
            chosen = str((inner.get("values") or ("",))[0])
            value = f"<@{chosen}>" if chosen and inner.get("type") == render.USER_SELECT else chosen
            found.append((str(inner["custom_id"]), str(inner.get("value") or value)))
    return found
