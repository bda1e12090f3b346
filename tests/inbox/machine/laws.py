"""What must hold after every deed."""

from typing import Any

from hypothesis.stateful import invariant
from sqlalchemy import select

from inbox.desk import recount
from inbox.store import promises
from inbox.store.tables import hold, message, outbox, thread, ticket
from tests.inbox.machine.doors import Doors

# by themselves, without their author, words may only move like this
UNASKED = {("waiting", "sent"), ("waiting", "held"), ("waiting", "failed"), ("waiting", "unknown")}


class Morning(Doors):
    """A morning, with its laws."""

    @invariant()
    def the_laws_hold(self) -> None:
        if not self.dirty:
            return
        self.one_holds_it()
        self.what_was_merged_leads_somewhere()
        self.no_words_are_lost()
        self.promises_are_what_the_log_tells()
        self.dirty, self.changed = False, set()

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
        last = {row[0]: row for row in self.all(query)}
        for number, holder, fence, status, at_last, held_last in last.values():
            assert (at_last or 0, held_last) == (fence, holder), f"#{number}: {(at_last, held_last)}, {(fence, holder)}"
            assert status != "new" or holder is None
            assert status != "open" or holder is not None
            assert self.rows[number].assignee_id == holder and self.rows[number].fence == fence

    def what_was_merged_leads_somewhere(self) -> None:
        rows = self.all(select(ticket.c.number, ticket.c.merged_into, ticket.c.status, ticket.c.closed_as))
        into = {row.number: row.merged_into for row in rows}
        for row in rows:
            assert (row.closed_as == "merged") == (row.merged_into is not None)
            if row.merged_into is not None:
                assert row.status == "closed" and into[row.merged_into] is None, f"#{row.number} leads in a circle"
        lost = select(thread.c.ticket).where(thread.c.side == "home")
        for (number,) in self.all(lost):
            assert into[number] is None, f"a home thread leads to #{number}, which was merged"

    def no_words_are_lost(self) -> None:
        rows = self.all(select(message).order_by(message.c.id))
        query = select(outbox.c.message_id, outbox.c.kind, outbox.c.state, thread.c.side)
        query = query.outerjoin(thread, thread.c.id == outbox.c.thread_id).where(outbox.c.message_id.is_not(None))
        carried = self.all(query)
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
                assert row.id in on_their_way, f"{row} waits, and nothing carries it"
            before = self.states.get(row.id, row.state)
            deleted = row.deleted_at is not None and (before, row.state) == ("waiting", "cancelled")
            decided = row.id in self.decided or row.role != "agent"
            assert before == row.state or decided or deleted or (before, row.state) in UNASKED, f"{before}: {row}"
            self.states[row.id] = row.state
            self._stays_where_it_was_written(row)
        self.decided.clear()

    def _stays_where_it_was_written(self, row: Any) -> None:
        """Words that wait for somebody are found where they were written, or where that ticket leads. A note may go
        with a split, and its author may send it from there."""
        if row.state == "noted":
            self.written_in[row.id] = row.ticket
        if row.role == "agent" and row.state in ("held", "failed", "unknown", "waiting"):
            number = self.written_in.setdefault(row.id, row.ticket)
            led = self.rows[number].merged_into
            assert row.ticket == (number if led is None else led), f"{row} was written in #{number}"

    def promises_are_what_the_log_tells(self) -> None:
        for number in sorted(self.changed):
            assert self.look(recount.rebuild, number) == self.look(promises.of_ticket, number), f"#{number}"
