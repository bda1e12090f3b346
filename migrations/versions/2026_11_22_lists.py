"""Lists of nags follow their tickets; agents have quiet hours of their own; old firings are found through an index."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_lists"
down_revision = "2026_11_22_stuck"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "listed",
        sa.Column("outbox_id", KEY, nullable=False),
        sa.Column("line", sa.SmallInteger(), nullable=False),
        sa.Column("ticket", KEY, nullable=False),
        sa.Column("metric", sa.String(length=16), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("shows", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_listed_ticket")),
        sa.PrimaryKeyConstraint("outbox_id", "line", name=op.f("pk_listed")),
    )
    op.create_index("ix_listed_ticket", "listed", ["ticket"])
    op.create_index("ix_listed_at", "listed", ["at"])
    op.add_column("preference", sa.Column("quiet", sa.String(length=11), server_default="", nullable=False))
    op.create_index("ix_firing_at", "firing", ["at"])
