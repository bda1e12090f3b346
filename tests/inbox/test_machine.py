"""Agents and requesters act in any order, and the relay beside them: what must hold holds after every deed.

Nothing that is meant for colleagues is ever handed out for the requester, no two hold a ticket, and nobody's words
are lost: each is waiting, held, sent, failed, unknown or noted, and given up by its author only.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.engine import make_url

from bots.cards import draw
from inbox.desk import alarms, changes, claims, delivery, direct, intake, lifecycle, replies
from inbox.desk.errand import Errand
from inbox.desk.microphone import Hold, holder_at
from inbox.directory import DM, Directory, RoomRef
from inbox.errors import DeskError
from inbox.model import Account, Deleted, Edited, Place, Said
from inbox.store import Tx, people, threads, tickets
from inbox.store.engine import connect
from inbox.store.tables import alarm, hold, message, outbox, thread, ticket
from tests.house import MONDAY, sample_directory

ASKERS, AGENTS = ("Anna", "Erik"), ("Omar", "Lisa", "Maja")
INSIDE = ("note: secret", "!secret", "🔒 secret", "/secret")
MOVES = (
    claims.claim,
    claims.release,
    claims.take_over,
    lifecycle.pend,
    lifecycle.hold,
    lifecycle.resolve,
    lifecycle.reopen,
    lifecycle.close,
)
DECISIONS = (
    replies.send_held,
    replies.take_and_send,
    replies.claim_and_send,
    replies.keep_as_note,
    replies.discard,
    replies.undo,
    delivery.retry_message,
)
CONFIRMS = (replies.send_held, replies.take_and_send, replies.claim_and_send, delivery.retry_message)
OUTCOMES = ("retry", "doubt", "unknown", "parked", "forgotten", "")  # "" leaves it on its way for now
# by themselves, without their author, words may only move like this
OPEN_STATES = ("held", "noted", "waiting", "failed", "unknown")
UNASKED = {("waiting", "sent"), ("waiting", "held"), ("waiting", "failed"), ("waiting", "unknown")}

numbers = st.integers(0, 1000)  # which of those that there are: counted around
names = st.sampled_from(AGENTS)
outcomes = st.sampled_from(("sent",) * 8 + OUTCOMES)
beginnings = st.sampled_from(("no", "partly", "yes", "sent"))
thoughts = st.sampled_from(("", "delete", "undo", *INSIDE))
marks = st.just("") | st.sampled_from(INSIDE)


def structure() -> Directory:
    """The sample desk, with a private queue beside IT's in the direct messages, so that people are asked."""
    queues = dict(sample_directory().desk.queues)
    queues["payroll"] = replace(queues["payroll"], intake=(RoomRef("acme", DM),))
    return sample_directory(queues=queues)


