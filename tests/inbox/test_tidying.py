"""What nobody needs any more goes by itself, and what somebody may need stays."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, text

from inbox.desk import alarms, changes, intake, ladders, lifecycle, tidying
from inbox.model import Deleted, Edited
from inbox.store import Tx, events, pacing
from inbox.store import tidying as store
from inbox.store.tables import digest, draft, firing, link_code, presence, quarantine, seen
from tests.house import MONDAY, House
from tests.inbox.deeds import ask, one_engine
from tests.inbox.test_intake import words
from tests.inbox.test_plans import _plans

DAY = timedelta(days=1)


def _count(tx: Tx, name: str) -> int:
    return int(tx.run(select(func.count()).select_from(store.ENDED[name].table)).scalar_one())


async def counts(house: House) -> dict[str, int]:
    return {name: await house.desk.look(_count, name) for name in store.ENDED}


def _fill(tx: Tx, now: datetime, person: int, identity: int, ticket: int) -> None:
    """Of each kind a row that has had its day, and one that has not."""
    for old in (True, False):
        tx.run(insert(seen), {"key": f"key {old}", "at": now - (31 if old else 29) * DAY})
        aside = {"connection": "acme", "raw": "{", "error": "?", "at": now - (91 if old else 89) * DAY}
        tx.run(insert(quarantine), aside)
        until = now - 2 * DAY if old else now + DAY
        code = {"person_id": person + old, "identity_id": identity, "code_hash": str(old), "expires_at": until}
        tx.run(insert(link_code), code)
        question = {"identity_id": identity, "room": str(old), "form": "ticket", "step": 1, "answers": {}}
        tx.run(insert(draft), {**question, "until": until})
        looks = {"ticket": ticket, "person_id": person + old, "surface": "web", "writing": False, "until": until}
        tx.run(insert(presence), looks)


async def test_what_has_had_its_day_goes_and_the_rest_stays(house: House) -> None:
    number = await ask(house)
    before = await counts(house)
    await house.desk.do(_fill, house.ids["Anna"], 1, number)
    await house.desk.do(tidying.begin)
    await alarms.tick(house.desk)
    kept = {"seen": 1, "quarantine": 1, "link_code": 1, "draft": 1, "presence": 1}
    assert await counts(house) == {name: before[name] + kept.get(name, 0) for name in before}


def _fill_digests(tx: Tx, now: datetime, number: int) -> None:
    """Posted digests, how much people were told, marks of the file, and rules that fired: each old and new."""
    days = {"daily": (61, 59), "weekly": (61, 59), pacing.KIND: (2, 0), ladders.SEEN: (900, 0)}
    for kind, ages in days.items():
        for age in ages:
            tx.run(insert(digest), {"queue": f"it {age}", "kind": kind, "day": "", "at": now - age * DAY})
    for age in (181, 179):
        tx.run(insert(firing), {"rule": "r", "cause": f"{age}", "ticket": number, "at": now - age * DAY})


async def test_of_digests_and_firings_only_what_cannot_matter_goes(house: House) -> None:
    """Marks of the file stay, and a rule that fired on a ticket that can be idle still does not fire again."""

    def left(tx: Tx) -> tuple[list[tuple[str, str]], list[str]]:
        posted = tx.run(select(digest.c.kind, digest.c.queue).order_by(digest.c.kind, digest.c.at))
        return [(row[0], row[1]) for row in posted], list(
            tx.run(select(firing.c.cause).order_by(firing.c.at)).scalars()
        )

    number = await ask(house)
    await house.desk.do(_fill_digests, number)
    await house.desk.do(tidying.begin)
    await alarms.tick(house.desk)
    kept = [("daily", "it 59"), ("ladder", "it 900"), ("ladder", "it 0"), ("nags", "it 0"), ("weekly", "it 59")]
    assert await house.desk.look(left) == (kept, ["181", "179"])
    await house.desk.do(lifecycle.close, number, house.ids["Omar"], "spam")
    house.clock.advance(3600)
    await alarms.tick(house.desk)
    assert await house.desk.look(left) == (kept, ["179"])


async def test_it_goes_on_beat_by_beat_and_then_each_hour(house: House) -> None:
    """After a busy month: no transaction deletes more than a few hundred rows."""
    rows = [{"key": f"old {n}", "at": MONDAY - 31 * DAY} for n in range(2 * tidying.MOST + 1)]
    await house.desk.store.do(lambda tx: tx.run(insert(seen), rows))
    for _ in range(2):
        await house.desk.do(tidying.begin)  # of two processes
    left = []
    for _ in range(4):
        await alarms.tick(house.desk)
        assert await alarms.tick(house.desk) == 0  # others have their turn
        left.append(await house.desk.look(_count, "seen"))
        house.clock.advance(1)
    assert left == [tidying.MOST + 1, 1, 0, 0]
    await house.desk.store.do(lambda tx: tx.run(insert(seen), rows[0]))
    house.clock.advance(3597)
    await alarms.tick(house.desk)
    assert await house.desk.look(_count, "seen") == 1
    house.clock.advance(1)
    await alarms.tick(house.desk)
    assert await house.desk.look(_count, "seen") == 0


async def test_words_that_history_tells_again_after_their_key_is_gone_open_nothing(house: House) -> None:
    """IN-06: a quiet room's newest message is read again at each start."""
    said = house.said("Anna", "My screen is black")
    received = await house.desk.do(intake.receive, said)
    house.clock.advance(days=31)
    await house.desk.do(tidying.begin)
    await alarms.tick(house.desk)
    assert await house.desk.look(_count, "seen") == 0
    assert (await house.desk.do(intake.receive, said)).outcome == "again"
    edited = Edited(said.place, said.message_id, said.text, MONDAY, "1")
    await house.desk.do(changes.edit, edited)
    await house.desk.do(changes.delete, Deleted(said.place, "never heard of", MONDAY))
    assert await words(house, received.ticket) == ["My screen is black"]


@one_engine
async def test_what_is_new_is_never_looked_for_among_the_old(house: House) -> None:
    """The look costs nothing: only words that are old themselves may have lost their key."""
    said = house.said("Anna", "My screen is black")
    steps = await house.desk.look(_plans, intake._known_of_old, house.clock.now, said)
    late = await house.desk.look(_plans, intake._known_of_old, house.clock.now + 31 * DAY, said)
    assert steps == [] and late and "SEARCH message" in late[0]


@pytest.mark.parametrize("name", ["seen", "quarantine", "early_change", "listed"])
async def test_the_old_are_found_through_an_index(house: House, name: str) -> None:
    def plans(tx: Tx) -> list[str]:
        if tx.conn.dialect.name == "postgresql":
            tx.run(text("SET LOCAL enable_seqscan = off"))  # of a few rows it would rather read them all
        return _plans(tx, store.delete_ended, name, MONDAY, 500)

    steps = await house.desk.store.do(plans)
    assert [step for step in steps if f"ix_{name}_{store.ENDED[name].name}" in step]


def test_keys_outlive_all_that_the_platforms_keep() -> None:
    assert tidying.KEPT["seen"] == events.KEPT > 10 * DAY and set(tidying.KEPT) == set(store.ENDED)
