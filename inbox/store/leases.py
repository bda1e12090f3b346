"""What only one process may do at a time: a row with its owner, a fence that grows with each owner, and an end."""

from datetime import datetime

from sqlalchemy import Executable, bindparam, case, or_, select, update

from inbox.store.engine import Tx
from inbox.store.tables import lease
from inbox.store.upserts import Insert, for_both


def _take(insert: Insert) -> Executable:
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=["name"],
        set_={
            "owner": new.owner,
            "until": new.until,
            "fence": case((lease.c.owner == new.owner, lease.c.fence), else_=lease.c.fence + 1),
        },
        where=or_(lease.c.owner == new.owner, lease.c.until <= bindparam("now")),
    ).returning(lease.c.fence)


TAKE = for_both(lease, _take)


def take(tx: Tx, now: datetime, name: str, owner: str, until: datetime) -> int | None:
    """Takes or renews a lease; its fence, or None while another owner's lasts."""
    values = {"name": name, "owner": owner, "fence": 1, "until": until, "now": now}
    row = tx.run(TAKE[tx.conn.dialect.name], values).first()
    return int(row[0]) if row else None


def until(tx: Tx, name: str) -> datetime | None:
    """When a lease ends or ended, None for one that nobody ever had."""
    found: datetime | None = tx.run(select(lease.c.until).where(lease.c.name == name)).scalar()
    return found


def give_back(tx: Tx, now: datetime, name: str, owner: str) -> None:
    """Ends one's own lease, so that a standby need not wait; the row stays, for its fence must go on growing."""
    tx.run(update(lease).where(lease.c.name == name, lease.c.owner == owner).values(until=now, owner=""))
