"""How Alembic runs here: on the connection it is given, inside the transaction that holds the migration lock."""

from alembic import context

from inbox.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=False, compare_type=True)
context.run_migrations()
