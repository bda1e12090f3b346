"""The relay and the metronome: what is due is said, with every outcome that a send can have, and alarms ring twice."""

import re
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from bots.cards import draw
from inbox.desk import alarms, delivery
from inbox.desk.errand import Errand
from inbox.errors import DeskError
from inbox.store import tickets
from tests.inbox.machine.base import Base
from tests.inbox.machine.house import SHARED, account

CONNECTIONS = ("acme", "community", "shop")
POSTS = ("card", "message", "notice", "room", "direct", "whisper")
# "" leaves it on its way for now; lost: it arrived, and that was never taken down; forgotten: the process died
OUTCOMES = ("retry", "doubt", "unknown", "parked", "forgotten", "lost", "")
WORDS = re.compile(r"word\d+|secret")
numbers = st.integers(0, 1000)  # which of those that there are: counted around
outcomes = st.sampled_from(("sent",) * 8 + OUTCOMES)


class Relay(Base):
    """What goes out."""

    @rule(
        seconds=st.sampled_from((0.5, 1, 3, 6, 6, 130, 4000, 9000, 90_000)), full=st.sampled_from((False, False, True))
    )
    def waits(self, seconds: float, full: bool) -> None:
        """Time passes; where the disk is full, the next transaction fails as it is committed."""
        self.books.now += timedelta(seconds=seconds)
        self.books.fails = full

    @rule(twice=st.booleans())
    def alarms_ring(self, twice: bool) -> None:
        """Two schedulers see the same alarms, and one of them is first."""
        for kind, subject in self.look(lambda tx: alarms.due(tx, self.books.now)):
            rang = self.do(alarms.handle, kind, subject)
            if twice and rang is True:
                before = self.counted()
                if (kind, subject) not in self.look(lambda tx: alarms.due(tx, self.books.now)):
                    assert self.do(alarms.handle, kind, subject) is False
                    assert self.counted() == before

    @rule(outcome=outcomes)
    def the_relay_works(self, outcome: str) -> None:
        """What is due is leased, and carried with that outcome."""
        for connection in CONNECTIONS:
            for _ in range(20):
                found = self.do(delivery.lease, connection, "relay", 50, 20.0)
                if not found or isinstance(found, DeskError):
                    break
                for errand in found:
                    self.begin(errand, outcome)

    @rule()
    def the_relay_waits_for_its_turn(self) -> None:
        for connection in CONNECTIONS:
            found = self.do(delivery.lease, connection, "relay", 50, 20.0)
            self.leased += () if isinstance(found, DeskError) else found

    @rule(n=numbers, outcome=outcomes)
    def what_was_leased_begins(self, n: int, outcome: str) -> None:
        if self.leased:
            self.begin(self.leased.pop(n % len(self.leased)), outcome)

    @rule()
    def the_relay_starts_anew(self) -> None:
        self.do(delivery.take_back, "another relay")

    @rule(n=numbers, outcome=outcomes.filter(bool))
    def what_was_on_its_way_arrives(self, n: int, outcome: str) -> None:
        if self.errands:
            self.carry(self.errands.pop(n % len(self.errands)), outcome)

    def begin(self, leased: Errand, outcome: str) -> None:
        errand = self.do(delivery.begin, leased, 20.0)
        if errand is None or isinstance(errand, DeskError):
            return
        self.look_at(errand)
        if outcome:
            self.carry(errand, outcome)
        else:
            self.errands.append(errand)

    def carry(self, errand: Errand, outcome: str) -> None:
        """What the platform made of it, and what is taken down of that."""
        if errand.id in self.arrived and errand.doubt_since:  # it is looked for there, and found
            outcome = "sent"
        elif errand.stale:
            self.do(delivery.hold, errand.id, errand.fence)
            return
        if outcome in ("sent", "lost", "doubt", "unknown"):
            self._stands(errand)
        key, later = (errand.id, errand.fence), self.books.now + timedelta(seconds=1)
        match outcome:
            case "sent":
                self._taken_down(errand)
            case "retry" | "doubt":
                self.do(getattr(delivery, outcome), *key, later, "Try later.")
            case "unknown":
                self.do(delivery.unknown, *key, "The connection broke.")
            case "parked":
                self.do(delivery.parked, *key, "It is gone.", "gone")

    def _stands(self, errand: Errand) -> None:
        """The platform has it."""
        place = errand.place
        room = f"D-{errand.account}" if errand.kind == "direct" else place.room
        said = (errand.ticket, _drawn(errand))
        if errand.kind in POSTS and not (errand.kind == "card" and errand.target):
            posted = self.arrived.setdefault(errand.id, f"p{errand.id}")
            self.shown[place.connection, room, posted] = said
        elif errand.kind in ("delete", "rewrite", "edit", "card"):
            self.arrived.setdefault(errand.id, "")
            if errand.kind == "delete":
                self.shown.pop((place.connection, room, errand.target), None)
            else:
                self.shown[place.connection, room, errand.target] = said

    def _taken_down(self, errand: Errand) -> None:
        posted = self.arrived.get(errand.id, "")
        room = f"D-{errand.account}" if errand.kind == "direct" else ""
        opened = posted if errand.kind == "card" and posted and not errand.place.thread else ""
        shown = errand.message.text if errand.message else ""
        self.do(delivery.sent, errand.id, errand.fence, room, posted, opened, shown)

    # The laws of what is said

    def look_at(self, errand: Errand) -> None:
        self._nothing_confidential_in_a_shared_room(errand)
        if errand.side != "home" or errand.message is None:
            return
        words = errand.message
        assert "secret" not in _drawn(errand) or words.id in self.revealed, f"a note goes out: {errand}"
        if errand.kind == "delete":
            return
        assert words.kind == "message" and not words.deleted
        if errand.is_reply and not errand.stale:
            self._by_who_holds_it(words)

    def _nothing_confidential_in_a_shared_room(self, errand: Errand) -> None:
        if errand.ticket is None or errand.stale or self.rows[errand.ticket].queue != "payroll":
            return
        shared = errand.kind != "whisper" and (errand.place.connection, errand.place.room) in SHARED
        direct = errand.kind == "direct" and errand.thread_id is None
        strangers = direct and errand.account in (account("Omar").external_id, account("Omar", "shop").external_id)
        own = errand.message is not None and errand.message.id in self.outside
        if (shared and not own) or (strangers and errand.say[:5] not in ("held.", "faile")):  # these quote their own
            assert not WORDS.search(_drawn(errand)), f"confidential words for others: {errand}"

    def _by_who_holds_it(self, words: Any) -> None:
        number = words.ticket or 0
        found = self.look(tickets.get, number)
        announced = words.text in self.announced
        assert words.state == "waiting" and words.fence == found.fence
        assert found.assignee_id == words.author_id or (announced and found.assignee_id is None)
        if words.id in self.confirmed or announced:
            return
        assert found.queue != "payroll", "a chat's words, where only an explicit reply speaks"
        written_in = self.written_in.get(words.id, number)
        assert words.author_id in self.may_have_held(written_in, words.written_at), f"who did not hold it: {words}"

    @property
    def outside(self) -> set[int]:
        """Messages that stand on the requester's side already: a change of them follows them there."""
        return {id_ for id_, state in self.states.items() if state in ("sent", "received")}


def _drawn(errand: Errand) -> str:
    """All that a reader sees of it."""
    if errand.kind in ("mark", "react", "label", "title", "delete"):
        return ""
    card = draw(errand)
    fields = " ".join(f"{name} {value}" for name, value in card.fields)
    return f"{card.title} {card.lead} {card.text} {card.quote} {fields} {card.footer}"
