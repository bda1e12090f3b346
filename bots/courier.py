"""Carries one errand to one platform: which call says it, and what is done where the platform cannot."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, TypeVar, cast

import structlog

from bots.attached import fit, without
from bots.cards import draw, title
from bots.pacing import upload_seconds
from bots.port import Ability, Ambiguous, Card, Hopeless, Mark, Moved, Platform, SendError, Sent
from inbox.desk import delivery
from inbox.desk.door import Desk
from inbox.desk.errand import Errand
from inbox.model import Place

T = TypeVar("T")
log = structlog.get_logger("relay")
MARKS = frozenset({"mark", "react", "label", "title"})
POSTS = frozenset({"card", "message", "notice", "room", "direct"})
NONCE_LIMIT = 25  # Discord takes no longer ones
# Discord drops a second message with the same nonce for "a few minutes": two of them are sure
IDEMPOTENT_FOR = timedelta(seconds=120)
DOUBLES = 3  # attempts up to which the bot's own words are rather said twice than lost


class Stale(Exception):
    """The reply did not arrive, and must not any more: its claim moved."""


class Unknowable(Exception):
    """Nobody can know whether it arrived; the message says what happened."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What the platform made of it ("" ids where nothing was posted), and the words that went out (None: not known)."""

    sent: Sent
    shown: str | None = None


