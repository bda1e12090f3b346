"""Where a ticket stands: pending, on hold, resolved, reopened, closed."""

from collections.abc import Callable
from datetime import datetime

from bots.deeds.doing import Doing
from bots.port import Answer
from inbox.desk import lifecycle
from inbox.model import Ticket
from inbox.store import Tx


def _moved(verb: Callable[[Tx, datetime, int, int], Ticket], key: str) -> Callable[[Doing], Answer]:
    def deed(doing: Doing) -> Answer:
        verb(doing.tx, doing.now, doing.number, doing.person.id)
        return doing.told(key, ticket=doing.number)

    return deed


TICKET = {
    "pending": _moved(lifecycle.pend, "answer.pending"),
    "hold": _moved(lifecycle.hold, "answer.on_hold"),
    "resolve": _moved(lifecycle.resolve, "answer.resolved"),
    "reopen": _moved(lifecycle.reopen, "answer.reopened"),
    "close": _moved(lifecycle.close, "answer.closed"),
}
