"""The front: where what people do on the platforms meets the desk's verbs, and gets its answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bots import actions, cards, commands, forms, lookup, ways
from bots.commands import is_number
from bots.port import Answer, Card, Command, Filled, Form, Pointed, Press, Sought
from inbox.desk import changes, gaps, intake, presence, reactions, typing, upkeep
from inbox.desk.door import Desk
from inbox.errors import BadInput, DeskError, NotYet, StoreError, StoreUnavailable
from inbox.locale import nearest, say
from inbox.model import Account, Deleted, Edited, Place, Reacted, Said
from inbox.storable import storable
from inbox.store import Tx, events, people, threads

log = structlog.get_logger("front")

TOLD_ANYWHERE = frozenset({"help", commands.START.name})
TYPING_AGAIN = timedelta(seconds=4)  # platforms show it for about five
NEVER = datetime.min.replace(tzinfo=UTC)
PATIENCE = (0.05, 0.1, 0.2, 0.4, 0.8)  # seconds between looks for a card that is just being sent


class FrontDoor:
    """The desk's side of the port (`bots.port.Front`). `sign_in` makes a one-time link for an agent's person id; who
    people are and where rooms are is looked up again by `people_changed` and `rooms_changed`, given a connection;
    `files_came` has the files fetched that came over one, `show_typing` shows in a place that somebody writes."""

    def __init__(
        self,
        desk: Desk,
        sign_in: Callable[[int], Awaitable[str]],
        people_changed: Callable[[str], Awaitable[None]],
        rooms_changed: Callable[[str], Awaitable[None]],
        files_came: Callable[[str], None] = lambda connection: None,
        show_typing: Callable[[Place], Awaitable[None]] | None = None,
    ) -> None:
        self._desk, self._sign_in = desk, sign_in
        self._people_changed, self._rooms_changed = people_changed, rooms_changed
        self._files_came, self._show_typing = files_came, show_typing or _nowhere
        self._typed: dict[tuple[str, str, str, str], datetime] = {}
        self._looking: set[asyncio.Future[None]] = set()

    async def said(self, said: Said) -> None:
        await self._said(said)
        if said.files:
            self._files_came(said.place.connection)

    async def _said(self, said: Said) -> None:
        await self._take_in_patiently(intake.receive, said)

    async def _take_in_patiently(self, verb: Callable[..., Any], event: Said | Reacted) -> None:
        """What may be about a card that is just being sent waits until it is known where that stands."""
        for seconds in PATIENCE:
            try:
                await self._take_in(event.place.connection, partial(verb, waits=True), event)
                return
            except NotYet:
                await asyncio.sleep(seconds)
        await self._take_in(event.place.connection, verb, event)

    async def edited(self, edited: Edited) -> None:
        await self._take_in(edited.place.connection, changes.edit, edited)

    async def deleted(self, deleted: Deleted) -> None:
        await self._take_in(deleted.place.connection, changes.delete, deleted)

    async def reacted(self, reacted: Reacted) -> None:
        await self._take_in_patiently(reactions.react, reacted)

    async def typing(self, place: Place, by: Account) -> None:
        now = self._desk.now()
        key = (place.connection, place.room, place.thread, by.external_id)
        if not place.thread or now - self._typed.get(key, NEVER) < TYPING_AGAIN:
            return
        self._typed = {**{k: at for k, at in self._typed.items() if now - at < TYPING_AGAIN}, key: now}
        await self._writes(typing.seen_at, place, by)
        await self._is_there(presence.typing, place, by)

    async def begun(self, form: str, by: Account) -> None:
        kind, arguments = forms.split(form)
        if kind == "reply" and arguments and is_number(arguments[0]):
            await self._writes(typing.seen_in_form, int(arguments[0]), by)
        if kind in ("reply", "note") and arguments and is_number(arguments[0]):
            await self._is_there(presence.in_form, int(arguments[0]), by)

    async def _writes(self, where: Callable[..., Place | None], *of: Any) -> None:
        """Lets the requester see that somebody writes, if they may."""
        with suppress(StoreError):
            home = await self._desk.look(where, *of)
            if home:
                await self._show_typing(home)

    async def _is_there(self, verb: Callable[..., None], *of: Any) -> None:
        """Lets colleagues see that somebody writes; nothing depends on it."""
        with suppress(StoreError):
            await self._desk.do(verb, *of)

    async def _take_in(
        self, connection: str, verb: Callable[..., Any], event: Said | Edited | Deleted | Reacted
    ) -> None:
        """What the desk cannot take in is set aside; the line goes on. A failing database is the caller's to retry."""
        clean = storable(event)
        try:
            await self._desk.do(verb, clean)
        except (StoreUnavailable, NotYet):
            raise
        except Exception as error:
            log.exception("front.not_understood", connection=connection, key=clean.key)
            await self.quarantine(connection, repr(event), f"{type(error).__name__}: {error}")
            return
        if clean != event:
            await self.quarantine(connection, repr(event), "What no database keeps in it was replaced.")

    async def pressed(self, press: Press) -> Answer:
        press, language = storable(press), await self._language(press.by)
        form = forms.form_of(press.action, language, self._desk.directory, press.by.connection)
        verb, arguments = forms.split(press.action)
        # what is searched for in a form can be chosen from a list as well, and what keeps words is no button
        if form and verb != forms.KEEP and not forms.searches(form):
            if verb == ways.ASK and press.direct and len(arguments) < 2:  # there it is asked one thing after the other
                return await self._answer(press.by, actions.press, press, language=language)
            return Answer(Card(text=say(language, f"formless.{verb}", ticket="".join(arguments[:1]))))
        return await self._answer(press.by, actions.press, press, language=language)

    async def commanded(self, command: Command) -> Answer:
        command = storable(command)
        answer = await self._commanded(command)
        if command.files:
            self._files_came(command.place.connection)
        return answer

    async def _commanded(self, command: Command) -> Answer:
        try:
            asked = _asked(command)
        except BadInput as error:
            return Answer(cards.refusal(error, await self._language(command.by)), refused=True)
        if asked.verb.name == "desk" and not asked.prose:
            return await self._desk_link(command)
        answer = await self._answer(command.by, actions.command, command, asked)
        if asked.verb.name in ("link", "unlink") and not answer.refused:
            self._look_up_teams()
        return replace(answer, secret=answer.secret or self._stays_inside(command, asked, answer))

    def _stays_inside(self, command: Command, asked: commands.Asked, answer: Answer) -> bool:
        """Tickets shown where requesters read along would leak on a platform without private answers."""
        place = command.place
        outside = not command.direct and not self._desk.directory.desk_queues(place.connection, place.room)
        return outside and not answer.refused and asked.verb.name not in TOLD_ANYWHERE

    async def filled(self, filled: Filled) -> Answer:
        return await self._answer(filled.by, actions.filled, storable(filled))

    async def _answer(self, by: Account, verb: Callable[..., Answer], *args: Any, language: str = "") -> Answer:
        """Runs a deed and answers its refusals in the person's language, which is looked up where it is not known."""
        language = language or await self._language(by)
        try:
            return await self._desk.do(verb, language, *args)
        except DeskError as error:
            return _refused(error, language)
        except Exception:
            log.exception("front.deed_failed", connection=by.connection)
            return Answer(cards.refusal(DeskError(), language), refused=True)

    async def _desk_link(self, command: Command) -> Answer:
        language = await self._language(command.by)
        try:
            person = await self._desk.do(_agent_of, command.by)
            link = await self._sign_in(person)
        except DeskError as error:
            return Answer(cards.refusal(error, language), refused=True)
        return Answer(Card(text=say(language, "answer.desk", link=link)), secret=True)

    async def pointed(self, pointed: Pointed) -> Answer:
        return await self._answer(pointed.by, actions.pointed, storable(pointed))

    async def home(self, by: Account) -> Sequence[Card]:
        return await self._desk.do(ways.home, await self._language(by), storable(by))

    async def theirs(self, by: Account, about: Account) -> Answer:
        return await self._answer(by, lookup.theirs, storable(by), storable(about))

    async def suggest(self, by: Account, typed: str) -> Sequence[tuple[int, str]]:
        return await self._desk.look(lookup.suggest, storable(by), storable(typed))

    async def complete(self, sought: Sought) -> Sequence[tuple[str, str]]:
        sought = storable(sought)
        return await self._desk.look(lookup.complete, await self._language(sought.by), sought)

    def opens_form(self, action: str, language: str = "", connection: str = "", words: str = "") -> Form | None:
        directory = self._desk.directory
        return forms.form_of(action, nearest(language) or directory.desk.language, directory, connection, words)

    async def _language(self, account: Account) -> str:
        """The language that the person chose, else the platform's, else the desk's."""
        try:
            known = await self._desk.look(people.find, account.connection, account.external_id)
        except StoreError:
            known = None
        chosen = nearest(known.language) if known else ""
        return chosen or nearest(account.language) or self._desk.directory.desk.language

    def _look_up_teams(self) -> None:
        """Somebody's accounts are others now: who answers for which queue is looked up again, and nobody waits."""
        for connection in self._desk.directory.desk.connections:
            task = asyncio.ensure_future(self._people_changed(connection))
            self._looking.add(task)
            task.add_done_callback(self._looking.discard)

    async def quarantine(self, connection: str, raw: str, error: str) -> None:
        log.warning("front.quarantined", connection=connection, error=error)
        await self._desk.do(_set_aside, connection, raw, error)

    async def unreachable(self, account: Account, why: str) -> None:
        await self._desk.do(upkeep.reachable, storable(account), storable(why))

    async def people_changed(self, connection: str) -> None:
        await self._people_changed(connection)

    async def rooms_changed(self, connection: str) -> None:
        await self._rooms_changed(connection)

    async def moved(self, connection: str, old_room: str, new_room: str) -> None:
        await self._desk.moved(connection, old_room, new_room)

    async def gap(self, connection: str, room: str, since: datetime | None, until: datetime | None, why: str) -> None:
        gap = gaps.Gap(connection, room, since, until, storable(why))
        if await self._desk.do(gaps.report, gap):
            log.error("front.gap", connection=connection, room=room, since=since, until=until, why=why)

    async def last_ids(self, connection: str) -> Mapping[str, str]:
        return await self._desk.look(threads.last_ids, connection)

    async def begins(self, connection: str, marks: Mapping[str, str]) -> None:
        await self._desk.do(gaps.begin, connection, marks)

    async def live_places(self, connection: str) -> Sequence[Place]:
        found = await self._desk.look(threads.live_places, connection)
        return [thread.place for thread in found if thread.external_id]


def _refused(error: DeskError, language: str) -> Answer:
    """Why something was not done; of a form, at the field that is at fault, where the error names one."""
    card, at_fault = cards.refusal(error, language), error.facts.get("field")
    return Answer(card, refused=True, mistakes={str(at_fault): card.text} if at_fault else {})


def _asked(command: Command) -> commands.Asked:
    """What a command means; files under /ticket say it without words, and directly to the bot nothing asks for the
    questions. Raises BadInput."""
    if command.free and (command.files or command.direct) and not command.words.strip():
        return commands.Asked(commands.OPEN)
    return commands.parse(command.words, free=command.free)


async def _nowhere(place: Place) -> None:
    """Nobody is shown that somebody writes."""


def _agent_of(tx: Tx, now: datetime, account: Account) -> int:
    person, _ = people.identify(tx, now, account)
    if person.blocked or not people.roles(tx, person.id):
        raise BadInput("agents_only")
    return person.id


def _set_aside(tx: Tx, now: datetime, connection: str, raw: str, error: str) -> None:
    events.set_aside(tx, now, connection, raw, error)
