"""The cards of many tickets at once: drawn one after the other, for no room takes more, and nobody waits for them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, String, Text, and_, bindparam, case, cast, exists, func, insert, select, true
from sqlalchemy import literal_column as literal

from inbox.store.among import among, many
from inbox.store.engine import Tx
from inbox.store.outbox import LIVE, WAITING
from inbox.store.tables import outbox, thread
from inbox.store.types import Instant, micros

_newer = thread.alias("newer")
NEWEST_DESKS = select(thread.c.id).where(
    among(thread.c.ticket, many("numbers")),
    thread.c.side == "desk",
    ~exists().where(_newer.c.ticket == thread.c.ticket, _newer.c.side == "desk", _newer.c.id > thread.c.id),
)
_WAITS = and_(LIVE, WAITING, outbox.c.kind == bindparam("of_kind"))
_wanted = func.unnest(many("keys", Text)).table_valued("key", name="wanted").render_derived()
_found = select(outbox.c.order_key).where(outbox.c.order_key == _wanted.c.key, _WAITS).limit(1).with_for_update()
_mine = _found.lateral("mine")
# each key is looked for by itself: PostgreSQL would read all that waits for a long list of them
WAITING_ANY = {
    "sqlite": select(outbox.c.order_key).where(among(outbox.c.order_key, many("keys", Text)), _WAITS),
    "postgresql": select(_mine.c.order_key).select_from(_wanted).join(_mine, true()),
}
_NOW = bindparam("now", type_=Instant)
AT_ONCE = 20  # cards of a crowd that may be drawn now; each further one a second later, for a room takes no more
CROWD = {"facts": {"crowd": True}}
_NTH = func.row_number().over(order_by=thread.c.ticket)
_IN_TURN = bindparam("micros", type_=BigInteger) + case((_NTH <= AT_ONCE, 0), else_=(_NTH - AT_ONCE) * 1_000_000)
ADD_CARDS = insert(outbox).from_select(
    ["kind", "connection", "order_key", "ticket", "thread_id", "payload", "state", "not_before", "created_at"],
    select(
        literal("'card'", String),
        thread.c.connection,
        literal("'t'", String).concat(cast(thread.c.id, String)),
        thread.c.ticket,
        thread.c.id,
        bindparam("payload", type_=outbox.c.payload.type),
        literal("'queued'", String),
        _IN_TURN,
        _NOW,
    )
    .where(among(thread.c.id, many("ids")))
    .order_by(thread.c.ticket),
)


def add_cards(tx: Tx, now: datetime, numbers: Sequence[int]) -> None:
    """Has the cards of many tickets drawn, one after the other: in each one's newest desk thread, unless that waits for
    it already."""
    found = tx.run(NEWEST_DESKS, {"numbers": numbers}).scalars().all() if numbers else ()
    desks = {f"t{thread_id}": thread_id for thread_id in found}
    # two looks: a join with all that waits would take the longer the more does
    waiting = waiting_any(tx, list(desks), "card")
    ids = [thread_id for key, thread_id in desks.items() if key not in waiting]
    if ids:
        tx.run(ADD_CARDS, {"ids": ids, "now": now, "micros": micros(now), "payload": CROWD})
        tx.outbox = True


def waiting_any(tx: Tx, keys: Sequence[str], kind: str) -> set[str]:
    """Under which of these order keys something of that kind is queued and not yet leased."""
    statement = WAITING_ANY[tx.conn.dialect.name]
    return set(tx.run(statement, {"keys": keys, "of_kind": kind}).scalars().all()) if keys else set()
