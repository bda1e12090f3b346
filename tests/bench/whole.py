"""The whole process: how long until it is ready, and how much memory it holds."""

import asyncio
import re
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from frontdesk.playground import DESK_NAME, start_platforms
from tests.bench.figures import Figure, Goal, middle
from tests.process import ROOT, environment, running

MEGABYTE = 1024 * 1024
READY = Goal("≤", 8)
WITHOUT, WITH = Goal("≤", 220), Goal("≤", 260)
# what the program stands on, and nothing of the program itself
LIBRARIES = """
import aiohttp, alembic, apscheduler, discord, fastapi, jinja2, slack_bolt.async_app, sqlalchemy, structlog, telegram
import typer, uvicorn, uvloop
print(open("/proc/self/status").read())
"""


async def measure(times: int) -> list[Figure]:
    """With the playground and without, each beside a process that only loads the libraries."""
    libraries = [await _libraries() for _ in range(times)]
    seconds, memory = (middle(values) for values in zip(*libraries, strict=True))
    return [
        *await _figures("with the playground", {"PLAYGROUND_PORT": "0"}, times, WITH, (seconds, memory)),
        *await _without(times, (seconds, memory)),
    ]


async def _without(times: int, plain: tuple[float, float]) -> list[Figure]:
    """The three platforms are another process here: this one."""
    platforms = await start_platforms()
    try:
        desk = ROOT / "frontdesk" / DESK_NAME
        pointed = environment(*platforms.all, desk=desk, database="")
        return await _figures("without", pointed, times, WITHOUT, plain)
    finally:
        await platforms.stop()


async def _figures(
    name: str, settings: Mapping[str, str], times: int, goal: Goal, plain: tuple[float, float]
) -> list[Figure]:
    section, runs = "The whole process", [await _run(settings) for _ in range(times)]
    seconds, fresh, used = (middle(values) for values in zip(*runs, strict=True))
    return [
        Figure(section, f"ready, {name}", seconds, "s", plain[0], goal=READY),
        Figure(section, f"resident when ready, {name}", fresh, "MB", plain[1], goal=goal),
        Figure(section, f"resident after its first page, {name}", used, "MB", plain[1], goal=goal),
    ]


async def _run(settings: Mapping[str, str]) -> tuple[float, float, float]:
    """Seconds until it is ready, and megabytes then and after somebody opened the inbox."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        own = {**settings, "INBOX_PORT": "0", "DATABASE_URL": f"sqlite:///{folder}/frontdesk.db"}
        began = time.perf_counter()
        async with running(Path(folder), own, "run") as process:
            await process.ready()
            took, fresh = time.perf_counter() - began, process.memory
            await asyncio.to_thread(_open, process.sign_in)
            return took, fresh / MEGABYTE, process.memory / MEGABYTE


def _open(link: str) -> None:
    """The operator signs in and reads the list."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(urllib.request.Request(link, data=b"", headers={"Accept": "text/html"})) as page:
        assert b"<h1" in page.read()


async def _libraries() -> tuple[float, float]:
    """Seconds and megabytes of a process that loads what ours stands on."""
    began = time.perf_counter()
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", LIBRARIES, stdout=asyncio.subprocess.PIPE)
    out, _ = await child.communicate()
    found = re.search(rb"VmRSS:\s+(\d+) kB", out)
    assert found
    return time.perf_counter() - began, int(found[1]) / 1024