class Books:
    """A database, and its people: deeds are done one after the other, each in a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self.connection = engine.connect()
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.directory, self.now, self.runs = structure(), MONDAY, count(1)
        self.agents = {name: self.person(Account("acme", f"U-{name.upper()}", name)) for name in AGENTS}
        roles = {id_: "lead" if name == "Maja" else "agent" for name, id_ in self.agents.items()}
        self.do(lambda tx, now: people.set_members(tx, "it", roles))
        self.do(lambda tx, now: people.set_members(tx, "payroll", {self.agents["Lisa"]: "agent"}))

    def person(self, account: Account) -> int:
        return int(self.do(lambda tx, now: people.identify(tx, now, account))[0].id)

    def do(self, verb: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """What the verb gives, or the refusal that it raises."""
        with self._transaction() as end:
            try:
                return verb(Tx(self.connection, self.directory), self.now, *args, **more)
            except DeskError as refusal:
                end(keep=refusal.keeps)
                return refusal

    @contextmanager
    def _transaction(self) -> Iterator[Callable[..., None]]:
        kept = True

        def end(*, keep: bool) -> None:
            nonlocal kept
            kept = keep

        if self.is_sqlite:
            self.connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield end
        except BaseException:
            kept = False
            raise
        finally:
            if self.is_sqlite:
                self.connection.exec_driver_sql("COMMIT" if kept else "ROLLBACK")
            else:
                (self.connection.commit if kept else self.connection.rollback)()


class Desk(RuleBasedStateMachine):
    """One morning at the desk."""

    def __init__(self, books: Books) -> None:
        super().__init__()
        self.books, self.run = books, next(books.runs)
        books.now = MONDAY  # a morning that is lived again goes the same way
        self.words, self.versions = count(1), count(1)
        self.askers = {name: Account("acme", f"U-{name}-{self.run}", name) for name in ASKERS}
        self.ids = {name: books.person(account) for name, account in self.askers.items()}
        self.tickets: list[int] = []
        self.said: list[tuple[Said, bool]] = []  # and whether it was said among colleagues
        self.errands: list[Errand] = []
        self.leased: list[Errand] = []
        self.decided: set[int] = set()  # words whose author did something to them in this deed
        self.confirmed: set[int] = set()  # words that their author sent by a deed of their own
        self.revealed: set[int] = set()  # words that were meant for colleagues until their author sent them
        self.states: dict[int, str] = {}
        self.fences: dict[int, int] = {}
        self.holders: dict[int, int | None] = {}

    # Who there is

    def one(self, among: Sequence[Any], n: int) -> Any:
        return among[n % len(among)] if among else None

    def text(self) -> str:
        return f"word{next(self.words)}"

    def saying(self, who: Account, text: str, room: str, thread_id: str = "", back: float = 0, **more: Any) -> Said:
        message_id = f"r{self.run}-{next(self.words)}"
        place, at = Place("acme", room, thread_id), self.books.now - timedelta(seconds=back)
        opens = "" if thread_id or more.get("direct") else message_id
        return Said(place, message_id, who, text, at, opens=opens, **more)

    def held(self, n: int) -> tuple[int, str]:
        """A ticket that somebody holds and who, (0, "") for none."""
        who = {self.id(name): name for name in AGENTS}
        found: tuple[int, str] | None = self.one([(t, who[id_]) for t, id_ in self.holders.items() if id_], n)
        return found or (0, "")

    def id(self, name: str) -> int:
        return self.books.agents[name]

    def agent(self, name: str) -> Account:
        return Account("acme", f"U-{name.upper()}", name)

    def at_desk(self, name: str, number: int, text: str, back: float = 0, **more: Any) -> Said:
        room = self.thread(number, "desk").room
        return self.saying(self.agent(name), text, room, f"card-{number}", back, **more)

    def receive(self, said: Said, *, inside: bool = False) -> None:
        received = self.books.do(intake.receive, said)
        self.said.append((said, inside))
        if received.ticket and received.ticket not in self.tickets:
            self.opened(received.ticket)

    def opened(self, number: int) -> None:
        self.tickets.append(number)
        found = self.books.do(lambda tx, now: threads.desk(tx, number))
        card = f"card-{number}"
        self.books.do(lambda tx, now: threads.change(tx, found.id, external_id=card, root=card, card_id=card))

    def thread(self, number: int, side: str) -> Any:
        query = select(thread).where(thread.c.ticket == number, thread.c.side == side).order_by(thread.c.id.desc())
        return self.books.do(lambda tx, now: tx.run(query).first())

    def message_of(self, said: Said) -> Any:
        query = select(message.c.id, message.c.author_id).where(message.c.external_id == said.message_id)
        return self.books.do(lambda tx, now: tx.run(query).first())

    # Requesters

    @initialize(claimed=st.booleans())
    def begins(self, claimed: bool) -> None:
        self.asks("Anna", False)
        self.the_relay_works("sent")
        if claimed:
            self.moves(0, "Omar", claims.claim)

    @precondition(lambda self: len(self.tickets) < 3)
    @rule(name=st.sampled_from(ASKERS), burst=st.booleans())
    def asks(self, name: str, burst: bool) -> None:
        self.books.now += timedelta(seconds=1 if burst else 130)
        self.receive(self.saying(self.askers[name], self.text(), "C-HELP"))

    @rule(n=numbers, name=st.sampled_from(ASKERS), thanks=st.booleans())
    def goes_on(self, n: int, name: str, thanks: bool) -> None:
        """The requester, or somebody else, writes in a ticket's thread."""
        number = self.one(self.tickets, n)
        home = self.thread(number, "home") if number else None
        if home and home.external_id:
            self.receive(
                self.saying(self.askers[name], "Thanks!" if thanks else self.text(), "C-HELP", home.external_id)
            )

    @precondition(lambda self: len(self.tickets) < 3)
    @rule(name=st.sampled_from(ASKERS))
    def writes_directly(self, name: str) -> None:
        self.receive(self.saying(self.askers[name], self.text(), f"D-{name}-{self.run}", direct=True))

    @rule(name=st.sampled_from(ASKERS), n=st.none() | numbers, queue=st.sampled_from(("it", "payroll")))
    def says_where_it_belongs(self, name: str, n: int | None, queue: str) -> None:
        same = self.one(self.tickets, n) if n is not None else None
        received = self.books.do(direct.decide, self.ids[name], same=same, queue_key=queue)
        if received.ticket and received.ticket not in self.tickets:
            self.opened(received.ticket)

    # Agents

    @rule(n=numbers, name=names, marked=marks, back=st.sampled_from((0, 0, 0, 2, 60, 200)))
    def says(self, n: int, name: str, marked: str, back: float) -> None:
        """In a ticket's desk thread; the platform may tell of it late."""
        number = self.one(self.tickets, n)
        if number:
            self.receive(self.at_desk(name, number, marked or self.text(), back), inside=True)

    @rule(n=numbers, marked=marks, back=st.sampled_from((0, 0, 0, 2)), then=st.sampled_from((0, 1, 6)))
    def the_holder_says(self, n: int, marked: str, back: float, then: float) -> None:
        """Whoever holds a ticket speaks; sometimes the undo window passes before anything else happens."""
        number, holder = self.held(n)
        if number:
            self.receive(self.at_desk(holder, number, marked or self.text(), back), inside=True)
            self.books.now += timedelta(seconds=then)

    @rule(n=numbers, how=st.sampled_from(("taken", "released", "assigned")), late=st.booleans())
    def is_overtaken(self, n: int, how: str, late: bool) -> None:
        """Somebody else gets the ticket while the holder's words are under way, to the bot or to the requester."""
        number, holder = self.held(n)
        if not number:
            return
        said, other = self.at_desk(holder, number, self.text()), AGENTS[AGENTS.index(holder) - 1]
        if not late:
            self.receive(said, inside=True)
        self.books.now += timedelta(seconds=7)
        if how == "taken":
            self.books.do(claims.take_over, number, self.id(other))
        elif how == "released":
            self.books.do(claims.release, number, self.id(holder))
        else:
            self.books.do(claims.assign, number, self.id("Maja"), self.id(other))
        if late:
            self.receive(said, inside=True)
        self.books.now += timedelta(seconds=7)
        self.the_relay_works("sent")

    @rule(n=numbers, name=names, outcome=outcomes)
    def takes_and_answers(self, n: int, name: str, outcome: str) -> None:
        """What agents do most: somebody takes a ticket, answers, and the answer goes out."""
        self.moves(n, name, claims.claim)
        self.the_holder_says(n, "", 0, 6)
        self.the_relay_works(outcome)

    @rule(n=numbers, by=st.sampled_from(("thread", "command")), begun=beginnings, thought=thoughts)
    def has_second_thoughts(self, n: int, by: str, begun: str, thought: str) -> None:
        """The holder speaks and changes, deletes or undoes it: before it goes out, while it does, or afterwards."""
        number, holder = self.held(n)
        if not number:
            return
        said = self.at_desk(holder, number, self.text())
        if by == "thread":
            self.receive(said, inside=True)
            found = self.message_of(said)
        else:
            found = self.books.do(replies.reply, number, self.id(holder), self.text())
        message_id = getattr(found, "message_id", 0) or getattr(found, "id", 0)
        if begun != "no":
            self.books.now += timedelta(seconds=6)
            self.the_relay_works("sent" if begun == "sent" else "")
        if begun == "partly":  # the colleagues' room is slow
            for errand in [e for e in self.errands if e.side == "desk"]:
                self.errands.remove(errand)
                self.carry(errand, "retry")
        if thought == "undo" or by == "command":
            self.decide(replies.undo, message_id, self.id(holder))
        else:
            deleted = Deleted(said.place, said.message_id, self.books.now)
            self.change(said, deleted if thought == "delete" else self.edited(said, thought))
        for errand in self.errands:
            self.carry(errand, "sent")
        self.errands.clear()
        self.the_relay_works("sent")

    @rule(n=numbers, colleague=names)
    def asks_a_colleague(self, n: int, colleague: str) -> None:
        number, holder = self.held(n)
        if number and holder != colleague:
            mentions = (f"U-{colleague.upper()}",)
            self.receive(self.at_desk(holder, number, "secret", mentions=mentions), inside=True)

    @rule(n=numbers, name=names)
    def says_in_the_open(self, n: int, name: str) -> None:
        number = self.one(self.tickets, n)
        home = self.thread(number, "home") if number else None
        if home and home.external_id:
            self.receive(self.saying(self.agent(name), self.text(), "C-HELP", home.external_id))

    @rule(n=numbers, name=names, seen=st.none() | st.integers(0, 3), note=st.booleans())
    def commands_words(self, n: int, name: str, seen: int | None, note: bool) -> None:
        number = self.one(self.tickets, n)
        if number is None:
            return
        verb = replies.note if note else replies.reply
        more = {} if note or seen is None else {"fence": seen}
        written = self.books.do(verb, number, self.id(name), "secret" if note else self.text(), **more)
        if isinstance(written, replies.Written) and written.verdict == "reply":
            self.confirmed.add(written.message_id)

    @rule(n=numbers, name=names, move=st.sampled_from(MOVES))
    def moves(self, n: int, name: str, move: Callable[..., Any]) -> None:
        number = self.one(self.tickets, n)
        if number:
            self.books.do(move, number, self.id(name))

    @rule(n=numbers, by=names, to=names)
    def assigns(self, n: int, by: str, to: str) -> None:
        number = self.one(self.tickets, n)
        if number:
            self.books.do(claims.assign, number, self.id(by), self.id(to))

    @rule(n=numbers, name=names, hours=st.integers(1, 30))
    def snoozes(self, n: int, name: str, hours: int) -> None:
        number, until = self.one(self.tickets, n), self.books.now + timedelta(hours=hours)
        if number:
            self.books.do(lifecycle.snooze, number, self.id(name), until)

    @rule(n=numbers, own=st.booleans(), name=names, decision=st.sampled_from(DECISIONS))
    def decides(self, n: int, own: bool, name: str, decision: Callable[..., Any]) -> None:
        """A button under words: of the author's, or somebody else presses it."""
        chosen = self.one([id_ for id_, state in self.states.items() if state in OPEN_STATES], n)
        if chosen is None:
            return
        query = select(message.c.author_id, message.c.text).where(message.c.id == chosen)
        author, text = self.books.do(lambda tx, now: tx.run(query).one())
        by = author if own else self.id(name)
        if self.decide(decision, chosen, by) and decision in CONFIRMS and "secret" in text:
            self.revealed.add(chosen)

    def decide(self, decision: Callable[..., Any], message_id: int, by: int) -> bool:
        """Somebody presses a button; true where that did something."""
        if isinstance(self.books.do(decision, message_id, by), DeskError):
            return False
        self.decided.add(message_id)
        assert decision is not replies.undo or self.at_home(message_id) <= {"cancelled"}
        self.confirmed |= {message_id} if decision in CONFIRMS else set()
        return True

    @property
    def outgoing(self) -> list[Any]:
        """What carries words anywhere: (message, kind, state, side)."""
        rows = select(outbox.c.message_id, outbox.c.kind, outbox.c.state, thread.c.side)
        rows = rows.outerjoin(thread, thread.c.id == outbox.c.thread_id)
        rows = rows.where(outbox.c.ticket.in_(self.tickets), outbox.c.message_id.is_not(None))
        return list(self.books.do(lambda tx, now: tx.run(rows).all()))

    def at_home(self, message_id: int) -> set[str]:
        """What became of the attempts to bring a message to the requester."""
        return {row.state for row in self.outgoing if (row[0], row.kind, row.side) == (message_id, "message", "home")}

    # Changes and repetitions

    @rule(n=numbers, inside=marks, back=st.sampled_from((0, 0, 30)))
    def edits(self, n: int, inside: str, back: float) -> None:
        chosen = self.one(self.said[-4:], n)
        if chosen:
            self.change(chosen[0], self.edited(chosen[0], inside if chosen[1] else "", back))

    @rule(n=numbers)
    def deletes(self, n: int) -> None:
        chosen = self.one(self.said[-4:], n)
        if chosen:
            self.change(chosen[0], Deleted(chosen[0].place, chosen[0].message_id, self.books.now))

    def edited(self, said: Said, inside: str, back: float = 0) -> Edited:
        at = self.books.now - timedelta(seconds=back)
        return Edited(said.place, said.message_id, inside or self.text(), at, str(next(self.versions)))

    def change(self, said: Said, change: Edited | Deleted) -> None:
        self.books.do(changes.edit if isinstance(change, Edited) else changes.delete, change)
        found = self.message_of(said)
        if found:
            self.decided.add(found.id)

    @rule(n=numbers, name=names, inside=marks, gone=st.booleans())
    def is_told_backwards(self, n: int, name: str, inside: str, gone: bool) -> None:
        """The change of an agent's words comes before the words."""
        number = self.one(self.tickets, n)
        if number:
            said = self.at_desk(name, number, self.text())
            deleted = Deleted(said.place, said.message_id, self.books.now)
            self.change(said, deleted if gone else self.edited(said, inside))
            self.receive(said, inside=True)
            self.decided.add(self.message_of(said).id)

    @rule(n=numbers)
    def is_told_again(self, n: int) -> None:
        chosen = self.one(self.said, n)
        if chosen:
            assert self.books.do(intake.receive, chosen[0]).outcome == "again"

    # Time, alarms and the relay

    @rule(seconds=st.sampled_from((0.5, 1, 3, 6, 130, 4000, 90_000)))
    def waits(self, seconds: float) -> None:
        self.books.now += timedelta(seconds=seconds)

    @rule()
    def alarms_ring(self) -> None:
        for kind, subject in self.books.do(alarms.due):
            self.books.do(alarms.handle, kind, subject)

    @rule(outcome=outcomes)
    def the_relay_works(self, outcome: str) -> None:
        """What is due is leased, and carried with that outcome."""
        while found := self.books.do(delivery.lease, "acme", "relay", 50, 20.0):
            for errand in found:
                self.begin(errand, outcome)

    @rule()
    def the_relay_waits_for_its_turn(self) -> None:
        self.leased += self.books.do(delivery.lease, "acme", "relay", 50, 20.0)

    @rule(n=numbers, outcome=outcomes)
    def what_was_leased_begins(self, n: int, outcome: str) -> None:
        if self.leased:
            self.begin(self.leased.pop(n % len(self.leased)), outcome)

    @rule()
    def the_relay_starts_anew(self) -> None:
        self.books.do(delivery.take_back, "another relay")

    def begin(self, leased: Errand, outcome: str) -> None:
        if errand := self.books.do(delivery.begin, leased, 20.0):
            self.look_at(errand)
            if outcome:
                self.carry(errand, outcome)
            else:
                self.errands.append(errand)

    @rule(n=numbers, outcome=outcomes.filter(bool))
    def what_was_on_its_way_arrives(self, n: int, outcome: str) -> None:
        if self.errands:
            self.carry(self.errands.pop(n % len(self.errands)), outcome)

    def carry(self, errand: Errand, outcome: str) -> None:
        key, later = (errand.id, errand.fence), self.books.now + timedelta(seconds=1)
        shown = errand.message.text if errand.message else ""
        match outcome:
            case "sent":
                posted = f"p{errand.id}" if errand.kind in ("message", "notice", "room", "direct") else ""
                self.books.do(delivery.sent, *key, "", posted, "", shown)
            case "retry" | "doubt":
                self.books.do(getattr(delivery, outcome), *key, later, "Try later.")
            case "unknown":
                self.books.do(delivery.unknown, *key, "The connection broke.")
            case "parked":
                self.books.do(delivery.parked, *key, "It is gone.", "gone")

    # What must hold

    def look_at(self, errand: Errand) -> None:
        """What is handed out for the requester's side."""
        if errand.side != "home" or errand.message is None:
            return
        card, words = draw(errand), errand.message
        assert "secret" not in f"{card.lead} {card.text} {card.quote}" or words.id in self.revealed
        if errand.kind == "delete":
            return
        assert words.kind == "message" and not words.deleted
        if not errand.is_reply or errand.stale:
            return
        number = words.ticket or 0
        found = self.books.do(lambda tx, now: tickets.get(tx, number))
        holds = [Hold(*row) for row in self.books.do(lambda tx, now: tickets.holds(tx, number))]
        assert words.state == "waiting" and words.fence == found.fence
        assert next(hold.person for hold in holds if hold.fence == words.fence) == words.author_id
        if words.id not in self.confirmed:
            held = holder_at(holds, words.written_at)
            assert held and (held.person, held.fence) == (words.author_id, words.fence)

    @invariant()
    def one_holds_it(self) -> None:
        columns = (
            ticket.c.number,
            ticket.c.assignee_id,
            ticket.c.fence,
            ticket.c.status,
            hold.c.fence,
            hold.c.person_id,
        )
        query = select(*columns).outerjoin(hold, hold.c.ticket == ticket.c.number).order_by(hold.c.fence)
        query = query.where(ticket.c.number.in_(self.tickets))
        last = {row[0]: row for row in self.books.do(lambda tx, now: tx.run(query).all())}
        for number, holder, fence, status, at_last, held_last in last.values():
            assert fence >= self.fences.get(number, 0)
            self.fences[number], self.holders[number] = fence, holder
            assert (at_last or 0, held_last) == (fence, holder)
            assert status != "new" or holder is None
            assert status != "open" or holder is not None

    @invariant()
    def no_words_are_lost(self) -> None:
        mine = message.c.external_id.startswith(f"r{self.run}-") | message.c.ticket.in_(self.tickets)
        query = select(message).where(mine).order_by(message.c.id)
        rows, carried = self.books.do(lambda tx, now: tx.run(query).all()), self.outgoing
        on_their_way = {row[0] for row in carried if row.side == "home" and row.state in ("queued", "sending")}
        # a note can have been sent only where its author made a note of it afterwards: then it is taken back
        at_home = {row[0] for row in carried if (row.kind, row.state, row.side) == ("message", "sent", "home")}
        taken_back = {row[0] for row in carried if row.kind == "delete"}
        for row in rows:
            assert row.ticket is not None or row.state in ("undecided", "cancelled")
            assert row.kind == "note" or row.state != "noted"
            if row.kind == "note" and row.id in at_home:
                assert row.id in taken_back
            if row.state == "waiting" and row.deleted_at is None:
                assert row.id in on_their_way
            before = self.states.get(row.id, row.state)
            deleted = row.deleted_at is not None and (before, row.state) == ("waiting", "cancelled")
            decided = row.id in self.decided or row.role != "agent"
            assert before == row.state or decided or deleted or (before, row.state) in UNASKED
            self.states[row.id] = row.state
        self.decided.clear()

    def teardown(self) -> None:
        self.books.do(lambda tx, now: tx.run(update(outbox).values(state="cancelled")))
        self.books.do(lambda tx, now: tx.run(delete(alarm)))


@pytest.fixture
def books(database_url: str) -> Iterator[Books]:
    engine = connect(make_url(database_url))
    books = Books(engine)
    yield books
    books.connection.close()
    engine.dispose()


def play(books: Books, **how: Any) -> None:
    machine: Any = lambda: Desk(books)  # noqa: E731  it is called as the class would be
    settled = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck), **how)
    run_state_machine_as_test(machine, settings=settled)


def test_any_morning_at_the_desk(books: Books) -> None:
    runs = 60 if books.is_sqlite else 25
    play(books, max_examples=runs, stateful_step_count=25, derandomize=True, phases=[Phase.generate])


@pytest.mark.torture
def test_hundreds_of_mornings_at_the_desk(books: Books) -> None:
    play(books, max_examples=500, stateful_step_count=50)
