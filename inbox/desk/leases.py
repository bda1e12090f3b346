"""What only one process may do: receive for a Telegram bot or a Discord shard, say. A standby takes over in time."""

from datetime import datetime, timedelta

from inbox.store import Tx, leases

LEASE = timedelta(seconds=20)
RENEW_SECONDS = 5.0


def take(tx: Tx, now: datetime, name: str, owner: str) -> int | None:
    """Takes a lease for 20 s, or renews one's own. The fence grows with each change of owner; None: somebody has it."""
    return leases.take(tx, now, name, owner, now + LEASE)


def give_back(tx: Tx, now: datetime, name: str, owner: str) -> None:
    """Gives one's own lease up."""
    leases.give_back(tx, now, name, owner)
