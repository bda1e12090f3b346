"""What people say about themselves: which accounts are theirs, and which language they read."""

from datetime import datetime

from bots.port import Answer, Card, Command
from inbox.desk import linking
from inbox.errors import BadInput
from inbox.locale import LANGUAGES, nearest, say
from inbox.model import Person
from inbox.store import Tx, people

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


def link(tx: Tx, now: datetime, language: str, person: Person, said: Command, words: str) -> Answer:
    """Hands out a code, or takes one that another account was given."""
    if not words:
        made = linking.code(tx, now, said.by)
        return Answer(Card(text=say(language, "answer.link.code", code=made)), secret=True)
    joined = linking.redeem(tx, now, said.by, words)
    return Answer(
        Card(text=say(language, "answer.link.done", accounts=linking.names(tx, joined.accounts))), secret=True
    )


def unlink(tx: Tx, now: datetime, language: str, person: Person, said: Command, words: str) -> Answer:
    """The account stands by itself again."""
    linking.unlink(tx, now, said.by)
    return Answer(Card(text=say(language, "answer.link.gone")), secret=True)


def choose_language(tx: Tx, now: datetime, language: str, person: Person, said: Command, words: str) -> Answer:
    """Everything that the bot says to this person is in that language from now on."""
    wanted = words.strip().casefold()
    chosen = NAMES.get(wanted) or nearest(wanted)
    if chosen not in LANGUAGES:
        raise BadInput("language_unknown")
    people.set_language(tx, person.id, chosen)
    return Answer(Card(text=say(chosen, "answer.language.set")))


DEEDS = {"link": link, "unlink": unlink, "language": choose_language}
