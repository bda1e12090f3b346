"""What the daily work adds to a ticket: fields, tags, followers, relations; and what agents set for themselves."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, SmallInteger, String, Table, Text, UniqueConstraint, text

from inbox.store.tables.base import Json, Key, metadata
from inbox.store.types import Instant

# the answers to a queue's own questions, as text; what a name means is in the desk file
ticket_field = Table(
    "ticket_field",
    metadata,
    Column("ticket", Key, ForeignKey("ticket.number"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

tag = Table(
    "tag",
    metadata,
    Column("ticket", Key, ForeignKey("ticket.number"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Index("ix_tag_name", "name", "ticket"),
)

# agents who are told what happens on a ticket that they do not hold
follower = Table(
    "follower",
    metadata,
    Column("ticket", Key, ForeignKey("ticket.number"), primary_key=True),
    Column("person_id", Key, ForeignKey("person.id"), primary_key=True),
    Column("since", Instant, nullable=False),
    Index("ix_follower_person_id", "person_id", "ticket"),
)

# kinds: relates, split (source came out of target), incident (source is one case of the problem that target is)
relation = Table(
    "relation",
    metadata,
    Column("source", Key, ForeignKey("ticket.number"), primary_key=True),
    Column("target", Key, ForeignKey("ticket.number"), primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("at", Instant, nullable=False),
    Index("ix_relation_target", "target", "kind", "source"),
)

# prepared answers; queue "" is for all queues
canned = Table(
    "canned",
    metadata,
    Column("id", Key, primary_key=True),
    Column("queue", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    Column("language", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("spans", Json),
    Column("author_id", Key, ForeignKey("person.id")),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("queue", "name", "language"),
)

# who is away, and until when (None: until they are back)
absence = Table(
    "absence",
    metadata,
    Column("person_id", Key, ForeignKey("person.id"), primary_key=True),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
)

# what agents set for themselves; who has no row has the defaults
preference = Table(
    "preference",
    metadata,
    Column("person_id", Key, ForeignKey("person.id"), primary_key=True),
    Column("alias", Text, nullable=False, server_default=""),
    Column("direct_nags", Boolean, nullable=False, server_default=text("true")),
    Column("quiet", String(11), nullable=False, server_default=""),  # 18:00-08:00, by their own clock
)

# a rule fires once for each cause
firing = Table(
    "firing",
    metadata,
    Column("rule", String(64), primary_key=True),
    Column("cause", String(128), primary_key=True),
    Column("ticket", Key, ForeignKey("ticket.number"), nullable=False, index=True),
    Column("at", Instant, nullable=False, index=True),
)

# a form that is asked question by question, and how far it is
draft = Table(
    "draft",
    metadata,
    Column("identity_id", Key, ForeignKey("identity.id"), primary_key=True),
    Column("room", String(128), primary_key=True),
    Column("form", String(64), nullable=False),
    Column("step", SmallInteger, nullable=False),
    Column("answers", Json, nullable=False),
    Column("until", Instant, nullable=False, index=True),
)

# who looks at a ticket and who is writing; rows die by `until` and nothing depends on them
presence = Table(
    "presence",
    metadata,
    Column("ticket", Key, ForeignKey("ticket.number"), primary_key=True),
    Column("person_id", Key, ForeignKey("person.id"), primary_key=True),
    Column("surface", String(16), primary_key=True),
    Column("writing", Boolean, nullable=False),
    Column("until", Instant, nullable=False, index=True),
)
