"""What agents type, press and fill in, in either chat; and what the web does, through the verbs with the fence seen."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from bots import actions, commands
from bots.port import Command, Filled, Press
from inbox.errors import BadInput, DeskError
from inbox.model import Place
from inbox.store.tables import message, ticket
from inbox.web import acting
from inbox.web import deeds as web
from tests.inbox.machine.agents import Agents, names
from tests.inbox.machine.base import AGENTS
from tests.inbox.machine.relay import numbers

# what is typed; {n} is the ticket, {m} another one, {who} a colleague, {word} words for the requester
CLAIMS = ("claim {n}", "claim {n}", "take {n}", "release {n}", "assign {n} {who}", "next", "away 2h", "back")
STATUSES = ("pending {n}", "hold {n}", "snooze {n} 2h", "snooze {n} off", "resolve {n}", "reopen {n}", "close {n}")
WRITES = ("reply {n} {word}", "note {n} secret", "canned {n} hello", "clam {n} secret")
SORTS = (
    "move {n} payroll secret",
    "move {n} it secret",
    "move {n} customers secret",
    "move {n} games secret",
    "escalate {n} secret",
    "priority {n} urgent",
    "priority {n} low",
    "subject {n} {word}",
    "tag {n} vip",
    "spam {n}",
)
TOGETHER = (
    "merge {n} {m}",
    "merge {n} {m}",
    "merge {n} undo",
    "split {n}",
    "relate {n} {m}",
    "incident {n} {word}",
    "same {n} {m}",
    "announce {n} {word}",
    "announce {n} {word}",
)
LOOKS = ("queue", "mine", "show {n}", "history {n}", "status {n}", "follow {n}", "me", "help")
TYPED = CLAIMS + STATUSES + WRITES + SORTS + TOGETHER + LOOKS
BY_VERB = {words.split(" ")[0]: words for words in reversed(TYPED)}
PRESSED = (
    "claim",
    "take",
    "release",
    "pending",
    "hold",
    "resolve",
    "reopen",
    "close",
    "spam",
    "show",
    "follow",
    "keep",
)
UNDER_WORDS = ("send", "takesend", "claimsend", "asnote", "discard", "undo", "retry", "resend")
OPEN_STATES = ("held", "failed", "unknown", "waiting", "noted")
# the words that a button is shown under; others press it where it stands no longer
MEANT_FOR = {
    "send": ("held",),
    "takesend": ("held",),
    "claimsend": ("noted",),
    "asnote": ("held", "failed", "unknown"),
    "discard": ("held", "failed", "unknown"),
    "undo": ("waiting",),
    "retry": ("failed", "unknown"),
    "resend": ("failed", "unknown"),
}
# deeds by which whoever does them has chosen to speak, and those whose words are for the requester
CHOOSES = {"claim", "take", "reply", "canned", "cannedsend", "announce", "send", "takesend", "claimsend"}
CONFIRMS = {"send", "takesend", "claimsend", "retry", "resend"}
SPOKEN = {"reply", "canned", "cannedsend", "announce"}
BROWSED = tuple(verb for verb in web.TICKET if verb not in ("reply", "note", "field"))
QUEUES = ("it", "payroll", "customers", "games")
HOLDER = "whoever holds it"
doers = names | st.just(HOLDER)
wheres = st.sampled_from(("number", "number", "thread", "shop"))


class Doors(Agents):
    """What they do with it."""

    def acts(self, name: str, verb: str, of: Callable[..., Any], *deed: Any) -> Any:
        """A deed of an agent's, through a door; told again it does nothing."""
        self.new_words()
        by, done = self.id(name), self.deed(self.id(name), (verb,), of, *deed)
        if isinstance(done, DeskError):
            return done
        if of in (actions.press, actions.command, actions.filled):
            self.deeds.append((of, deed))
        for row in self.new_words():
            self._written(verb, by, row)
        return done

    def _written(self, verb: str, by: int, row: Any) -> None:
        if row.author_id != by:
            return
        self.written_in.setdefault(row.id, row.ticket)
        if verb in SPOKEN and row.kind == "message":
            self.confirmed.add(row.id)
        if verb == "announce":
            self.announced.add(row.text)
        if verb in ("note", "move", "escalate") and row.role == "agent":
            assert row.kind == "note" and row.state == "noted"

    def speaks(self, verb: str, number: int | None, name: str, done: Any) -> None:
        if verb in CHOOSES and number in self.rows and not isinstance(done, DeskError):
            self.chose_to_speak(number, self.id(name))

    def meant(self, n: int, name: str) -> tuple[int, str]:
        """A ticket and somebody who does something with it: whoever is named, or who holds it."""
        if name != HOLDER:
            return self.one(self.tickets, n) or 0, name
        return self.held_one(n)

    @rule(n=numbers, name=doers, words=st.sampled_from(CLAIMS + STATUSES), where=wheres, other=numbers)
    def types_who_and_where(self, n: int, name: str, words: str, where: str, other: int) -> None:
        self.types(n, name, words.split(" ")[0], where, other, words)

    @rule(n=numbers, name=doers, words=st.sampled_from(WRITES + SORTS), where=wheres, other=numbers)
    def types_what(self, n: int, name: str, words: str, where: str, other: int) -> None:
        self.types(n, name, words.split(" ")[0], where, other, words)

    @rule(n=numbers, name=doers, words=st.sampled_from(TOGETHER), where=wheres, other=numbers)
    def types_what_belongs_together(self, n: int, name: str, words: str, where: str, other: int) -> None:
        self.types(n, name, words.split(" ")[0], where, other, words)

    @rule(n=numbers, words=st.sampled_from((*SORTS[:5], "resolve {n}", "close {n}", "release {n}")), where=wheres)
    def does_something_and_talks_on(self, n: int, words: str, where: str) -> None:
        """Who held a ticket, and did something with it, says one more thing in its thread."""
        number, holder = self.held_one(n)
        if number:
            self.types(self.tickets.index(number), holder, words.split(" ")[0], where, 0, words)
            self.books.now += timedelta(seconds=1)
            self.hears(self.at_desk(holder, number, self.text()))

    @rule(n=numbers, name=doers, words=st.sampled_from(LOOKS), where=wheres)
    def types_a_question(self, n: int, name: str, words: str, where: str) -> None:
        """Looking changes nothing but what is looked at."""
        before = self.counted()[2:]
        self.types(n, name, words.split(" ")[0], where, 0, words)
        assert self.counted()[2:] == before

    def another(self, number: int, verb: str, n: int) -> int:
        """Another ticket, which mostly fits: of the same requester, or an incident."""
        query = select(ticket.c.number, ticket.c.requester_id, ticket.c.incident).order_by(ticket.c.number)
        facts = self.all(query)
        asker = {row.number: row.requester_id for row in facts}
        fits = [row.number for row in facts if row.number != number]
        if verb == "merge":
            fits = [other for other in fits if asker[other] == asker[number]] or fits
        elif verb in ("same", "case"):
            fits = [row.number for row in facts if row.incident] or fits
        return self.one(fits, n) or number

    def types(self, n: int, name: str, verb: str, where: str, other: int, words: str = "") -> None:
        """In the ticket's thread, where its number need not be said, or anywhere in the colleagues' rooms."""
        number, name = self.meant(n, name)
        if not number:
            return
        place, inside = Place("acme", "C-DESK"), self.desk_place(number)
        if where == "shop":
            place = Place("shop", "-1001")
        elif where == "thread" and inside:
            place = inside
        if verb == "announce":
            number = self.another(number, "same", other)
        who, m = AGENTS[other % len(AGENTS)], self.another(number, verb, other)
        n_said = "" if place == inside else number
        said = (words or BY_VERB[verb]).format(n=n_said, m=m, who=who, word=self.text())
        try:
            asked = commands.parse(re.sub(" +", " ", said))
        except BadInput:
            assert verb == "clam", said
            return
        typed = Command(f"k{next(self.words)}", place, self.agent(name, place.connection), said)
        done = self.acts(name, verb, actions.command, "en", typed, asked)
        self.speaks(verb, self.survivor(number), name, done)

    def survivor(self, number: int) -> int:
        into: int | None = self.rows[number].merged_into
        return number if into is None else into

    @rule(n=numbers, name=doers, verb=st.sampled_from(PRESSED), where=wheres)
    def presses(self, n: int, name: str, verb: str, where: str) -> None:
        """A button of a card, which may show a ticket as it was long ago."""
        number, name = self.meant(n, name)
        if number:
            press = self.press(name, f"{verb}:{number}", "shop" if where == "shop" else "acme")
            done = self.acts(name, verb, actions.press, "en", press)
            self.speaks(verb, self.survivor(number), name, done)

    def press(self, name: str, action: str, connection: str) -> Press:
        room = "-1001" if connection == "shop" else "C-DESK"
        return Press(f"k{next(self.words)}", Place(connection, room), self.agent(name, connection), action)

    @rule(n=numbers, name=doers, what=st.sampled_from(("giveback", "cannedsend", "case", "relate")), other=numbers)
    def presses_something_else(self, n: int, name: str, what: str, other: int) -> None:
        number, name = self.meant(n, name)
        if number:
            m = self.another(number, what, other)
            action = {"giveback": what, "cannedsend": f"{what}:{number}:hello"}.get(what, f"{what}:{m}:{number}")
            done = self.acts(name, what, actions.press, "en", self.press(name, action, "acme"))
            self.speaks(what, number, name, done)

    @rule(n=numbers, name=doers, note=st.booleans())
    def fills_in_a_form(self, n: int, name: str, note: bool) -> None:
        number, name = self.meant(n, name)
        if number:
            values = {"words": "secret" if note else self.text()}
            verb, place = ("note" if note else "reply"), Place("acme", "C-DESK")
            form = Filled(f"k{next(self.words)}", place, self.agent(name, "acme"), f"{verb}:{number}", values)
            done = self.acts(name, verb, actions.filled, "en", form)
            self.speaks(verb, number, name, done)

    @rule(n=numbers, name=doers, seen=st.none() | st.integers(0, 3), note=st.booleans(), twice=st.booleans())
    def writes_in_the_web(self, n: int, name: str, seen: int | None, note: bool, twice: bool) -> None:
        """With the fence that the page showed; the browser may send its form twice."""
        number, name = self.meant(n, name)
        if not number:
            return
        verb, key = ("note" if note else "reply"), f"once{next(self.words)}"
        form = {"words": "secret" if note else self.text(), "once": key}
        form |= {"fence": str(self.rows[number].fence - seen)} if seen is not None else {}
        done = self.browses(name, verb, number, **form)
        if isinstance(done, DeskError):
            return
        if done.did == "reply":
            assert seen in (None, 0), "what was written under another claim went out"
            self.speaks(verb, number, name, done)
        before = self.counted()
        if twice and not isinstance(self.browses(name, verb, number, **form), DeskError):
            assert self.counted() == before, "a form that was sent twice said it twice"

    @rule(n=numbers, name=doers, what=st.sampled_from(BROWSED), other=numbers)
    def does_in_the_web(self, n: int, name: str, what: str, other: int) -> None:
        number, name = self.meant(n, name)
        if number:
            to, m = self.id(AGENTS[other % len(AGENTS)]), self.another(number, what, other)
            queue = QUEUES[other % len(QUEUES)]
            form = {"to": str(to), "other": str(m), "queue": queue, "why": "secret", "until": "2h"}
            form |= {"priority": "high", "tags": "vip", "tag": "vip", "subject": self.text()}
            self.speaks(what, number, name, self.browses(name, what, number, **form))

    def browses(self, name: str, verb: str, about: int, /, **form: str) -> Any:
        return self.acts(name, verb, acting._done, verb, self.id(name), about, form, "Europe/Stockholm", ())

    # Words that wait for somebody

    @rule(n=numbers, own=st.booleans(), name=names, what=st.sampled_from(UNDER_WORDS), where=wheres)
    def presses_under_words(self, n: int, own: bool, name: str, what: str, where: str) -> None:
        """A button under words: of the author's, or somebody else presses it."""
        chosen, author = self.open_words(n, what)
        if chosen and author in self.person:
            who = self.person[author] if own else name
            press = self.press(who, f"{what}:{chosen}", "shop" if where == "shop" else "acme")
            done = self.acts(who, what, actions.press, "en", press)
            self.decided_on(what, chosen, who, done)

    def open_words(self, n: int, what: str) -> tuple[int, int]:
        """Words that a button is about, and who wrote them; (0, 0) for none."""
        for states in (MEANT_FOR[what], OPEN_STATES):
            chosen = self.one([id_ for id_, state in self.states.items() if state in states], n)
            if chosen:
                return chosen, self.all(select(message.c.author_id).where(message.c.id == chosen))[0][0]
        return 0, 0

    @rule(n=numbers, own=st.booleans(), name=names, what=st.sampled_from(list(web.WORDS)))
    def decides_in_the_web(self, n: int, own: bool, name: str, what: str) -> None:
        chosen, author = self.open_words(n, what)
        if chosen and author in self.person:
            who = self.person[author] if own else name
            self.decided_on(what, chosen, who, self.browses(who, what, chosen))

    def decide(self, what: str, message_id: int, who: str) -> None:
        press = self.press(who, f"{what}:{message_id}", "acme")
        self.decided_on(what, message_id, who, self.acts(who, what, actions.press, "en", press))

    def decided_on(self, what: str, message_id: int, who: str, done: Any) -> None:
        if isinstance(done, DeskError):
            return
        text, number, author = self.all(
            select(message.c.text, message.c.ticket, message.c.author_id).where(message.c.id == message_id)
        )[0]
        self.decided.add(message_id)
        assert what in ("retry", "resend") or author == self.id(who), f"{what} by {who}, who did not write it"
        if what in CONFIRMS:
            self.confirmed.add(message_id)
            self.revealed |= {message_id} if "secret" in text else set()
        self.speaks(what, number, who, done)

    # The same deed, told again

    @rule(n=numbers)
    def is_done_again(self, n: int) -> None:
        """The platform tells of a press, a command or a form once more."""
        if not self.deeds:
            return
        of, deed = self.deeds[n % len(self.deeds)]
        before = self.counted()
        done = self.do(of, *deed)
        if not isinstance(done, DeskError):
            assert self.counted() == before, f"done twice: {deed}"
