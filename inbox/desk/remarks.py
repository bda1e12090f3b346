"""Words that answer one of the desk's questions, where people can answer a message: a remark on what they rated.

Who has not rated yet says something else with them, and so does who sends files, or whose matter is open again: that is
part of the talk.
"""

from datetime import datetime

from inbox.desk import nps, surveys
from inbox.desk.thanks import only_thanks
from inbox.errors import DeskError
from inbox.model import Person, Said
from inbox.store import Tx, tickets, told
from inbox.store import nps as waves
from inbox.store import surveys as asked

APART = "\n"  # between a remark and the one before


def heard(tx: Tx, now: datetime, said: Said, person: Person) -> bool:
    """Keeps words as the remark on a rating, where they answer the question of it; false for all other words."""
    if not said.reply_to or said.files or only_thanks(said):
        return False
    shown = told.shown_by(tx, said.place.connection, said.place.room, said.reply_to)
    facts = shown.facts if shown else {}
    try:
        return _on_survey(tx, now, facts.get("survey"), person, said) or _on_wave(
            tx, now, facts.get("nps"), person, said
        )
    except DeskError:  # somebody else's, over, or too long for a remark
        return False


def _on_survey(tx: Tx, now: datetime, survey_id: int | None, person: Person, said: Said) -> bool:
    found = asked.get(tx, survey_id) if survey_id is not None else None
    ticket = tickets.get(tx, found.ticket) if found else None
    if found is None or found.score is None or ticket is None or ticket.unresolved:
        return False
    surveys.comment(tx, now, found.id, person.id, _after(found.comment, said.text))
    return True


def _on_wave(tx: Tx, now: datetime, question_id: int | None, person: Person, said: Said) -> bool:
    found = waves.get(tx, question_id) if question_id is not None else None
    if found is None or found.score is None:
        return False
    nps.comment(tx, now, found.id, person.id, _after(found.comment, said.text))
    return True


def _after(earlier: str | None, words: str) -> str:
    return words if not earlier else f"{earlier}{APART}{words}"
