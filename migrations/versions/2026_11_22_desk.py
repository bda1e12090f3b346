"""The desk from its first day: people, tickets, what was said, what must be said, promises and surveys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_desk"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "alarm",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("subject", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_alarm")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_alarm_at", "alarm", ["at", "kind", "subject"], unique=False)
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "person",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=8), server_default="", nullable=False),
        sa.Column("timezone", sa.String(length=64), server_default="", nullable=False),
        sa.Column("blocked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("survey_opt_out", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index(op.f("ix_quarantine_at"), "quarantine", ["at"], unique=False)
    op.create_table(
        "room",
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("topics", sa.Boolean(), nullable=False),
        sa.Column("last_id", sa.String(length=128), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("connection", "external_id", name=op.f("pk_room")),
    )
    op.create_table(
        "seen",
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_seen")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_seen_at"), "seen", ["at"], unique=False)
    op.create_table(
        "early_change",
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("room", sa.String(length=128), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "room", "external_id", "version", name=op.f("pk_early_change")),
    )
    op.create_index(op.f("ix_early_change_told_at"), "early_change", ["told_at"], unique=False)
    op.create_table(
        "identity",
        sa.Column("id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unreachable", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_identity_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
        sa.UniqueConstraint("connection", "external_id", name=op.f("uq_identity_connection_external_id")),
    )
    op.create_index(op.f("ix_identity_person_id"), "identity", ["person_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.PrimaryKeyConstraint("queue", "person_id", name=op.f("pk_membership")),
    )
    op.create_index("ix_membership_person_id", "membership", ["person_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_person_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
    )
    op.create_table(
        "signin",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_signin_person_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_signin")),
    )
    op.create_table(
        "ticket",
        sa.Column("number", KEY, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("requester_id", KEY, nullable=False),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("assignee_id", KEY, nullable=True),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.Column("fence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("microphone", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("cycle", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("answered", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("awaiting_since", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_as", sa.String(length=12), nullable=True),
        sa.Column("snoozed_until", sa.BigInteger(), nullable=True),
        sa.Column("follow_up_of", KEY, nullable=True),
        sa.Column("agent_opened", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["assignee_id"], ["person.id"], name=op.f("fk_ticket_assignee_id")),
        sa.ForeignKeyConstraint(["follow_up_of"], ["ticket.number"], name=op.f("fk_ticket_follow_up_of")),
        sa.ForeignKeyConstraint(["requester_id"], ["person.id"], name=op.f("fk_ticket_requester_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ticket")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_ticket_assignee",
        "ticket",
        ["assignee_id", "queue", "due_at", "number"],
        unique=False,
        sqlite_where=sa.text("status IN ('new', 'open', 'pending', 'on_hold')"),
        postgresql_where=sa.text("status IN ('new', 'open', 'pending', 'on_hold')"),
    )
    op.create_index(
        "ix_ticket_done",
        "ticket",
        ["queue", "updated_at", "number"],
        unique=False,
        sqlite_where=sa.text("status IN ('resolved', 'closed')"),
        postgresql_where=sa.text("status IN ('resolved', 'closed')"),
    )
    op.create_index("ix_ticket_follow_up_of", "ticket", ["follow_up_of"], unique=False)
    op.create_index(
        "ix_ticket_list",
        "ticket",
        ["queue", "due_at", "number"],
        unique=False,
        sqlite_where=sa.text("status IN ('new', 'open', 'pending', 'on_hold')"),
        postgresql_where=sa.text("status IN ('new', 'open', 'pending', 'on_hold')"),
    )
    op.create_index(
        "ix_ticket_next",
        "ticket",
        ["queue", sa.literal_column("priority DESC"), "due_at", "number"],
        unique=False,
        sqlite_where=sa.text("status = 'new'"),
        postgresql_where=sa.text("status = 'new'"),
    )
    op.create_index("ix_ticket_requester", "ticket", ["requester_id", "updated_at"], unique=False)
    op.create_index(
        "ix_ticket_waiting",
        "ticket",
        ["queue", "due_at", "number"],
        unique=False,
        sqlite_where=sa.text("status IN ('pending', 'on_hold')"),
        postgresql_where=sa.text("status IN ('pending', 'on_hold')"),
    )
    op.create_table(
        "event",
        sa.Column("id", KEY, nullable=False),
        sa.Column("ticket", KEY, nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("actor", KEY, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.ForeignKeyConstraint(["actor"], ["person.id"], name=op.f("fk_event_actor")),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_event_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_ticket", "event", ["ticket", "id"], unique=False)
    op.create_table(
        "hold",
        sa.Column("ticket", KEY, nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("person_id", KEY, nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_hold_person_id")),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_hold_ticket")),
        sa.PrimaryKeyConstraint("ticket", "fence", name=op.f("pk_hold")),
    )
    op.create_table(
        "message",
        sa.Column("id", KEY, nullable=False),
        sa.Column("ticket", KEY, nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("author_id", KEY, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("connection", sa.String(length=64), nullable=True),
        sa.Column("room", sa.String(length=128), nullable=True),
        sa.Column("thread", sa.String(length=128), server_default="", nullable=False),
        sa.Column("root", sa.String(length=128), server_default="", nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=True),
        sa.Column("fence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("edited_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_message_author_id")),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_message_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("connection", "room", "external_id", name=op.f("uq_message_connection_room_external_id")),
    )
    op.create_index(
        "ix_message_held",
        "message",
        ["ticket", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index("ix_message_ticket", "message", ["ticket", "id"], unique=False)
    op.create_index(
        "ix_message_undecided",
        "message",
        ["author_id", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'undecided'"),
        postgresql_where=sa.text("state = 'undecided'"),
    )
    op.create_table(
        "nag",
        sa.Column("ticket", KEY, nullable=False),
        sa.Column("metric", sa.String(length=16), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_nag_ticket")),
        sa.PrimaryKeyConstraint("ticket", "metric", "cycle", "step", name=op.f("pk_nag")),
    )
    op.create_table(
        "promise",
        sa.Column("id", KEY, nullable=False),
        sa.Column("ticket", KEY, nullable=False),
        sa.Column("metric", sa.String(length=16), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("target_seconds", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("remaining_seconds", sa.Integer(), nullable=True),
        sa.Column("paused_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("step", sa.SmallInteger(), server_default=sa.text("-1"), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_promise_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
        sa.UniqueConstraint("ticket", "metric", "cycle", name=op.f("uq_promise_ticket_metric_cycle")),
    )
    op.create_table(
        "return_timer",
        sa.Column("ticket", KEY, nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("target_seconds", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("remaining_seconds", sa.Integer(), nullable=True),
        sa.Column("paused_at", sa.BigInteger(), nullable=True),
        sa.Column("warned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("kept", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_return_timer_ticket")),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_return_timer")),
    )
    op.create_table(
        "survey",
        sa.Column("id", KEY, nullable=False),
        sa.Column("ticket", KEY, nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("planned_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("reminded_at", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("snapshot", JSON, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_survey_person_id")),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_survey_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey")),
        sa.UniqueConstraint("ticket", "cycle", name=op.f("uq_survey_ticket_cycle")),
    )
    op.create_index("ix_survey_person_id", "survey", ["person_id", "asked_at"], unique=False)
    op.create_table(
        "thread",
        sa.Column("id", KEY, nullable=False),
        sa.Column("ticket", KEY, nullable=False),
        sa.Column("side", sa.String(length=4), nullable=False),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("room", sa.String(length=128), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=True),
        sa.Column("root", sa.String(length=128), server_default="", nullable=False),
        sa.Column("card_id", sa.String(length=128), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_thread_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread")),
    )
    op.create_index("ix_thread_place", "thread", ["connection", "room", "external_id"], unique=False)
    op.create_index("ix_thread_ticket", "thread", ["ticket", "side"], unique=False)
    op.create_table(
        "copy",
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("room", sa.String(length=128), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=False),
        sa.Column("ticket", KEY, nullable=True),
        sa.Column("message_id", KEY, nullable=True),
        sa.Column("outbox_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_copy_message_id")),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_copy_ticket")),
        sa.PrimaryKeyConstraint("connection", "room", "external_id", name=op.f("pk_copy")),
    )
    op.create_index(op.f("ix_copy_message_id"), "copy", ["message_id"], unique=False)
    op.create_index(op.f("ix_copy_ticket"), "copy", ["ticket"], unique=False)
    op.create_table(
        "message_version",
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_message_version_message_id")),
        sa.PrimaryKeyConstraint("message_id", "version", name=op.f("pk_message_version")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection", sa.String(length=64), nullable=False),
        sa.Column("order_key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ticket", KEY, nullable=True),
        sa.Column("message_id", KEY, nullable=True),
        sa.Column("thread_id", KEY, nullable=True),
        sa.Column("identity_id", KEY, nullable=True),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("external_id", sa.String(length=128), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name=op.f("fk_outbox_identity_id")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_outbox_message_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_outbox_thread_id")),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_outbox_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_live",
        "outbox",
        ["connection", "not_before", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'sending')"),
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.create_index("ix_outbox_message_id", "outbox", ["message_id"], unique=False)
    op.create_index(
        "ix_outbox_order",
        "outbox",
        ["order_key", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'sending')"),
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.create_index("ix_outbox_ticket", "outbox", ["ticket", "id"], unique=False)
