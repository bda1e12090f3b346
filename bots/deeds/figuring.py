"""What leads ask of figures: how often colleagues met over a ticket, or would have."""

from collections.abc import Sequence

from bots.deeds.doing import Doing
from bots.port import Answer, Card
from bots.texts import length, phrase
from inbox.desk import figures
from inbox.desk.figures import Figure, Spread
from inbox.errors import BadInput, NotAllowed
from inbox.locale import say

DAYS, MOST_DAYS = 7, 31  # of a longer time the command line tells: nobody here waits for it
SHOWN = 12  # tickets of one figure


def collisions(doing: Doing) -> Answer:
    """ "/figures", "/figures 30", "/figures 30 it": the last days of the queues that the person leads, or of one."""
    led = {queue for queue, role in doing.roles.items() if role == "lead"}
    if not led:
        raise NotAllowed
    days, queue = _asked(doing, led)
    since, until = figures.last_days(doing.tx.directory, doing.now, days)
    found = figures.collisions(doing.tx, led, since, until, queue)
    heading = phrase(doing.language, "figures.title", {"since": since.isoformat()}, doing.tx.directory.desk.timezone)
    about = doing.tx.directory.queue(queue).title if queue else ""
    shown = tuple((say(doing.language, f"figures.{one.kind}"), told(one, doing.language)) for one in found)
    return Answer(Card(title=heading, text=about, fields=shown))


def told(figure: Figure, language: str) -> str:
    """One figure in a few lines, with the tickets behind it."""
    lines = [str(figure.n)]
    if figure.calendar and figure.opening:
        lines += [_spread(figure.calendar, language)]
        lines += [say(language, "figures.opening", times=_spread(figure.opening, language))]
    return "\n".join((*lines, *filter(None, [numbers(figure.tickets)])))


def numbers(tickets: Sequence[int]) -> str:
    """The first tickets of many."""
    rest = [f"(+{len(tickets) - SHOWN})"] if len(tickets) > SHOWN else []
    return " ".join((*(f"#{number}" for number in tickets[:SHOWN]), *rest))


def _spread(spread: Spread, language: str) -> str:
    times = {"median": spread.median, "most": spread.p90, "mean": spread.mean}
    return say(language, "figures.times", **{name: length(seconds, language) for name, seconds in times.items()})


def _asked(doing: Doing, led: set[str]) -> tuple[int, str | None]:
    """How many days, and which queue. Raises BadInput (`figures_days`, `no_queue`)."""
    first, _, rest = doing.words.partition(" ")
    number = first if first.isdecimal() else ""
    if number and (len(number) > len(str(MOST_DAYS)) or not 0 < int(number) <= MOST_DAYS):
        raise BadInput("figures_days", most=MOST_DAYS)
    return int(number or DAYS), _queue(doing, rest.strip() if number else doing.words.strip(), led)


def _queue(doing: Doing, named: str, led: set[str]) -> str | None:
    titles = {key: doing.tx.directory.queue(key).title for key in sorted(led)}
    wanted = named.casefold()
    found = next((key for key, title in titles.items() if wanted in (key.casefold(), title.casefold())), None)
    if named and found is None:
        raise BadInput("no_queue", words=named[:40], queues=", ".join(titles.values()))
    return found


COMMANDS = {"figures": collisions}
