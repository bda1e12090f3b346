"""The app's Home tab: everybody's own page. https://docs.slack.dev/surfaces/app-home

Slack keeps what was published until something else is, and tells nobody that somebody still looks. So a page is drawn
for whoever opens it, and for a day after that whenever what it shows has changed.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bots.port import Ambiguous, Front, Hopeless, SendError, TryLater
from bots.slack import render
from bots.slack.calls import carried
from bots.slack.events import Reader
from bots.slack.tuning import Tuning
from inbox.errors import StoreUnavailable

log = structlog.get_logger("slack")

LATELY = timedelta(days=1)
MOST = 1_000  # readers who are remembered; beyond, who opened it longest ago is forgotten


class Readers:
    """Who opened their page during the last day, by the clock that is given."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._came: OrderedDict[str, datetime] = OrderedDict()

    def came(self, user: str) -> None:
        self._came[user] = self._clock()
        self._came.move_to_end(user)
        if len(self._came) > MOST:
            self._came.popitem(last=False)

    def gone(self, user: str) -> None:
        """There is no page of theirs any more."""
        self._came.pop(user, None)

    def lately(self) -> tuple[str, ...]:
        """Who came longest ago first."""
        since = self._clock() - LATELY
        while self._came and next(iter(self._came.values())) < since:
            self._came.popitem(last=False)
        return tuple(self._came)


class Home:
    """Publishes pages: at once to whoever opens the tab or does something there, and soon where things changed, each
    page at most once in `Tuning.home_seconds` and the last state in any case."""

    def __init__(self, client: AsyncWebClient, reader: Reader, front: Front, readers: Readers, tuning: Tuning) -> None:
        self._client, self._reader, self._front, self._readers = client, reader, front, readers
        self._tuning = tuning
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._shown: dict[str, tuple[float, int]] = {}  # when a page was drawn last, and a digest of it
        self._stale: set[str] = set()
        self._drawing: asyncio.Task[None] | None = None

    async def show(self, user: str) -> None:
        """Publishes a person's page as it is now; where Slack is not ready, soon. Where it refuses, that is logged."""
        self._readers.came(user)
        self._stale.discard(user)
        try:
            await self._draw(user, even_if_same=True)
        except SendError as error:
            log.warning("slack.home_not_shown", why=str(error))
            if not isinstance(error, Hopeless):  # nothing else would draw it before something changes
                self._shown[user] = (asyncio.get_running_loop().time() + getattr(error, "after", 0.0), 0)
                self.redraw({user})

    def redraw(self, users: Collection[str]) -> None:
        """These pages show what is no longer so."""
        self._stale |= set(users)
        if self._stale and (self._drawing is None or self._drawing.done()):
            self._drawing = asyncio.create_task(self._draw_stale(), name="slack home")

    def stop(self) -> None:
        """Draws nothing any more."""
        if self._drawing:
            self._drawing.cancel()

    async def _draw_stale(self) -> None:
        clock = asyncio.get_running_loop().time
        while self._stale:
            user = min(self._stale, key=self._due)
            wait = self._due(user) - clock()
            if wait > 0:
                await asyncio.sleep(min(wait, self._tuning.home_pace_seconds))
                continue  # meanwhile it may have been drawn, or another have become stale that is due before
            self._stale.discard(user)
            await asyncio.sleep(await self._drawn_anew(user))

    def _due(self, user: str) -> float:
        return self._shown[user][0] + self._tuning.home_seconds if user in self._shown else 0.0

    async def _drawn_anew(self, user: str) -> float:
        """Draws a stale page; the seconds until the next may be drawn."""
        try:
            pace = self._tuning.home_pace_seconds
            return pace if await self._draw(user) else pace / 4  # where Slack had no work, the desk had some
        except Hopeless as error:  # they left, or the tab was switched off
            self._readers.gone(user)
            log.warning("slack.home_not_shown", why=str(error))
            return self._tuning.home_pace_seconds
        except (TryLater, Ambiguous, StoreUnavailable) as error:
            self._stale.add(user)
            return getattr(error, "after", 0.0) or self._tuning.again_seconds
        except Exception as error:
            log.error("slack.home_not_drawn", exc_info=error)
            return self._tuning.home_pace_seconds

    async def _draw(self, user: str, *, even_if_same: bool = False) -> bool:
        """One after the other for each person, so that what is published last is what was so last. False where their
        page shows that already. Raises SendError's branches, and what the desk raises."""
        async with self._turns.setdefault(user, asyncio.Lock()):
            by = await self._reader.people.account(user, self._reader.lookup_seconds)
            view = render.home(await self._front.home(by))
            digest, before = hash(json.dumps(view)), self._shown.get(user, (0.0, 0))[1]
            self._remember(user, digest)
            if digest == before and not even_if_same:
                return False
            try:
                await carried(self._client.views_publish(user_id=user, view=view))
            except SendError:
                self._remember(user, 0)  # nobody knows what it shows
                raise
            return True

    def _remember(self, user: str, digest: int) -> None:
        if user not in self._shown and len(self._shown) >= MOST:
            self._shown.pop(next(iter(self._shown)))
        self._shown[user] = (asyncio.get_running_loop().time(), digest)
