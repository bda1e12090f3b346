"""The daily work: fields, tags, followers, relations, canned responses, absences, rules that fired, presence."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_daily"
down_revision = "2026_11_22_parts"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    _columns()
    _of_tickets()
    _of_agents()
    _of_the_desk()


def _columns() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("ticket", sa.Column("merged_into", KEY, nullable=True))
        op.create_foreign_key(op.f("fk_ticket_merged_into"), "ticket", "ticket", ["merged_into"], ["number"])
    else:  # SQLite adds a column with its reference, and no reference later; Alembic would copy the table
        op.execute(
            "ALTER TABLE ticket ADD COLUMN merged_into INTEGER"
            " CONSTRAINT fk_ticket_merged_into REFERENCES ticket (number)"
        )
    op.add_column("ticket", sa.Column("incident", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("ticket", sa.Column("topic", sa.String(length=64), nullable=True))
    op.create_index("ix_ticket_merged_into", "ticket", ["merged_into"])
    op.add_column("identity", sa.Column("email", sa.String(length=254), nullable=True))
    op.create_index("ix_identity_email", "identity", ["email"])
    op.add_column("membership", sa.Column("skills", JSON, server_default=sa.text("'[]'"), nullable=False))
    op.add_column("membership", sa.Column("assigned_at", sa.BigInteger(), nullable=True))


def _ticket(table: str, column: str = "ticket") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["ticket.number"], name=op.f(f"fk_{table}_{column}"))


def _person(table: str, column: str = "person_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["person.id"], name=op.f(f"fk_{table}_{column}"))


def _of_tickets() -> None:
    op.create_table(
        "ticket_field",
        sa.Column("ticket", KEY, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        _ticket("ticket_field"),
        sa.PrimaryKeyConstraint("ticket", "name", name=op.f("pk_ticket_field")),
    )
    op.create_table(
        "tag",
        sa.Column("ticket", KEY, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        _ticket("tag"),
        sa.PrimaryKeyConstraint("ticket", "name", name=op.f("pk_tag")),
    )
    op.create_index("ix_tag_name", "tag", ["name", "ticket"])
    op.create_table(
        "follower",
        sa.Column("ticket", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        _ticket("follower"),
        _person("follower"),
        sa.PrimaryKeyConstraint("ticket", "person_id", name=op.f("pk_follower")),
    )
    op.create_index("ix_follower_person_id", "follower", ["person_id", "ticket"])
    op.create_table(
        "relation",
        sa.Column("source", KEY, nullable=False),
        sa.Column("target", KEY, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _ticket("relation", "source"),
        _ticket("relation", "target"),
        sa.PrimaryKeyConstraint("source", "target", "kind", name=op.f("pk_relation")),
    )
    op.create_index("ix_relation_target", "relation", ["target", "kind", "source"])
    op.create_table(
        "presence",
        sa.Column("ticket", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("surface", sa.String(length=16), nullable=False),
        sa.Column("writing", sa.Boolean(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        _ticket("presence"),
        _person("presence"),
        sa.PrimaryKeyConstraint("ticket", "person_id", "surface", name=op.f("pk_presence")),
    )
    op.create_index("ix_presence_until", "presence", ["until"])


def _of_agents() -> None:
    op.create_table(
        "absence",
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        _person("absence"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_absence")),
    )
    op.create_table(
        "preference",
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("alias", sa.Text(), server_default="", nullable=False),
        sa.Column("direct_nags", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        _person("preference"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_preference")),
    )
    op.create_table(
        "canned",
        sa.Column("id", KEY, nullable=False),
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("spans", JSON, nullable=True),
        sa.Column("author_id", KEY, nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        _person("canned", "author_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned")),
        sa.UniqueConstraint("queue", "name", "language", name=op.f("uq_canned_queue_name_language")),
    )


def _of_the_desk() -> None:
    op.create_table(
        "firing",
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=128), nullable=False),
        sa.Column("ticket", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _ticket("firing"),
        sa.PrimaryKeyConstraint("rule", "cause", name=op.f("pk_firing")),
    )
    op.create_index("ix_firing_ticket", "firing", ["ticket"])
    op.create_table(
        "draft",
        sa.Column("identity_id", KEY, nullable=False),
        sa.Column("room", sa.String(length=128), nullable=False),
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("answers", JSON, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name=op.f("fk_draft_identity_id")),
        sa.PrimaryKeyConstraint("identity_id", "room", name=op.f("pk_draft")),
    )
    op.create_index("ix_draft_until", "draft", ["until"])
