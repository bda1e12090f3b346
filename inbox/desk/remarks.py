"""Words that answer one of the desk's questions, where people can answer a message: a number is the rating itself, and
words on what was rated are its comment.

Who has not rated yet says something else with words, and so does who sends files, or whose matter is open again: that
is part of the talk.
"""

import re
from datetime import datetime

from inbox.desk import nps, surveys
from inbox.desk.thanks import SKIN_TONES, only_thanks
from inbox.errors import DeskError
from inbox.model import Person, Said
from inbox.store import Tx, tickets, told
from inbox.store import nps as waves
from inbox.store import surveys as asked
from sla.survey import NPS, SCALES, THUMBS, Kind

APART = "\n"  # between a remark and the one before
NUMBER = re.compile(r"(?P<score>\d{1,2})(?:\s*/\s*(?P<of>\d{1,2}))?[.!]*")


def heard(tx: Tx, now: datetime, said: Said, person: Person) -> bool:
    """Takes words as a rating, or as the remark on one, where they answer the question of it; false for all others."""
    if not said.reply_to or said.files:
        return False
    shown = told.shown_by(tx, said.place.connection, said.place.room, said.reply_to)
    facts = shown.facts if shown else {}
    try:
        if facts.get("survey") is not None:
            return _on_survey(tx, now, facts["survey"], person, said)
        return facts.get("nps") is not None and _on_wave(tx, now, facts["nps"], person, said)
    except DeskError:  # somebody else's, over, or too long for a remark
        return False


def _on_survey(tx: Tx, now: datetime, survey_id: int, person: Person, said: Said) -> bool:
    found = asked.get(tx, survey_id)
    ticket = tickets.get(tx, found.ticket) if found else None
    if found is None or ticket is None or ticket.unresolved:
        return False
    score = _score(found.kind, said.text)
    if score is not None:
        surveys.rate(tx, now, found.id, person.id, score)
    elif found.score is None or only_thanks(said):
        return False
    else:
        surveys.comment(tx, now, found.id, person.id, _after(found.comment, said.text))
    return True


def _on_wave(tx: Tx, now: datetime, question_id: int, person: Person, said: Said) -> bool:
    found = waves.get(tx, question_id)
    score = _number(said.text, NPS.scores)
    if found is None or (score is None and (found.score is None or only_thanks(said))):
        return False
    if score is not None:
        nps.rate(tx, now, found.id, person.id, score)
    else:
        nps.comment(tx, now, found.id, person.id, _after(found.comment, said.text))
    return True


def _score(kind: Kind, text: str) -> int | None:
    """The rating that somebody typed instead of pressing it."""
    if kind != "thumbs":
        return _number(text, SCALES[kind].scores)
    thumb = SKIN_TONES.sub("", text.strip())
    return next((score for score, one in THUMBS.items() if one == thumb), None)


def _number(text: str, scores: tuple[int, ...]) -> int | None:
    """ "4", "4!" or "4/5" on that scale; None for anything else."""
    found = NUMBER.fullmatch(text.strip())
    if found is None or int(found["score"]) not in scores or int(found["of"] or scores[-1]) != scores[-1]:
        return None
    return int(found["score"])


def _after(earlier: str | None, words: str) -> str:
    return words if not earlier else f"{earlier}{APART}{words}"
