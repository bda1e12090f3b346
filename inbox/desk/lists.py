"""Lists of nags that were read: when a ticket in one is answered its line says so, quietly.

Each list is looked at a few seconds after something in it ended, whatever else ends meanwhile, so forty tickets that
are answered at once change it once.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from inbox.desk import gathered
from inbox.desk.access import name
from inbox.desk.errand import Errand
from inbox.model import Promise, Ticket
from inbox.store import Tx, alarms, lists, outbox, promises, tickets
from inbox.store.lists import Line, Named, Post

FOLLOW = "list"  # kind of alarms, by a list's outbox id
SETTLES = timedelta(seconds=10)
OVER = "nag.digest_over"


def begun(tx: Tx, now: datetime, leased: Errand) -> None:
    """A list goes out as it is here."""
    named: list[Named] = [(number, metric, cycle) for number, metric, cycle in leased.facts["shown"]]
    lines = [Line(at, one, _shows(tx, *_known(tx, one))) for at, one in enumerate(named)]
    lists.keep(tx, now, leased.id, lines, leased.facts["rest"])


def arrived(tx: Tx, now: datetime, outbox_id: int) -> None:
    """A list was sent: what ended on its way is put right."""
    alarms.put(tx, FOLLOW, outbox_id, now + SETTLES)


def ended(tx: Tx, now: datetime, promise: Promise) -> None:
    """A promise has ended: the lists that show it are put right soon."""
    _look_soon(tx, now, lists.showing(tx, promise.ticket, (promise.metric, promise.cycle)))


def changed(tx: Tx, now: datetime, number: int) -> None:
    """Somebody holds a ticket, or nobody does any more, or its words are not for everybody: the lists that show it tell
    what is so soon."""
    _look_soon(tx, now, lists.showing(tx, number))


def _look_soon(tx: Tx, now: datetime, found: Iterable[int]) -> None:
    for outbox_id in found:
        alarms.hasten(tx, FOLLOW, outbox_id, now + SETTLES)


def tick(tx: Tx, now: datetime, outbox_id: int) -> None:
    """The alarm of a list: where its lines tell what is not so any more, it is rewritten."""
    post, lines = lists.post(tx, outbox_id), lists.lines(tx, outbox_id)
    if post is None:
        return
    known = [_known(tx, line.named) for line in lines]
    shows = [_shows(tx, *one) for one in known]
    changed = {line.at: what for line, what in zip(lines, shows, strict=True) if line.shows != what}
    if changed:
        lists.set_shown(tx, outbox_id, changed)
    waiting = [at for at, one in enumerate(known) if not _is_over(*one)]
    if any(at in waiting[:1] or _words(lines[at].shows) != _words(what) for at, what in changed.items()):
        first = known[waiting[0]][0] if waiting else None
        _rewrite(tx, now, post, first, [_line(tx, *one) for one in known])


def _known(tx: Tx, named: Named) -> tuple[Ticket, Promise]:
    number, metric, cycle = named
    ticket = tickets.get(tx, number)
    assert ticket is not None  # the database keeps it
    (promise,) = (p for p in promises.of_ticket(tx, number) if (p.metric, p.cycle) == (metric, cycle))
    return ticket, promise


def _is_over(ticket: Ticket, promise: Promise) -> bool:
    return not ticket.unresolved or promise.finished_at is not None


def _shows(tx: Tx, ticket: Ticket, promise: Promise) -> str:
    """What of it a line tells, in a word: another word, another line, or for the first that waits other buttons."""
    private = tx.directory.queue(ticket.queue).private
    waits = "waits" if ticket.assignee_id is None else "held"
    return ("over" if _is_over(ticket, promise) else waits) + (", private" if private else "")


def _words(shows: str) -> str:
    """The same for two lines that read the same: who holds a ticket, a line does not tell."""
    return shows.replace("held", "waits")


def _line(tx: Tx, ticket: Ticket, promise: Promise) -> list[Any]:
    if not _is_over(ticket, promise):
        return gathered.line(tx, ticket, promise)
    queue = tx.directory.queue(ticket.queue)
    facts = {"matter": gathered.matter(queue, ticket)}
    if queue.private:  # it may have moved there, and others read the list
        return ["nag.over.cancelled", facts]
    facts |= {"requester": name(tx, ticket.requester_id), "holder": name(tx, ticket.assignee_id)}
    return [gathered.over(promise), facts]


def _rewrite(tx: Tx, now: datetime, post: Post, next_one: Ticket | None, lines: list[list[Any]]) -> None:
    """Other words in a list's place, with the buttons of the next ticket that waits."""
    if post.more:
        lines = [*lines, ["nag.more", {"n": post.more}]]
    row = outbox.row(
        now,
        "rewrite",
        post.connection,
        f"c{post.connection}/{post.room}/{post.external_id}",
        identity_id=post.identity_id,
        place=[post.room, "", ""],
        target=post.external_id,
        say=gathered.DIGEST if next_one or post.more else OVER,
        facts={"lines": lines},
        actions=list(gathered.buttons(next_one)) if next_one else [],
    )
    outbox.add(tx, [row])
