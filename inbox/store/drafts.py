"""Forms that are under way: what somebody answered so far, by their account and the room in which they are asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from inbox.store.engine import Tx
from inbox.store.tables import draft


@dataclass(frozen=True, slots=True)
class Draft:
    """A form under way: `form` says which, `step` which question is next, `answers` what was answered, as JSON."""

    identity_id: int
    room: str
    form: str
    until: datetime
    step: int = 0
    answers: Mapping[str, Any] = field(default_factory=dict)


def get(tx: Tx, identity_id: int, room: str, now: datetime) -> Draft | None:
    """What an account is being asked in a room; None where nothing is, or it was too long ago."""
    found = [one for one in of_account(tx, identity_id) if one.room == room]
    return found[0] if found and now < found[0].until else None


def of_account(tx: Tx, identity_id: int) -> list[Draft]:
    """All that an account is being asked, also what was too long ago."""
    columns = (draft.c.identity_id, draft.c.room, draft.c.form, draft.c.until, draft.c.step, draft.c.answers)
    rows = tx.run(select(*columns).where(draft.c.identity_id == identity_id).order_by(draft.c.room))
    return [Draft(*row) for row in rows]


def put(tx: Tx, asked: Draft) -> None:
    """Keeps how far a form is, in the place of what was kept for that account and room."""
    drop(tx, asked.identity_id, asked.room)
    values = {name: getattr(asked, name) for name in Draft.__dataclass_fields__}
    tx.run(insert(draft), {**values, "answers": dict(asked.answers)})


def drop(tx: Tx, identity_id: int, room: str) -> None:
    """Forgets what an account is being asked in a room."""
    tx.run(delete(draft).where(draft.c.identity_id == identity_id, draft.c.room == room))
