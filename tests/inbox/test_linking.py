"""One person, several accounts: only with proof from both, and undone without a trace of the other's tickets."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from inbox.desk import claims, direct, intake, lifecycle, linking, replies
from inbox.desk.linking import TRIES, WrongCode
from inbox.errors import BadInput
from inbox.model import Account
from inbox.store import Tx, alarms, people, tickets
from tests.house import House
from tests.inbox.deeds import ask, ticket_of
from tests.inbox.postman import deliver
from tests.inbox.test_replies import claimed, says


def account(house: House, name: str, connection: str) -> Account:
    return house.account(name, connection)


async def linked(house: House, name: str = "Anna") -> int:
    """The person's Slack and Telegram accounts, joined: the person that both are now."""
    code = await house.desk.do(linking.code, account(house, name, "acme"))
    return (await house.desk.do(linking.redeem, account(house, name, "shop"), code)).person_id


async def asks_in_shop(house: House, name: str = "Anna") -> int:
    said = house.said(name, "Where is my parcel?", f"T-{name.upper()}", connection="shop", direct=True)
    received = await house.desk.do(intake.receive, said)
    assert received.ticket
    return received.ticket


def requester(tx: Tx, number: int) -> int:
    found = tickets.get(tx, number)
    assert found
    return found.requester_id


async def test_tickets_of_both_accounts_are_one_persons_and_both_are_told(house: House) -> None:
    here, there = await ask(house), await asks_in_shop(house)
    await house.desk.do(deliver)
    person = await linked(house)
    assert person == house.ids["Anna"]
    assert {await house.desk.look(requester, n) for n in (here, there)} == {person}
    told = [(e.say, e.to) for e in await house.desk.do(deliver) if e.say.startswith("link.")]
    assert told == [("link.joined", "U-ANNA"), ("link.joined", "T-ANNA")]
    after = await asks_in_shop(house)
    assert after == there, "the same matter goes on where it was asked"


async def test_unlinked_each_has_what_it_asked(house: House) -> None:
    here, there = await ask(house), await asks_in_shop(house)
    await linked(house)
    await house.desk.do(linking.unlink, account(house, "Anna", "shop"))
    assert await house.desk.look(requester, here) == house.ids["Anna"]
    assert await house.desk.look(requester, there) == house.ids["Anna@shop"]
    with pytest.raises(BadInput) as refused:
        await house.desk.do(linking.unlink, account(house, "Anna", "shop"))
    assert refused.value.reason == "link_none"


async def test_the_account_that_gave_the_code_can_leave_too(house: House) -> None:
    here, there = await ask(house), await asks_in_shop(house)
    await linked(house)
    left = await house.desk.do(linking.unlink, account(house, "Anna", "acme"))
    assert left.person_id not in (house.ids["Anna"], house.ids["Anna@shop"]), "nobody has been that person before"
    assert await house.desk.look(requester, here) == left.person_id
    assert await house.desk.look(requester, there) == house.ids["Anna"]


@pytest.mark.parametrize("typed", ["{}", " {} ", "{lower}", "{bare}"])
@pytest.mark.parametrize("engine_name", ["sqlite"])
async def test_a_code_is_good_however_it_is_typed_and_once(house: House, typed: str) -> None:
    code = await house.desk.do(linking.code, account(house, "Anna", "acme"))
    words = typed.format(code, lower=code.lower(), bare=code.replace("-", ""))
    await house.desk.do(linking.redeem, account(house, "Anna", "shop"), words)
    with pytest.raises(WrongCode):
        await house.desk.do(linking.redeem, account(house, "Anna", "community"), words)


async def test_codes_expire_and_the_newest_counts(house: House) -> None:
    old = await house.desk.do(linking.code, account(house, "Anna", "acme"))
    new = await house.desk.do(linking.code, account(house, "Anna", "acme"))
    with pytest.raises(WrongCode):
        await house.desk.do(linking.redeem, account(house, "Anna", "shop"), old)
    house.clock.now += timedelta(minutes=10)
    with pytest.raises(WrongCode):
        await house.desk.do(linking.redeem, account(house, "Anna", "shop"), new)


