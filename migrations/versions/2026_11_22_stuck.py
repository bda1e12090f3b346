"""What waits for its author's decision is found by its author: the list shows it on every page."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_stuck"
down_revision = "2026_11_22_ratings"
branch_labels = None
depends_on = None

STUCK = sa.text("state IN ('held', 'failed', 'unknown')")


def upgrade() -> None:
    op.create_index("ix_message_stuck", "message", ["author_id", "ticket"], sqlite_where=STUCK, postgresql_where=STUCK)
    op.drop_index("ix_message_held", "message")
