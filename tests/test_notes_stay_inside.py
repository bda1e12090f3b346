"""A note reaches the requester by no road: by no mark, author, edit, survey, card, look or follow-up.

Everything internal that is written here has one word in it. At the end nobody reads that word but the desk.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.front import FrontDoor
from bots.port import Answer, Command, Filled, Press
from inbox.desk import claims, replies, signin
from inbox.desk import surveys as asking
from inbox.model import Account, Deleted, Edited, Place
from inbox.store import messages, surveys, threads
from tests.bots.memory_platform import Posted
from tests.bots.office import Office, once
from tests.house import House
from tests.inbox.web.visitor import Inbox

INNER = "PSST"
DESK = Place("acme", "C-DESK")

pytestmark = once


class Scene:
    """A ticket of Erik's in Telegram, answered from Slack, and everything that people do around it."""

    def __init__(self, office: Office) -> None:
        self.office, self.house, self.desk = office, office.house, office.house.desk
        self.front = FrontDoor(self.desk, self._link, self._nobody, self._nobody)
        self.erik = self.house.account("Erik", "shop")
        self._nth = 0

    async def _link(self, person: int) -> str:
        raise AssertionError("nobody asked for a link")

    async def _nobody(self, connection: str) -> None:
        """Nobody's memberships change here."""

    async def open(self) -> None:
        self.relay = await self.office.open()
        await self.asks("Where is my parcel?")
        self.number = 1
        found = await self.desk.look(threads.desk, self.number)
        assert found is not None
        self.thread = found.root or found.external_id or ""
        await self.press("Omar", f"claim:{self.number}")

    # deeds

    async def asks(self, text: str) -> None:
        await self.front.said(self.house.said("Erik", text, "E-DM", connection="shop", direct=True))
        await self.pass_by()

    async def writes(self, who: str, text: str, **more: Any) -> str:
        """Somebody writes in the ticket's desk thread; returns the message's id."""
        said = self.house.said(who, text, "C-DESK", thread=self.thread, **more)
        await self.front.said(said)
        self.house.clock.advance(1)
        return said.message_id

    async def edits(self, message_id: str, text: str) -> None:
        self.house.clock.advance(1)
        place = Place("acme", "C-DESK", self.thread)
        await self.front.edited(Edited(place, message_id, text, self.house.clock.now, f"{self._next()}"))

    async def deletes(self, message_id: str) -> None:
        self.house.clock.advance(1)
        await self.front.deleted(Deleted(Place("acme", "C-DESK", self.thread), message_id, self.house.clock.now))

    async def press(self, who: str, action: str) -> Answer:
        return await self.front.pressed(Press(f"acme/p/{self._next()}", DESK, self.house.account(who), action))

    async def type(self, by: Account, words: str) -> Answer:
        return await self.front.commanded(Command(f"acme/c/{self._next()}", DESK, by, words))

    async def message(self, external_id: str) -> int:
        found = await self.desk.look(messages.by_external, "acme", "C-DESK", external_id)
        assert found is not None
        return found.id

    async def pass_by(self, hours: float = 0) -> None:
        """Time for the undo window, and for what is to be said."""
        self.house.clock.advance(10, hours=hours)
        await self.relay.idle()
        self.house.clock.advance(10)
        await self.relay.idle()

    def _next(self) -> int:
        self._nth += 1
        return self._nth

    # what the requester sees

    def outside(self) -> list[Posted]:
        """All that ever stood before the requester's eyes, edits and what was deleted since included."""
        return [post for post in self.office.shop.posted if post.place.room == "E-DM" or post.whose == "T-ERIK"]

    def inside(self) -> list[Posted]:
        return self.office.acme.posted

    async def kept_inside(self) -> None:
        await self.pass_by()
        said = [repr((post.card, post.edits, post.opens)) for post in self.outside()]
        assert said and not any(INNER in text for text in said), said
        shown = await self.type(self.erik, f"show {self.number}")
        assert INNER not in repr(shown)


@pytest.fixture
async def scene(house: House) -> AsyncIterator[Scene]:
    office = Office(house)
    made = Scene(office)
    await made.open()
    yield made
    await office.close()


MARKED = (
    "note: PSST",
    "NOTE:PSST",
    "!PSST",
    " ! PSST",
    "🔒 PSST",
    "\n\nnote: PSST",
    "/PSST",
    "  /note PSST",
    "! \nPSST",
)


async def test_what_is_marked_as_a_note_or_looks_like_a_command(scene: Scene) -> None:
    for text in MARKED:
        await scene.writes("Omar", text)
    await scene.writes("Omar", "PSST, what do you think?", mentions=("U-LISA",))
    asked = await scene.writes("Lisa", "PSST, I think so")
    await scene.writes("Omar", "PSST, thank you", reply_to=asked)
    await scene.kept_inside()


async def test_words_of_whoever_does_not_hold_the_claim(scene: Scene) -> None:
    await scene.writes("Lisa", "PSST, between us")
    await scene.writes("Maja", "PSST, he always asks that")
    await scene.writes("Anna", "PSST, who is no agent at all")
    await scene.press("Omar", f"release:{scene.number}")
    await scene.writes("Omar", "PSST, mine no more")
    await scene.press("Lisa", f"claim:{scene.number}")
    await scene.writes("Omar", "PSST, still not mine")
    await scene.pass_by(hours=1)
    await scene.writes("Omar", "PSST, and long ago")
    await scene.kept_inside()


