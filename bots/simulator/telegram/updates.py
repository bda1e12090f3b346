"""The queue of updates for the bot: ids, retention, offsets, one poller at a time.

Rules after core.telegram.org/bots/api#getting-updates and the public queue of the Bot API server (tdlib's TQueue):
an offset confirms what is below it; one that lies more than 10 above the newest id, or far below, is ignored.
"""

import asyncio
import json
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bots.simulator.telegram.errors import ApiError, conflict
from bots.simulator.telegram.world import Json, words

KEPT_SECONDS = 86_400.0
CALLBACK_KEPT_SECONDS = 150.0  # a press is of no use later; the server drops it from the queue
FUTURE, PAST = 10, 2_000_000
NOT_BY_DEFAULT = ("chat_member", "message_reaction", "message_reaction_count")
KINDS = words(
    "message edited_message channel_post edited_channel_post business_connection business_message"
    " edited_business_message deleted_business_messages message_reaction message_reaction_count inline_query"
    " chosen_inline_result callback_query shipping_query pre_checkout_query purchased_paid_media poll poll_answer"
    " my_chat_member chat_member chat_join_request chat_boost removed_chat_boost"
)
DEFAULT = frozenset(KINDS) - set(NOT_BY_DEFAULT)


@dataclass(frozen=True, slots=True)
class Queued:
    """An update as it stands in the queue: its text is fixed when it happens. `update` is None for poison."""

    id: int
    text: str
    expires_at: float
    update: Json | None


@dataclass(slots=True)
class Poll:
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    error: ApiError | None = None
    over: bool = False


class Updates:
    """`delivered` is called with each update that leaves towards the bot, `changed` when the bot begins to wait for
    some; ids start at random, by `seed`."""

    def __init__(
        self,
        clock: Callable[[], float],
        delivered: Callable[[Json], None],
        changed: Callable[[], None],
        seed: int,
    ) -> None:
        self.clock, self.delivered, self.changed = clock, delivered, changed
        self.random = random.Random(seed)
        self.next_id = self.random.randrange(PAST + 1, 1_000_000_000)
        self.queue: deque[Queued] = deque()
        self.allowed: frozenset[str] = DEFAULT
        self.chosen: list[str] = []
        self.arrived = asyncio.Event()
        self.twice = 0
        self.swap = False
        self._held: tuple[str, Json] | None = None
        self._poll: Poll | None = None

    @property
    def polled(self) -> bool:
        """Whether the bot waits for updates right now."""
        return self._poll is not None

    # arriving

    def add(self, kind: str, payload: Json) -> None:
        """Queues an update of that kind, if the bot asked for the kind."""
        if kind not in self.allowed:
            return
        if self.swap and self._held is None:
            self._held = (kind, payload)
            return
        self._push({kind: payload}, CALLBACK_KEPT_SECONDS if kind == "callback_query" else KEPT_SECONDS)
        if self._held:
            (kind, payload), self._held, self.swap = self._held, None, False
            self._push({kind: payload}, KEPT_SECONDS)

    def _push(self, body: Json, kept: float) -> None:
        update = {"update_id": self._id(), **body}
        text = json.dumps(update, ensure_ascii=False)
        for _ in range(2 if self.twice else 1):
            self.queue.append(Queued(update["update_id"], text, self.clock() + kept, update))
        self.twice = max(0, self.twice - 1)
        self._wake()

    def poison(self, payload: Json | str) -> int:
        """Queues something that is no proper update: a dict gets an id if it has none, a text goes out as it is."""
        number = self._id()
        text = payload if isinstance(payload, str) else json.dumps({"update_id": number, **payload})
        self.queue.append(Queued(number, text, self.clock() + KEPT_SECONDS, None))
        self._wake()
        return number

    def _id(self) -> int:
        number, self.next_id = self.next_id, self.next_id + 1
        return number

    def jump(self) -> int:
        """Ids go on from a random lower number, as after a week without updates; what waited expired long ago."""
        self.queue.clear()
        self.next_id = self.random.randrange(PAST + 1, max(PAST + 2, self.next_id - 1_000))
        return self.next_id

    def _wake(self) -> None:
        self.arrived.set()
        if self._poll:
            self._poll.woken.set()

    # leaving

    def allow(self, kinds: list[str] | None) -> None:
        """`allowed_updates`: None keeps what was chosen last, an empty list means the default."""
        if kinds is None:
            return
        known = [kind for kind in kinds if kind in KINDS]
        self.chosen, self.allowed = known, frozenset(known) if known else DEFAULT

    def expire(self) -> None:
        now = self.clock()
        self.queue = deque(item for item in self.queue if item.expires_at > now)

    def confirm(self, offset: int) -> None:
        """Forgets what is below the offset; a negative one keeps only that many of the newest."""
        self.expire()
        if offset < 0:
            offset = self.queue[offset].id if -offset <= len(self.queue) else 0
        if offset == 0 or offset > self.next_id + FUTURE or offset < self.next_id - PAST:
            return
        while self.queue and self.queue[0].id < offset:
            self.queue.popleft()

    def interrupt(self, text: str) -> None:
        """Ends the request that is waiting: the older poller loses."""
        if self._poll:
            self._poll.error = conflict(text)
            self._poll.woken.set()
            self._poll = None

    def close(self, error: ApiError | None = None) -> None:
        """Ends the waiting request, with nothing or with that refusal."""
        if self._poll:
            self._poll.error, self._poll.over = error, True
            self._poll.woken.set()
            self._poll = None

    async def poll(self, offset: int, limit: int, timeout: float) -> list[str]:
        """What waits, as JSON texts; waits up to `timeout` seconds. Raises ApiError where another poller came."""
        self.interrupt("terminated by other getUpdates request; make sure that only one bot instance is running")
        self.confirm(offset)
        poll = self._poll = Poll()
        self.changed()
        try:
            async with asyncio.timeout(timeout):
                while not self.queue and not poll.error and not poll.over:
                    poll.woken.clear()
                    await poll.woken.wait()
        except TimeoutError:
            pass
        finally:
            if self._poll is poll:
                self._poll = None
        if poll.error:
            raise poll.error
        self.expire()
        return self.take(limit)

    def take(self, limit: int) -> list[str]:
        batch = list(self.queue)[:limit]
        for item in batch:
            if item.update is not None:
                self.delivered(item.update)
        return [item.text for item in batch]
