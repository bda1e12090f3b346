"""Every word through: formatting, what words answer, files, reactions, and accounts that belong to one person."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_words"
down_revision = "2026_11_22_desk"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    _words()
    _files()
    _people()


def _words() -> None:
    op.add_column("message", sa.Column("spans", JSON, nullable=True))
    for table in ("message_version", "early_change"):
        op.add_column(table, sa.Column("spans", JSON, nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("message", sa.Column("reply_to", KEY, nullable=True))
        op.create_foreign_key(op.f("fk_message_reply_to"), "message", "message", ["reply_to"], ["id"])
    else:  # SQLite adds a column with its reference, and no reference later; Alembic would copy the table
        op.execute(
            "ALTER TABLE message ADD COLUMN reply_to INTEGER CONSTRAINT fk_message_reply_to REFERENCES message (id)"
        )
    op.create_table(
        "reaction",
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("emoji", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_reaction_message_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reaction_person_id")),
        sa.PrimaryKeyConstraint("message_id", "person_id", "emoji", name=op.f("pk_reaction")),
    )


def _files() -> None:
    op.create_table(
        "file",
        sa.Column("id", KEY, nullable=False),
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mime", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_file_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
    )
    op.create_index("ix_file_message_id", "file", ["message_id"])
    op.create_index("ix_file_sha256", "file", ["sha256"])
    op.create_index(
        "ix_file_waiting",
        "file",
        ["connection", "not_before", "id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )


def _people() -> None:
    op.create_table(
        "link_code",
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("identity_id", KEY, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_link_code_person_id")),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name=op.f("fk_link_code_identity_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_link_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_link_code_code_hash")),
    )
    op.create_table(
        "link_try",
        sa.Column("identity_id", KEY, nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name=op.f("fk_link_try_identity_id")),
        sa.PrimaryKeyConstraint("identity_id", name=op.f("pk_link_try")),
    )
    op.create_table(
        "link",
        sa.Column("identity_id", KEY, nullable=False),
        sa.Column("from_person_id", KEY, nullable=False),
        sa.Column("to_person_id", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name=op.f("fk_link_identity_id")),
        sa.ForeignKeyConstraint(["from_person_id"], ["person.id"], name=op.f("fk_link_from_person_id")),
        sa.ForeignKeyConstraint(["to_person_id"], ["person.id"], name=op.f("fk_link_to_person_id")),
        sa.PrimaryKeyConstraint("identity_id", name=op.f("pk_link")),
    )
    op.create_index("ix_link_to_person_id", "link", ["to_person_id"])
