"""What happened this morning as the machine itself has seen it, and the laws of who may speak.

The machine keeps books of its own, beside the desk's: who held which ticket when, whom the desk let choose to speak,
what every message was when it was last seen. It learns them from the tickets' rows and the event log after each deed.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import func, select

from inbox.desk.errand import Errand
from inbox.errors import DeskError
from inbox.model import Account, Place, Said, Thread
from inbox.store import threads
from inbox.store.tables import event, message, ticket
from tests.inbox.machine.books import Books
from tests.inbox.machine.house import AGENTS, ASKERS, TEAMS, account

# events after which whoever holds the ticket has not chosen to speak, and those by which somebody does
SILENCE = {"assigned", "moved", "reopened", "resolved", "closed", "returned", "released", "unmerged"}
SOLVED = ("resolved", "closed")
SPEAKS = {"claimed", "taken_over"}
ROW = (ticket.c.number, ticket.c.assignee_id, ticket.c.fence, ticket.c.status, ticket.c.queue, ticket.c.merged_into)


class Base(RuleBasedStateMachine):
    """One morning at the desk."""

    def __init__(self, books: Books) -> None:
        super().__init__()
        self.books = books
        books.open()
        self.words, self.versions = count(1), count(1)
        self.person = {id_: name for name, id_ in books.agents.items()}
        self.tickets: list[int] = []
        self.dirty, self.changed = True, set[int]()  # since the laws were last looked at
        self.rows: dict[int, Any] = {}
        self.held: dict[int, list[tuple[datetime, int | None, int]]] = defaultdict(list)  # since, who, fence
        self.speaker: dict[int, int | None] = {}
        self.was_private: set[int] = set()
        self.told = self.newest = 0  # the last event and the last message that were looked at
        self.said: list[tuple[Said, bool]] = []  # and whether it was said among colleagues
        self.under_way: list[tuple[Said, bool]] = []  # what the platforms have not told yet
        self.deeds: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []  # presses, commands and forms, told again
        self.errands: list[Errand] = []
        self.leased: list[Errand] = []
        self.arrived: dict[int, str] = {}  # what stands on a platform, by its errand
        self.shown: dict[tuple[str, str, str], tuple[int | None, str]] = {}  # our posts: whose ticket's, what they say
        self.decided: set[int] = set()  # words whose author did something to them in this deed
        self.confirmed: set[int] = set()  # words that their author sent by a deed of their own
        self.announced: set[str] = set()  # words that an incident's holder said to all of its cases
        self.revealed: set[int] = set()  # words that were meant for colleagues until their author sent them
        self.states: dict[int, str] = {}
        self.written_in: dict[int, int] = {}  # message to the ticket that it was written in
        self.watch()

    def teardown(self) -> None:
        self.books.shut()

    # Deeds

    def do(self, verb: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """A deed is done, and what it changed is taken down."""
        done = self.books.do(verb, *args, **more)
        self.dirty |= not (done is None or done == [] or (isinstance(done, DeskError) and not done.keeps))
        self.watch()
        return done

    def deed(self, by: int, names: Sequence[str], verb: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """An agent's deed: what it may do to a colleague's claim, and whether they chose to speak with it."""
        before = {number: row.assignee_id for number, row in self.rows.items() if row.status not in SOLVED}
        done = self.do(verb, *args, **more)
        if isinstance(done, DeskError):
            return done
        for number, holder in before.items():
            if names[0] not in ("take", "takesend") and holder not in (None, by) and not self.leads(by, number):
                assert self.holder(number) == holder, f"{names} by {by} took #{number} from {holder}"
        return done

    def holder(self, number: int) -> int | None:
        """Who holds a ticket, or the one that it was merged into."""
        row = self.rows[number]
        return self.rows[row.merged_into or number].assignee_id

    def leads(self, by: int, number: int) -> bool:
        return TEAMS[self.rows[number].queue].get(self.person.get(by, "")) == "lead"

    def look(self, query: Callable[..., Any], *args: Any) -> Any:
        return self.books.look(query, *args)

    def all(self, statement: Any) -> Sequence[Any]:
        found: Sequence[Any] = self.look(lambda tx: tx.run(statement).all())
        return found

    # Taking down

    def watch(self) -> None:
        """Who holds what, and who may speak, after a deed."""
        touched, self.books.touched = self.books.touched, set()
        self.changed |= touched
        rows = select(*ROW).where(ticket.c.number.in_(touched)).order_by(ticket.c.number)
        for row in self.all(rows) if touched else ():
            self._seen(row)
        for number, kind, actor, id_ in self._news():
            self.told = id_
            if kind in SILENCE:
                self.speaker[number] = None
            elif kind in SPEAKS:
                self.speaker[number] = actor

    def _seen(self, row: Any) -> None:
        if row.number not in self.rows:
            self.tickets.append(row.number)
        self.rows[row.number] = row
        if row.queue == "payroll":
            self.was_private.add(row.number)
        held = self.held[row.number]
        if not held or held[-1][1:] != (row.assignee_id, row.fence):
            assert not held or row.fence > held[-1][2], f"#{row.number}: the fence is {row.fence} after {held[-1]}"
            held.append((self.books.now, row.assignee_id, row.fence))

    def _news(self) -> Sequence[Any]:
        kinds = event.c.kind.in_(SILENCE | SPEAKS)
        query = select(event.c.ticket, event.c.kind, event.c.actor, event.c.id).where(event.c.id > self.told, kinds)
        return self.all(query.order_by(event.c.id))

    def chose_to_speak(self, number: int, agent: int) -> None:
        if self.rows[number].assignee_id == agent and self.rows[number].status not in SOLVED:
            self.speaker[number] = agent

    def may_have_held(self, number: int, at: datetime) -> set[int | None]:
        """Who held a ticket at that time; more than one where it changed hands at that very instant."""
        held = self.held[number]
        ends = [since for since, _, _ in held[1:]]
        return {who for (since, who, _), end in zip(held, [*ends, None], strict=True) if since <= at and _by(at, end)}

    # Who and what there is

    def one(self, among: Sequence[Any], n: int) -> Any:
        return among[n % len(among)] if among else None

    def text(self) -> str:
        return f"word{next(self.words)}"

    def id(self, name: str) -> int:
        return self.books.agents[name]

    def held_one(self, n: int) -> tuple[int, str]:
        """A ticket that somebody holds and who, (0, "") for none."""
        found = [(t, self.person[row.assignee_id]) for t, row in self.rows.items() if row.assignee_id]
        chosen: tuple[int, str] | None = self.one(found, n)
        return chosen or (0, "")

    def asker(self, number: int) -> tuple[str, str]:
        """Whose ticket it is, as who they are where."""
        query = select(ticket.c.requester_id).where(ticket.c.number == number)
        (who,) = self.all(query)[0]
        return next(found for found in ASKERS if self.books.askers[found] == who)

    def thread(self, number: int, side: str) -> Thread | None:
        """The ticket's newest thread on a side."""
        found = [one for one in self.look(threads.of_ticket, number) if one.side == side]
        return found[-1] if found else None

    def desk_place(self, number: int) -> Place | None:
        """Where colleagues talk of a ticket; None while its card is not there."""
        found = self.thread(number, "desk")
        return found.place if found and found.external_id else None

    def agent(self, name: str, connection: str) -> Account:
        return account(name, connection)

    def saying(self, who: Account, text: str, place: Place, back: float = 0, **more: Any) -> Said:
        message_id = f"m{next(self.words)}"
        opens = "" if place.thread or more.get("direct") else message_id
        at = self.books.now - timedelta(seconds=back)
        more.setdefault("retractable", who.connection != "shop")
        return Said(place, message_id, who, text, at, opens=opens, **more)

    def message_of(self, said: Said) -> Any:
        columns = (message.c.id, message.c.author_id, message.c.ticket, message.c.state, message.c.kind)
        found = self.all(select(*columns).where(message.c.external_id == said.message_id))
        return found[0] if found else None

    def new_words(self) -> Sequence[Any]:
        """The messages that were not there when this was last asked."""
        columns = (message.c.id, message.c.author_id, message.c.kind, message.c.state, message.c.ticket, message.c.text)
        found = self.all(select(*columns, message.c.role).where(message.c.id > self.newest).order_by(message.c.id))
        self.newest = max((row.id for row in found), default=self.newest)
        return found

    def counted(self) -> tuple[int, ...]:
        """How much there is of all that a deed leaves behind."""
        of_message, of_event = select(func.count(message.c.id)), select(func.count(event.c.id))
        fences = select(func.sum(ticket.c.fence), func.count(ticket.c.number))
        return (self.all(of_message)[0][0], self.all(of_event)[0][0], *self.all(fences)[0])


def _by(at: datetime, end: datetime | None) -> bool:
    return end is None or at <= end


__all__ = ["AGENTS", "Base"]
