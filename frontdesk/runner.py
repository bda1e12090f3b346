"""`frontdesk run`: the app, and the playground around it where no token at all is set."""

import asyncio
import gc
import tempfile
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from frontdesk import settings as settings_module
from frontdesk.app import ROLES, App
from frontdesk.settings import Settings
from inbox.directory import Desk

if TYPE_CHECKING:
    from bots.simulator.playground import Playground

PLAYGROUND_FRAMES = "http://127.0.0.1:{port} http://localhost:{port}"


def roles_of(only: str) -> frozenset[str] | None:
    """The roles that `--only` names; None for all. Exits with a sentence for one that does not exist."""
    names = [name.strip() for name in only.split(",") if name.strip()]
    for name in names:
        if name not in ROLES:
            from frontdesk.cli import Refusal

            raise Refusal(f"--only knows the roles {', '.join(ROLES)}; {name!r} is none of them.")
    return frozenset(names) or None


async def run(
    settings: Settings, desk: Desk | None, only: frozenset[str] | None, stop: asyncio.Event, console: Console
) -> None:
    """Runs until `stop` is set, then drains."""
    connections = tuple(desk.connections.values()) if desk else ()
    if settings.playground_on(connections):
        if desk is not None and settings.playground != "on":
            from frontdesk.cli import Refusal

            raise Refusal(
                f"There is {settings.desk_file}, and no token of its bots is set: write them into .env (.env.example "
                "names them). Or set PLAYGROUND=on to try that desk on simulated platforms."
            )
        await _with_playground(settings, desk, only, stop, console)
        return
    if desk is None:
        from frontdesk.cli import Refusal

        raise Refusal(
            "There is no desk file yet. `frontdesk check` looks at the rooms that your bots can see and says what to "
            f"write into {settings.desk_file}."
        )
    app = App(settings, desk, secret=settings_module.secret_key(settings).get_secret_value(), only=only)
    await _until(app, stop, console)


async def _until(app: App, stop: asyncio.Event, console: Console) -> None:
    async def begin() -> None:
        await app.start()
        await _greet(app, console)

    try:
        await _unless(stop, begin())
        await stop.wait()
    finally:
        await app.stop()


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Does it, unless `stop` is set before it is done: a start may wait for a platform that does not answer."""
    task, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if stop.is_set():
        task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _greet(app: App, console: Console, playground: str = "") -> None:
    for name, (up, why) in app.health().items():
        console.print(f"  {name}: {'connected' if up else why}", markup=False)
    if "web" in app.roles:
        console.print(f"  inbox: {await app.sign_in_link(None)}", markup=False, soft_wrap=True)
        console.print("  (a one-time link for you, the operator, good for an hour)")
    if playground:
        console.print(f"  playground: {playground} (open this in your browser)", markup=False, soft_wrap=True)
    gc.freeze()  # what was loaded stays to the end, and is not looked through for garbage each time much is read
    console.print("Frontdesk is ready.")


async def _with_playground(
    settings: Settings, desk: Desk | None, only: frozenset[str] | None, stop: asyncio.Event, console: Console
) -> None:
    """The platforms forget everything at the end, so what the desk knows of them does not outlive them either."""
    from frontdesk import playground

    port = playground.free_port(settings.playground_port)
    frames = PLAYGROUND_FRAMES.format(port=port)
    secret = settings_module.secret_key(settings).get_secret_value()
    with tempfile.TemporaryDirectory(prefix="frontdesk-playground-") as folder:
        platforms = await playground.start_platforms()
        page: Playground | None = None
        pointed = playground.with_database(playground.point_to(settings, platforms), Path(folder))
        app = App(pointed, desk or playground.desk(), secret=secret, only=only, frame_ancestors=frames)

        async def begin() -> None:
            nonlocal page
            await app.start()
            link = await app.sign_in_link(None) if "web" in app.roles else ""
            page = await playground.open_page(platforms, link, port)
            await _greet(app, console, page.url)

        try:
            await _unless(stop, begin())
            await stop.wait()
        finally:
            if page:
                await page.stop()
            await app.stop()
            await platforms.stop()
