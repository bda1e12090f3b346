"""Asking the requester how it went: planned at the resolution, asked by day, answered with one tap."""

from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from inbox.desk import outgoing, ratings
from inbox.desk.access import name
from inbox.desk.care import zone_name
from inbox.errors import BadInput, NotFound, WrongStatus
from inbox.model import Ticket
from inbox.store import Tx, alarms, events, people, surveys, tags, threads, tickets, told
from inbox.store.surveys import Survey
from inbox.store.told import Told
from sla.survey import SCALES, Facts, ask_at, daytime, expires_at, refuse_reason, remind_at

KIND = "survey"  # of alarms
VERBS = {"csat": "rate", "thumbs": "thumb", "ces": "ease"}  # of the buttons, by what is asked
COMMENT_LIMIT = 4000


class NotYours(NotFound):
    """Somebody else was asked, or nobody: the same words for both."""

    say = "error.survey_not_yours"


class NothingRated(NotYours):
    """Words on a rating that was not given."""

    say = "error.survey_nothing_rated"


class SurveyOver(WrongStatus):
    """The question is no longer open. facts: ticket."""

    say = "error.survey_over"


def planned(tx: Tx, now: datetime, ticket: Ticket, *, self_served: bool = False) -> Survey | None:
    """A person resolved the ticket: plans to ask its requester, or notes why not. None where the queue never asks."""
    settings = tx.directory.queue(ticket.queue).survey
    if settings is None or any(s.cycle == ticket.cycle for s in surveys.of_ticket(tx, ticket.number)):
        return None
    before = surveys.asked_before(tx, ticket.requester_id, now)
    zone = zone_name(before.timezone, tx.directory.desk.timezone)
    delay = settings.delay_seconds
    at = ask_at(now, delay, zone) if settings.by_day else now + timedelta(seconds=delay)
    # the words with which the matter was solved may still be on their way
    facts = _facts(tx, at, ticket, before, states=("sent", "waiting"))
    facts["self_served"], facts["sampled_out"] = self_served, _sampled_out(ticket, settings.sample)
    reason = refuse_reason(facts)
    values = {
        "ticket": ticket.number,
        "cycle": ticket.cycle,
        "person_id": ticket.requester_id,
        "kind": settings.kind,
        "state": "skipped" if reason else "planned",
        "reason": reason,
        "planned_at": now,
        "queue": ticket.queue,
        "snapshot": _snapshot(tx, ticket),
    }
    survey = surveys.add(tx, values)
    if reason:
        _tell(tx, now, "survey_skipped", survey, None, reason=reason)
        return survey
    alarms.put(tx, KIND, survey.id, at)
    _tell(tx, now, "survey_planned", survey, None, at=at.isoformat())
    return survey


def voided(tx: Tx, now: datetime, ticket: Ticket) -> None:
    """The matter was not solved after all: what was not answered is asked no longer."""
    for survey in surveys.of_ticket(tx, ticket.number):
        if survey.state in ("planned", "asked"):
            _end(tx, now, survey, "voided")
        elif ratings.is_low(survey.kind, survey.score):
            ratings.settle(tx, now, survey)


def lock_for(tx: Tx, survey_id: int) -> Ticket | None:
    """A survey's ticket, locked, after its person: of two questions to one person, the second must see the first."""
    found = surveys.get(tx, survey_id)
    if found is None:
        return None
    people.lock(tx, found.person_id)
    return tickets.lock(tx, found.ticket)


def tick_survey(tx: Tx, now: datetime, survey_id: int) -> None:
    """The alarm of a survey: it is asked, its person reminded once, and at the end it expires."""
    ticket = lock_for(tx, survey_id)
    survey = surveys.get(tx, survey_id, lock=True)
    if ticket is None or survey is None:
        return
    if survey.state == "planned":
        _ask(tx, now, survey, ticket)
    elif survey.expires_at is not None and now >= survey.expires_at:
        if survey.state == "asked":
            _end(tx, now, survey, "expired")
        elif survey.state == "answered":
            _put_right(tx, now, survey)
    elif survey.state == "asked":
        _remind(tx, now, survey, ticket)


def undeliverable(tx: Tx, now: datetime, survey_id: int, why: str) -> None:
    """The question could not be brought to its person: noted, and not tried again. A reminder that fails changes
    nothing: they have the question."""
    survey = surveys.get(tx, survey_id, lock=True)
    if survey and survey.state in ("planned", "asked") and not any(t.state == "sent" for t in _told(tx, survey)):
        _undeliverable(tx, now, survey, why)


def arrived(tx: Tx, now: datetime, row_id: int, survey_id: int) -> None:
    """A question arrived; what became of it while it was being sent is shown there."""
    survey = surveys.get(tx, survey_id)
    if survey and survey.state in ("answered", "voided", "expired"):
        _put_right(tx, now, survey, [t for t in _told(tx, survey) if t.outbox_id == row_id])


