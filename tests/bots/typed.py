"""People type commands and press buttons straight at the desk, without a platform between."""

from itertools import count

from bots import actions, commands
from bots.port import Answer, Command, Press
from inbox.model import Place
from tests.house import House

DESK = Place("acme", "C-DESK")
keys = count(1)


async def typed(house: House, who: str, words: str, *, language: str = "en", direct: bool = False) -> Answer:
    """Somebody types a command in the desk's room, or to the bot directly. Raises what the desk refuses."""
    place = Place("acme", f"D-{who.upper()}") if direct else DESK
    said = Command(f"typed/{next(keys)}", place, house.account(who), words, direct=direct)
    return await house.desk.do(actions.command, language, said, commands.parse(words))


async def pressed(house: House, who: str, action: str, *, language: str = "en") -> Answer:
    """Somebody presses a button. Raises what the desk refuses."""
    return await house.desk.do(
        actions.press, language, Press(f"pressed/{next(keys)}", DESK, house.account(who), action)
    )


def text_of(answer: Answer) -> str:
    assert answer.card is not None
    return answer.card.text


def offered(answer: Answer) -> list[str]:
    """The actions of all buttons of an answer."""
    assert answer.card is not None
    return [one.action for row in answer.card.buttons for one in row]
