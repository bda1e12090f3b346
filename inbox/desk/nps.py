"""Would people recommend us? Asked in waves: a few at a time, by day, each person once, where they last talked."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from inbox.desk import gathered, outgoing, surveys
from inbox.desk.access import name
from inbox.desk.care import zone_name
from inbox.errors import BadInput
from inbox.store import Tx, alarms, events, nps, people, tickets, told
from inbox.store import surveys as asked
from inbox.store.nps import Figures, Question, Wave
from inbox.store.surveys import Asked, Survey
from inbox.store.told import Told
from sla.survey import COOLDOWN, NPS, NPS_EACH, daytime, expires_at, remind_at

WAVE = "nps_wave"  # kinds of alarms
KIND = nps.KIND
EACH = timedelta(minutes=1)
AT_ONCE = 20  # persons who are asked each minute: some 13,000 in a day
LASTS = timedelta(days=30)  # whoever could not be asked in that time is not


class NotYours(surveys.NotYours):
    """Somebody else was asked, or nobody: the same words for both."""

    say = "error.nps_not_yours"


class NpsOver(surveys.SurveyOver):
    """The question is no longer open."""

    say = "error.nps_over"


def start(tx: Tx, now: datetime, sample: float = 1.0, starter: int | None = None) -> Wave:
    """Begins a wave among all who ever asked for help and were in none for 90 days, or among that share of them.

    Raises BadInput: `nps_sample` (not above 0, up to 1), `nps_runs` while another wave still asks, `nps_nobody`.
    """
    if not 0 < sample <= 1:
        raise BadInput("nps_sample")
    nps.lock_waves(tx)
    if nps.runs(tx):
        raise BadInput("nps_runs")
    found = nps.candidates(tx, now - NPS_EACH)
    if not found:
        raise BadInput("nps_nobody")
    wave = nps.add_wave(tx, now, starter)
    chosen = [who for who in found if crc32(f"{wave}/{who}".encode()) / 2**32 < sample] or found[:1]
    nps.fill(tx, wave, chosen)
    alarms.put(tx, WAVE, wave, now)
    events.add(tx, now, "nps_started", None, starter, wave=wave, asked=len(chosen), sample=sample)
    return Wave(wave, now, starter, len(chosen))


def tick_wave(tx: Tx, now: datetime, wave_id: int) -> None:
    """The alarm of a wave: the turn of the next few comes, of those for whom it is day."""
    wave = nps.wave_of(tx, wave_id, lock=True)
    if wave is None:
        return
    desk = tx.directory.desk.timezone
    mornings = {zone: daytime(now, zone_name(zone, desk)) for zone in nps.zones(tx, wave_id)}
    awake = [zone for zone, from_when in mornings.items() if from_when <= now]
    if awake:
        alarms.set_all(tx, [(KIND, question, now) for question in nps.next_of(tx, wave_id, awake, AT_ONCE)])
        alarms.put(tx, WAVE, wave_id, now + EACH)
    elif mornings:
        alarms.put(tx, WAVE, wave_id, min(mornings.values()))


def lock_for(tx: Tx, question_id: int) -> None:
    """Locks whom a question is for: of two questions to one person, the second must see the first."""
    found = nps.get(tx, question_id)
    if found:
        people.lock(tx, found.person_id)


def tick(tx: Tx, now: datetime, question_id: int) -> None:
    """The alarm of a question: it is asked, its person reminded once, and at the end it expires."""
    question = nps.get(tx, question_id, lock=True)
    if question is None:
        return
    if question.state == "planned":
        _ask(tx, now, question)
    elif question.expires_at is not None and now >= question.expires_at:
        _close(tx, now, question)
    elif question.state == "asked":
        _remind(tx, now, question)


def undeliverable(tx: Tx, now: datetime, question_id: int, why: str) -> None:
    """The question could not be brought to its person: noted, and not tried again. A reminder that fails changes
    nothing: they have the question."""
    question = nps.get(tx, question_id, lock=True)
    if question and question.state in ("planned", "asked") and not any(t.state == "sent" for t in _told(tx, question)):
        _undeliverable(tx, now, question, why[:200])


def still_true(tx: Tx, question_id: int) -> bool:
    """Whether a question that is about to be sent is still to be asked."""
    question = nps.get(tx, question_id)
    return question is not None and question.state == "asked" and asked.may_be_asked(tx, question.person_id)


def arrived(tx: Tx, now: datetime, row_id: int, question_id: int) -> None:
    """A question arrived; what became of it while it was being sent is shown there."""
    question = nps.get(tx, question_id, lock=True)
    if question and question.state in ("answered", "expired"):
        _put_right(tx, now, question, [t for t in _told(tx, question) if t.outbox_id == row_id])


def joined(tx: Tx, now: datetime, old: int, new: int) -> None:
    """Two persons turn out to be one, who answers each wave once: what is asked twice is taken back."""
    for question_id in nps.doubled(tx, old, new):
        question = nps.get(tx, question_id, lock=True)
        if question is None:
            continue
        alarms.put(tx, KIND, question_id, None)
        _put_right(tx, now, replace(question, state="expired", score=None))
        _note(tx, now, "withdrawn", question)


def rate(tx: Tx, now: datetime, question_id: int, person_id: int, score: int) -> Question:
    """A person's tap, 0 to 10; another tap until the expiry changes it. Raises NotYours, NpsOver, BadInput."""
    question = _mine(tx, now, question_id, person_id)
    if not NPS.takes(score):
        raise BadInput("survey_score", low=NPS.scores[0], high=NPS.scores[-1])
    if question.score == score:
        return question
    after = nps.change(tx, question_id, state="answered", score=score, answered_at=now)
    alarms.put(tx, KIND, question_id, after.expires_at)
    events.add(tx, now, "nps_rated", None, person_id, nps=question_id, score=score, before=question.score)
    _put_right(tx, now, after)
    _tell_leads(tx, now, question, after)
    return after


