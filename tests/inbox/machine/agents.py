"""What agents say: among colleagues, in the open, too late, with a mark, and what they change of it afterwards."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from inbox.desk import changes, claims, reactions
from inbox.errors import DeskError
from inbox.model import Deleted, Edited, Place, Reacted, Said
from tests.inbox.machine.base import AGENTS
from tests.inbox.machine.relay import numbers, outcomes
from tests.inbox.machine.requesters import Requesters

INSIDE = ("note: secret", "!secret", "🔒 secret", "/secret", "/clam secret", "Note:secret")
names = st.sampled_from(AGENTS)
marks = st.sampled_from(("", "", *INSIDE))
thoughts = st.sampled_from(("", "delete", "undo", *INSIDE))
beginnings = st.sampled_from(("no", "partly", "yes", "sent"))


class Agents(Requesters):
    """What they say in chats."""

    def at_desk(self, name: str, number: int, text: str, back: float = 0, **more: Any) -> Said | None:
        place = self.desk_place(number)
        return self.saying(self.agent(name, place.connection), text, place, back, **more) if place else None

    def hears(self, said: Said | None, *, late: bool = False) -> None:
        """The desk is told of an agent's words, now or when the platform gets to it."""
        if said and late:
            self.under_way.append((said, True))
        elif said:
            self.receive(said, inside=True)

    @rule(n=numbers, name=names, marked=marks, back=st.sampled_from((0, 0, 0, 2, 60, 200)), late=st.booleans())
    def says(self, n: int, name: str, marked: str, back: float, late: bool) -> None:
        """In a ticket's desk thread."""
        number = self.one(self.tickets, n)
        if number:
            self.hears(self.at_desk(name, number, marked or self.text(), back), late=late)

    @rule(n=numbers, marked=marks, back=st.sampled_from((0, 0, 0, 2)), then=st.sampled_from((0, 1, 6)))
    def the_holder_says(self, n: int, marked: str, back: float, then: float) -> None:
        """Whoever holds a ticket speaks; sometimes the undo window passes before anything else happens."""
        number, holder = self.held_one(n)
        if number:
            self.hears(self.at_desk(holder, number, marked or self.text(), back))
            self.books.now += timedelta(seconds=then)

    @rule(n=numbers)
    def what_was_late_is_told(self, n: int) -> None:
        if self.under_way:
            said, inside = self.under_way.pop(n % len(self.under_way))
            self.receive(said, inside=inside)

    @rule(n=numbers, how=st.sampled_from(("taken", "released", "assigned")), late=st.booleans(), gap=st.booleans())
    def is_overtaken(self, n: int, how: str, late: bool, gap: bool) -> None:
        """Somebody else gets the ticket while the holder's words are under way, to the bot or to the requester."""
        number, holder = self.held_one(n)
        if not number:
            return
        said, other = self.at_desk(holder, number, self.text()), AGENTS[AGENTS.index(holder) - 1]
        if not late:
            self.hears(said)
        self.books.now += timedelta(seconds=7 if gap else 1)
        if how == "taken":
            self.do(claims.take_over, number, self.id(other))
        elif how == "released":
            self.do(claims.release, number, self.id(holder))
        else:
            self.do(claims.assign, number, self.id("Maja"), self.id(other))
        if late:
            self.hears(said)
        self.books.now += timedelta(seconds=7)
        self.the_relay_works("sent")

    @rule(n=numbers, name=names, outcome=outcomes)
    def takes_and_answers(self, n: int, name: str, outcome: str) -> None:
        """What agents do most: somebody takes a ticket, answers, and the answer goes out."""
        self.types(n, name, "claim", "number", 0)
        self.the_holder_says(n, "", 0, 6)
        self.the_relay_works(outcome)

    @rule(n=numbers, by=st.sampled_from(("thread", "command")), begun=beginnings, thought=thoughts)
    def has_second_thoughts(self, n: int, by: str, begun: str, thought: str) -> None:
        """The holder speaks and changes, deletes or undoes it: before it goes out, while it does, or afterwards."""
        number, holder = self.held_one(n)
        said = self.at_desk(holder, number, self.text()) if number else None
        if said is None:
            return
        if by == "thread":
            self.hears(said)
        else:
            self.types(self.tickets.index(number), holder, "reply", "number", 0)
        found = self.message_of(said)
        message_id = found.id if found else self.newest
        if begun != "no":
            self.books.now += timedelta(seconds=6)
            self.the_relay_works("sent" if begun == "sent" else "")
        if begun == "partly":  # the colleagues' room is slow
            for errand in [e for e in self.errands if e.side == "desk"]:
                self.errands.remove(errand)
                self.carry(errand, "retry")
        if thought == "undo" or by == "command":
            self.decide("undo", message_id, holder)
        else:
            deleted = Deleted(said.place, said.message_id, self.books.now)
            self.change(said, deleted if thought == "delete" else self.edited(said, thought))
        while self.errands:
            self.carry(self.errands.pop(), "sent")
        self.the_relay_works("sent")

    def decide(self, what: str, message_id: int, who: str) -> None:
        """A button under words, as `doors` has it."""
        raise NotImplementedError

    @rule(n=numbers, colleague=names)
    def asks_a_colleague(self, n: int, colleague: str) -> None:
        number, holder = self.held_one(n)
        if number and holder != colleague:
            place = self.desk_place(number)
            if place:
                mentions = (self.agent(colleague, place.connection).external_id,)
                self.hears(self.at_desk(holder, number, "secret", mentions=mentions))

    @rule(n=numbers, name=names)
    def says_in_the_open(self, n: int, name: str) -> None:
        number = self.one(self.tickets, n)
        home = self.thread(number, "home") if number else None
        if home and home.external_id and home.connection == "acme" and not home.place.person:
            self.receive(self.saying(self.agent(name, "acme"), self.text(), home.place))

    @rule(n=numbers, name=names, emoji=st.sampled_from(("👍", "👀")), on=st.booleans())
    def marks_a_message(self, n: int, name: str, emoji: str, on: bool) -> None:
        """An agent's small mark on one of the desk's posts, or on what somebody wrote."""
        ours = [(place, room, external) for (place, room, external), (of, _) in self.shown.items() if of]
        theirs = [(said.place.connection, said.place.room, said.message_id) for said, _ in self.said]
        chosen = self.one(ours + theirs, n)
        if chosen and chosen[0] != "community":
            place = Place(chosen[0], chosen[1])
            by = self.agent(name, place.connection)
            reacted = Reacted(place, chosen[2], by, emoji, on, self.books.now)
            self.deed(self.id(name), ("mark",), reactions.react, reacted)
            number = self.shown.get(chosen, (None, ""))[0]
            if emoji == "👀" and on and number:  # on a card it claims
                led = self.rows[number].merged_into
                self.chose_to_speak(number if led is None else led, self.id(name))

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
        verb = changes.edit if isinstance(change, Edited) else changes.delete
        if isinstance(self.do(verb, change), DeskError):
            self.do(verb, change)  # told again
        found = self.message_of(said)
        if found:
            self.decided.add(found.id)

    @rule(n=numbers, name=names, inside=marks, gone=st.booleans())
    def is_told_backwards(self, n: int, name: str, inside: str, gone: bool) -> None:
        """The change of an agent's words comes before the words."""
        number = self.one(self.tickets, n)
        said = self.at_desk(name, number, self.text()) if number else None
        if said:
            deleted = Deleted(said.place, said.message_id, self.books.now)
            self.change(said, deleted if gone else self.edited(said, inside))
            self.receive(said, inside=True)
            found = self.message_of(said)
            self.decided |= {found.id} if found else set()

    @rule(n=numbers)
    def is_told_again(self, n: int) -> None:
        """The same words, told twice: nothing happens."""
        chosen = self.one(self.said, n)
        if chosen:
            before = self.counted()
            self.receive(chosen[0], inside=chosen[1])
            assert self.counted() == before, f"told again, it is something else: {chosen[0]}"
