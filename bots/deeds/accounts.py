"""What people say about themselves: which accounts are theirs, and which language they read."""

from dataclasses import replace

from bots.deeds.doing import Doing
from bots.port import Answer, Card
from inbox.desk import linking
from inbox.errors import BadInput
from inbox.locale import LANGUAGES, nearest, say
from inbox.store import people

# what the languages are called in each of them
NAMES = {
    "english": "en",
    "engelska": "en",
    "engelsk": "en",
    "svenska": "sv",
    "swedish": "sv",
    "svensk": "sv",
    "dansk": "da",
    "danska": "da",
    "danish": "da",
}


def link(doing: Doing) -> Answer:
    """Hands out a code, or takes one that another account was given."""
    by = doing.by
    if not doing.words:
        made = linking.code(doing.tx, doing.now, by)
        return replace(doing.told("answer.link.code", code=made), secret=True)
    joined = linking.redeem(doing.tx, doing.now, by, doing.words)
    return replace(doing.told("answer.link.done", accounts=linking.names(doing.tx, joined.accounts)), secret=True)


def unlink(doing: Doing) -> Answer:
    """The account stands by itself again."""
    linking.unlink(doing.tx, doing.now, doing.by)
    return replace(doing.told("answer.link.gone"), secret=True)


def choose_language(doing: Doing) -> Answer:
    """Everything that the bot says to this person is in that language from now on."""
    wanted = doing.words.strip().casefold()
    chosen = NAMES.get(wanted) or nearest(wanted)
    if chosen not in LANGUAGES:
        raise BadInput("language_unknown")
    people.set_language(doing.tx, doing.person.id, chosen)
    return Answer(Card(text=say(chosen, "answer.language.set")))


COMMANDS = {"link": link, "unlink": unlink, "language": choose_language}