def comment(tx: Tx, now: datetime, question_id: int, person_id: int, text: str) -> Question:
    """A person's words on why, in the place of earlier ones; the leads hear of those of somebody unhappy, once."""
    question = _mine(tx, now, question_id, person_id)
    text = surveys.checked(text)
    if text == question.comment:
        return question
    after = nps.change(tx, question_id, comment=text)
    events.add(tx, now, "nps_commented", None, person_id, nps=question_id, length=len(text))
    if after.score is not None:
        _put_right(tx, now, after)
    _tell_leads(tx, now, question, after)
    return after


def comment_latest(tx: Tx, now: datetime, person_id: int, text: str) -> Survey | Question:
    """Words on what the person answered last, whichever question it was. Raises as those do."""
    survey, question = asked.latest_answered(tx, person_id), nps.latest_answered(tx, person_id)
    if question and (survey is None or _answered(question) > _answered(survey)):
        return comment(tx, now, question.id, person_id, text)
    return surveys.comment_latest(tx, now, person_id, text)


def results(tx: Tx, limit: int = 5) -> list[Figures]:
    """What the latest waves brought, the newest first."""
    return nps.figures(tx, nps.waves(tx, limit))


def buttons(question: Question) -> tuple[str, ...]:
    """0 to 10; and once it is answered a way to say why."""
    scores = tuple(f"nps:{question.id}:{score}" for score in NPS.scores)
    return scores if question.score is None else (*scores, f"npscomment:{question.id}")


def _ask(tx: Tx, now: datetime, question: Question) -> None:
    before = asked.asked_before(tx, question.person_id, now)
    zone = zone_name(before.timezone, tx.directory.desk.timezone)
    by_day = daytime(now, zone)
    later = by_day if by_day > now else _free_at(before, now, zone)
    if before.opted_out or people.roles(tx, question.person_id):  # they were made an agent meanwhile
        _skip(tx, now, question, "opted_out" if before.opted_out else "agent")
    elif later is None:
        _send(tx, now, question, zone)
    elif _too_late(tx, question, later):
        _skip(tx, now, question, "cooldown")
    else:
        alarms.put(tx, KIND, question.id, later)


def _free_at(before: Asked, now: datetime, zone: str) -> datetime | None:
    """From when on somebody may be asked again who was asked something lately; None for at once."""
    if before.last_asked_at is None or now >= before.last_asked_at + COOLDOWN:
        return None
    return daytime(before.last_asked_at + COOLDOWN, zone)


def _too_late(tx: Tx, question: Question, at: datetime) -> bool:
    wave = nps.wave_of(tx, question.wave)
    return wave is None or at > wave.started_at + LASTS


def _skip(tx: Tx, now: datetime, question: Question, reason: str) -> None:
    nps.change(tx, question.id, state="skipped", reason=reason)
    _note(tx, now, "skipped", question, reason=reason)


def _undeliverable(tx: Tx, now: datetime, question: Question, why: str) -> None:
    nps.change(tx, question.id, state="undeliverable", reason=why)
    alarms.put(tx, KIND, question.id, None)
    _note(tx, now, "undeliverable", question, reason=why)


def _send(tx: Tx, now: datetime, question: Question, zone: str) -> None:
    after = nps.change(tx, question.id, state="asked", asked_at=now, expires_at=expires_at(now))
    row = _said(tx, now, after, "nps.ask")
    if row is None:
        _undeliverable(tx, now, question, "no_account")
        return
    nps.change(tx, question.id, asked_in=row)
    alarms.put(tx, KIND, question.id, remind_at(now, zone))
    _note(tx, now, "asked", question)


