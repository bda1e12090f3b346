"""Priority, tags, fields, another queue, and who is away: as agents type and press it."""

import pytest

from inbox.desk import absence
from inbox.errors import BadInput
from inbox.store import tags
from tests.bots.typed import offered, pressed, text_of, typed
from tests.house import House
from tests.inbox.deeds import ask, one_engine, ticket_of

pytestmark = one_engine


@pytest.mark.parametrize(("said", "meant"), [("high", "high"), ("Akut", "urgent"), ("lav", "low"), ("hög", "high")])
async def test_a_priority_is_said_in_any_of_the_languages(house: House, said: str, meant: str) -> None:
    number = await ask(house)
    await typed(house, "Omar", f"priority {number} {said}")
    assert (await ticket_of(house, number)).priority == meant


async def test_what_is_no_priority_is_refused_with_those_that_are(house: House) -> None:
    number = await ask(house)
    with pytest.raises(BadInput) as refused:
        await typed(house, "Omar", f"priority {number} yesterday")
    assert refused.value.reason == "no_priority"


async def test_tags_are_put_on_and_taken_away_in_one_go(house: House) -> None:
    number = await ask(house)
    await typed(house, "Omar", f"tag {number} vip, printer")
    answer = await typed(house, "Lisa", f"tag {number} floor-2 -vip")
    assert text_of(answer) == f"#{number} is tagged: floor-2, printer"
    assert await house.desk.look(tags.of, number) == ("floor-2", "printer")
    assert text_of(await typed(house, "Lisa", f"tag {number} -floor-2 -printer")) == f"#{number} has no tags."


async def test_a_ticket_is_moved_by_a_queues_key_or_title(house: House) -> None:
    number = await ask(house)
    answer = await typed(house, "Omar", f"move {number} to customers They bought it in the shop")
    assert text_of(answer) == f"#{number} is with Customers now."
    assert (await ticket_of(house, number)).queue == "customers"
    await typed(house, "Omar", f"move {number} IT Support")
    assert (await ticket_of(house, number)).queue == "it"
    with pytest.raises(BadInput) as refused:
        await typed(house, "Omar", f"move {number} marketing")
    assert refused.value.reason == "no_queue"


async def test_a_ticket_is_escalated_to_a_queue_that_is_named(house: House) -> None:
    number = await ask(house)
    with pytest.raises(BadInput) as refused:
        await typed(house, "Omar", f"escalate {number} nobody here knows")
    assert refused.value.reason == "no_next_tier"
    await typed(house, "Omar", f"escalate {number} customers: they know")
    assert (await ticket_of(house, number)).queue == "customers"


async def test_who_goes_away_says_until_when_and_may_give_all_back(house: House) -> None:
    number = await ask(house)
    await typed(house, "Omar", f"claim {number}")
    answer = await typed(house, "Omar", "away until 13:00")
    assert text_of(answer).endswith("You still hold one ticket.") and "Mon 2 Mar 13:00" in text_of(answer)
    assert offered(answer) == ["giveback", "awaykeep"]
    assert await house.desk.look(absence.is_away, house.clock.now, house.ids["Omar"])
    assert text_of(await pressed(house, "Omar", "giveback")) == "One ticket is back in its queue."
    assert (await ticket_of(house, number)).assignee_id is None
    assert text_of(await typed(house, "Omar", "back")) == "Welcome back! You get tickets again."
    assert not await house.desk.look(absence.is_away, house.clock.now, house.ids["Omar"])
    assert text_of(await typed(house, "Omar", "back")) == "You were not away."
