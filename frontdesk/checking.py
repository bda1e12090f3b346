"""`frontdesk check`: settings, desk file, database, and each platform asked whether all is right there."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from bots.port import Platform, StartError
from bots.ways import OFFERED
from frontdesk import config
from frontdesk.app import make_platform, wall_clock
from frontdesk.rooms import named_rooms, private_rooms, resolve, room_refs
from frontdesk.settings import Settings
from inbox.desk import asking, foresight, policies
from inbox.desk.door import Desk as Door
from inbox.desk.foresight import Move
from inbox.directory import PLATFORMS, AgentRef, Connection, Desk, Directory, Room
from inbox.errors import StoreError
from inbox.store import schema
from sla.hours import NoOpening

T = TypeVar("T")

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
        queues, connections = _many(len(desk.queues), "queue"), _many(len(desk.connections), "connection")
        say(f"{settings.desk_file}: {queues}, {connections}, no mistake.")
        problems += calendar_problems(desk, wall_clock())
        problems += await _connections(settings, desk, say)
        if not problems:
            await _promises(settings, desk, say)
    for problem in problems:
        say(f"✗ {problem}")
    say(f"{_many(len(problems), 'thing')} to mend." if problems else "All is well.")
    return problems


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


# the database


def _database(settings: Settings) -> list[str]:
    url = settings.database_url.get_secret_value()
    try:
        if not url.startswith("sqlite"):  # on SQLite `frontdesk run` migrates by itself
            schema.check_database(url)
    except StoreError as error:
        return [f"Database: {error.facts.get('why')}"]
    return []


async def _promises(settings: Settings, desk: Desk, say: "_Say") -> None:
    """What the next start would count anew, as the file was edited since the promises were given."""
    url = settings.database_url.get_secret_value()
    if _will_be_made(url):
        return
    opened = Door(url, Directory(desk), wall_clock)
    try:
        schema.check(opened.store.engine)
        moving = await opened.look(policies.count_stale)
        found = await opened.look(foresight.foreseen, wall_clock())
    except StoreError:  # not there yet, or older: the next start begins with that
        return
    finally:
        await opened.close()
    effects = list(_effects(found.moves))
    if moving:
        say(
            f"{moving} running promise{'s were' if moving > 1 else ' was'} given under another version of the policy: "
            "the next start counts what is promised now, from when it began."
        )
    elif effects:
        say("The desk file was edited since the last start. This is what the next one does to promises:")
    for sentence in effects or (["That changes nothing for them."] if moving else []):
        say(f"  {sentence}")
    if not found.whole:
        say(f"  These are of the first {foresight.LOOKED_AT} tickets; there are more.")


NAMED = 10  # tickets in a sentence
EFFECTS: Sequence[tuple[str, Callable[[Move], bool]]] = (
    ("with an earlier deadline", lambda move: move.earlier),
    ("with a later deadline", lambda move: move.later),
    ("stopped, as the ticket waits", lambda move: move.stopped),
    ("counted on although the ticket waits", lambda move: move.resumed),
    ("begun that was not promised before", lambda move: move.begun),
    ("promised no more", lambda move: move.ended),
    ("missed at once", lambda move: move.breached),
    ("missed now, and not any more then", lambda move: move.forgiven),
    ("of which people are told at once, or when they are at work", lambda move: move.told),
    ("whose ticket is escalated then", lambda move: move.escalated),
)


def _effects(moves: Sequence[Move]) -> Iterator[str]:
    """What an edited policy does to running promises, in sentences that name tickets."""
    for what, fits in EFFECTS:
        hit = [f"#{move.after.ticket} {move.after.metric.replace('_', ' ')}" for move in moves if fits(move)]
        more = f" and {len(hit) - NAMED} more" if len(hit) > NAMED else ""
        if hit:
            yield f"{len(hit)} {what}: {', '.join(hit[:NAMED])}{more}."


def _will_be_made(url: str) -> bool:
    return url.startswith("sqlite") and not Path(url.removeprefix("sqlite:///")).exists()


# the file, at this time of day


def calendar_problems(desk: Desk, now: datetime) -> list[str]:
    """Opening hours that somebody goes by and that have come to their end: nothing would be promised under them."""
    found = []
    for hours in {queue.policy.hours.name: queue.policy.hours for queue in desk.queues.values()}.values():
        try:
            hours.next_open(now)
        except NoOpening as error:
            found.append(f"hours.{hours.name}: {error}.")
    return found


# the connections


async def _without_file(settings: Settings, say: "_Say") -> list[str]:
    """No desk file: with tokens, what could be written into one; without, the playground's desk is used."""
    found: dict[str, tuple[str, Sequence[Room]]] = {}
    problems = []
    for connection in [Connection(platform, platform) for platform in PLATFORMS]:
        if not settings.tokens(connection).bot.get_secret_value():
            continue
        platform = make_platform(connection, settings.tokens(connection), wall_clock, (), settings.files)
        rooms, wrong = await _rooms(platform)
        await platform.stop()
        problems += [f"{connection.name}: {sentence}" for sentence in wrong]
        if rooms is not None:
            found[connection.name] = (connection.platform, rooms)
    if found:
        say(f"There is no {settings.desk_file} yet. This would be a beginning:\n\n{config.suggest(found)}")
        problems.append(f"Write {settings.desk_file}.")
    elif not problems:
        say("No token and no desk file: `frontdesk run` opens the playground.")
    return problems


