"""What is looked up without any deed: what somebody may mean who is typing, and what somebody else asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bots import cards
from bots.commands import VERBS, is_number
from bots.port import Answer, Card, Sought
from bots.texts import when, word
from inbox.desk import canned, carddata, fields, linking
from inbox.errors import BadInput
from inbox.locale import say
from inbox.model import Account, Person, Status, Ticket, TicketCard
from inbox.store import Tx, people, tags, threads, tickets

SUGGESTED = 25  # Discord takes no more choices
LONGEST_VALUE = 100  # characters of a choice's value (Discord)
THEIRS, LOOKED_AT = 10, 100  # tickets shown of somebody else's, and looked at for those
LIVE: tuple[Status, ...] = ("new", "open", "pending", "on_hold")


def suggest(tx: Tx, by: Account, typed: str) -> Sequence[tuple[int, str]]:
    """The tickets that somebody may mean by what they typed of a number or title, as number and title: for an agent
    what they hold and then what lives in their queues, the nearest deadline first; for others their own."""
    person = people.find(tx, by.connection, by.external_id)
    if person is None or person.blocked:
        return ()
    wanted = typed.strip().lstrip("#").casefold()
    found = {one.number: cards.title(one) for one in carddata.lines(tx, _candidates(tx, person, wanted))}
    return [(number, title) for number, title in found.items() if wanted in title.casefold()][:SUGGESTED]


def _candidates(tx: Tx, person: Person, wanted: str) -> list[Ticket]:
    roles = people.roles(tx, person.id)
    named = tickets.get(tx, int(wanted)) if is_number(wanted) else None
    exact = [named] if named and (named.queue in roles or named.requester_id == person.id) else []
    if not roles:
        return [*exact, *tickets.latest_of(tx, person.id, LOOKED_AT)]
    held = tickets.held_of(tx, person.id, sorted(roles), LOOKED_AT)
    live = [one for queue in sorted(roles) for one in tickets.waiting(tx, queue, LIVE, LOOKED_AT)]
    live.sort(key=lambda one: (one.due_at is None, one.due_at, one.number))
    return [*exact, *held, *live]


def complete(tx: Tx, language: str, sought: Sought) -> Sequence[tuple[str, str]]:
    """What an agent may mean who is typing, as value and label. Nothing for anybody else."""
    person = people.find(tx, sought.by.connection, sought.by.external_id)
    roles = people.roles(tx, person.id) if person and not person.blocked else {}
    look = COMPLETED.get(sought.what)
    if person is None or not roles or look is None:
        return ()
    queue = _queue_at(tx, sought)
    seeker = Seeker(tx, language, person.id, sorted(roles), queue if queue in roles else None)
    return look(seeker, sought.typed.strip())[:SUGGESTED]


@dataclass(frozen=True, slots=True)
class Seeker:
    """An agent who looks for something: their queues, and the one of the ticket that it is for, if one is known."""

    tx: Tx
    language: str
    agent: int
    queues: Sequence[str]
    queue: str | None


def _queue_at(tx: Tx, sought: Sought) -> str | None:
    """The queue of the ticket that was named, else of the one in whose thread it is typed."""
    number, place = sought.ticket, sought.place
    if number is None and place.thread:
        thread = threads.by_place(tx, place.connection, place.room, place.thread)
        number = thread.ticket if thread else None
    ticket = tickets.get(tx, tickets.survivor(tx, number)) if number is not None else None
    return ticket.queue if ticket else None


def _canned(seeker: Seeker, typed: str) -> list[tuple[str, str]]:
    found = canned.offered(seeker.tx, seeker.agent, typed, seeker.queue, SUGGESTED)
    return [(one.name, f"{one.name} — {' '.join(one.text.split())}") for one in found]


def _queues(seeker: Seeker, typed: str) -> list[tuple[str, str]]:
    known, wanted = seeker.tx.directory.desk.queues, typed.casefold()
    others = [(key, queue.title) for key, queue in known.items() if key != seeker.queue]
    return [(key, title) for key, title in others if wanted in key.casefold() or wanted in title.casefold()]


def _tags(seeker: Seeker, typed: str) -> list[tuple[str, str]]:
    """Of several tags the last one is being typed."""
    *before, last = typed.replace(",", " ").split() or [""]
    gone = "-" if last.startswith("-") else ""
    found = tags.in_use(seeker.tx, seeker.queues, last.removeprefix("-").casefold(), SUGGESTED)
    return [(said, said) for one in found if len(said := " ".join((*before, gone + one))) <= LONGEST_VALUE]


def _fields(seeker: Seeker, typed: str) -> list[tuple[str, str]]:
    asked = [seeker.queue] if seeker.queue else seeker.queues
    known = [one for key in asked for one in seeker.tx.directory.queue(key).fields]
    labels = {one.name: fields.said(one.label, seeker.language) for one in known}
    wanted = typed.casefold()
    return [(name, label) for name, label in labels.items() if wanted in name.casefold() or wanted in label.casefold()]


def _verbs(seeker: Seeker, typed: str) -> list[tuple[str, str]]:
    wanted = typed.lstrip("/").casefold()
    said = [(verb.name, f"{verb.name} — {verb.describe(seeker.language)}") for verb in VERBS.values()]
    return [one for one in said if one[0].startswith(wanted)] or [one for one in said if wanted in one[1].casefold()]


COMPLETED: Mapping[str, Callable[[Seeker, str], list[tuple[str, str]]]] = {
    "canned": _canned,
    "queue": _queues,
    "tag": _tags,
    "field": _fields,
    "verb": _verbs,
}


def theirs(tx: Tx, now: datetime, language: str, by: Account, about: Account) -> Answer:
    """What somebody else asked, on any of their accounts, as far as the agent who looks may see it. Raises BadInput
    for who is no agent."""
    asker = people.find(tx, about.connection, about.external_id)
    return _asked_by(tx, now, language, by, asker, about.name)


def history(tx: Tx, now: datetime, language: str, by: Account, person_id: int) -> Answer:
    """The same of a person that the desk knows."""
    asker = people.get(tx, person_id)
    return _asked_by(tx, now, language, by, asker, asker.name if asker else "")


def _asked_by(tx: Tx, now: datetime, language: str, by: Account, asker: Person | None, called: str) -> Answer:
    agent = people.find(tx, by.connection, by.external_id)
    roles = people.roles(tx, agent.id) if agent and not agent.blocked else {}
    if agent is None or not roles:
        raise BadInput("agents_only")
    latest = tickets.latest_of(tx, asker.id, LOOKED_AT) if asker else []
    seen = [one for one in latest if one.queue in roles][:THEIRS]
    zone = agent.timezone or tx.directory.desk.timezone
    heading = say(language, "card.theirs_title", name=asker.name if asker else called)
    text = "" if seen else say(language, "card.theirs_empty")
    lines = zip(seen, carddata.lines(tx, seen, now), strict=True)
    fields = tuple(_shown(one, card, language, zone) for one, card in lines)
    return Answer(Card(title=heading, text=text, fields=fields, footer=_perhaps(tx, asker, language)))


def _perhaps(tx: Tx, asker: Person | None, language: str) -> str:
    """Whose accounts may be theirs too, "" where nothing speaks for it."""
    alike = linking.perhaps(tx, asker.id) if asker else ()
    return say(language, "card.perhaps", accounts=linking.names(tx, alike)) if alike else ""


def _shown(ticket: Ticket, card: TicketCard, language: str, zone: str) -> tuple[str, str]:
    holder = card.holder or (say(language, "card.queue_free") if ticket.unresolved else "")
    told = (card.queue_title, word(language, "status", card.status), holder, when(ticket.updated_at, language, zone))
    return cards.title(card), " · ".join(filter(None, told))