def rate(tx: Tx, now: datetime, survey_id: int, person_id: int, score: int) -> Survey:
    """The requester's tap, one of its kind's scores; another tap until the expiry changes it. The leads hear of a low
    one.

    Raises NotFound for anybody else, BadInput for another score, WrongStatus once it is over. A rating reopens nothing.
    """
    survey = _mine(tx, now, survey_id, person_id)
    if not SCALES[survey.kind].takes(score):
        raise BadInput("survey_score", low=SCALES[survey.kind].scores[0], high=SCALES[survey.kind].scores[-1])
    if survey.score == score:
        return survey
    after = surveys.change(tx, survey.id, state="answered", score=score, answered_at=now)
    alarms.put(tx, KIND, survey.id, after.expires_at)
    facts = {"rated": after.rated, survey.kind: True}
    _tell(tx, now, "survey_rated", after, person_id, score=score, before=survey.score, **facts)
    _put_right(tx, now, after)
    ratings.rated(tx, now, after, survey.score)
    return after


def comment(tx: Tx, now: datetime, survey_id: int, person_id: int, text: str) -> Survey:
    """The requester's words on their rating, in the place of earlier ones. Raises as `rate`, BadInput where empty."""
    survey = _mine(tx, now, survey_id, person_id)
    text = checked(text)
    if text == survey.comment:
        return survey
    after = surveys.change(tx, survey.id, comment=text)
    _tell(tx, now, "survey_commented", after, person_id, length=len(text))
    if after.score is not None:
        _put_right(tx, now, after)
        ratings.commented(tx, now, after)
    return after


def checked(text: str) -> str:
    """The words of a comment. Raises BadInput where there are none, or too many."""
    text = text.strip()
    if not text:
        raise BadInput("empty_words")
    if len(text) > COMMENT_LIMIT:
        raise BadInput("too_long", limit=COMMENT_LIMIT, length=len(text))
    return text


def comment_latest(tx: Tx, now: datetime, person_id: int, text: str) -> Survey:
    """The same, on the survey that the person answered last. Raises NotFound where there is none."""
    survey = surveys.latest_answered(tx, person_id)
    if survey is None:
        raise NothingRated
    return comment(tx, now, survey.id, person_id, text)


def opt(tx: Tx, now: datetime, person_id: int, *, out: bool) -> None:
    """A person wants to be asked nothing any more, or may be asked again. Nobody is reminded who opted out; what they
    were asked they may still answer."""
    people.lock(tx, person_id)
    if surveys.opted_out(tx, person_id) != out:
        surveys.set_opted_out(tx, person_id, out)
        events.add(tx, now, "survey_opted_out" if out else "survey_opted_in", None, person_id)


def still_true(tx: Tx, ticket: Ticket, survey_id: int) -> bool:
    """Whether a question that is about to be sent is still to be asked."""
    survey = surveys.get(tx, survey_id)
    if survey is None or survey.state != "asked" or not _solved(ticket):
        return False
    return surveys.may_be_asked(tx, survey.person_id)


def _ask(tx: Tx, now: datetime, survey: Survey, ticket: Ticket) -> None:
    before = surveys.asked_before(tx, survey.person_id, now)
    zone = zone_name(before.timezone, tx.directory.desk.timezone)
    settings = tx.directory.queue(ticket.queue).survey
    if settings and settings.by_day and (by_day := daytime(now, zone)) > now:  # the alarm comes late, after a downtime
        alarms.put(tx, KIND, survey.id, by_day)
        return
    reason = refuse_reason(_facts(tx, now, ticket, before, states=("sent",)))
    if reason == "no_longer_resolved":
        _end(tx, now, survey, "voided")
        return
    home = threads.home(tx, ticket.number)
    if reason or settings is None:  # the file says otherwise by now, or it is another queue's ticket
        reason = reason or "not_asked_here"
        surveys.change(tx, survey.id, state="skipped", reason=reason)
        _tell(tx, now, "survey_skipped", survey, None, reason=reason)
    elif home is None:
        _undeliverable(tx, now, survey, "no_home_thread")
    else:
        until = expires_at(now)
        asked = surveys.change(tx, survey.id, state="asked", kind=settings.kind, asked_at=now, expires_at=until)
        outgoing.notice(tx, now, home, _asks("ask", asked), _buttons(asked), **_said(tx, asked, ticket))
        alarms.put(tx, KIND, survey.id, remind_at(now, zone))
        _tell(tx, now, "survey_asked", asked, None)


def _remind(tx: Tx, now: datetime, survey: Survey, ticket: Ticket) -> None:
    before, settings = surveys.asked_before(tx, survey.person_id, now), tx.directory.queue(ticket.queue).survey
    wanted = survey.reminded_at is None and _solved(ticket) and not before.opted_out and settings is not None
    wanted = wanted and any(t.state == "sent" for t in _told(tx, survey))  # who has not had the question yet is asked
    at = daytime(now, zone_name(before.timezone, tx.directory.desk.timezone))
    assert survey.expires_at is not None
    alarms.put(tx, KIND, survey.id, at if wanted and now < at < survey.expires_at else survey.expires_at)
    if not wanted or at > now:
        return
    surveys.change(tx, survey.id, reminded_at=now)
    home = threads.home(tx, ticket.number)
    outgoing.notice(tx, now, home, _asks("remind", survey), _buttons(survey), **_said(tx, survey, ticket))
    _tell(tx, now, "survey_reminded", survey, None)


