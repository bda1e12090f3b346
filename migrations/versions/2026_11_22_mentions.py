"""An edit that is told before its words keeps whom it mentions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_mentions"
down_revision = "2026_11_22_care"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("early_change", sa.Column("mentions", JSON, server_default=sa.text("'[]'"), nullable=False))