class Courier:
    """Carries errands over one connection. `prefix` begins every nonce; a call that takes longer than `seconds`, and
    what its files take on a slow line, counts as one whose outcome is not known. `kept` is the size of the largest
    files that the desk keeps, in bytes."""

    def __init__(self, desk: Desk, platform: Platform, prefix: str, seconds: float, kept: int = 0) -> None:
        self._desk, self._platform, self._prefix, self._seconds = desk, platform, prefix, seconds
        self._kept = kept
        self._ways: dict[str, Callable[[Errand, Card], Awaitable[Sent]]] = {
            "card": self._card,
            "message": self._post,
            "notice": self._post,
            "room": self._post,
            "direct": self._direct,
            "whisper": self._whisper,
            "mark": self._mark,
            "react": self._react,
            "label": self._label,
            "title": self._title,
            "edit": self._edit,
            "rewrite": self._edit,
            "delete": self._delete,
        }

    async def carry(self, errand: Errand) -> Carried:
        """Says it. Raises SendError's branches, Stale and Unknowable."""
        card = Card() if errand.kind in MARKS else self._drawn(errand)
        posts = errand.kind in POSTS and not (errand.kind == "card" and errand.target)
        if errand.doubt_since is not None and posts:
            found = await self._look_for(errand)
            if found:
                return Carried(found)
        sent = await self._ways[errand.kind](errand, card)
        return Carried(sent, errand.message.text if errand.message else "")

    def _drawn(self, errand: Errand) -> Card:
        try:
            card = draw(errand, answers=self._answers(errand))
            taken = self._platform.file_limit if self._can(Ability.FILES) else 0
            card = fit(card, errand.language, self._kept, taken, outside=errand.side == "home") if card.files else card
        except Exception as error:
            log.exception("relay.not_drawn", errand=errand.id, say=errand.say)
            raise Hopeless(f"It could not be put into words ({type(error).__name__}).") from None
        return replace(card, files=()) if errand.kind == "edit" else card  # they stay with what was posted

    def _answers(self, errand: Errand) -> bool:
        """Can the platform itself show what these words answer?"""
        return bool(errand.answers) and self._can(Ability.ANSWERS)

    def nonce(self, errand: Errand) -> str:
        """The name of this post, the same at every attempt."""
        return f"{self._prefix}{errand.id}"[:NONCE_LIMIT]

    # What an earlier attempt left behind

    async def _look_for(self, errand: Errand) -> Sent | None:
        """What an earlier attempt posted; None where it may be posted (again)."""
        assert errand.doubt_since is not None
        fresh = self._desk.now() - errand.doubt_since < IDEMPOTENT_FOR
        if self._can(Ability.IDEMPOTENT) and fresh and not errand.stale:
            return None
        if self._can(Ability.RECONCILE):
            return await self._reconcile(errand)
        if errand.stale or errand.side == "home" or errand.attempts >= DOUBLES:
            raise Unknowable("The connection broke while it was sent.")
        return None

    async def _reconcile(self, errand: Errand) -> Sent | None:
        assert errand.doubt_since is not None
        alone = errand.kind == "direct" and not errand.place.thread
        place = replace(errand.place, room=errand.account) if alone else errand.place
        try:
            found = await self._call(self._platform.find_sent(place, self.nonce(errand), errand.doubt_since))
        except Hopeless as error:
            raise Unknowable(str(error)) from None
        if found is None and errand.stale:
            raise Stale
        return found

    # Each kind in its way

    async def _post(self, errand: Errand, card: Card) -> Sent:
        """Posts it; without the files, each named, where the platform refuses it with them."""
        try:
            return await self._send(errand, errand.place, card)
        except Hopeless as error:
            if not card.files or error.kind not in ("invalid", "forbidden", "unknown_ability"):
                raise
            log.warning("relay.files_refused", connection=self._platform.connection, errand=errand.id, why=str(error))
        bare = without(card, errand.language, outside=errand.side == "home")
        return await self._send(errand, errand.place, bare)

    async def _send(self, errand: Errand, place: Place, card: Card, opens: str = "") -> Sent:
        def send(to: Place) -> Awaitable[Sent]:
            answers = errand.answers if self._answers(errand) else "" if to.thread else to.root
            return self._platform.send(to, card, self.nonce(errand), opens=opens, answers=answers)

        return await self._at(place, send, upload_seconds(card.files))

    async def _card(self, errand: Errand, card: Card) -> Sent:
        """The card is edited; where it is gone, or nothing can be edited, the newest one counts."""
        if errand.target:
            edited = await self._edited(errand, card, unless="gone")
            return edited or await self._send(errand, errand.place, card)
        place, name = errand.place, title(errand.card) if errand.card else ""
        if not place.thread and self._can(Ability.TOPICS) and self._has_topics(place):
            place = await self._topic(errand, place, name)
        return await self._send(errand, place, card, opens="" if place.thread else name)

    async def _topic(self, errand: Errand, place: Place, name: str) -> Place:
        """A thread that is made first; a reply chain does where the platform refuses."""
        try:
            topic = await self._at(place, lambda to: self._platform.open_topic(to.room, name))
        except Hopeless as error:
            log.warning("relay.no_topic", connection=place.connection, room=place.room, why=str(error))
            return place
        if errand.thread_id is not None:
            await self._desk.do(delivery.opened_thread, errand.thread_id, topic)
        return replace(place, thread=topic)

    def _has_topics(self, place: Place) -> bool:
        rooms = self._desk.directory.rooms.values()
        here = (place.connection, place.room)
        return next((room.topics for room in rooms if (room.connection, room.external_id) == here), True)

    async def _direct(self, errand: Errand, card: Card) -> Sent:
        """To one person alone: where a thread is theirs or can be made for them, there; else by direct message."""
        if errand.thread_id is not None and errand.place.person and self._can(Ability.PRIVATE_THREADS):
            place = await self._private(errand)
            if place:
                return await self._send(errand, place, card)
        return await self._call(self._platform.direct(errand.account, card, self.nonce(errand)))

    async def _private(self, errand: Errand) -> Place | None:
        """The thread of one person's own, made where it is not there yet; None where the platform refuses it."""
        place = errand.place
        if place.thread or errand.thread_id is None:
            return place
        name, again = f"#{errand.ticket} {errand.facts.get('queue', '')}", errand.attempts > 0
        try:
            thread = await self._call(self._platform.open_private(place, name, again=again))
        except Hopeless as error:
            log.warning("relay.no_private_thread", connection=place.connection, room=place.room, why=str(error))
            return None
        await self._desk.do(delivery.opened_thread, errand.thread_id, thread)
        return replace(place, thread=thread)

    async def _whisper(self, errand: Errand, card: Card) -> Sent:
        """For their eyes only; else by direct message; else, inside the desk, where colleagues can read it too."""
        if self._can(Ability.WHISPERS):
            try:
                await self._call(self._platform.whisper(errand.place, errand.account, card))
                return Sent("")
            except (Hopeless, Ambiguous) as error:
                log.debug("relay.whisper_refused", connection=errand.place.connection, why=str(error))
        try:
            return await self._direct(errand, card)
        except Hopeless:
            place = errand.place
            if not self._desk.directory.desk_queues(place.connection, place.room):
                raise
            named = replace(errand, facts={**errand.facts, "to": errand.author})
            return await self._send(errand, place, self._drawn(named))

    async def _react(self, errand: Errand, card: Card) -> Sent:
        if self._can(Ability.REACTIONS):
            on = bool(errand.facts.get("on"))
            await self._optional(errand, self._platform.react(errand.place, errand.target, errand.say, on=on))
        return Sent("")

    async def _label(self, errand: Errand, card: Card) -> Sent:
        if self._can(Ability.LABELS):
            await self._optional(errand, self._platform.label(errand.place, errand.say))
        return Sent("")

    async def _title(self, errand: Errand, card: Card) -> Sent:
        if self._can(Ability.TITLES) and errand.place.thread:
            await self._optional(errand, self._platform.rename(errand.place, errand.say))
        return Sent("")

    async def _mark(self, errand: Errand, card: Card) -> Sent:
        if self._can(Ability.MARKS):
            mark = self._platform.mark(errand.place, errand.target, cast(Mark, errand.say))
            await self._optional(errand, mark)
        return Sent("")

    async def _edit(self, errand: Errand, card: Card) -> Sent:
        edited = await self._edited(errand, card, unless="unknown_ability")
        return edited or await self._send(errand, errand.place, card)

    async def _edited(self, errand: Errand, card: Card, *, unless: Literal["gone", "unknown_ability"]) -> Sent | None:
        """Edits the target. None where words must be sent anew; what else is refused stays as it was."""
        if not self._can(Ability.EDITS):
            return None
        nonce = self.nonce(errand)
        try:
            parts = await self._at(errand.place, lambda to: self._platform.edit(to, errand.parts, card, nonce))
        except Hopeless as error:
            if error.kind in (unless, "unknown_ability"):
                return None
            log.debug("relay.edit_refused", connection=errand.place.connection, why=str(error))
            return Sent("")
        return Sent("", parts=parts if parts != errand.parts else ())

    async def _delete(self, errand: Errand, card: Card) -> Sent:
        """Taken back; where that is refused, the words are replaced by one that they were deleted."""
        if self._can(Ability.DELETES):
            gone = await self._optional(errand, self._platform.delete(errand.place, errand.parts))
            if gone:
                return Sent("")
        return await self._edited(errand, card, unless="unknown_ability") or Sent("")

    # Calls

    def _can(self, ability: Ability) -> bool:
        return ability in self._platform.abilities

    async def _optional(self, errand: Errand, call: Awaitable[None]) -> bool:
        """A call that may be refused without harm; false where it was."""
        try:
            await self._call(call)
        except Hopeless as error:
            log.debug("relay.optional_refused", connection=errand.place.connection, what=errand.kind, why=str(error))
            return False
        return True

    async def _at(self, place: Place, call: Callable[[Place], Awaitable[T]], more: float = 0.0) -> T:
        """A call in a room, and again in the room that it has become; it may take `more` seconds than others."""
        try:
            return await self._call(call(place), more)
        except Moved as moved:
            log.info("relay.room_moved", connection=place.connection, old=place.room, new=moved.room)
            await self._desk.moved(place.connection, place.room, moved.room)
            return await self._call(call(replace(place, room=moved.room)), more)

    async def _call(self, call: Awaitable[T], more: float = 0.0) -> T:
        """Any call to the platform: bounded in time, and raising SendError's branches only."""
        seconds = self._seconds + more
        try:
            async with asyncio.timeout(seconds):
                return await call
        except SendError:
            raise
        except TimeoutError:
            raise Ambiguous(f"There was no answer within {seconds:.0f} seconds.") from None
        except Exception as error:  # an error's text may hold addresses with tokens in them
            log.error("relay.platform_failed", platform=self._platform.name, error=type(error).__name__)
            raise Ambiguous(f"Something unexpected happened while sending ({type(error).__name__}).") from None
