"""What the leads hear of low ratings: told once, and put right where it was told when the rating changes."""

from datetime import datetime, timedelta
from typing import Any

from inbox.desk import gathered, outgoing
from inbox.desk.access import name
from inbox.directory import Queue
from inbox.model import Ticket
from inbox.store import Tx, alarms, people, surveys, tickets, told
from inbox.store.surveys import Survey
from inbox.store.told import Told
from sla.survey import SCALES, Kind, shown

AMENDS = "amends"  # kind of the alarm by which a low rating is followed up
AMENDS_AFTER = timedelta(minutes=10)
NEWS_AGAIN = timedelta(days=1)  # until then a rating that is low once more only changes what was told of it
PLAIN, COMMENTED, PRIVATE, RAISED = "survey.low", "survey.low_comment", "survey.low_private", "survey.raised"


def is_low(kind: Kind, score: int | None) -> bool:
    """Whether the leads should hear of this rating."""
    return score is not None and score <= SCALES[kind].low


def rated(tx: Tx, now: datetime, survey: Survey, before: int | None) -> None:
    """The survey's rating was `before` and is another now: one that became low is news, once a day; others follow
    silently."""
    low = is_low(survey.kind, survey.score)
    if low != is_low(survey.kind, before):
        settle(tx, now + AMENDS_AFTER if low else now, survey)
    if not low and before is None:
        return
    found = _shown(tx, survey)
    told.withdraw(tx, found)
    sent = [t for t in found if t.state == "sent"]
    _put_right(tx, now, survey, sent)
    was_news = any(now - t.at < NEWS_AGAIN for t in sent)
    if low and not was_news and (not is_low(survey.kind, before) or any(t.state == "queued" for t in found)):
        _tell(tx, now, survey)


def commented(tx: Tx, now: datetime, survey: Survey) -> None:
    """The survey's comment is another now: words with a low rating are news, once."""
    found = _shown(tx, survey)
    told.withdraw(tx, found)
    sent = [t for t in found if t.state == "sent"]
    _put_right(tx, now, survey, sent)
    if is_low(survey.kind, survey.score) and not any(t.say in (COMMENTED, PRIVATE) for t in sent):
        _tell(tx, now, survey)


def arrived(tx: Tx, now: datetime, number: int, survey_id: int, outbox_id: int) -> None:
    """A notice of a ticket's low rating was sent; if the rating changed on the way, the change goes after it."""
    survey = surveys.get(tx, survey_id)
    found = [t for t in told.about(tx, number, "rating", survey_id) if t.outbox_id == outbox_id]
    if survey and any(t.facts["score"] != survey.score for t in found):
        _put_right(tx, now, survey, found)


def settle(tx: Tx, at: datetime, survey: Survey) -> None:
    """Whether the rating is to be followed up is looked at then."""
    alarms.put(tx, AMENDS, survey.id, at)


def _shown(tx: Tx, survey: Survey) -> list[Told]:
    return told.about(tx, survey.ticket, "rating", survey.id)


def _put_right(tx: Tx, now: datetime, survey: Survey, sent: list[Told]) -> None:
    """What was read says what is true now; it keeps the words that it brought, as they are now."""
    ticket = tickets.get(tx, survey.ticket)
    if ticket is None or not sent:
        return
    queue = tx.directory.queue(ticket.queue)
    for notice in sent:
        say = notice.say if is_low(survey.kind, survey.score) else RAISED
        facts = {**_facts(tx, queue, ticket, survey, notice.say), "before": shown(survey.kind, notice.facts["score"])}
        outgoing.rewrite(tx, now, [notice], say, _actions(survey), **facts)


def _tell(tx: Tx, now: datetime, survey: Survey) -> None:
    """The desk room hears of it, or where there is none each lead."""
    ticket = tickets.get(tx, survey.ticket)
    if ticket is None:
        return
    queue = tx.directory.queue(ticket.queue)
    say = PLAIN if not survey.comment else PRIVATE if queue.private else COMMENTED
    facts, actions = _facts(tx, queue, ticket, survey, say), _actions(survey)
    if tx.directory.desk_room(queue):
        outgoing.in_room(tx, now, queue, ticket.number, say, actions, **facts)
        return
    for who, role in sorted(people.members(tx, queue.key).items()):
        if role == "lead":
            outgoing.direct(tx, now, who, ticket.number, say, actions, **facts)


def _actions(survey: Survey) -> outgoing.Actions:
    show = f"show:{survey.ticket}"
    return (f"reopen:{survey.ticket}", show) if is_low(survey.kind, survey.score) else (show,)


def _facts(tx: Tx, queue: Queue, ticket: Ticket, survey: Survey, say: str) -> dict[str, Any]:
    facts = {
        "ticket": ticket.number,
        "matter": gathered.matter(queue, ticket),
        "requester": name(tx, survey.person_id),
        "agent": name(tx, survey.snapshot.get("assignee")) or "–",
        "score": survey.score,
        "rated": survey.rated,
        "rating": survey.id,
    }
    # set in any case: what was told before the queue became confidential does not stay when it is put right
    quote = survey.comment or "" if not queue.private else ""
    return facts | {"quote": quote} if say == COMMENTED else facts
