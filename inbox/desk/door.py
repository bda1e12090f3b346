"""The desk's door: here `async` stops and the verbs begin.

await desk.do(claims.claim, ticket, agent)      a verb, in a transaction, answered after the commit
await desk.look(views.ticket_page, number)      a query
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from inbox.desk import delivery, rules
from inbox.directory import Directory
from inbox.store import Change, Store, Tx

P = ParamSpec("P")
T = TypeVar("T")


class Desk:
    """Verbs and queries over one store. `clock` gives the present as an aware UTC datetime."""

    def __init__(self, url: str, directory: Directory, clock: Callable[[], datetime], *, threads: int = 4) -> None:
        self.directory = directory
        self.now = clock
        self.store = Store(url, lambda: self.directory, threads=threads)

    async def do(self, verb: Callable[Concatenate[Tx, datetime, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `verb(tx, now, …)`, and then what the desk's rules make of it; raises what it raises, StoreUnavailable
        where the database fails."""
        now = self.now()

        def whole(tx: Tx) -> T:
            done = verb(tx, now, *args, **kwargs)
            rules.follow(tx, now)
            return done

        return await self.store.do(whole)

    async def look(self, query: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a query that writes nothing."""
        return await self.store.look(query, *args, **kwargs)

    async def moved(self, connection: str, old: str, new: str) -> None:
        """A room has another id: here from now on, and in other processes as soon as they read their rooms again."""
        await self.do(delivery.moved, connection, old, new)
        self.directory = self.directory.moved(connection, old, new)

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Calls `listener` after each commit, on the event loop; returns what ends it."""
        return self.store.subscribe(listener)

    async def close(self) -> None:
        await self.store.close()


async def together(work: Iterable[Awaitable[T]]) -> list[T]:
    """All of it at once; what one of them raises is raised when none runs any more."""
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    done: list[T] = []
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        done.append(outcome)
    return done
