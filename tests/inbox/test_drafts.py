"""Forms under way, as both databases keep them."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from inbox.desk import intake, steps
from inbox.errors import BadInput
from inbox.model import Account, Person, Place
from inbox.store import Tx, drafts, fields, people, tickets
from inbox.store.drafts import Draft
from tests.bots.seven import questions
from tests.house import House
from tests.inbox.test_fields import furnish

ROOM = "D-ANNA"


def account_of(tx: Tx, by: Account) -> int:
    return next(one.id for one in people.identities(tx, _person(tx, by)) if one.connection == by.connection)


async def anna_herself(house: House) -> Person:
    found = await house.desk.look(people.get, house.ids["Anna"])
    assert found
    return found


def _person(tx: Tx, by: Account) -> int:
    found = people.find(tx, by.connection, by.external_id)
    assert found
    return found.id


async def test_a_form_is_kept_changed_and_forgotten_by_account_and_room(house: House) -> None:
    anna, erik = [await house.desk.look(account_of, house.account(name)) for name in ("Anna", "Erik")]
    now = house.clock.now
    first = Draft(anna, ROOM, "steps", now + timedelta(hours=1), 2, {"queue": "it", "own": {"device": "Dätör 🖥"}})

    def keep(tx: Tx, draft: Draft) -> None:
        drafts.put(tx, draft)

    for draft in (first, replace(first, room=""), replace(first, identity_id=erik, step=5)):
        await house.desk.store.do(keep, draft)
    assert await house.desk.look(drafts.get, anna, ROOM, now) == first
    changed = replace(first, step=3, answers={"queue": "it"})
    await house.desk.store.do(keep, changed)
    assert await house.desk.look(drafts.of_account, anna) == [replace(first, room=""), changed]
    assert await house.desk.look(drafts.get, anna, ROOM, changed.until) is None, "too long ago"
    await house.desk.store.do(drafts.drop, anna, ROOM)
    assert await house.desk.look(drafts.get, anna, ROOM, now) is None
    assert (await house.desk.look(drafts.of_account, erik))[0].step == 5


async def test_words_and_a_press_at_the_same_moment_answer_one_question(house: House) -> None:
    furnish(house, "it", *questions()[:2])
    anna = await house.desk.look(account_of, house.account("Anna"))
    person = await anna_herself(house)
    place, queue = Place("acme", ROOM), house.desk.directory.queue("it")
    for _ in range(6):
        await house.desk.do(steps.begin, anna, place, queue)
        await house.desk.do(intake.receive, house.said("Anna", "It smokes", ROOM, direct=True))
        done = await asyncio.gather(
            house.desk.do(steps.pick, person, anna, ROOM, 1, 0),
            house.desk.do(intake.receive, house.said("Anna", "Phone", ROOM, direct=True)),
            return_exceptions=True,
        )
        # whichever came first answered the first question: then the other was for the second, and no day
        assert not [one for one in done if isinstance(one, Exception) and not isinstance(one, BadInput)], done
        found = await house.desk.look(drafts.get, anna, ROOM, house.clock.now)
        assert found and found.step == 2 and len(found.answers["messages"]) == 1
        assert found.answers["own"] in ({"device": "laptop"}, {"device": "Phone"})


async def test_two_last_answers_open_one_ticket(house: House) -> None:
    furnish(house, "it", *questions()[:1])
    anna = await house.desk.look(account_of, house.account("Anna"))
    person = await anna_herself(house)
    await house.desk.do(steps.begin, anna, Place("acme", ROOM), house.desk.directory.queue("it"))
    await house.desk.do(intake.receive, house.said("Anna", "It smokes", ROOM, direct=True))
    picks = [house.desk.do(steps.pick, person, anna, ROOM, 1, option) for option in (0, 1, 0, 1)]
    done = await asyncio.gather(*picks, return_exceptions=True)
    assert [isinstance(one, BadInput) for one in done].count(False) == 1
    assert await house.desk.look(tickets.get, 2) is None
    assert (await house.desk.look(fields.of_ticket, 1))["device"] in ("laptop", "Phone")
    with pytest.raises(BadInput):
        await house.desk.do(steps.skip, person, anna, ROOM, 1)
