"""What /status answers: an agent sees what became of a ticket's last messages, a requester how their tickets stand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bots import cards
from bots.commands import VERBS
from bots.port import Answer, Button, Card
from bots.texts import when, word
from inbox.desk import carddata, ledger, resend
from inbox.desk.access import signed
from inbox.desk.ledger import CopyState, Line
from inbox.errors import BadInput, NotFound
from inbox.locale import reason, say
from inbox.model import Message, Person, Ticket
from inbox.store import Tx, messages, people, tickets

LAST = 5  # messages
OWN = 10  # tickets
SNIPPET = 40  # characters
MARKS: dict[CopyState, str] = {
    "queued": "…",
    "sending": "…",
    "sent": "✓",
    "edited": "✓",
    "deleted": "✓",
    "failed": "⚠",
    "unknown": "⚠",
    "cancelled": "–",
}


def answer(tx: Tx, now: datetime, language: str, person: Person, number: int | None) -> Answer:
    """For an agent the ledger of ticket `number`, for anybody else that ticket of theirs, or (None) their latest.

    Raises NotFound alike for "not yours" and "does not exist", BadInput where an agent names no ticket.
    """
    roles, zone = people.roles(tx, person.id), person.timezone or tx.directory.desk.timezone
    if number is None and roles:
        raise BadInput("which_ticket", command="status", example=VERBS["status"].example(language))
    if number is None:
        return Answer(own(tx, tickets.latest_of(tx, person.id, OWN), language, zone))
    ticket = tickets.get(tx, number)
    if ticket is not None and ticket.queue in roles:
        return Answer(_ledger(tx, now, ticket, language, zone))
    if ticket is None or ticket.requester_id != person.id:
        raise NotFound(ticket=number)
    return Answer(own(tx, [ticket], language, zone))


# A requester's tickets


def own(tx: Tx, mine: Sequence[Ticket], language: str, zone: str) -> Card:
    """A requester's tickets, as they may see them."""
    if not mine:
        return Card(title=say(language, "card.own_title"), text=say(language, "card.own_empty"))
    titles = map(cards.title, carddata.lines(tx, mine))
    shown = tuple((title, _stands(tx, one, language, zone)) for title, one in zip(titles, mine, strict=True))
    return Card(title=say(language, "card.own_title"), fields=shown)


def _stands(tx: Tx, ticket: Ticket, language: str, zone: str) -> str:
    """The status, who answers as the queue signs, and when anything happened last; no deadline of ours."""
    holder = signed(tx, ticket, ticket.assignee_id) if ticket.assignee_id is not None else ""
    parts = [word(language, "status", ticket.status), holder, when(ticket.updated_at, language, zone)]
    return " · ".join(part for part in parts if part)


# An agent's look at a ticket


def _ledger(tx: Tx, now: datetime, ticket: Ticket, language: str, zone: str) -> Card:
    [card] = carddata.lines(tx, [ticket], now)
    copies = ledger.by_message(ledger.of_ticket(tx, ticket.number, limit=LAST))
    said = [one for one in messages.of_ticket(tx, ticket.number, LAST) if one.id in copies]
    if not said:
        return Card(title=cards.title(card), text=say(language, "card.copies_none"))
    names = people.names(tx, [one.author_id for one in said])
    fields = []
    for one in said:
        author = names.get(one.author_id or 0, say(language, "web.desk_itself"))
        snippet = [] if card.wordless or one.deleted else [say(language, "card.snippet", words=_snippet(one))]
        lines = [_line(line, card.requester, language) for line in copies[one.id]]
        fields.append((f"{author} · {when(one.written_at, language, zone)}", "\n".join((*snippet, *lines))))
    offered = [(_again(one, copies[one.id]), "" if card.wordless else _snippet(one)) for one in said]
    return Card(title=cards.title(card), fields=tuple(fields), buttons=_buttons(offered, language))


def _line(line: Line, requester: str, language: str) -> str:
    """ "✓ Slack · #it-help: sent"; with the reason where there is one."""
    platform, room = line.platform.capitalize() or line.connection, line.room or _person(line, requester)
    where = f"{platform} · {room}" if room else platform
    state = say(language, f"copy.{line.what}.{line.state}")
    return f"{MARKS[line.state]} {where}: {state}" + (f" ({reason(language, line.reason)})" if line.reason else "")


def _person(line: Line, requester: str) -> str:
    return requester if line.side == "home" else ""


def _again(message: Message, copies: tuple[Line, ...]) -> str:
    """*Resend* where nobody can know whether words arrived, *Retry* where they did not, "" where all is well."""
    states = {line.state for line in copies if resend.can_repeat(line)} | {message.state}
    verb = "resend" if "unknown" in states else "retry" if "failed" in states else ""
    return verb and f"{verb}:{message.id}"


def _buttons(offered: Sequence[tuple[str, str]], language: str) -> tuple[tuple[Button, ...], ...]:
    """A button for each action; of several, each with the words that it is about, if they may be shown."""
    wanted = [(cards.button(action, language), words) for action, words in offered if action]
    if len(wanted) == 1:
        return ((wanted[0][0],),)
    return tuple((replace(one, label=f"{one.label}: {words}") if words else one,) for one, words in wanted)


def _snippet(message: Message) -> str:
    words = " ".join(message.text.split())
    return words if len(words) <= SNIPPET else words[: SNIPPET - 1].rstrip() + "…"
