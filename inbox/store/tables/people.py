"""Persons, their accounts, and how they prove that these are theirs."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, SmallInteger, String, Table, Text, UniqueConstraint, text

from inbox.store.tables.base import Json, Key, metadata
from inbox.store.types import Instant

person = Table(
    "person",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", Text, nullable=False),
    Column("language", String(8), nullable=False, server_default=""),
    Column("timezone", String(64), nullable=False, server_default=""),
    Column("blocked", Boolean, nullable=False, server_default=text("false")),
    Column("plan", String(64), nullable=False, server_default=""),  # what their promises go by, "gold"
    Column("survey_opt_out", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", Instant, nullable=False),
)

identity = Table(
    "identity",
    metadata,
    Column("id", Key, primary_key=True),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False, index=True),
    Column("connection", String(64), nullable=False),
    Column("external_id", String(128), nullable=False),
    Column("name", Text, nullable=False),
    Column("unreachable", Text),  # why the bot cannot write to them, None while it can
    Column("email", String(254), index=True),  # as the platform vouches for it; only ever a hint
    UniqueConstraint("connection", "external_id"),
)

membership = Table(
    "membership",
    metadata,
    Column("queue", String(64), primary_key=True),
    Column("person_id", Key, ForeignKey("person.id"), primary_key=True),
    Column("role", String(8), nullable=False),  # agent, lead
    Column("skills", Json, nullable=False, server_default=text("'[]'")),
    Column("assigned_at", Instant),  # when a ticket of the queue was last given to them
    Index("ix_membership_person_id", "person_id"),
)

# the queue that somebody chose for what they write next in their direct messages
choice = Table(
    "choice",
    metadata,
    Column("person_id", Key, ForeignKey("person.id"), primary_key=True),
    Column("connection", String(64), primary_key=True),
    Column("queue", String(64), nullable=False),
    Column("until", Instant, nullable=False),
)

# a one-time code that a person sends from another account of theirs to show that both are theirs
link_code = Table(
    "link_code",
    metadata,
    Column("person_id", Key, ForeignKey("person.id"), primary_key=True),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("identity_id", Key, ForeignKey("identity.id"), nullable=False),
    Column("expires_at", Instant, nullable=False),
)

link_try = Table(
    "link_try",
    metadata,
    Column("identity_id", Key, ForeignKey("identity.id"), primary_key=True),
    Column("tries", SmallInteger, nullable=False),
    Column("since", Instant, nullable=False),
)

# an account that was joined to a person, and what goes back when it is unlinked
link = Table(
    "link",
    metadata,
    Column("identity_id", Key, ForeignKey("identity.id"), primary_key=True),
    Column("from_person_id", Key, ForeignKey("person.id"), nullable=False),
    Column("to_person_id", Key, ForeignKey("person.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
)

signin = Table(
    "signin",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person_id", Key, ForeignKey("person.id")),  # None: the operator
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person_id", Key, ForeignKey("person.id")),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("csrf", String(64), nullable=False),
)
