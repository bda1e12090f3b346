"""What keeping promises needs beside the promises: overrides, versions of policies, words said once, waves of NPS."""

from sqlalchemy import Column, ForeignKey, Index, Integer, SmallInteger, String, Table, Text, UniqueConstraint

from inbox.store.tables.base import Json, Key, metadata
from inbox.store.types import Instant

# a lead's own target for one ticket; it holds through changes of priority, queue and policy
override = Table(
    "override",
    metadata,
    Column("ticket", Key, ForeignKey("ticket.number"), primary_key=True),
    Column("metric", String(16), primary_key=True),
    Column("seconds", Integer, nullable=False),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

# each version of a policy that ever ran, so that promises made under it can be explained
policy_version = Table(
    "policy_version",
    metadata,
    Column("version", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("content", Json, nullable=False),
    Column("since", Instant, nullable=False),
)

# who was told that a queue is closed; not again before `until`
greeted = Table(
    "greeted",
    metadata,
    Column("person_id", Key, ForeignKey("person.id"), primary_key=True),
    Column("queue", String(64), primary_key=True),
    Column("until", Instant, nullable=False, index=True),
)

# the digests that were posted: each once, whatever restarts
digest = Table(
    "digest",
    metadata,
    Column("queue", String(64), primary_key=True),
    Column("kind", String(8), primary_key=True),  # daily, weekly
    Column("day", String(10), primary_key=True),  # the desk's local day, ISO
    Column("at", Instant, nullable=False),
)

nps_wave = Table(
    "nps_wave",
    metadata,
    Column("id", Key, primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("person_id", Key, ForeignKey("person.id")),  # who started it; None: the operator
    Column("asked", Integer, nullable=False),
)

nps = Table(
    "nps",
    metadata,
    Column("id", Key, primary_key=True),
    Column("wave", Key, ForeignKey("nps_wave.id"), nullable=False),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False),
    Column("state", String(16), nullable=False),  # planned asked answered expired skipped undeliverable
    Column("reason", Text),
    Column("score", SmallInteger),
    Column("comment", Text),
    Column("asked_at", Instant),
    Column("reminded_at", Instant),
    Column("expires_at", Instant),
    Column("answered_at", Instant),
    Column("asked_in", Key),  # the outbox rows that it was said with
    Column("reminded_in", Key),
    UniqueConstraint("wave", "person_id"),
    Index("ix_nps_person_id", "person_id", "asked_at"),
    Index("ix_nps_wave", "wave", "state", "score"),
)
