"""What people think of the help: ratings and their comments, whether they may be asked, and waves of NPS."""

import re

from bots.deeds.daily import OFF, ON
from bots.deeds.doing import Doing
from bots.port import Answer, Card
from bots.texts import when
from inbox.desk import access, nps, surveys
from inbox.errors import BadInput
from inbox.locale import say
from inbox.store import surveys as asked
from inbox.store.nps import Figures

SHARE = re.compile(r"(?P<number>\d{1,3}(?:[.,]\d{1,4})?)\s*(?P<percent>%?)")


def rate(doing: Doing) -> Answer:
    survey, score = doing.numbers(2)
    surveys.rate(doing.tx, doing.now, survey, doing.person.id, score)
    return doing.told("answer.rated")


def comment(doing: Doing) -> Answer:
    """Words to a rating: to the latest where they are typed, to the one that the form is about."""
    words = doing.said()
    if doing.typed is None:
        surveys.comment(doing.tx, doing.now, doing.number, doing.person.id, words)
    elif not doing.again:
        nps.comment_latest(doing.tx, doing.now, doing.person.id, words)
    return doing.told("answer.commented")


def recommend(doing: Doing) -> Answer:
    question, score = doing.numbers(2)
    nps.rate(doing.tx, doing.now, question, doing.person.id, score)
    return doing.told("answer.rated")


def why(doing: Doing) -> Answer:
    """Words to what one answered in a wave."""
    nps.comment(doing.tx, doing.now, doing.number, doing.person.id, doing.said())
    return doing.told("answer.commented")


def survey(doing: Doing) -> Answer:
    """Whether the person wants to be asked; without a word, how that is."""
    word = doing.words.strip().casefold()
    if not word:
        out = asked.opted_out(doing.tx, doing.person.id)
        return doing.told("answer.survey.is_off" if out else "answer.survey.is_on")
    if word not in OFF and word not in ON:
        raise BadInput("survey_word")
    surveys.opt(doing.tx, doing.now, doing.person.id, out=word in OFF)
    return doing.told("answer.survey.off" if word in OFF else "answer.survey.on")


def wave(doing: Doing) -> Answer:
    """Starts a wave, of all or of a share, or shows what the latest have brought. For admins."""
    access.check_admin(doing.tx, doing.person.id)
    verb, _, rest = doing.words.strip().partition(" ")
    if verb.casefold() == "start":
        begun = nps.start(doing.tx, doing.now, _share(rest), doing.person.id)
        return doing.told("answer.nps.started", n=begun.asked)
    if verb:
        raise BadInput("nps_word")
    found = nps.results(doing.tx)
    if not found:
        return doing.told("answer.nps.none")
    lines = [_line(doing, figures) for figures in found]
    return Answer(Card(title=say(doing.language, "answer.nps.title"), text="\n".join(lines)))


def _share(words: str) -> float:
    """ "20%", "0.2" or nothing, which is all. Raises BadInput."""
    if not words.strip():
        return 1.0
    found = SHARE.fullmatch(words.strip())
    if not found:
        raise BadInput("nps_sample")
    number = float(found["number"].replace(",", "."))
    return number / 100 if found["percent"] else number


def _line(doing: Doing, figures: Figures) -> str:
    day = when(figures.wave.started_at, doing.language, doing.zone)
    rate = figures.response_rate
    facts = {
        "day": day,
        "score": figures.shown,
        "answers": figures.answers,
        "asked": figures.asked,
        "rate": "–" if rate is None else f"{rate:.0%}",
        "waiting": figures.waiting,
    }
    return say(doing.language, "answer.nps.line", **facts)


COMMANDS = {"comment": comment, "survey": survey, "nps": wave}
BUTTONS = {"rate": rate, "thumb": rate, "ease": rate, "nps": recommend}
FORMS = {"comment": comment, "npscomment": why}