async def test_notes_by_command_form_and_verb(scene: Scene) -> None:
    omar = scene.house.account("Omar")
    assert not (await scene.type(omar, f"note {scene.number} PSST by command")).refused
    filled = Filled("acme/f/1", DESK, omar, f"note:{scene.number}", {"words": "PSST by form"})
    assert not (await scene.front.filled(filled)).refused
    await scene.desk.do(replies.note, scene.number, scene.house.ids["Lisa"], "PSST from the browser")
    await scene.kept_inside()
    assert sum(INNER in post.text for post in scene.inside()) == 3  # colleagues do read them


async def test_edits_that_make_a_note_of_a_reply(scene: Scene) -> None:
    """Inside the undo window nothing of it went out; after it, what went out is taken back or stays as it was."""
    early = await scene.writes("Omar", "He is on the list")
    await scene.edits(early, "note: PSST he is on the list")
    await scene.pass_by()
    late = await scene.writes("Omar", "It comes on Monday")
    await scene.pass_by()
    assert any("It comes on Monday" in post.text for post in scene.outside())
    await scene.edits(late, "! PSST it never comes")
    await scene.pass_by()
    await scene.edits(late, "PSST without the mark")
    await scene.kept_inside()


async def test_edits_and_deletes_of_notes(scene: Scene) -> None:
    note = await scene.writes("Omar", "note: PSST")
    await scene.edits(note, "PSST, now without its mark")
    aside = await scene.writes("Lisa", "PSST")
    await scene.edits(aside, "PSST, Lisa says more")
    await scene.deletes(aside)
    await scene.kept_inside()


async def test_held_words_that_are_kept_as_a_note(scene: Scene) -> None:
    """The claim moves while Omar writes; what he keeps as a note stays one, edited too."""
    await scene.desk.do(claims.assign, scene.number, scene.house.ids["Omar"], scene.house.ids["Lisa"])
    held = await scene.writes("Lisa", "PSST, hm")
    message = await scene.message(held)
    assert not (await scene.press("Lisa", f"asnote:{message}")).refused
    for action in ("send", "retry", "undo", "takesend"):
        assert (await scene.press("Lisa", f"{action}:{message}")).refused
    await scene.edits(held, "PSST, edited")
    await scene.kept_inside()


async def test_undone_and_deleted_words(scene: Scene) -> None:
    undone = await scene.writes("Omar", "PSST, too quick")
    assert not (await scene.press("Omar", f"undo:{await scene.message(undone)}")).refused
    await scene.edits(undone, "PSST, edited after")
    deleted = await scene.writes("Omar", "PSST, too quick again")
    await scene.deletes(deleted)
    await scene.kept_inside()


async def test_words_after_the_matter_was_solved_and_in_what_follows(scene: Scene) -> None:
    """Resolved, asked how it was, rated low, commented, reopened, closed and followed up."""
    await scene.writes("Omar", "It is at the kiosk")
    await scene.pass_by()
    await scene.writes("Lisa", "note: PSST, again that kiosk")
    await scene.press("Omar", f"resolve:{scene.number}")
    await scene.writes("Omar", "PSST, glad that is over")
    await scene.writes("Lisa", "PSST, me too")
    scene.house.clock.advance(hours=2)
    [asked] = await scene.desk.look(surveys.of_ticket, scene.number)
    await scene.desk.do(asking.tick_survey, asked.id)
    await scene.pass_by()
    rated = Press("shop/r/1", Place("shop", "E-DM"), scene.erik, f"rate:{asked.id}:1")
    assert not (await scene.front.pressed(rated)).refused
    await scene.kept_inside()
    again = Press("shop/r/2", Place("shop", "E-DM"), scene.erik, f"reopen:{scene.number}")
    assert not (await scene.front.pressed(again)).refused
    await scene.writes("Omar", "PSST, first words after a reopening wait")
    await scene.kept_inside()


async def test_in_the_browser_a_requester_reads_nothing(scene: Scene) -> None:
    """A requester has no session, and an agent of another queue no page of it, live or not."""
    await scene.writes("Omar", "note: PSST")
    inbox = Inbox(scene.house)
    try:
        person = scene.house.ids["Erik@shop"]
        token = await scene.desk.do(signin.make, person)
        erik = inbox.stranger()
        assert (await erik.post(f"/signin/{token}")).status_code == 303
        other = await inbox.visitor("Omar@shop")
        for reader in (erik, other):
            for address in (f"/tickets/{scene.number}", f"/live?page=ticket&number={scene.number}"):
                answer = await reader.get(address)
                assert answer.status_code in (401, 404) and INNER not in answer.text
        assert INNER in (await (await inbox.visitor("Lisa")).get(f"/tickets/{scene.number}")).text
    finally:
        await inbox.close()


@pytest.mark.parametrize("seconds", [0, 2, 6, 30])
async def test_a_reply_that_becomes_a_note_at_any_moment(scene: Scene, seconds: int) -> None:
    """The edit comes before the words go out, while they do, and after: its new words go nowhere."""
    words = await scene.writes("Omar", "It is here")
    scene.house.clock.advance(seconds)
    if seconds:
        await scene.relay.idle()
    await scene.edits(words, "🔒 PSST")
    await scene.kept_inside()