async def test_five_tries_in_ten_minutes(house: House) -> None:
    code = await house.desk.do(linking.code, account(house, "Anna", "acme"))
    for left in range(TRIES - 1, -1, -1):
        with pytest.raises(WrongCode) as wrong:
            await house.desk.do(linking.redeem, account(house, "Erik", "shop"), "AAAA-AAAA")
        assert wrong.value.facts == {"left": left}
    with pytest.raises(BadInput) as refused:
        await house.desk.do(linking.redeem, account(house, "Erik", "shop"), code)
    assert refused.value.reason == "link_too_many"
    await house.desk.do(linking.redeem, account(house, "Anna", "shop"), code)  # others are not held up by it
    house.clock.now += timedelta(minutes=10)
    again = await house.desk.do(linking.code, account(house, "Erik", "acme"))
    await house.desk.do(linking.redeem, account(house, "Erik", "shop"), again)


@pytest.mark.parametrize("engine_name", ["sqlite"])
async def test_ones_own_code_and_a_second_account_of_one_platform_are_refused(house: House) -> None:
    code = await house.desk.do(linking.code, account(house, "Anna", "acme"))
    with pytest.raises(BadInput) as refused:
        await house.desk.do(linking.redeem, account(house, "Anna", "acme"), code)
    assert refused.value.reason == "link_same"
    code = await house.desk.do(linking.code, account(house, "Anna", "acme"))
    with pytest.raises(BadInput) as refused:
        await house.desk.do(linking.redeem, account(house, "Erik", "acme"), code)
    assert refused.value.reason == "link_twice"


async def test_an_agents_claims_and_teams_come_along(house: House) -> None:
    number = await ask(house)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    code = await house.desk.do(linking.code, account(house, "Omar", "shop"))
    one = (await house.desk.do(linking.redeem, account(house, "Omar", "acme"), code)).person_id
    assert one == house.ids["Omar@shop"]
    assert (await ticket_of(house, number)).assignee_id == one
    assert (await house.desk.look(people.roles, one)).keys() == {"it", "customers", "games"}
    assert await house.desk.look(people.roles, house.ids["Omar"]) == {}


async def test_an_agents_words_come_along(house: House) -> None:
    """The microphone, and the words that wait for their author, know who that is now."""
    number = await claimed(house)
    held = await house.desk.do(replies.reply, number, house.ids["Lisa"], "Press the button")
    for name in ("Omar", "Lisa"):
        code = await house.desk.do(linking.code, account(house, name, "shop"))
        await house.desk.do(linking.redeem, account(house, name, "acme"), code)
    house.clock.advance(1)
    assert (await says(house, "Omar", "Have you tried water?", number)).state == "waiting"
    house.clock.advance(6)
    await house.desk.do(replies.take_and_send, held.message_id, house.ids["Lisa@shop"])
    assert (await ticket_of(house, number)).assignee_id == house.ids["Lisa@shop"]


async def test_nobody_holds_their_own_ticket_for_having_linked_their_accounts(house: House) -> None:
    open_, solved = [await asks_in_shop(house, name) for name in ("Omar", "Lisa")]
    for number, name in ((open_, "Omar"), (solved, "Lisa")):
        await house.desk.do(claims.claim, number, house.ids[name])
    await house.desk.do(lifecycle.resolve, solved, house.ids["Lisa"])
    for name in ("Omar", "Lisa"):
        await linked(house, name)
    ticket = await ticket_of(house, open_)
    assert (ticket.status, ticket.assignee_id, ticket.fence) == ("new", None, 2)
    await house.desk.do(lifecycle.reopen, solved, house.ids["Lisa"])
    ticket = await ticket_of(house, solved)
    assert (ticket.status, ticket.assignee_id) == ("new", None)


