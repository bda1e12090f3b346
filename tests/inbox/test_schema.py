"""The migrations and the tables say the same, on both engines."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select, text
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


BEFORE_RATINGS = (
    "DROP INDEX ix_survey_rated",
    "DROP INDEX ix_survey_low",
    "ALTER TABLE survey DROP COLUMN queue",
    "DROP INDEX ix_nps_wave",
    "ALTER TABLE nps DROP COLUMN asked_in",
    "ALTER TABLE nps DROP COLUMN reminded_in",
    "UPDATE alembic_version SET version_num = '2026_11_22_mentions'",
)


def test_ratings_that_were_there_are_those_of_the_queue_that_solved_it(database_url: str) -> None:
    engine = connect(make_url(database_url))
    by, at = {"name": "Anna", "created_at": MONDAY}, {"created_at": MONDAY, "updated_at": MONDAY, "due_at": MONDAY}
    asked = {"status": "resolved", "priority": "normal", "queue": "it", "connection": "acme", "language": "en"}
    with engine.begin() as connection:
        anna = connection.execute(insert(person).returning(person.c.id), by).scalar_one()
        new = insert(ticket).returning(ticket.c.number)
        for snapshot in ({"queue": "games", "assignee": 7}, {}):
            number = connection.execute(new, {"subject": "Lamp", "requester_id": anna, **asked, **at}).scalar_one()
            values = {"ticket": number, "cycle": 1, "person_id": anna, "kind": "csat", "state": "answered"}
            connection.execute(insert(survey), {**values, "planned_at": MONDAY, "snapshot": snapshot})
        for statement in BEFORE_RATINGS:
            connection.execute(text(statement))
    schema.migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(select(survey.c.queue).order_by(survey.c.id)).scalars().all() == ["games", ""]
    engine.dispose()