async def _connections(settings: Settings, desk: Desk, say: "_Say") -> list[str]:
    """All connections are asked at once and told in the file's order, so that one that is down costs no more time."""
    tokens = [name for name, c in desk.connections.items() if settings.tokens(c).bot.get_secret_value()]
    if not tokens:
        say("No token of its bots is set: `frontdesk run` will need them.")
    found = await asyncio.gather(*(_ask(settings, desk, desk.connections[name]) for name in tokens))
    answers, problems = dict(zip(tokens, found, strict=True)), []
    for connection in desk.connections.values():
        called = f"{connection.name} ({connection.platform})"
        if connection.name in answers:
            say(f"{called}: {'see below' if answers[connection.name] else 'all right'}.")
            problems += [f"{connection.name}: {sentence}" for sentence in answers[connection.name]]
            continue
        missing = ", ".join(settings.missing(connection))
        say(f"{called}: no token, so it is not asked ({missing}).")
        if tokens:
            problems.append(f"{connection.name}: nothing is heard or said there until its token is set ({missing}).")
    return problems


async def _ask(settings: Settings, desk: Desk, connection: Connection) -> list[str]:
    """What is wrong with one connection: all that can be known, each thing once."""
    names = named_rooms(desk, connection.name)
    platform = make_platform(
        connection,
        settings.tokens(connection),
        wall_clock,
        names,
        settings.files,
        private=private_rooms(desk, connection.name),
    )
    try:
        rooms, found = await _rooms(platform)
        if rooms is None:
            found += await _in_time(platform.check({}, ()))
        else:
            wanted = {ref: place for ref, place in room_refs(desk).items() if place[0] == connection.name}
            resolved = resolve(wanted, {connection.name: rooms})
            refs = agent_refs(desk, connection.name)
            found += await _in_time(platform.check({ref: resolved.get(ref) for ref in wanted}, refs))
            found += privacy_problems(desk, resolved)
            found += menu_problems(Directory(desk, resolved), connection.name)
    except StartError as error:
        found.append(str(error))
    finally:
        await platform.stop()
    return list(dict.fromkeys(found))


async def _rooms(platform: Platform) -> tuple[Sequence[Room] | None, list[str]]:
    """The rooms, and why the connection could not start; they may be known all the same."""
    try:
        return await _in_time(platform.connect()), []
    except _Silent as error:
        return None, [str(error)]
    except StartError as error:
        problems = [str(error)]
    try:
        return await _in_time(platform.rooms()), problems
    except StartError:
        return None, problems


class _Silent(StartError):
    """It was asked and did not answer."""


async def _in_time(call: Awaitable[T]) -> T:
    try:
        return await asyncio.wait_for(call, ANSWER_SECONDS)
    except TimeoutError:
        raise _Silent(f"No answer within {ANSWER_SECONDS:.0f} s.") from None


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


def menu_problems(directory: Directory, connection: str) -> list[str]:
    """Whether people can choose more queues over a connection than menus show."""
    many = len(asking.choices(directory, connection))
    if many <= OFFERED:
        return []
    return [f"{many} queues take questions there; forms and panels show the first {OFFERED} of the file."]


class _Say(Protocol):
    def __call__(self, text: str) -> None: ...
