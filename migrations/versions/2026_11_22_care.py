"""Promises kept: overrides, versions of policies, words said once, digests, waves of NPS, plans, muted reminders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_care"
down_revision = "2026_11_22_incident"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("ticket", sa.Column("muted_until", sa.BigInteger(), nullable=True))
    op.add_column("person", sa.Column("plan", sa.String(length=64), server_default="", nullable=False))
    _promises()
    _said_once()
    _nps()


def _person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f(f"fk_{table}_person_id"))


def _promises() -> None:
    op.create_table(
        "override",
        sa.Column("ticket", KEY, nullable=False),
        sa.Column("metric", sa.String(length=16), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_override_ticket")),
        _person("override"),
        sa.PrimaryKeyConstraint("ticket", "metric", name=op.f("pk_override")),
    )
    op.create_table(
        "policy_version",
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy_version")),
    )


def _said_once() -> None:
    op.create_table(
        "greeted",
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        _person("greeted"),
        sa.PrimaryKeyConstraint("person_id", "queue", name=op.f("pk_greeted")),
    )
    op.create_index("ix_greeted_until", "greeted", ["until"])
    op.create_table(
        "digest",
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("queue", "kind", "day", name=op.f("pk_digest")),
    )


def _nps() -> None:
    op.create_table(
        "nps_wave",
        sa.Column("id", KEY, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        _person("nps_wave"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nps_wave")),
    )
    op.create_table(
        "nps",
        sa.Column("id", KEY, nullable=False),
        sa.Column("wave", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("reminded_at", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["wave"], ["nps_wave.id"], name=op.f("fk_nps_wave")),
        _person("nps"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nps")),
        sa.UniqueConstraint("wave", "person_id", name=op.f("uq_nps_wave_person_id")),
    )
    op.create_index("ix_nps_person_id", "nps", ["person_id", "asked_at"])
