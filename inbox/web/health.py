"""For machines: is the process alive, is it ready, and its figures. No word of a ticket is told here.

Nothing counts tickets: a scrape costs the same with a thousand as with a million.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from inbox.desk import gaps, leases
from inbox.desk.door import Desk
from inbox.desk.signin import Reader
from inbox.errors import NotFound, StoreUnavailable
from inbox.store import Tx, views
from inbox.web.guard import from_here
from inbox.web.site import Health, SignedOut, Site, site

router = APIRouter()
PROBE_SECONDS = 3.0
WRITE_SECONDS, AGAIN_SECONDS = 10.0, 2.0  # between two trial writes, and after one that failed
COUNTED = 10_000  # the most outbox rows of a connection that a scrape counts
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """The figures that the process keeps; `registry` may take those of others too.

    `ticks` is for the scheduler: seconds of one tick.
    """

    def __init__(self) -> None:
        mine = self.registry = CollectorRegistry()
        self.ticks = Histogram(
            "frontdesk_tick_seconds", "How long a tick of the scheduler took.", registry=mine, buckets=SECONDS
        )
        self.requests = Histogram(
            "frontdesk_http_seconds",
            "How long an answer took to begin.",
            ("route", "status"),
            registry=mine,
            buckets=SECONDS,
        )
        self.streams = Gauge("frontdesk_live_streams", "Windows that follow along now.", registry=mine)
        self.errors = Counter("frontdesk_http_errors_total", "Answers that failed unexpectedly.", registry=mine)


class TrialWrites:
    """Can the database be written? Tried by renewing a lease that nobody needs, seldom enough to cost nothing: however
    often and by how many that is asked, one answer lasts for some seconds. `clock` gives seconds."""

    def __init__(self, desk: Desk, clock: Callable[[], float] = time.monotonic) -> None:
        self._desk, self._clock = desk, clock
        self._trying = asyncio.Lock()
        self._why, self._until = "", 0.0

    async def why_not(self) -> str:
        """Why it cannot, in a sentence; "" where it can."""
        async with self._trying:
            if self._clock() >= self._until:
                self._why = await self._try()
                self._until = self._clock() + (AGAIN_SECONDS if self._why else WRITE_SECONDS)
            return self._why

    async def _try(self) -> str:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self._desk.do(leases.take, "readyz", "readyz")
        except StoreUnavailable as error:
            return f"It can be read but not written: {error.facts.get('why') or 'it failed'}"
        except TimeoutError:
            return f"It can be read, but a write was not done within {PROBE_SECONDS:.0f} s."
        return ""


class _Scraped(Collector):
    """What is asked for at a scrape."""

    def __init__(self, figures: "_Figures | None", connections: Mapping[str, bool]) -> None:
        self._figures, self._connections = figures, connections

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily(
            "frontdesk_connection_up", "Whether a connection to a platform stands.", labels=["connection"]
        )
        for name, stands in self._connections.items():
            up.add_metric([name], float(stands))
        yield up
        figures = self._figures
        yield GaugeMetricFamily("frontdesk_database_up", "Whether the database answers.", float(figures is not None))
        if figures is None:
            return
        yield CounterMetricFamily("frontdesk_events_total", "Events in the log so far.", figures.events)
        yield GaugeMetricFamily(
            "frontdesk_gaps", "Stretches whose words no platform told, of the last 30 days.", figures.gaps
        )
        live = GaugeMetricFamily(
            "frontdesk_outbox_live", f"What waits to be said, counted to {COUNTED}.", labels=["connection"]
        )
        for name, rows in figures.outbox.items():
            live.add_metric([name], rows)
        yield live


@router.get("/healthz")
async def alive() -> Response:
    """The process answers."""
    return JSONResponse({"alive": True})


@router.get("/readyz")
async def ready(request: Request) -> Response:
    """200 where the database and every connection stand, else 503; on this machine, with what is down and why, and
    what could not be read of late."""
    writes: TrialWrites = request.app.state.writes
    database, connections = await _database(site(request)) or await writes.why_not(), _connections(request)
    good = not database and all(stands for stands, _ in connections.values())
    told: dict[str, object] = {"ready": good}
    if from_here(request.scope):
        told["database"] = {"up": not database} | ({"why": database} if database else {})
        told["connections"] = {
            name: {"up": stands} | ({} if stands else {"why": why}) for name, (stands, why) in connections.items()
        }
        if found := [] if database else await _gaps(site(request)):
            told["gaps"] = found
    return JSONResponse(told, 200 if good else 503)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """The figures in Prometheus' text form: for this machine, and for the operator from elsewhere."""
    here = site(request)
    if not from_here(request.scope):
        await _operators_only(here, request)
    kept: Metrics = request.app.state.metrics
    connections = {name: stands for name, (stands, _) in _connections(request).items()}
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            since = here.desk.now() - gaps.LATELY
            figures = await here.desk.look(_figures, sorted(here.desk.directory.desk.connections), since)
    except (StoreUnavailable, TimeoutError):
        figures = None
    passing = CollectorRegistry()
    passing.register(_Scraped(figures, connections))
    text = generate_latest(kept.registry) + generate_latest(passing)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


async def _database(here: Site) -> str:
    """Why the database does not answer, "" where it does."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await here.desk.look(views.last_event)
    except StoreUnavailable as error:
        return str(error.facts.get("why", "")) or "it failed"
    except TimeoutError:
        return f"no answer within {PROBE_SECONDS:.0f} s"
    return ""


async def _gaps(here: Site) -> list[Mapping[str, Any]]:
    """What could not be read, the newest first: no reason not to be ready, but nothing to keep quiet about."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            found = await here.desk.look(gaps.latest, here.desk.now() - gaps.LATELY)
    except (StoreUnavailable, TimeoutError):
        return []
    return [event.facts for event in found]


def _connections(request: Request) -> Mapping[str, tuple[bool, str]]:
    health: Health = request.app.state.health
    return health()


class _Figures(NamedTuple):
    """What a scrape asks of the database."""

    events: int
    gaps: int
    outbox: Mapping[str, int]


def _figures(tx: Tx, connections: list[str], since: datetime) -> _Figures:
    return _Figures(views.last_event(tx), gaps.count(tx, since), views.outbox_live(tx, connections, COUNTED))


async def _operators_only(here: Site, request: Request) -> None:
    """Raises NotFound for anybody but the operator: there is nothing to see for others."""
    try:
        reader, _ = await here.ask(here.token(request), _nothing)
    except SignedOut:
        raise NotFound from None
    if not reader.operator:
        raise NotFound


def _nothing(tx: Tx, reader: Reader) -> None:
    return None
