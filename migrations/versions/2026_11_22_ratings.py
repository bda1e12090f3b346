"""Ratings are listed by queue, waves are counted, and a question of a wave is found where it was asked."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_ratings"
down_revision = "2026_11_22_mentions"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FILL = {
    "sqlite": "UPDATE survey SET queue = coalesce(json_extract(snapshot, '$.queue'), '')",
    "postgresql": "UPDATE survey SET queue = coalesce(snapshot ->> 'queue', '')",
}
WHICH = {
    "ix_survey_rated": "score IS NOT NULL",
    "ix_survey_low": "(score <= 2 OR (kind = 'ces' AND score <= 3))",
}


def upgrade() -> None:
    op.add_column("survey", sa.Column("queue", sa.String(length=64), server_default="", nullable=False))
    op.execute(FILL[op.get_bind().dialect.name])
    for name, which in WHICH.items():
        some = sa.text(which)
        op.create_index(name, "survey", ["queue", "answered_at", "id"], sqlite_where=some, postgresql_where=some)
    op.add_column("nps", sa.Column("asked_in", KEY, nullable=True))
    op.add_column("nps", sa.Column("reminded_in", KEY, nullable=True))
    op.create_index("ix_nps_wave", "nps", ["wave", "state", "score"])
