"""Events in any order and any number of times come to the same end (IN-03, IN-05), however many."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from inbox.desk import changes, intake
from inbox.model import Account, Deleted, Edited, Said
from inbox.store import messages
from tests.house import House
from tests.inbox.deeds import one_engine

Event = Said | Edited | Deleted
ROUNDS = 25


def conversation(house: House, number: int) -> list[Event]:
    """Anna asks, adds two things, corrects herself twice, and takes one of them back."""
    root, first, second = (f"{number}-{name}" for name in ("root", "first", "second"))
    began = house.clock.now

    def at(seconds: int) -> datetime:
        return began + timedelta(seconds=seconds)

    asked = house.said("Anna", "My scren is blak", message_id=root, at=at(0))
    added = house.said("Anna", "since yesterdy", thread=root, message_id=first, at=at(10))
    regretted = house.said("Anna", "you fools", thread=root, message_id=second, at=at(20))
    return [
        asked,
        added,
        Edited(added.place, first, "since yesterda", at(15), "1"),
        regretted,
        Edited(asked.place, root, "My screen is black", at(25), "1"),
        Edited(added.place, first, "since yesterday", at(30), "2"),
        Deleted(regretted.place, second, at(35)),
    ]


async def tell(house: House, event: Event) -> None:
    match event:
        case Said():
            await house.desk.do(intake.receive, event)
        case Edited():
            await house.desk.do(changes.edit, event)
        case Deleted():
            await house.desk.do(changes.delete, event)


async def outcome(house: House, number: int) -> list[tuple[str, bool]]:
    """The words of a conversation's one ticket, and whether they are deleted, in the order in which they were
    written."""
    root = await house.desk.look(messages.by_external, "acme", "C-HELP", f"{number}-root")
    assert root is not None and root.ticket is not None
    talk = await house.desk.look(messages.of_ticket, root.ticket)
    return [(one.text, one.deleted) for one in sorted(talk, key=lambda one: one.written_at)]


@one_engine
async def test_the_end_is_the_same_in_whatever_order_and_however_often(house: House) -> None:
    """What was for nobody when it came, an answer before its question, is told again: by the platform, or by history,
    which has no deletions."""
    for event in conversation(house, 0):
        await tell(house, event)
    told_in_order = await outcome(house, 0)
    assert told_in_order == [("My screen is black", False), ("since yesterday", False), ("you fools", True)]
    for seed in range(1, ROUNDS):
        dice = Random(seed)
        house.clock.advance(600)  # a matter of its own
        events = conversation(house, seed)
        often = [event for event in events for _ in range(dice.randint(1, 5))]
        dice.shuffle(often)
        for event in (*often, *(event for event in events if not isinstance(event, Deleted))):
            await tell(house, event)
        assert await outcome(house, seed) == told_in_order, f"seed {seed}"


@one_engine
async def test_who_writes_without_end_has_one_ticket_and_holds_nobody_up(house: House) -> None:
    """IN-12: Erik sends two hundred messages within ten seconds, while a hundred others ask one thing each."""
    crowd = [replace(house.said("Anna", "Help"), author=Account("acme", f"U-{n}", f"N{n}")) for n in range(100)]
    flood = [
        house.said("Erik", f"Hello? ({n})", at=house.clock.now + timedelta(milliseconds=50 * n)) for n in range(200)
    ]
    mixed = [*flood[:100], *(one for two in zip(crowd, flood[100:], strict=True) for one in two)]
    told = await asyncio.gather(*(house.desk.do(intake.receive, said) for said in mixed))
    of_erik = {one.ticket for one, said in zip(told, mixed, strict=True) if said.author.name == "Erik"}
    others = {one.ticket for one, said in zip(told, mixed, strict=True) if said.author.name != "Erik"}
    assert len(of_erik) == 1 and len(others) == 100 and not of_erik & others
