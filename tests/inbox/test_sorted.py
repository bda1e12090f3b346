"""Priority and tags: who may set them, what they change of the promises, and how a late ticket goes up."""

from dataclasses import replace

import pytest

from inbox.desk import alarms, claims, lifecycle, priorities, promises, replies, tags
from inbox.directory import Directory
from inbox.errors import BadInput, NotFound, WrongStatus
from inbox.store import promises as stored
from sla.duration import Duration
from sla.policy import Rule, Targets
from tests.house import House
from tests.inbox.deeds import ask, one_engine, ticket_of, told
from tests.inbox.office import H, beat_at, office, promised
from tests.inbox.postman import deliver

pytestmark = one_engine


def for_vips(directory: Directory) -> Directory:
    """The office, where who is tagged so is answered within the hour."""
    hour = Targets({"first_reply": {"normal": Duration(H)}})
    policy = replace(directory.desk.queues["it"].policy, rules=(Rule({"tag": "vip"}, hour),))
    queues = {**directory.desk.queues, "it": replace(directory.desk.queues["it"], policy=policy)}
    return replace(directory, desk=replace(directory.desk, queues=queues))


async def test_a_higher_priority_is_promised_from_when_it_began(house: House) -> None:
    house.desk.directory = office()
    number = await ask(house)
    house.clock.advance(hours=1)
    ticket = await house.desk.do(priorities.set_priority, number, house.ids["Omar"], "urgent")
    reply = (await promised(house, number))["first_reply"]
    assert (ticket.priority, reply.target_seconds) == ("urgent", H)
    assert reply.due_at == ticket.created_at.replace(hour=10) and ticket.due_at == reply.due_at
    again = await house.desk.do(priorities.set_priority, number, house.ids["Lisa"], "urgent")
    assert again == ticket
    [event] = await told(house, number, "priority")
    assert (event.facts["was"], event.facts["priority"], event.actor) == ("normal", "urgent", house.ids["Omar"])
    assert {letter.kind for letter in await house.desk.do(deliver) if letter.to == "desk"} == {"card", "message"}


async def test_who_may_not_and_what_is_none(house: House) -> None:
    number, omar = await ask(house), house.ids["Omar"]
    with pytest.raises(NotFound):
        await house.desk.do(priorities.set_priority, number, house.ids["Anna"], "high")
    with pytest.raises(BadInput) as raised:
        await house.desk.do(priorities.set_priority, number, omar, "highest")
    assert raised.value.reason == "no_priority"
    await house.desk.do(lifecycle.resolve, number, omar)
    with pytest.raises(WrongStatus):
        await house.desk.do(priorities.set_priority, number, omar, "high")


async def test_tags_are_kept_in_one_form(house: House) -> None:
    number, omar = await ask(house), house.ids["Omar"]
    assert await house.desk.do(tags.add, number, omar, "#VPN down", "Åre") == ("vpn-down", "åre")
    assert await house.desk.do(tags.add, number, omar, "åRE", "C++") == ("c++", "vpn-down", "åre")
    assert await house.desk.do(tags.remove, number, omar, "vpn DOWN", "none") == ("c++", "åre")
    assert await house.desk.do(tags.remove, number, omar, "none") == ("c++", "åre")
    assert [e.facts["tags"] for e in await told(house, number, "tagged")] == ["vpn-down, åre", "c++"]
    assert [e.facts["tags"] for e in await told(house, number, "untagged")] == ["vpn-down"]


@pytest.mark.parametrize("bad", ["", " # ", "!!", "x" * 65, "a|b", "-a"])
async def test_what_is_no_tag(house: House, bad: str) -> None:
    number = await ask(house)
    with pytest.raises(BadInput) as raised:
        await house.desk.do(tags.add, number, house.ids["Omar"], "good", bad)
    assert raised.value.reason == "bad_tag" and await house.desk.look(tags.of, number) == ()


async def test_so_many_tags_and_no_more(house: House) -> None:
    number, omar = await ask(house), house.ids["Omar"]
    await house.desk.do(tags.add, number, omar, *(f"t{n}" for n in range(tags.MOST)))
    with pytest.raises(BadInput) as raised:
        await house.desk.do(tags.add, number, omar, "more")
    assert raised.value.reason == "many_tags"
    with pytest.raises(NotFound):
        await house.desk.do(tags.remove, number, house.ids["Anna"], "t1")


async def test_a_tag_that_the_policy_asks_for_changes_what_is_promised(house: House) -> None:
    house.desk.directory = for_vips(office())
    number, omar = await ask(house), house.ids["Omar"]
    await house.desk.do(tags.add, number, omar, "VIP")
    assert (await promised(house, number))["first_reply"].target_seconds == H
    await house.desk.do(tags.remove, number, omar, "vip")
    assert (await promised(house, number))["first_reply"].target_seconds == 4 * H
    assert await house.desk.look(promises.rebuild, number) == await house.desk.look(stored.of_ticket, number)


async def test_after_twice_the_time_it_goes_to_those_who_help_out_and_stays_late(house: House) -> None:
    house.desk.directory = office(return_after=None)
    desk = house.desk.directory.desk
    targets = Targets({"first_reply": {"normal": Duration(40 * H)}, "claim": {"normal": Duration(H)}})
    patient = replace(desk.queues["customers"].policy, name="patient", targets=targets)
    queues = {**desk.queues, "customers": replace(desk.queues["customers"], policy=patient)}
    house.desk.directory = replace(house.desk.directory, desk=replace(desk, queues=queues))
    number = await ask(house)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    for _ in range(8):
        await beat_at(house, hours=1)
    house.clock.now = house.clock.now.replace(day=3, hour=8)
    said = await beat_at(house, hours=1)
    ticket = await ticket_of(house, number)
    assert (ticket.queue, ticket.assignee_id, ticket.status, ticket.priority) == ("customers", None, "new", "high")
    told_up = [letter for letter in said if letter.say == "nag.first_reply.escalate"]
    assert [(letter.to, letter.actions) for letter in told_up] == [("C-DESK", (f"claim:{number}", f"ack:{number}"))]
    after = await promised(house, number)
    assert (after["first_reply"].state, after["first_reply"].policy) == ("breached", "patient")
    assert (after["claim"].cycle, after["claim"].state) == (2, "running")
    assert await house.desk.look(promises.rebuild, number) == await house.desk.look(stored.of_ticket, number)


async def test_words_on_their_way_keep_a_late_ticket_where_it_is(house: House) -> None:
    """Other promises than that of an answer do not wait for the answer to arrive."""
    house.desk.directory = office(return_after=None)
    number, omar = await ask(house), house.ids["Omar"]
    await house.desk.do(claims.claim, number, omar)
    house.clock.now = house.clock.now.replace(day=10)
    await house.desk.do(replies.reply, number, omar, "One moment")
    while await alarms.tick(house.desk):
        pass
    ticket = await ticket_of(house, number)
    assert (ticket.queue, ticket.assignee_id) == ("it", omar)
    assert [e.facts["metric"] for e in await told(house, number, "escalated")] == ["resolution"]
