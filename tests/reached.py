"""Which (verb, status, platform, surface) the tests reached: written down as they run, told at their end.

The verb is the desk's or, of what people type, press and fill in, the deed's ("said.claim"); the status is the ticket's
before it, the platform where the ticket's requester asked (of a deed, where it was done). The surface is by what it was
done: words, mark, command, button, form, pointing, the web's pages or its API; "itself" for a verb that the desk or a
test called.
"""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bots import deeds
from bots.port import Command, Filled, Pointed, Press
from inbox.desk import intake
from inbox.desk.door import Desk
from inbox.model import Reacted, Said, Ticket
from inbox.store import Tx, messages, threads, tickets

Key = tuple[str, str, str, str]
REACHED: Counter[Key] = Counter()
VERBS = {"claims", "replies", "lifecycle", "intake", "surveys", "care", "actions"}
VERBS |= {
    "absence",
    "incidents",
    "merging",
    "moving",
    "plans",
    "muting",
    "priorities",
    "reactions",
    "sorting",
    "splitting",
}
VERBS |= {"tags", "targets", "acting", "api"}
SURFACES = {
    Said: "words",
    Reacted: "mark",
    Command: "command",
    Press: "button",
    Filled: "form",
    Pointed: "pointing",
}
IN_WEB = {"acting": "web", "api": "api"}
OF_MESSAGE = {"send_held", "take_and_send", "claim_and_send", "keep_as_note", "discard", "undo"}
OF_PERSON = {"away", "back", "claim_next", "give_back_all"}
OF_WORDS = {"send", "takesend", "claimsend", "asnote", "discard", "undo", "retry", "resend"}


def _ticket(tx: Tx, verb: str, argument: object) -> Ticket | None:
    if isinstance(argument, Said) and argument.place.thread:
        found = intake._thread_of(tx, argument)
        return tickets.get(tx, found.ticket) if found else None
    if not isinstance(argument, int) or verb in OF_PERSON:
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
    if isinstance(deed, Command):
        name, number = args[2].verb.name, args[2].ticket or _here(tx, deed)
    else:
        name, _, argument = (deed.action if isinstance(deed, Press) else deed.form).partition(":")
        first = argument.split(":")[0]
        number = int(first) if first.isdecimal() and len(first) < 10 else 0
        if name in OF_WORDS:
            message = messages.get(tx, number)
            number = message.ticket or 0 if message else 0
        elif name not in deeds.TICKET and name not in deeds.FORMS:
            number = 0
    return f"said.{name}", tickets.get(tx, number) if 0 < number < 10**9 else None, deed.place.connection


def _in_web(tx: Tx, args: tuple[Any, ...]) -> tuple[str, Ticket | None, str]:
    """(verb, ticket, connection) of a page's form, or a request to the API."""
    name, _, number = args[:3]
    if name in OF_WORDS:
        message = messages.get(tx, number)
        number = message.ticket or 0 if message else 0
    ticket = tickets.get(tx, number) if 0 < number < 10**9 else None
    return f"said.{name}", ticket, ticket.connection if ticket else ""


def _here(tx: Tx, typed: Command) -> int:
    found = threads.by_place(tx, typed.place.connection, typed.place.room, typed.place.thread)
    return found.ticket if found and typed.place.thread else 0


def _done(tx: Tx, module: str, name: str, args: tuple[Any, ...]) -> tuple[str, Ticket | None, str]:
    before = _ticket(tx, name, args[0]) if args else None
    place = getattr(args[0], "place", None) if args else None
    return f"{module}.{name}", before, before.connection if before else getattr(place, "connection", "")


def noting(verb: Callable[..., Any]) -> Callable[..., Any]:
    """The verb, noted down with what it was done to and by what."""
    bare = getattr(verb, "func", verb)
    module, name = bare.__module__.rsplit(".", 1)[-1], bare.__name__

    def noted(tx: Tx, now: datetime, *args: Any, **more: Any) -> Any:
        if name in ("_done", "_once"):
            label, before, connection = _in_web(tx, args)
        else:
            label, before, connection = _acted(tx, args) if module == "actions" else _done(tx, module, name, args)
        surface = next((SURFACES[type(each)] for each in args if type(each) in SURFACES), IN_WEB.get(module, "itself"))
        platform = tx.directory.platform(connection) or "-"
        REACHED[label, before.status if before else "-", platform, surface] += 1
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
        REACHED[key[0], key[1], key[2], key[3]] += times


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
    verbs, statuses, platforms, surfaces = (len({key[n] for key in REACHED}) for n in range(4))
    terminalreporter.write_line(
        f"reached {len(REACHED)} (verb, status, platform, surface): "
        f"{verbs}, {statuses}, {platforms} and {surfaces} different ones; {path}"
    )
