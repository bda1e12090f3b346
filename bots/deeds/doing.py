"""One deed: who does it, where, and with which words."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bots import commands
from bots.commands import Verb, is_number
from bots.port import Answer, Card, Command
from inbox.desk.access import name
from inbox.desk.albums import Enclosed
from inbox.errors import BadInput, NotFound
from inbox.locale import say
from inbox.model import Account, Person, Place, Ticket
from inbox.store import Tx, people, tickets

MENTION = re.compile(r"<@!?([A-Z0-9]+)(?:\|[^>]*)?>|@?(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Doing:
    """A command that was typed (then `typed` and `verb` are set), a button that was pressed or a form that was sent.

    `ticket` is the one that was named, else the one whose thread it was done in; `named` says that it was named, and
    `here` is the thread's. `arguments` are a button's or form's, after its verb. `again` says that this was told before
    and was done then.
    """

    tx: Tx
    now: datetime
    language: str
    person: Person
    identity_id: int
    by: Account
    key: str
    place: Place
    direct: bool = False
    ticket: int | None = None
    named: bool = False
    here: int | None = None
    words: str = ""
    arguments: tuple[str, ...] = ()
    verb: Verb | None = None
    typed: Command | None = None
    again: bool = False

    @property
    def number(self) -> int:
        """The ticket's number. Raises BadInput where none is known."""
        if self.ticket is None:
            if self.verb is None:
                raise BadInput("stale_button")
            raise BadInput("which_ticket", command=self.verb.name, example=self.verb.example(self.language))
        return self.ticket

    @property
    def zone(self) -> str:
        """The time zone in which the person reads times."""
        return self.person.timezone or self.tx.directory.desk.timezone

    @property
    def roles(self) -> dict[str, str]:
        """Queue key → "agent" or "lead", for the queues that the person answers for."""
        return people.roles(self.tx, self.person.id)

    def told(self, key: str, **facts: object) -> Answer:
        """The catalogue's sentence, for the person's eyes."""
        return Answer(Card(text=say(self.language, key, **facts)))

    @property
    def enclosed(self) -> Enclosed | None:
        """The files that came with a command; None for none."""
        typed = self.typed
        return Enclosed(typed.place, typed.files, typed.album) if typed and typed.files else None

    def said(self) -> str:
        """The words that came with it. Raises BadInput, with an example, for a command without any."""
        if self.verb is not None and not self.words:
            raise commands.missing_words(self.verb, self.language)
        return self.words

    def numbers(self, count: int) -> list[int]:
        """So many numbers as arguments of a button or form of ours. Anybody can send others: these raise BadInput."""
        if len(self.arguments) != count or not all(map(is_number, self.arguments)):
            raise BadInput("stale_button")
        return [int(one) for one in self.arguments]

    def agents_ticket(self, *, lock: bool = False) -> Ticket:
        """The ticket, where the person answers for its queue. Raises NotFound, alike where there is none."""
        ticket = (tickets.lock if lock else tickets.get)(self.tx, self.number)
        if ticket is None or ticket.queue not in self.roles:
            raise NotFound(ticket=self.number)
        return ticket


Deed = Callable[[Doing], Answer]


def requester(doing: Doing, ticket: Ticket) -> str:
    """The name of who asked."""
    return name(doing.tx, ticket.requester_id)


def colleague(tx: Tx, queue: str, words: str, connection: str) -> int:
    """The agent of a queue meant by a mention or a name. Raises BadInput where nobody or more than one fits."""
    match = MENTION.fullmatch(words.strip())
    mention, typed = (match[1], match[2]) if match else (None, words)
    if mention:
        found = people.find(tx, connection, mention)
        if found is None:
            raise BadInput("nobody", name=words[:60])
        return found.id
    team = people.names(tx, people.members(tx, queue))
    wanted = typed.strip().casefold()
    fits = [i for i, n in team.items() if n.casefold() == wanted] or [
        i for i, n in team.items() if n.casefold().split()[:1] == [wanted]
    ]
    if len(fits) != 1:
        raise BadInput("several" if fits else "nobody", name=words[:60], team=", ".join(sorted(team.values()))[:300])
    return fits[0]


def subject(doing: Doing, ticket: Ticket) -> str:
    """What a ticket is about, as an answer may say it: others can read along, and a confidential one's is not theirs to
    know."""
    return "🔒" if doing.tx.directory.queue(ticket.queue).private else ticket.subject
