"""The front door: what people do, whatever is in it, is taken in or set aside, and never stops the line."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from bots.front import FrontDoor
from bots.port import Answer, Command, Filled, Press
from inbox.desk import lifecycle
from inbox.model import Account, Place
from inbox.store import Tx, messages, people, tickets
from inbox.store.tables import quarantine
from tests.house import House
from tests.inbox.deeds import ask

HALF = "\ud83d"


class Door:
    """The front of a house, with people at it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.front = FrontDoor(house.desk, self._link, self._staff, self._staff)

    async def _link(self, person: int) -> str:
        return f"link-{person}"

    async def _staff(self, connection: str) -> None: ...

    async def press(self, who: str, action: str, key: str = "") -> Answer:
        by = self.house.account(who)
        return await self.front.pressed(Press(key or f"{who}/{action}", Place("acme", "C-DESK"), by, action))

    async def command(self, who: str, words: str, key: str = "", **more: Any) -> Answer:
        by = self.house.account(who)
        return await self.front.commanded(Command(key or f"{who}/{words}", Place("acme", "C-DESK"), by, words, **more))

    async def fill(self, who: str, form: str, words: str) -> Answer:
        place, by = Place("acme", "C-DESK"), self.house.account(who)
        return await self.front.filled(Filled(f"{who}/{form}", place, by, form, {"words": words}))

    async def set_aside(self) -> list[tuple[str, str]]:
        return await self.house.desk.look(_aside)


def _aside(tx: Tx) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in tx.run(select(quarantine.c.raw, quarantine.c.error).order_by(quarantine.c.id))]


@pytest.fixture
def door(house: House) -> Door:
    return Door(house)


def text_of(answer: Answer) -> str:
    assert answer.card is not None
    return answer.card.text


async def test_words_that_no_database_keeps_are_mended_and_kept_raw(door: Door, house: House) -> None:
    said = house.said("Anna", f"My screen\x00 is {HALF} black")
    said = replace(said, author=replace(said.author, external_id="U-NEW", name="Eva\x00"))
    await door.front.said(said)
    (message,) = await house.desk.look(messages.of_ticket, 1)
    ticket = await house.desk.look(tickets.get, 1)
    assert ticket and message.text == ticket.subject == "My screen\ufffd is \ufffd black"
    (aside,) = await door.set_aside()
    assert "\\x00" in aside[0] and "\\ud83d" in aside[0]


async def test_words_in_commands_and_forms_are_mended_too(door: Door, house: House) -> None:
    number = await ask(house)
    await door.command("Omar", f"reply {number} It\x00 works")
    await door.fill("Omar", f"note:{number}", f"Really{HALF}")
    assert [m.text for m in await house.desk.look(messages.of_ticket, number)][1:] == ["It\ufffd works", "Really\ufffd"]


async def test_poison_is_set_aside_and_the_next_message_taken_in(door: Door, house: House) -> None:
    poison = house.said("Anna", "written at no time that there is")
    await door.front.said(replace(poison, at=poison.at.replace(tzinfo=None)))
    await door.front.said(house.said("Erik", "My screen is black"))
    assert len(await door.set_aside()) == 1
    assert [m.text for m in await house.desk.look(messages.of_ticket, 1)] == ["My screen is black"]


async def test_a_language_with_a_long_name_costs_nobody_their_words(door: Door, house: House) -> None:
    stranger = Account("acme", "U-LIN", "Lin", "zh-Hant-TW", "Asia/Taipei")
    await door.front.said(replace(house.said("Anna", "My screen is black"), author=stranger))
    assert await house.desk.look(messages.of_ticket, 1)


async def test_what_a_platform_tells_later_of_a_person_is_learnt(house: House) -> None:
    plain = Account("community", "D-NEW", "Eva")
    await house.desk.do(people.identify, plain)
    person, _ = await house.desk.do(people.identify, replace(plain, language="sv", timezone="Europe/Oslo"))
    assert (person.language, person.timezone) == ("sv", "Europe/Oslo")
    person, _ = await house.desk.do(people.identify, replace(plain, language="da"))
    assert person.language == "sv"  # what is known stays: it may be the person's own choice


async def test_next_told_again_gives_the_same_ticket(door: Door, house: House) -> None:
    for n in range(3):
        await ask(house, f"question {n}")
        house.clock.advance(130)
    first = await door.command("Omar", "next", "same")
    again = await door.command("Omar", "next", "same")
    assert "#1 " in text_of(first) and "#1 " in text_of(again)
    assert "#2 " in text_of(await door.command("Omar", "next", "another"))


async def test_a_deed_told_again_does_nothing_even_if_it_was_undone_since(door: Door, house: House) -> None:
    number = await ask(house)
    await door.command("Omar", f"claim {number}", "a")
    await door.press("Omar", f"release:{number}", "b")
    told = await door.command("Omar", f"claim {number}", "a")
    assert told.card is not None and told.card.title.startswith(f"#{number}")  # how it stands now
    await door.press("Lisa", f"claim:{number}", "c")
    await door.press("Omar", f"take:{number}", "d")
    await door.press("Lisa", f"take:{number}", "e")
    assert await door.press("Omar", f"take:{number}", "d") == Answer()
    ticket = await house.desk.look(tickets.get, number)
    assert ticket and ticket.assignee_id == house.ids["Lisa"] and ticket.fence == 5


async def test_what_was_refused_can_be_tried_again(door: Door, house: House) -> None:
    number = await ask(house)
    await door.press("Lisa", f"claim:{number}", "a")
    assert (await door.press("Omar", f"release:{number}", "b")).refused
    await door.press("Lisa", f"release:{number}", "c")
    assert not (await door.press("Omar", f"release:{number}", "b")).refused


async def test_words_by_command_told_again_are_said_once(door: Door, house: House) -> None:
    number = await ask(house)
    for _ in range(3):
        await door.command("Omar", f"reply {number} Press the button", "same")
        await door.fill("Omar", f"note:{number}", "She never does")
    assert len(await house.desk.look(messages.of_ticket, number)) == 3


async def test_to_a_blocked_person_nothing_is_there(door: Door, house: House) -> None:
    number = await ask(house)
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    await house.desk.store.do(people.set_blocked, house.ids["Anna"], True)
    for answer in (
        await door.press("Anna", f"reopen:{number}"),
        await door.command("Anna", f"reopen {number}"),
        await door.command("Anna", f"show {number}"),
    ):
        assert answer.refused and text_of(answer) == "I cannot find that ticket."
    ticket = await house.desk.look(tickets.get, number)
    assert ticket and ticket.status == "resolved"


async def test_a_command_that_answers_somebodys_words_is_about_their_ticket(door: Door, house: House) -> None:
    said = house.said("Anna", "My screen is black", "C-HELP")
    await door.front.said(replace(said, opens=""))
    command = Command("k", said.place, house.account("Omar"), "claim", reply_to=said.message_id)
    assert "#1 " in text_of(await door.front.commanded(command))
