"""The migrations and the tables say the same, on both engines."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.engine import make_url

from inbox.store import schema
from inbox.store.engine import connect
from inbox.store.tables import metadata, person, survey, ticket
from tests.house import MONDAY


def test_migrated_database_is_what_the_tables_say(database_url: str) -> None:
    engine = connect(make_url(database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    schema.check(engine)
    schema.migrate(engine)  # again: nothing to do
    engine.dispose()


def _as_of(engine: Engine, revision: str) -> None:
    """The database as a program of that time left it, with nothing in it."""
    metadata.drop_all(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
        command.upgrade(schema._config(connection), revision)


def test_ratings_that_were_there_are_those_of_the_queue_that_solved_it(database_url: str) -> None:
    engine = connect(make_url(database_url))
    by, at = {"name": "Anna", "created_at": MONDAY}, {"created_at": MONDAY, "updated_at": MONDAY, "due_at": MONDAY}
    asked = {"status": "resolved", "priority": "normal", "queue": "it", "connection": "acme", "language": "en"}
    _as_of(engine, "2026_11_22_mentions")
    with engine.begin() as connection:
        anna = connection.execute(insert(person).returning(person.c.id), by).scalar_one()
        new = insert(ticket).returning(ticket.c.number)
        for snapshot in ({"queue": "games", "assignee": 7}, {}):
            number = connection.execute(new, {"subject": "Lamp", "requester_id": anna, **asked, **at}).scalar_one()
            values = {"ticket": number, "cycle": 1, "person_id": anna, "kind": "csat", "state": "answered"}
            connection.execute(insert(survey), {**values, "planned_at": MONDAY, "snapshot": snapshot})
    schema.migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(select(survey.c.queue).order_by(survey.c.id)).scalars().all() == ["games", ""]
    engine.dispose()
