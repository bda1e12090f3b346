"""What the tables have in common."""

from sqlalchemy import JSON, BigInteger, Integer, MetaData, text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# SQLite gives out growing row ids only to INTEGER keys
Key = BigInteger().with_variant(Integer(), "sqlite")
Json = JSON().with_variant(JSONB(), "postgresql")
UNRESOLVED = text("status IN ('new', 'open', 'pending', 'on_hold')")
INCIDENT = text("incident AND status IN ('new', 'open', 'pending', 'on_hold')")
UNCLAIMED = text("status = 'new'")
WAITING = text("status IN ('pending', 'on_hold')")
DONE = text("status IN ('resolved', 'closed')")
LIVE = text("state IN ('queued', 'sending')")
STUCK = text("state IN ('held', 'failed', 'unknown')")
FETCH = text("state = 'waiting'")
RATED = text("score IS NOT NULL")
LOW = text("(score <= 2 OR (kind = 'ces' AND score <= 3))")  # as `sla.survey.SCALES` has it
