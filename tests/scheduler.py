"""Schedulers as processes of their own, for tests that kill them: `python -m tests.scheduler URL`.

For each line "start" that it reads it forks one, which beats in small lots until it is killed, and prints its pid. For
"beats N" they may beat so often, whoever of them is first; each prints how many alarms each beat of its handled, as
"PID COUNT". When the input ends all of them do.
"""

import asyncio
import os
import signal
import sys
import traceback
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

from inbox.desk import alarms
from inbox.desk.door import Desk
from inbox.directory import Directory
from sla.ladder import Step
from tests.bench.deadlines import offices
from tests.house import MONDAY, Clock

LOT = 25
REST_SECONDS = 0.05  # of a scheduler that found nothing to do
NOW = MONDAY + timedelta(hours=1, minutes=1)


def directory() -> Directory:
    """A broken promise is told in the ticket's own thread, where it can be counted, and in the room."""
    desk = offices().desk
    told = (Step("breach", 1.0, ("thread", "room")),)
    queues = {key: replace(queue, policy=replace(queue.policy, ladder=told)) for key, queue in desk.queues.items()}
    return replace(offices(), desk=replace(desk, queues=queues))


async def beat(url: str, leave: int) -> None:
    """Until it is killed; each beat takes a byte of what may be beaten."""
    desk, pid = Desk(url, directory(), Clock(NOW)), os.getpid()
    while os.read(leave, 1):
        handled = await alarms.tick(desk, LOT)
        tell(f"{pid} {handled}")
        if not handled:
            await asyncio.sleep(REST_SECONDS)


def tell(line: str) -> None:
    """In one piece: all of them write to the same pipe."""
    os.write(1, f"{line}\n".encode())


def _be_one(url: str, leave: int) -> NoReturn:
    """What follows in the one that forked it is never its own to do."""
    try:
        asyncio.run(beat(url, leave))
    finally:
        traceback.print_exc()
        os._exit(1)


def main(url: str) -> None:
    alarms.CROWD, alarms.TOGETHER = LOT, LOT // 2  # a beat of several transactions, and no more than its lot
    started, (leave, give) = [], os.pipe()
    for line in sys.stdin:
        if line.startswith("beats"):
            os.write(give, b"." * int(line.split()[1]))
            continue
        pid = os.fork()
        if not pid:
            _be_one(url, leave)
        started.append(pid)
        tell(f"{pid}")
    for pid in started:  # the dead were not waited for, so that no number went to somebody else
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main(sys.argv[1])
