"""The command line: frontdesk run · migrate · check · rehearse · figures · hours · demo · slack-manifest."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

import structlog
import typer
from pydantic import SecretStr
from rich.console import Console

from frontdesk import config, logs
from frontdesk import settings as settings_module
from frontdesk.settings import Settings, SettingsError
from inbox.directory import Desk
from inbox.errors import BadInput, SchemaMismatch, StoreError
from inbox.locale import say

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="A support bot and shared inbox."
)
nps = typer.Typer(no_args_is_help=True, help="Would people recommend you? One question to all, in waves.")
app.add_typer(nps, name="nps")
console = Console(highlight=False)
complaints = Console(stderr=True, highlight=False)
log = structlog.get_logger("frontdesk")

BAD_SETTINGS = 2
Which = Literal["collisions"]


class Refusal(Exception):
    """The command cannot go on; the sentences say why and what to do."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def main() -> None:
    """Runs a command. Whatever goes wrong is a sentence and an exit code, never a traceback."""
    try:
        app()
    except Refusal as refusal:
        _complain(refusal.sentences)
    except (SettingsError, config.ConfigError) as error:
        _complain(str(problem) for problem in error.problems)
    except SchemaMismatch as error:
        _complain([error.facts["why"]])
    except StoreError as error:
        _complain([f"The database (DATABASE_URL) cannot be used: {error.facts['why']}"])
    except OSError as error:
        _complain([f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"])


def _complain(sentences: Any) -> None:
    for sentence in sentences:
        complaints.print(logs.redactor.clean(str(sentence)), markup=False, soft_wrap=True)
    sys.exit(BAD_SETTINGS)


def _settings() -> Settings:
    settings = settings_module.load()
    logs.configure(settings.log_format, settings.log_level, _secrets(settings))
    return settings


def _secrets(settings: Settings) -> list[str]:
    """What must stand in no log: tokens and keys, the database's address and the password in it."""
    known = [getattr(settings, name) for name in type(settings).model_fields]
    secrets = [value for value in [*known, *settings.prefixed.values()] if isinstance(value, SecretStr)]
    database = settings.database_url.get_secret_value()
    password = unquote(urlsplit(database).password or "")
    return [text for text in [*(s.get_secret_value() for s in secrets), password] if not text.startswith("sqlite")]


def _desk_file(settings: Settings) -> Desk | None:
    """The desk file; None where there is none and it was not asked for by name."""
    if settings.desk_file.exists():
        return config.load(settings.desk_file)
    if settings.desk_file != Path("desk.toml"):
        raise Refusal(f"DESK_FILE names {settings.desk_file}, and there is no such file.")
    return None


@app.command()
def run(
    only: Annotated[str, typer.Option(help="Roles of this process, with commas: web, bots, relay, scheduler.")] = "",
) -> None:
    """Starts Frontdesk: bots, relay, scheduler and the inbox in the browser."""
    from frontdesk import runner

    settings = _settings()
    desk = _desk_file(settings)
    roles = runner.roles_of(only)
    _serve(lambda stop: runner.run(settings, desk, roles, stop, console))


@app.command()
def migrate() -> None:
    """Brings the database to this version's schema."""
    from inbox.store import schema

    schema.migrate_database(_settings().database_url.get_secret_value())
    console.print(f"The database has the schema {schema.head()}.")


@app.command()
def check() -> None:
    """Looks through settings, desk file and database, and asks each platform whether all is right there."""
    from frontdesk import checking as look

    settings = _settings()
    desk = _desk_file(settings)
    problems = asyncio.run(look.check(settings, desk, console))
    raise typer.Exit(1 if problems else 0)


@nps.command("start")
def nps_start(
    sample: Annotated[float, typer.Option(help="Which share is asked: above 0, up to 1.")] = 1.0,
) -> None:
    """Begins a wave: asks who ever asked for help, and was in none for 90 days, whether they would recommend you."""
    from frontdesk import nps as waves

    _of_waves(lambda settings, desk: waves.start(settings, desk, sample, console))


@nps.command("show")
def nps_show(
    comments: Annotated[int, typer.Option(min=0, max=1000, help="How many of the newest comments to print, too.")] = 0,
) -> None:
    """Shows what the latest waves have brought: NPS is % promoters (9–10) − % detractors (0–6)."""
    from frontdesk import nps as waves

    _of_waves(lambda settings, desk: waves.show(settings, desk, comments, console))


def _of_waves(work: Callable[[Settings, Desk], Coroutine[Any, Any, None]]) -> None:
    settings = _settings()
    desk = _desk_file(settings)
    if desk is None:
        raise Refusal("There is no desk file here: run this where desk.toml is, or name it with DESK_FILE.")
    try:
        asyncio.run(work(settings, desk))
    except BadInput as error:
        raise Refusal(say("en", error.key)) from None


@app.command()
def rehearse(
    days: Annotated[int, typer.Option(min=1, max=3650, help="How many days to look back.")] = 14,
    file: Annotated[Path | None, typer.Option(help="The desk file to try; else the one in use.")] = None,
) -> None:
    """Shows what rules and policies would have done on the tickets of the last days, without doing it."""
    from frontdesk import rehearse as rehearsal

    settings = _settings()
    desk = config.load(file) if file else _desk_file(settings)
    if desk is None:
        raise Refusal("There is no desk file to try: name one with --file.")
    asyncio.run(rehearsal.rehearse_file(settings, desk, days, console))


@app.command()
def figures(
    which: Annotated[Which, typer.Argument(help="collisions: how often agents met over a ticket, or would have.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="How many days to look back, this one among them.")] = 7,
) -> None:
    """Prints figures of the last days by queue, with the tickets behind them."""
    from frontdesk.figures import show_collisions

    settings = _settings()
    desk = _desk_file(settings)
    if desk is None:
        raise Refusal("There is no desk file here: figures are told by its queues.")
    match which:
        case "collisions":
            asyncio.run(show_collisions(settings, desk, days, console))


@app.command()
def hours(
    name: Annotated[str, typer.Argument(help="Which of the desk file's opening hours; else all of them.")] = "",
    start: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day; else today.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=400, help="How many days to show.")] = 14,
    file: Annotated[Path | None, typer.Option(help="The desk file to look at; else the one in use.")] = None,
) -> None:
    """Shows day by day when opening hours are open, and why they are closed: holidays by their name."""
    from frontdesk import hours_table
    from frontdesk.app import wall_clock

    desk = config.load(file) if file else _desk_file(_settings())
    if desk is None:
        raise Refusal("There is no desk file to look at: name one with --file.")
    try:
        found = hours_table.calendars(desk, name)
    except LookupError as error:
        raise Refusal(str(error)) from None
    for calendar in found:
        hours_table.show(console, desk, calendar, start.date() if start else None, days, wall_clock())


@app.command()
def demo(
    fast: Annotated[bool, typer.Option("--fast", help="Without the pauses for reading.")] = False,
) -> None:
    """Tells a scripted life of tickets across the three simulated platforms, in about a minute."""
    from frontdesk.demo import tell

    logs.configure("auto", "error")
    raise typer.Exit(asyncio.run(tell(console, fast=fast)))


@app.command()
def slack_manifest(
    url: Annotated[str, typer.Option(help="The inbox's public address, for events over HTTP; else Socket Mode.")] = "",
    connection: Annotated[str, typer.Option(help="Which Slack connection it is for, where there are several.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of YAML.")] = False,
) -> None:
    """Prints the manifest of the Slack app, to be pasted where Slack makes apps."""
    from frontdesk.slack_app import text

    desk = _desk_file(_settings()) if url else None
    typer.echo(text(url, connection, desk, as_json=as_json), nl=False)


@app.command(hidden=True)
def platforms() -> None:
    """Prints docs/platforms.md: what each platform can do, as the code says it."""
    from frontdesk.abilities import page

    typer.echo(page(), nl=False)


@app.command(hidden=True)
def commands() -> None:
    """Prints docs/commands.md: what people may say, as the code knows it."""
    from frontdesk.commands_page import page

    typer.echo(page(), nl=False)


def _serve(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Runs until SIGTERM or SIGINT; `work` gets the event that then is set. A second signal ends at once."""

    async def serve() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def asked() -> None:
            if stop.is_set():
                raise SystemExit(130)
            stop.set()

        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, asked)
        await work(stop)

    if sys.platform == "win32":
        asyncio.run(serve())
        return
    import uvloop

    uvloop.run(serve())
