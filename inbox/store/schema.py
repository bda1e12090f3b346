"""Which schema a database has, and how it gets to ours."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

import migrations
from inbox.errors import SchemaMismatch
from inbox.store.engine import connect, unavailable

MIGRATION_LOCK = 727_001_946  # PostgreSQL advisory lock: two processes that migrate at once wait for each other


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The newest revision that this program knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(connection: Connection) -> str:
    """The database's revision, "" for an empty one."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def migrate(engine: Engine) -> None:
    """Brings the database to our schema; idempotent. Raises SchemaMismatch for a newer one, StoreUnavailable."""
    try:
        with engine.connect() as connection:
            sqlite = engine.dialect.name == "sqlite"
            connection.exec_driver_sql(
                "BEGIN IMMEDIATE" if sqlite else f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"
            )
            _refuse_newer(current(connection))
            command.upgrade(_config(connection), "head")
            if sqlite:
                connection.exec_driver_sql("COMMIT")
            else:
                connection.commit()
    except SQLAlchemyError as error:
        raise unavailable(error) from error


def migrate_database(url: str) -> None:
    """The same for the database at an address."""
    engine = connect(make_url(url))
    try:
        migrate(engine)
    finally:
        engine.dispose()


def check_database(url: str) -> None:
    """`check` for the database at an address."""
    engine = connect(make_url(url))
    try:
        check(engine)
    finally:
        engine.dispose()


def check(engine: Engine) -> None:
    """Raises SchemaMismatch, with a sentence that says what to do, unless the database has our schema."""
    try:
        with engine.connect() as connection:
            found = current(connection)
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        raise unavailable(error) from error
    if found == head():
        return
    _refuse_newer(found)
    what = "is empty" if not found else f"has the older schema {found}, this program needs {head()}"
    raise SchemaMismatch(why=f"The database {what}. Run `frontdesk migrate`, then start again.")


def _refuse_newer(found: str) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found and found not in known:
        raise SchemaMismatch(
            why=f"The database has the schema {found}, which this version of Frontdesk does not know. "
            "Start the newer version, or restore a backup from before the upgrade."
        )
