"""What the queues of one desk.toml must keep together: each may be right alone and wrong beside the others."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from frontdesk.toml_table import Table, listed, missing
from inbox.directory import Queue, Windows

Tables = Mapping[str, Table]


def check_queues(queues: Mapping[str, Queue], tables: Tables) -> str:
    """Notes what does not fit together, and gives the key of the default queue."""
    _check_escalation(queues, tables)
    _check_rooms(queues, tables)
    _check_private(queues, tables)
    return _default(queues, tables)


def check_windows(windows: Windows, table: Table) -> None:
    """Notes reminders that would come in the wrong order, or after the ticket was resolved."""
    reminders = (*windows.remind_pending, windows.resolve_pending)
    if any(later <= earlier for earlier, later in pairwise(reminders)):
        table.note("must grow, and end before resolve_pending", "remind_pending")


def _default(queues: Mapping[str, Queue], tables: Tables) -> str:
    marked = [queue.key for queue in queues.values() if queue.default]
    for key in marked[1:]:
        tables[key].note(f"{listed(marked[:1])} is the default queue already: only one can be", "default")
    if not marked and len(queues) > 1:
        first = next(iter(tables.values()))
        first.note("no queue is the default: write default = true in the one for what fits nowhere else", "default")
    return next(iter(marked or queues), "")


def _check_escalation(queues: Mapping[str, Queue], tables: Tables) -> None:
    for queue in queues.values():
        to = queue.escalates_to
        if to and to not in queues:
            tables[queue.key].note(missing(to, queues, "queue"), "escalates_to")
        elif to and queue.private and not queues[to].private:
            tables[queue.key].note(
                f"would show a private queue's tickets in {listed([to])}, which is not", "escalates_to"
            )
    for loop in _loops(queues):
        way = " → ".join([*loop, loop[0]])
        tables[loop[0]].note(f"goes round in a circle: {way}", "escalates_to")


def _loops(queues: Mapping[str, Queue]) -> Iterator[list[str]]:
    """Each circle of escalations once, from the queue in it that the file names first."""
    walked: set[str] = set()
    for start in queues:
        way: dict[str, None] = {}
        key = start
        while key in queues and key not in walked and key not in way:
            way[key] = None
            key = queues[key].escalates_to
        if key in way:
            circle = list(way)[list(way).index(key) :]
            first = min(circle, key=list(queues).index)
            yield circle[circle.index(first) :] + circle[: circle.index(first)]
        walked |= way.keys()


def _check_rooms(queues: Mapping[str, Queue], tables: Tables) -> None:
    desks = {queue.desk: queue.key for queue in reversed(list(queues.values())) if queue.desk}
    for queue in queues.values():
        for room in queue.intake:
            if room in desks:
                sentence = (
                    f"{room} is the desk room of {listed([desks[room]])}: requesters and agents need different rooms"
                )
                tables[queue.key].note(sentence, "intake", _written_at(tables[queue.key], str(room)))


def _check_private(queues: Mapping[str, Queue], tables: Tables) -> None:
    for queue in queues.values():
        if not queue.private:
            continue
        if not tables[queue.key].has("desk"):
            tables[queue.key].note("a private queue needs a private room for its agents", "desk")
        shared = [
            other.key for other in queues.values() if not other.private and queue.desk and other.desk == queue.desk
        ]
        if shared:
            tables[queue.key].note(f"a private queue cannot share its desk room with {listed(shared)}", "desk")


def _written_at(table: Table, text: str) -> int:
    """Where in the list of intake rooms that one stands."""
    items = [str(item).strip().lower() for item in table.items("intake")]
    return items.index(text.lower()) if text.lower() in items else 0
