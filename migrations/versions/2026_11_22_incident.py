"""The incidents of a queue are found without looking at its other tickets."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_incident"
down_revision = "2026_11_22_daily"
branch_labels = None
depends_on = None

LIVE = sa.text("incident AND status IN ('new', 'open', 'pending', 'on_hold')")


def upgrade() -> None:
    op.create_index("ix_ticket_incident", "ticket", ["queue", "number"], sqlite_where=LIVE, postgresql_where=LIVE)
