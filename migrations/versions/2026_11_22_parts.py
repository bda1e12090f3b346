"""The messages of a post that takes several."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_parts"
down_revision = "2026_11_22_choice"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("copy", sa.Column("part", sa.SmallInteger(), server_default=sa.text("0"), nullable=False))
    op.create_index("ix_copy_outbox_id", "copy", ["outbox_id"])
