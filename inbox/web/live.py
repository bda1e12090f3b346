"""Live pages: server-sent events that carry those of a page's parts that differ from what the browser shows.

A stream asks the database again after each commit that concerns it, and for the time that passes, twice a minute. It
looks every few seconds whether its reader may still read, and ends when not. Streams are bounded, and the more there
are the longer each rests between two looks, so that a burst of messages costs the same with one reader or a hundred.
"""

import asyncio
import re
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from inbox.desk import presence
from inbox.desk.signin import Reader
from inbox.errors import NotFound, StoreError, StoreUnavailable
from inbox.store import Change, Tx
from inbox.web.health import Metrics
from inbox.web.pages import BadQuery, Shown, TicketView, list_view, ticket_view, version
from inbox.web.site import SignedOut, Site, site

router = APIRouter()
MOST = 200  # streams of one process
MOST_EACH = 12  # of one session: so many windows of one reader follow along
REST_SECONDS = 0.2  # at least so long between two looks of a stream
REST_SHARE = 0.02  # and this much longer for every stream there is
REDRAW_SECONDS = 30.0  # ages and deadlines go on though nothing happens
BEAT_SECONDS = 15.0
RETRY_MS = 3000
PART = re.compile(r'^(?=<\w+ [^>]*\bdata-part=")', re.MULTILINE)  # what people write is escaped, and begins none


class Full(Exception):
    """As many streams as there may be."""


class Live:
    """The streams of this process. `check_seconds` is how soon a reader who may no longer read is noticed."""

    def __init__(self, metrics: Metrics, check_seconds: float = 3.0) -> None:
        self.check_seconds = check_seconds
        self._metrics = metrics
        self._sessions: Counter[str] = Counter()
        self._wakes: set[asyncio.Event] = set()
        self.closing = asyncio.Event()

    def admit(self, session: str) -> None:
        """Raises Full where there is no room for one more stream."""
        if self.closing.is_set() or len(self._wakes) >= MOST or self._sessions[session] >= MOST_EACH:
            raise Full

    @contextmanager
    def counted(self, session: str) -> Iterator[asyncio.Event]:
        """Counts a stream while it lasts; gives what wakes it."""
        wake = asyncio.Event()
        self._wakes.add(wake)
        self._sessions[session] += 1
        self._metrics.streams.inc()
        try:
            yield wake
        finally:
            self._wakes.discard(wake)
            self._sessions[session] -= 1
            self._sessions += Counter()  # forgets the sessions that have none left
            self._metrics.streams.dec()

    @property
    def rest(self) -> float:
        return REST_SECONDS + REST_SHARE * len(self._wakes)

    def close(self) -> None:
        """Ends every stream, so that the server can stop; the browsers come back by themselves."""
        self.closing.set()
        for wake in self._wakes:
            wake.set()


@router.get("/live")
async def live(request: Request) -> Response:
    """A stream of a page's parts. `page` is list or ticket, with that page's own question; `have` what is shown."""
    here, view = site(request), _wanted(request)
    reader, _ = await view.find(here, here.token(request))
    streams: Live = request.app.state.live
    streams.admit(reader.session.token_hash)
    shown = request.headers.get("last-event-id") or request.query_params.get("have", "")
    stream = Stream(here, streams, view, here.token(request), shown)
    return StreamingResponse(stream.events(reader), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _wanted(request: Request) -> Shown:
    query = request.query_params
    if query.get("page") == "list":
        return list_view(query)
    if query.get("page") == "ticket":
        return ticket_view(query.get("number", ""), query)
    raise BadQuery("page")


class Stream:
    """What one window is told. `shown` is the version of the parts that it shows."""

    def __init__(self, here: Site, streams: Live, view: Shown, token: str, shown: str) -> None:
        self._here, self._streams, self._view = here, streams, view
        self._token, self._shown = token, shown
        self._told_parts: set[str] = set()
        self._reader: Reader | None = None
        self._window, self._next_beat = f"web/{secrets.token_hex(4)}", 0.0

    async def _beat(self, reader: Reader) -> None:
        """Whoever has a ticket's page open is there, as long as the stream lasts."""
        clock = asyncio.get_running_loop().time
        if not isinstance(self._view, TicketView) or reader.person_id is None or clock() < self._next_beat:
            return
        self._next_beat = clock() + presence.HEARTBEAT.total_seconds()
        with suppress(StoreError):
            await self._here.desk.do(presence.here, self._view.number, reader.person_id, self._window)

    async def _leave(self, reader: Reader) -> None:
        if isinstance(self._view, TicketView) and reader.person_id is not None:
            with suppress(StoreError):
                await self._here.desk.do(presence.gone, self._view.number, reader.person_id, self._window)

    async def events(self, reader: Reader) -> AsyncIterator[str]:
        """The stream's text, until its reader may read no longer or the desk closes."""
        with self._streams.counted(reader.session.token_hash) as wake:
            wake.set()
            unsubscribe = self._here.desk.subscribe(lambda change: self._hear(change, wake))
            try:
                yield f"retry: {RETRY_MS}\n\n"
                async for event in self._told(reader, wake):
                    yield event
            except SignedOut:
                yield _event("signedout")
            except NotFound:
                yield _event("gone")
            finally:
                unsubscribe()
                await self._leave(reader)

    def _hear(self, change: Change, wake: asyncio.Event) -> None:
        if change.everything or self._view.concerns(change.tickets):
            wake.set()

    async def _told(self, reader: Reader, wake: asyncio.Event) -> AsyncIterator[str]:
        clock = asyncio.get_running_loop().time
        drawn = told = clock()
        while not self._streams.closing.is_set():
            await self._beat(self._reader or reader)
            stale = wake.is_set() or clock() - drawn >= REDRAW_SECONDS
            wake.clear()
            parts = await self._look(stale)
            if parts is not None:
                drawn = clock()
            news = self._news(parts) if parts is not None else ""
            if news:
                told = clock()
                yield _event("parts", news, self._shown)
            elif clock() - told >= BEAT_SECONDS:
                told = clock()
                yield ": still here\n\n"
            await _wait(self._streams.closing, self._streams.rest)
            await _wait(wake, self._streams.check_seconds)

    def _news(self, parts: str) -> str:
        """Those parts that the window does not show, "" for none; from now on it shows them all."""
        pieces = {version(piece): piece for piece in PART.split(parts)}
        news = "".join(piece for key, piece in pieces.items() if key not in self._told_parts)
        self._told_parts = set(pieces)
        if version(parts) == self._shown:
            return ""
        self._shown = version(parts)
        return news

    async def _look(self, stale: bool) -> str | None:
        """The parts as they are now, where they may have changed. Raises SignedOut, NotFound."""
        here, before = self._here, self._reader
        try:
            if not stale and before is not None:
                reader, _ = await here.ask(self._token, _nothing)
                if reader.roles == before.roles:
                    return None
            self._reader, found = await self._view.find(here, self._token)
        except StoreUnavailable:
            self._reader = None  # the next look asks again, for everything
            return None
        return self._view.draw(here, here.words(None, self._reader), self._reader, found)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _event(kind: str, data: str = "", id_: str = "") -> str:
    # a return by itself ends a line of the stream too; in a page it means the same as a line feed
    lines = "".join(f"data: {line}\n" for line in re.split("\r\n|\r|\n", data))
    return f"event: {kind}\n" + (f"id: {id_}\n" if id_ else "") + lines + "\n"


def _nothing(tx: Tx, reader: Reader) -> None:
    return None
