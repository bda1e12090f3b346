"""`frontdesk check`: settings, desk file, database, and each platform asked whether all is right there."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from bots.port import Platform, StartError
from frontdesk import config
from frontdesk.app import make_platform, wall_clock
from frontdesk.rooms import named_rooms, resolve, room_refs
from frontdesk.settings import Settings
from inbox.directory import PLATFORMS, AgentRef, Connection, Desk, Room
from inbox.errors import StoreError
from inbox.store import schema

ANSWER_SECONDS = 20.0


class Printer(Protocol):
    """Where the report goes (a Rich console)."""

    def print(self, text: str, *, markup: bool, soft_wrap: bool) -> None: ...


async def check(settings: Settings, desk: Desk | None, console: Printer) -> list[str]:
    """Prints what is right and what is not; returns the sentences about what is not."""

    def say(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    problems = _database(settings)
    say("Settings: read without a mistake.")
    if desk is None:
        problems += await _without_file(settings, say)
    else:
        say(f"{settings.desk_file}: {len(desk.queues)} queues, {len(desk.connections)} connections, no mistake.")
        problems += await _connections(settings, desk, say)
    for problem in problems:
        say(f"✗ {problem}")
    mend = "1 thing to mend." if len(problems) == 1 else f"{len(problems)} things to mend."
    say(mend if problems else "All is well.")
    return problems


def _database(settings: Settings) -> list[str]:
    url = settings.database_url.get_secret_value()
    try:
        if not url.startswith("sqlite"):  # on SQLite `frontdesk run` migrates by itself
            schema.check_database(url)
    except StoreError as error:
        return [f"Database: {error.facts.get('why')}"]
    return []


async def _without_file(settings: Settings, say: "_Say") -> list[str]:
    """No desk file: with tokens, what could be written into one; without, the playground's desk is used."""
    connections = [Connection(platform, platform) for platform in PLATFORMS]
    found: dict[str, tuple[str, Sequence[Room]]] = {}
    problems = []
    for connection in connections:
        if not settings.tokens(connection).bot.get_secret_value():
            continue
        try:
            platform = make_platform(connection, settings.tokens(connection), wall_clock, ())
            found[connection.name] = (connection.platform, await _in_time(platform))
            await platform.stop()
        except StartError as error:
            problems.append(f"{connection.name}: {error}")
    if found:
        say(f"There is no {settings.desk_file} yet. This would be a beginning:\n\n{config.suggest(found)}")
        problems.append(f"Write {settings.desk_file}.")
    elif not problems:
        say("No token and no desk file: `frontdesk run` opens the playground.")
    return problems


async def _in_time(platform: Platform) -> Sequence[Room]:
    try:
        return await asyncio.wait_for(platform.connect(), ANSWER_SECONDS)
    except TimeoutError:
        raise StartError(f"No answer within {ANSWER_SECONDS:.0f} s.") from None


async def _connections(settings: Settings, desk: Desk, say: "_Say") -> list[str]:
    problems = []
    if not any(settings.tokens(connection).bot.get_secret_value() for connection in desk.connections.values()):
        say("No token of its bots is set: `frontdesk run` will need them.")
    for connection in desk.connections.values():
        missing = settings.missing(connection)
        if missing:
            say(f"{connection.name} ({connection.platform}): no token, so it is not asked ({', '.join(missing)}).")
            continue
        try:
            found = await _ask(settings, desk, connection)
        except StartError as error:
            found = [str(error)]
        say(f"{connection.name} ({connection.platform}): {'all right' if not found else 'see below'}.")
        problems += [f"{connection.name}: {sentence}" for sentence in found]
    return problems


async def _ask(settings: Settings, desk: Desk, connection: Connection) -> list[str]:
    names = named_rooms(desk, connection.name)
    platform = make_platform(connection, settings.tokens(connection), wall_clock, names)
    try:
        rooms = await _in_time(platform)
        wanted = {ref: place for ref, place in room_refs(desk).items() if place[0] == connection.name}
        resolved = resolve(wanted, {connection.name: rooms})
        found = list(
            await platform.check({ref: resolved.get(ref) for ref in wanted}, agent_refs(desk, connection.name))
        )
        return [*found, *privacy_problems(desk, resolved)]
    finally:
        await platform.stop()


def agent_refs(desk: Desk, connection: str) -> list[AgentRef]:
    """Who the desk file names on a connection, each once."""
    refs = [ref for q in desk.queues.values() for ref in (*(q.agents if q.agents != "members" else ()), *q.leads)]
    return list(dict.fromkeys(ref for ref in (*refs, *desk.admins) if ref.connection == connection))


def privacy_problems(desk: Desk, rooms: dict[str, Room]) -> list[str]:
    """Desk rooms that must be private and are not."""
    found = []
    for queue in desk.queues.values():
        room = rooms.get(str(queue.desk)) if queue.desk else None
        if room and not room.private and (queue.private or queue.agents == "members"):
            why = "the queue is private" if queue.private else "its members are the queue's agents"
            found.append(f"queues.{queue.key}.desk: {room.name} is a public room, and {why}. Make it private.")
    return found


class _Say(Protocol):
    def __call__(self, text: str) -> None: ...
