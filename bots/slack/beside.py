"""What goes on beside the acknowledgements."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import structlog

log = structlog.get_logger("slack")


class Beside:
    """Work of one connection that nobody waits for, but the end."""

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Does something while the acknowledgement goes out. A failure is logged."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._done)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """What the current task does meanwhile is waited for at the end, too."""
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            yield
        finally:
            self._under_way.discard(task)

    async def drain(self, seconds: float) -> None:
        """Waits for what is under way."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and task.exception():
            log.error("slack.failed_beside", exc_info=task.exception())