def _end(tx: Tx, now: datetime, survey: Survey, state: str) -> None:
    """Nothing is asked any more: what waits is withdrawn, what was read loses its buttons."""
    after = surveys.change(tx, survey.id, state=state)
    alarms.put(tx, KIND, survey.id, None)
    _put_right(tx, now, after)
    _tell(tx, now, f"survey_{state}", survey, None)


def _undeliverable(tx: Tx, now: datetime, survey: Survey, why: str) -> None:
    surveys.change(tx, survey.id, state="undeliverable", reason=why[:200])
    alarms.put(tx, KIND, survey.id, None)
    _tell(tx, now, "survey_undeliverable", survey, None, reason=why[:200])


def _mine(tx: Tx, now: datetime, survey_id: int, person_id: int) -> Survey:
    """The survey, locked, if this person was asked and it is still open. Raises NotYours, SurveyOver."""
    found = surveys.get(tx, survey_id)
    if found is None or found.person_id != person_id:
        raise NotYours
    tickets.lock(tx, found.ticket)
    survey = surveys.get(tx, survey_id, lock=True)
    if survey is None or survey.person_id != person_id:  # their accounts parted while this waited for the lock
        raise NotYours
    # pressed is delivered, whatever the platform said of the sending
    is_open = survey.state in ("asked", "answered", "undeliverable")
    if not is_open or survey.expires_at is None or now >= survey.expires_at:
        raise SurveyOver(ticket=survey.ticket, status=survey.state)
    return survey


def _told(tx: Tx, survey: Survey) -> list[Told]:
    return told.about(tx, survey.ticket, "survey", survey.id)


def _put_right(tx: Tx, now: datetime, survey: Survey, found: list[Told] | None = None) -> None:
    """What was asked says what became of it: what was answered, with its buttons as long as that can be changed, or
    that it is over. What waits to be asked is withdrawn."""
    found = _told(tx, survey) if found is None else found
    told.withdraw(tx, found)
    is_over = survey.expires_at is not None and now >= survey.expires_at
    say = "thanks_comment" if survey.comment else "thanks"
    if survey.score is None or is_over:
        say = survey.state if survey.score is None else "kept"
    actions = _changes(survey) if say.startswith("thanks") else ()
    sent = [one for one in found if one.state == "sent"]
    outgoing.rewrite(tx, now, sent, f"survey.{say}", actions, score=survey.score, rated=survey.rated)


def _changes(survey: Survey) -> outgoing.Actions:
    """What can be done with an answer: changed, a word added, and the matter opened again where it does not please, or
    where words may say so."""
    asks_more = survey.comment or ratings.is_low(survey.kind, survey.score)
    return (*_buttons(survey), f"comment:{survey.id}", *((f"reopen:{survey.ticket}",) if asks_more else ()))


def _facts(tx: Tx, at: datetime, ticket: Ticket, before: surveys.Asked, *, states: tuple[str, ...]) -> Facts:
    return {
        "now": at,
        "public_human_reply": surveys.public_reply(tx, ticket.number, states),
        "merged": ticket.closed_as == "merged",
        "spam": ticket.closed_as == "spam",
        "self_served": ticket.closed_as == "self_served",
        "agent_opened": ticket.agent_opened,
        "opted_out": before.opted_out,
        "no_longer_resolved": not _solved(ticket),
        "outstanding": before.outstanding,
        "last_asked_at": before.last_asked_at,
    }


def _solved(ticket: Ticket) -> bool:
    return ticket.status == "resolved" or (ticket.status == "closed" and ticket.closed_as == "done")


def _sampled_out(ticket: Ticket, sample: float) -> bool:
    """Always the same answer for one cycle of one ticket, spread evenly over all."""
    return crc32(f"{ticket.number}/{ticket.cycle}".encode()) / 2**32 >= sample


def _snapshot(tx: Tx, ticket: Ticket) -> dict[str, Any]:
    return {
        "queue": ticket.queue,
        "assignee": ticket.assignee_id,
        "priority": ticket.priority,
        "subject": ticket.subject,
        "tags": list(tags.of(tx, ticket.number)),
    }


def _buttons(survey: Survey) -> tuple[str, ...]:
    return tuple(f"{VERBS[survey.kind]}:{survey.id}:{score}" for score in SCALES[survey.kind].scores)


def _asks(what: str, survey: Survey) -> str:
    """The sentence that asks or reminds."""
    return f"survey.{what}" if survey.kind == "csat" else f"survey.{survey.kind}.{what}"


def _said(tx: Tx, survey: Survey, ticket: Ticket) -> dict[str, Any]:
    agent = name(tx, survey.snapshot.get("assignee"))
    return {"ticket": ticket.number, "subject": ticket.subject, "agent": agent, "survey": survey.id}


def _tell(tx: Tx, now: datetime, kind: str, survey: Survey, actor: int | None, **facts: Any) -> None:
    events.add(tx, now, kind, survey.ticket, actor, survey=survey.id, **facts)
