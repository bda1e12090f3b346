"""What those do who ask: in a room, in direct messages, in Telegram and Discord, again and after all."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from bots import actions
from bots.port import Press
from inbox.desk import direct, intake
from inbox.errors import StoreUnavailable
from inbox.model import Place, Said
from tests.inbox.machine.house import ASKERS, account
from tests.inbox.machine.relay import Relay, numbers

TICKETS = 4  # of one morning: more would only be met less often
who_asks = st.sampled_from((*ASKERS, ASKERS[0], ASKERS[0]))
matters = st.sampled_from(("", "", "", " urgent", " payslip"))
ROOMS = {"acme": "C-HELP", "community": "900", "shop": ""}


class Requesters(Relay):
    """What they do."""

    def receive(self, said: Said, *, inside: bool = False) -> None:
        """Words come in; where the database fails, the platform tells of them again later."""
        received = self.do(intake.receive, said)
        if isinstance(received, StoreUnavailable):
            self.under_way.append((said, inside))
            return
        if said not in [known for known, _ in self.said]:
            self.said.append((said, inside))
        if inside and received.outcome == "desk":
            self._judged(said)

    def _judged(self, said: Said) -> None:
        """What an agent says in a chat goes out only where they hold the ticket and chose to speak."""
        found = self.message_of(said)
        self.written_in.setdefault(found.id, found.ticket)
        if found.state == "waiting":
            row = self.rows[found.ticket]
            assert self.speaker.get(found.ticket) == found.author_id, f"{said} goes out, and nobody chose to speak"
            assert row.assignee_id == found.author_id and row.status not in ("resolved", "closed")
            if row.queue == "games" and self.held[found.ticket][-1][0] == self.books.now:
                self.confirmed.add(found.id)  # there the words themselves claim
            assert found.id in self.confirmed or found.author_id in self.may_have_held(found.ticket, said.at)

    @initialize(claimed=st.booleans())
    def begins(self, claimed: bool) -> None:
        self.asks(("Anna", "acme"), "", burst=False, shown=True)
        if claimed:
            self.types(0, "Omar", "claim", "thread", 0)

    def types(self, n: int, name: str, verb: str, where: str, other: int) -> None:
        """A command, of those in `doors`."""
        raise NotImplementedError

    @precondition(lambda self: len(self.tickets) < TICKETS)
    @rule(who=who_asks, matter=matters, burst=st.booleans(), shown=st.sampled_from((True, True, True, False)))
    def asks(self, who: tuple[str, str], matter: str, burst: bool, shown: bool) -> None:
        """A question, and mostly its card is there before anything else happens."""
        self.books.now += timedelta(seconds=1 if burst else 130)
        name, connection = who
        room = ROOMS[connection]
        place = Place(connection, room or f"T-{name.upper()}")
        self.receive(self.saying(account(*who), self.text() + matter, place, direct=not room))
        if shown:
            self.the_relay_works("sent")

    @rule(n=numbers, other=st.none() | who_asks, thanks=st.booleans())
    def goes_on(self, n: int, other: tuple[str, str] | None, thanks: bool) -> None:
        """The requester, or somebody else, writes in a ticket's thread; whoever has none writes directly."""
        number = self.one(self.tickets, n)
        if number is None:
            return
        home, mine = self.thread(number, "home"), self.asker(number)
        text = "Thanks!" if thanks else self.text()
        if home is None or home.external_id is None:
            return
        if home.external_id and not home.place.person:
            who = other if other and other[1] == home.connection else None
            who = who or (mine if mine[1] == home.connection else None)
            if who:
                self.receive(self.saying(account(*who), text, home.place))
        elif mine[1] == home.connection:
            self.receive(self.saying(account(*mine), text, home.place, direct=True))

    @precondition(lambda self: len(self.tickets) < TICKETS)
    @rule(name=st.sampled_from(("Anna", "Erik")))
    def writes_directly(self, name: str) -> None:
        self.receive(self.saying(account(name), self.text(), Place("acme", f"D-{name}"), direct=True))

    @rule(name=st.sampled_from(("Anna", "Erik")), n=st.none() | numbers, queue=st.sampled_from(("it", "payroll")))
    def says_where_it_belongs(self, name: str, n: int | None, queue: str) -> None:
        same = self.one(self.tickets, n) if n is not None else None
        self.do(direct.decide, self.books.askers[name, "acme"], same=same, queue_key=queue)
        self.the_relay_works("sent")

    @rule(n=numbers, mine=st.booleans())
    def is_not_content(self, n: int, mine: bool) -> None:
        """*Not solved*, pressed by who asked or by somebody else."""
        number = self.one(self.tickets, n)
        if number is None:
            return
        who = self.asker(number) if mine else ASKERS[n % len(ASKERS)]
        press = Press(f"k{next(self.words)}", Place(who[1], "C-HELP"), account(*who), f"reopen:{number}")
        before = self.rows[number].status
        self.do(actions.press, "en", press)
        if who != self.asker(number):
            assert self.rows[number].status == before