@pytest.mark.parametrize("engine_name", ["postgres"])
async def test_what_is_asked_at_the_moment_of_linking_is_the_one_persons(house: House) -> None:
    for n in range(15):
        accounts = [Account(connection, f"new-{n}", "Karin") for connection in ("acme", "shop")]
        code = await house.desk.do(linking.code, accounts[0])
        said = replace(house.said("Anna", "My screen is black"), author=accounts[1])
        said = replace(said, place=replace(said.place, connection="shop", room=f"T-{n}"), direct=True)
        await house.desk.do(people.identify, accounts[1])
        received, joined = await asyncio.gather(
            house.desk.do(intake.receive, said), house.desk.do(linking.redeem, accounts[1], code)
        )
        assert received.ticket and await house.desk.look(requester, received.ticket) == joined.person_id


async def test_words_that_wait_for_a_queue_are_not_lost(house: House) -> None:
    await house.desk.do(intake.receive, house.said("Anna", "My lamp", "DM-ANNA", direct=True))
    house.clock.advance(hours=9)
    later = await house.desk.do(intake.receive, house.said("Anna", "Hello?", "DM-ANNA", direct=True))
    assert later.outcome == "undecided"
    code = await house.desk.do(linking.code, account(house, "Anna", "shop"))
    one = (await house.desk.do(linking.redeem, account(house, "Anna", "acme"), code)).person_id
    opened = await house.desk.do(direct.decide, one, queue_key="it")
    assert opened.ticket
    assert await house.desk.look(requester, opened.ticket) == one
    assert await house.desk.look(alarms.at, "undecided", house.ids["Anna"]) is None


# the same e-mail address is a hint, and no more


async def known_by(house: House, email: str, *accounts: Account) -> None:
    for one in accounts:
        await house.desk.do(people.identify, replace(one, email=email))


async def hinted(house: House, person: str) -> str:
    def look(tx: Tx) -> str:
        return linking.names(tx, linking.perhaps(tx, house.ids[person]))

    return await house.desk.look(look)


async def test_an_equal_address_is_a_hint_both_ways_until_they_say_so_themselves(house: House) -> None:
    here, there = account(house, "Anna", "acme"), account(house, "Anna", "shop")
    await known_by(house, "Anna@Acme.example", here)
    assert await hinted(house, "Anna") == ""
    await known_by(house, " anna@acme.EXAMPLE", there)
    assert (await hinted(house, "Anna"), await hinted(house, "Anna@shop")) == ("Anna (Telegram)", "Anna (Slack)")
    assert await hinted(house, "Erik") == ""
    mine, theirs = [await house.desk.look(people.find, one.connection, one.external_id) for one in (here, there)]
    assert mine and theirs and mine.id != theirs.id, "it joins nobody"
    await linked(house)
    assert await hinted(house, "Anna") == ""


async def test_what_makes_no_hint(house: House) -> None:
    await known_by(house, "desk@acme.example", account(house, "Anna", "acme"), account(house, "Erik", "acme"))
    await known_by(house, "", account(house, "Omar", "acme"), account(house, "Omar", "shop"))
    await known_by(house, "x" * 255, account(house, "Lisa", "acme"), account(house, "Lisa", "shop"))
    assert [await hinted(house, name) for name in ("Anna", "Erik", "Omar", "Lisa")] == [""] * 4


async def test_the_newest_address_counts_and_one_that_is_told_no_more_is_kept(house: House) -> None:
    await known_by(house, "old@acme.example", account(house, "Anna", "acme"))
    await known_by(house, "new@acme.example", account(house, "Anna", "acme"), account(house, "Anna", "shop"))
    await house.desk.do(people.identify, account(house, "Anna", "acme"))
    assert await hinted(house, "Anna") == "Anna (Telegram)"
    await known_by(house, "old@acme.example", account(house, "Anna", "shop"))
    assert await hinted(house, "Anna") == ""


def test_an_address_is_not_in_what_is_written_of_an_account() -> None:
    assert "example" not in repr(Account("acme", "U-ANNA", "Anna", email="anna@acme.example"))
