"""Canned responses: prepared answers with variables, kept for a queue and a language.

A variable is written `{requester}`; its value is put in as it is and never read again, so nothing that a requester
calls themselves can do anything. A variable that does not exist is refused when the response is saved.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from inbox.desk.access import first_of, name, signed
from inbox.desk.replies import checked
from inbox.errors import BadInput, NotAllowed
from inbox.locale import LANGUAGES
from inbox.model import Ticket
from inbox.store import Tx, canned, events, people
from inbox.store.canned import Prepared

VARIABLES = ("requester", "ticket", "agent", "queue")
VARIABLE = re.compile(r"\{\s*([^\W\d][\w ]*?)\s*\}")
LONGEST = 24  # characters of a name, so that a button can carry it
NAME = re.compile(rf"[a-z0-9åäöæø][a-z0-9åäöæø-]{{0,{LONGEST - 1}}}")
MOST = 500  # of one queue
EVERYWHERE = ""  # the queue of responses for all


def save(tx: Tx, now: datetime, agent: int, queue: str, called: str, language: str, text: str) -> Prepared:
    """Keeps a response under a name, in the place of one that was there. `queue` "" is for all queues, which leads may.

    Raises NotAllowed (not of the queue), BadInput: `canned_name`, `canned_language`, `canned_variable` (naming it and
    those that there are), `canned_many`, `empty_words`, `too_long`.
    """
    _may(tx, agent, queue)
    called = _called(called)
    if language not in LANGUAGES:
        raise BadInput("canned_language", words=language[:20])
    text = checked(text)
    unknown = next((found for found in VARIABLE.findall(text) if found.casefold() not in VARIABLES), None)
    if unknown is not None:
        known = ", ".join(f"{{{one}}}" for one in VARIABLES)
        raise BadInput("canned_variable", variable=unknown[:40], known=known)
    kept = {(one.name, one.language) for one in canned.of_queues(tx, [queue])}
    if len(kept) >= MOST and (called, language) not in kept:
        raise BadInput("canned_many", limit=MOST)
    answer = Prepared(queue, called, language, text)
    canned.put(tx, now, answer, agent)
    events.add(tx, now, "canned_saved", None, agent, queue=queue, name=called, language=language)
    return answer


def delete(tx: Tx, now: datetime, agent: int, queue: str, called: str) -> None:
    """Takes a response away, in all languages. Raises NotAllowed, BadInput (`canned_unknown`)."""
    _may(tx, agent, queue)
    if not canned.remove(tx, queue, called.casefold()):
        raise BadInput("canned_unknown", name=called[:40])
    events.add(tx, now, "canned_deleted", None, agent, queue=queue, name=called.casefold())


def offered(tx: Tx, agent: int, typed: str = "", queue: str | None = None, limit: int = 25) -> list[Prepared]:
    """The responses that an agent may use (of one `queue` and those for all, else of all of theirs) whose name or words
    have what was typed; one language of each, by name."""
    queues = sorted(people.roles(tx, agent)) if queue is None else [queue]
    wanted, seen = typed.strip().casefold(), set()
    found = []
    for one in canned.of_queues(tx, [*queues, EVERYWHERE]):
        if (one.queue, one.name) in seen or (wanted not in one.name and wanted not in one.text.casefold()):
            continue
        seen.add((one.queue, one.name))
        found.append(one)
    return sorted(found, key=lambda one: (not one.name.startswith(wanted), one.name, one.queue))[:limit]


def fitting(tx: Tx, ticket: Ticket, called: str) -> Prepared:
    """The response of that name for a ticket: its queue's before that for all, in the requester's language before the
    desk's before any other. Raises BadInput (`canned_unknown`)."""
    found = canned.get(tx, ticket.queue, called.strip().casefold(), ticket.language, tx.directory.desk.language)
    if found is None:
        raise BadInput("canned_unknown", name=called.strip()[:40])
    return found


def filled(text: str, values: Mapping[str, str]) -> str:
    """The words with their variables filled in, once; what is no variable stays as it is."""
    return VARIABLE.sub(lambda found: values.get(found[1].casefold(), found[0]), text)


def words(tx: Tx, ticket: Ticket, agent: int | None, response: Prepared) -> str:
    """A response as it would be sent on this ticket by this agent, who is named as the queue signs, or by the desk."""
    queue = tx.directory.queue(ticket.queue)
    return filled(
        response.text,
        {
            "requester": first_of(name(tx, ticket.requester_id)),
            "ticket": f"#{ticket.number}",
            "agent": tx.directory.desk.name if agent is None else signed(tx, ticket, agent),
            "queue": queue.title,
        },
    )


def _called(called: str) -> str:
    called = called.strip().casefold()
    if not NAME.fullmatch(called):
        raise BadInput("canned_name", name=called[:40])
    return called


def _may(tx: Tx, agent: int, queue: str) -> None:
    roles = people.roles(tx, agent)
    if (queue == EVERYWHERE and "lead" not in roles.values()) or (queue != EVERYWHERE and queue not in roles):
        raise NotAllowed(ticket="")
