"""Which (verb, status, platform) the tests reached: written down as they run, told at their end.

The verb is the desk's, the status the ticket's before it, the platform where the ticket's requester asked.
"""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bots import deeds
from bots.port import Command, Pointed, Press
from inbox.desk import intake
from inbox.desk.door import Desk
from inbox.model import Said, Ticket
from inbox.store import Tx, messages, tickets

REACHED: Counter[tuple[str, str, str]] = Counter()
VERBS = ("claims", "replies", "lifecycle", "intake", "surveys", "care", "actions")
OF_MESSAGE = {"send_held", "take_and_send", "claim_and_send", "keep_as_note", "discard", "undo"}


def _ticket(tx: Tx, verb: str, argument: object) -> Ticket | None:
    if isinstance(argument, Said) and argument.place.thread:
        found = intake._thread_of(tx, argument)
        return tickets.get(tx, found.ticket) if found else None
    if not isinstance(argument, int):
        return None
    if verb in OF_MESSAGE:
        message = messages.get(tx, argument)
        return tickets.get(tx, message.ticket) if message and message.ticket else None
    return tickets.get(tx, argument)


def _acted(tx: Tx, args: tuple[Any, ...]) -> tuple[str, Ticket | None, str]:
    """(verb, ticket, connection) of a press, a command or a form; the platform is the one where it was done."""
    deed = args[1]
    if isinstance(deed, Pointed):
        return "said.pointed", None, deed.by.connection
    if isinstance(deed, Press):
        name, _, argument = deed.action.partition(":")
        first = argument.split(":")[0]
        number = int(first) if first.isdecimal() and len(first) < 13 else 0
    elif isinstance(deed, Command):
        name, number = args[2].verb.name, args[2].ticket or 0
    else:
        name, number = deed.form.partition(":")[0], 0
    known = name in deeds.TICKET or isinstance(deed, Command)
    return f"said.{name}", tickets.get(tx, number) if known and 0 < number < 10**9 else None, deed.place.connection


def _done(tx: Tx, module: str, name: str, args: tuple[Any, ...]) -> tuple[str, Ticket | None, str]:
    before = _ticket(tx, name, args[0]) if args else None
    place = getattr(args[0], "place", None) if args else None
    return f"{module}.{name}", before, before.connection if before else getattr(place, "connection", "")


def noting(verb: Callable[..., Any]) -> Callable[..., Any]:
    """The verb, noted down with what it was done to."""
    bare = getattr(verb, "func", verb)
    module, name = bare.__module__.rsplit(".", 1)[-1], bare.__name__

    def noted(tx: Tx, now: datetime, *args: Any, **more: Any) -> Any:
        label, before, connection = _acted(tx, args) if module == "actions" else _done(tx, module, name, args)
        REACHED[label, before.status if before else "-", tx.directory.platform(connection) or "-"] += 1
        return verb(tx, now, *args, **more)

    return noted if module in VERBS else verb


@pytest.fixture(autouse=True, scope="session")
def _note_what_is_reached() -> Any:
    patch = pytest.MonkeyPatch()
    do = Desk.do

    async def noted(self: Desk, verb: Callable[..., Any], *args: Any, **more: Any) -> Any:
        return await do(self, noting(verb), *args, **more)

    patch.setattr(Desk, "do", noted)
    yield
    patch.undo()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker process ended: what it reached counts with the rest."""
    for *key, times in getattr(node, "workeroutput", {}).get("reached", ()):
        REACHED[key[0], key[1], key[2]] += times


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["reached"] = [[*key, times] for key, times in REACHED.items()]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """One line, and the whole table as JSON beside pytest's cache."""
    if not REACHED:
        return
    cache = getattr(config, "cache", None)
    if cache is None:
        return
    path = Path(str(cache.mkdir("reached"))) / "reached.json"
    path.write_text(json.dumps([[*key, times] for key, times in sorted(REACHED.items())], indent=0))
    verbs, statuses, platforms = (len({key[n] for key in REACHED}) for n in range(3))
    terminalreporter.write_line(
        f"reached {len(REACHED)} (verb, status, platform): {verbs}, {statuses} and {platforms} different ones; {path}"
    )
