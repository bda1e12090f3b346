"""Tickets, what was said and where, and what happened."""

from sqlalchemy import (
    BigInteger,
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

from inbox.store.tables.base import DONE, FETCH, INCIDENT, STUCK, UNCLAIMED, UNRESOLVED, WAITING, Json, Key, metadata
from inbox.store.types import Due, Instant, PriorityRank

ticket = Table(
    "ticket",
    metadata,
    Column("number", Key, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("status", String(12), nullable=False),
    Column("priority", PriorityRank, nullable=False),
    Column("queue", String(64), nullable=False),
    Column("requester_id", Key, ForeignKey("person.id"), nullable=False),
    Column("connection", String(64), nullable=False),
    Column("language", String(8), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("assignee_id", Key, ForeignKey("person.id")),
    Column("claimed_at", Instant),
    Column("fence", Integer, nullable=False, server_default=text("0")),
    Column("microphone", Boolean, nullable=False, server_default=text("false")),
    Column("cycle", Integer, nullable=False, server_default=text("1")),
    Column("answered", Boolean, nullable=False, server_default=text("false")),
    Column("awaiting_since", Instant),
    Column("due_at", Due, nullable=False),
    Column("resolved_at", Instant),
    Column("closed_at", Instant),
    Column("closed_as", String(12)),
    Column("snoozed_until", Instant),
    Column("follow_up_of", Key, ForeignKey("ticket.number")),
    Column("agent_opened", Boolean, nullable=False, server_default=text("false")),
    Column("merged_into", Key, ForeignKey("ticket.number")),
    Column("incident", Boolean, nullable=False, server_default=text("false")),  # a problem that many have
    Column("topic", String(64)),
    Column("muted_until", Instant),  # whoever is at it wants no reminders until then
    sqlite_autoincrement=True,
)
Index(
    "ix_ticket_list",
    ticket.c.queue,
    ticket.c.due_at,
    ticket.c.number,
    sqlite_where=UNRESOLVED,
    postgresql_where=UNRESOLVED,
)
Index(
    "ix_ticket_next",
    ticket.c.queue,
    ticket.c.priority.desc(),
    ticket.c.due_at,
    ticket.c.number,
    sqlite_where=UNCLAIMED,
    postgresql_where=UNCLAIMED,
)
Index("ix_ticket_requester", ticket.c.requester_id, ticket.c.updated_at)
Index(
    "ix_ticket_assignee",
    ticket.c.assignee_id,
    ticket.c.queue,
    ticket.c.due_at,
    ticket.c.number,
    sqlite_where=UNRESOLVED,
    postgresql_where=UNRESOLVED,
)
Index(
    "ix_ticket_waiting",
    ticket.c.queue,
    ticket.c.due_at,
    ticket.c.number,
    sqlite_where=WAITING,
    postgresql_where=WAITING,
)
Index("ix_ticket_done", ticket.c.queue, ticket.c.updated_at, ticket.c.number, sqlite_where=DONE, postgresql_where=DONE)
Index("ix_ticket_incident", ticket.c.queue, ticket.c.number, sqlite_where=INCIDENT, postgresql_where=INCIDENT)
Index("ix_ticket_follow_up_of", ticket.c.follow_up_of)
Index("ix_ticket_merged_into", ticket.c.merged_into)

# who held the claim, and when: words are judged by who held it at the platform's message time
hold = Table(
    "hold",
    metadata,
    Column("ticket", Key, ForeignKey("ticket.number"), primary_key=True),
    Column("fence", Integer, primary_key=True),
    Column("person_id", Key, ForeignKey("person.id")),  # None: nobody held it under this fence
    Column("since", Instant, nullable=False),
)

message = Table(
    "message",
    metadata,
    Column("id", Key, primary_key=True),
    Column("ticket", Key, ForeignKey("ticket.number")),
    Column("kind", String(8), nullable=False),
    Column("role", String(12), nullable=False),
    Column("author_id", Key, ForeignKey("person.id")),
    Column("text", Text, nullable=False),
    Column("written_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("state", String(12), nullable=False),
    Column("connection", String(64)),
    Column("room", String(128)),
    Column("thread", String(128), nullable=False, server_default=""),
    Column("root", String(128), nullable=False, server_default=""),
    Column("external_id", String(128)),
    Column("fence", Integer, nullable=False, server_default=text("0")),
    Column("edited_at", Instant),
    Column("deleted_at", Instant),
    Column("spans", Json),  # formatting, see `inbox.words`; None for plain text
    Column("reply_to", Key, ForeignKey("message.id")),
    UniqueConstraint("connection", "room", "external_id"),
    Index("ix_message_ticket", "ticket", "id"),
    Index(
        "ix_message_undecided",
        "author_id",
        "id",
        sqlite_where=text("state = 'undecided'"),
        postgresql_where=text("state = 'undecided'"),
    ),
    Index("ix_message_stuck", "author_id", "ticket", sqlite_where=STUCK, postgresql_where=STUCK),
)

message_version = Table(
    "message_version",
    metadata,
    Column("message_id", Key, ForeignKey("message.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("spans", Json),
    Column("at", Instant, nullable=False),
)

# what came with words; the bytes lie in the file store under their hash
file = Table(
    "file",
    metadata,
    Column("id", Key, primary_key=True),
    Column("message_id", Key, ForeignKey("message.id"), nullable=False),
    Column("connection", String(64), nullable=False),
    Column("ref", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("mime", String(128), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(64)),
    Column("sha256", String(64)),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    Column("not_before", Instant, nullable=False),
    Index("ix_file_message_id", "message_id"),
    Index("ix_file_sha256", "sha256"),
    Index("ix_file_waiting", "connection", "not_before", "id", sqlite_where=FETCH, postgresql_where=FETCH),
)

reaction = Table(
    "reaction",
    metadata,
    Column("message_id", Key, ForeignKey("message.id"), primary_key=True),
    Column("person_id", Key, ForeignKey("person.id"), primary_key=True),
    Column("emoji", String(64), primary_key=True),
    Column("at", Instant, nullable=False),
)

room = Table(
    "room",
    metadata,
    Column("connection", String(64), primary_key=True),
    Column("external_id", String(128), primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("private", Boolean, nullable=False),
    Column("topics", Boolean, nullable=False),
    Column("last_id", String(128), nullable=False, server_default=""),  # the newest message known, for closing gaps
)

thread = Table(
    "thread",
    metadata,
    Column("id", Key, primary_key=True),
    Column("ticket", Key, ForeignKey("ticket.number"), nullable=False),
    Column("side", String(4), nullable=False),
    Column("connection", String(64), nullable=False),
    Column("room", String(128), nullable=False),
    Column("external_id", String(128)),
    Column("root", String(128), nullable=False, server_default=""),
    Column("card_id", String(128), nullable=False, server_default=""),
    Index("ix_thread_ticket", "ticket", "side"),
    Index("ix_thread_place", "connection", "room", "external_id"),
)

# each message of ours on a platform: what an answer, a reaction or a press there refers to
copy = Table(
    "copy",
    metadata,
    Column("connection", String(64), primary_key=True),
    Column("room", String(128), primary_key=True),
    Column("external_id", String(128), primary_key=True),
    Column("ticket", Key, ForeignKey("ticket.number"), index=True),
    Column("message_id", Key, ForeignKey("message.id"), index=True),
    Column("outbox_id", Key, nullable=False, index=True),
    Column("part", SmallInteger, nullable=False, server_default=text("0")),  # its number in a post of several messages
)

seen = Table(
    "seen",
    metadata,
    Column("key", String(400), primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    sqlite_with_rowid=False,
)

# changes of words that a platform told of before the words themselves; kept for a day
early_change = Table(
    "early_change",
    metadata,
    Column("connection", String(64), primary_key=True),
    Column("room", String(128), primary_key=True),
    Column("external_id", String(128), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("text", Text),  # None: they were deleted
    Column("spans", Json),
    Column("mentions", Json, nullable=False, server_default=text("'[]'")),
    Column("at", Instant, nullable=False),
    Column("told_at", Instant, nullable=False, index=True),
)

event = Table(
    "event",
    metadata,
    Column("id", Key, primary_key=True),
    Column("ticket", Key, ForeignKey("ticket.number")),
    Column("kind", String(32), nullable=False),
    Column("actor", Key, ForeignKey("person.id")),
    Column("at", Instant, nullable=False),
    Column("facts", Json, nullable=False),
    Index("ix_event_ticket", "ticket", "id"),
    sqlite_autoincrement=True,
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Key, primary_key=True),
    Column("connection", String(64), nullable=False),
    Column("raw", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("at", Instant, nullable=False, index=True),
)
