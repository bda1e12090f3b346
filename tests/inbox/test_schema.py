"""The migrations and the tables say the same, on both engines."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import make_url

from inbox.store import schema
from inbox.store.engine import connect
from inbox.store.tables import metadata


def test_migrated_database_is_what_the_tables_say(database_url: str) -> None:
    engine = connect(make_url(database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    schema.check(engine)
    schema.migrate(engine)  # again: nothing to do
    engine.dispose()
