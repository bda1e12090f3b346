"""The queue that somebody chose before they wrote."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_choice"
down_revision = "2026_11_22_words"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "choice",
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_choice_person_id")),
        sa.PrimaryKeyConstraint("person_id", "connection", name=op.f("pk_choice")),
    )
