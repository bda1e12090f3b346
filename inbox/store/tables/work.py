"""What the desk has to do: what must be said, and what falls due."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from inbox.store.tables.base import LIVE, LOW, RATED, Json, Key, metadata
from inbox.store.types import Instant

outbox = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True),
    Column("connection", String(64), nullable=False),
    Column("order_key", String(200), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("ticket", Key, ForeignKey("ticket.number")),
    Column("message_id", Key, ForeignKey("message.id")),
    Column("thread_id", Key, ForeignKey("thread.id")),
    Column("identity_id", Key, ForeignKey("identity.id")),
    Column("payload", Json, nullable=False),
    Column("state", String(12), nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("fence", Integer, nullable=False, server_default=text("0")),
    Column("lease_owner", String(64)),
    Column("lease_until", Instant),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    Column("reason", Text),
    Column("external_id", String(128)),
    Column("sent_at", Instant),
    Index("ix_outbox_live", "connection", "not_before", "id", sqlite_where=LIVE, postgresql_where=LIVE),
    Index("ix_outbox_order", "order_key", "id", sqlite_where=LIVE, postgresql_where=LIVE),
    Index("ix_outbox_message_id", "message_id"),
    Index("ix_outbox_ticket", "ticket", "id"),
    sqlite_autoincrement=True,
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("until", Instant, nullable=False),
)

promise = Table(
    "promise",
    metadata,
    Column("id", Key, primary_key=True),
    Column("ticket", Key, ForeignKey("ticket.number"), nullable=False),
    Column("metric", String(16), nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("policy", String(64), nullable=False),
    Column("version", String(64), nullable=False),
    Column("target_seconds", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("remaining_seconds", Integer),
    Column("paused_at", Instant),
    Column("finished_at", Instant),
    Column("step", SmallInteger, nullable=False, server_default=text("-1")),
    UniqueConstraint("ticket", "metric", "cycle"),
)

nag = Table(
    "nag",
    metadata,
    Column("ticket", Key, ForeignKey("ticket.number"), primary_key=True),
    Column("metric", String(16), primary_key=True),
    Column("cycle", Integer, primary_key=True),
    Column("step", SmallInteger, primary_key=True),
    Column("at", Instant, nullable=False),
)

# what a list of nags shows, line by line: it is put right when the tickets in it are answered
listed = Table(
    "listed",
    metadata,
    Column("outbox_id", Key, primary_key=True, autoincrement=False),
    Column("line", SmallInteger, primary_key=True),
    Column("ticket", Key, ForeignKey("ticket.number"), nullable=False, index=True),
    Column("metric", String(16), nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("shows", String(16), nullable=False),  # what of them the line tells
    Column("at", Instant, nullable=False, index=True),
)

# the lease on a claim: a clock of opening time, as long as the holder owes an answer; without a row none runs
return_timer = Table(
    "return_timer",
    metadata,
    Column("ticket", Key, ForeignKey("ticket.number"), primary_key=True),
    Column("fence", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("target_seconds", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("remaining_seconds", Integer),
    Column("paused_at", Instant),
    Column("warned", Boolean, nullable=False, server_default=text("false")),
    Column("kept", Boolean, nullable=False, server_default=text("false")),
)

# rows are the schedule: what is due, and when; `subject` is a ticket's, promise's, survey's or message's id by kind
alarm = Table(
    "alarm",
    metadata,
    Column("kind", String(24), primary_key=True),
    Column("subject", Key, primary_key=True),
    Column("at", Instant, nullable=False),
    Index("ix_alarm_at", "at", "kind", "subject"),
    sqlite_with_rowid=False,
)

survey = Table(
    "survey",
    metadata,
    Column("id", Key, primary_key=True),
    Column("ticket", Key, ForeignKey("ticket.number"), nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("state", String(16), nullable=False),  # planned asked answered expired voided skipped undeliverable
    Column("reason", Text),
    Column("score", SmallInteger),
    Column("comment", Text),
    Column("planned_at", Instant, nullable=False),
    Column("asked_at", Instant),
    Column("reminded_at", Instant),
    Column("expires_at", Instant),
    Column("answered_at", Instant),
    Column("snapshot", Json, nullable=False),
    Column("queue", String(64), nullable=False, server_default=""),  # whose work it is about, as it was then
    UniqueConstraint("ticket", "cycle"),
    Index("ix_survey_person_id", "person_id", "asked_at"),
    Index("ix_survey_rated", "queue", "answered_at", "id", sqlite_where=RATED, postgresql_where=RATED),
    Index("ix_survey_low", "queue", "answered_at", "id", sqlite_where=LOW, postgresql_where=LOW),
)