def _remind(tx: Tx, now: datetime, question: Question) -> None:
    before = asked.asked_before(tx, question.person_id, now)
    by_day = daytime(now, zone_name(before.timezone, tx.directory.desk.timezone))
    wanted = question.reminded_at is None and not before.opted_out
    wanted = wanted and any(t.state == "sent" for t in _told(tx, question))  # who has not had it yet is asked
    assert question.expires_at is not None
    if wanted and now < by_day < question.expires_at:  # the alarm comes late, after a downtime
        alarms.put(tx, KIND, question.id, by_day)
        return
    alarms.put(tx, KIND, question.id, question.expires_at)
    if wanted and by_day <= now:
        row = _said(tx, now, question, "nps.remind")
        nps.change(tx, question.id, reminded_at=now, reminded_in=row)
        _note(tx, now, "reminded", question)


def _close(tx: Tx, now: datetime, question: Question) -> None:
    """Nothing can be answered or changed any more, and the buttons go."""
    if question.state == "asked":
        question = nps.change(tx, question.id, state="expired")
        _note(tx, now, "expired", question)
    if question.state in ("expired", "answered"):
        _put_right(tx, now, question)


def _said(tx: Tx, now: datetime, question: Question, say: str) -> int | None:
    """Asks by direct message where they last talked; returns the row in the outbox, None where no account of theirs can
    be written to."""
    talk = nps.last_talk(tx, question.person_id)
    facts: Mapping[str, Any] = {"nps": question.id, "desk": tx.directory.desk.name}
    prefer = talk[0] if talk else ""
    return outgoing.direct(tx, now, question.person_id, None, say, buttons(question), prefer=prefer, **facts)


def _told(tx: Tx, question: Question) -> list[Told]:
    return told.rows(tx, (question.asked_in, question.reminded_in))


def _put_right(tx: Tx, now: datetime, question: Question, found: list[Told] | None = None) -> None:
    """What was asked shows what was answered, as long as that can be changed with its buttons; and at the end that it
    is over. What waits to be asked is withdrawn."""
    found = _told(tx, question) if found is None else found
    told.withdraw(tx, found)
    is_over = question.expires_at is not None and now >= question.expires_at
    say = "thanks_comment" if question.comment else "thanks"
    if question.score is None or is_over:
        say = "expired" if question.score is None else "kept"
    actions = buttons(question) if say.startswith("thanks") else ()
    sent = [one for one in found if one.state == "sent"]
    outgoing.rewrite(tx, now, sent, f"nps.{say}", actions, score=question.score)


def _note(tx: Tx, now: datetime, what: str, question: Question, **facts: str) -> None:
    events.add(tx, now, f"nps_{what}", None, None, nps=question.id, person=question.person_id, **facts)


def _mine(tx: Tx, now: datetime, question_id: int, person_id: int) -> Question:
    """The question, locked, if this person was asked and it is still open. Raises NotYours, NpsOver."""
    found = nps.get(tx, question_id, lock=True)
    if found is None or found.person_id != person_id:
        raise NotYours
    # pressed is delivered, whatever the platform said of the sending
    is_open = found.state in ("asked", "answered", "undeliverable")
    if not is_open or found.expires_at is None or now >= found.expires_at:
        raise NpsOver
    return found


def _answered(of: Survey | Question) -> datetime:
    assert of.answered_at is not None
    return of.answered_at


def _is_unhappy(question: Question) -> bool:
    """Do they say why they would not recommend us?"""
    return question.comment is not None and question.score is not None and question.score <= NPS.low


def _tell_leads(tx: Tx, now: datetime, before: Question, question: Question) -> None:
    """The leads of the queue where they last asked, or its desk room where none of them can be reached, once; the words
    stay out of a confidential queue's notice."""
    if not _is_unhappy(question) or _is_unhappy(before) or not events.first_time(tx, f"nps/low/{question.id}", now):
        return
    talk = nps.last_talk(tx, question.person_id)
    ticket = tickets.get(tx, talk[1]) if talk else None
    if ticket is None:
        return
    queue = tx.directory.queue(ticket.queue)
    facts: dict[str, Any] = {
        "requester": name(tx, question.person_id),
        "score": question.score,
        "matter": gathered.matter(queue, ticket),
    }
    say, actions = "nps.low_private" if queue.private else "nps.low", (f"show:{ticket.number}",)
    if not queue.private:
        facts["quote"] = question.comment
    leads = sorted(who for who, role in people.members(tx, queue.key).items() if role == "lead")
    reached = [outgoing.direct(tx, now, who, ticket.number, say, actions, **facts) for who in leads]
    if not any(reached):
        outgoing.in_room(tx, now, queue, ticket.number, say, actions, **facts)
