"""What is looked up without a deed: numbers that are being typed, and what somebody else asked."""

from dataclasses import replace

import pytest

from bots.front import FrontDoor
from bots.port import Sought
from inbox.desk import canned, claims, lifecycle, tags
from inbox.model import Place
from inbox.question import Question
from inbox.store import people, threads, tickets
from tests.bots.test_front import link, nobody
from tests.house import House
from tests.inbox.deeds import ask, one_engine
from tests.inbox.postman import deliver

pytestmark = one_engine


def front(house: House) -> FrontDoor:
    return FrontDoor(house.desk, link, nobody, nobody)


async def suggested(house: House, who: str, typed: str = "") -> list[tuple[int, str]]:
    return list(await front(house).suggest(house.account(who), typed))


async def asks(house: House, text: str) -> int:
    """Anna asks something else than just now."""
    house.clock.advance(300)
    return await ask(house, text)


async def three(house: House) -> list[int]:
    """Three questions, the last of them Omar's to answer."""
    numbers = [await asks(house, text) for text in ("Printer on fire", "No network", "The door is stuck")]
    await house.desk.do(claims.claim, numbers[2], house.ids["Omar"])
    return numbers


async def test_an_agent_is_offered_what_they_hold_and_then_what_waits(house: House) -> None:
    first, second, held = await three(house)
    titles = {first: f"#{first} Printer on fire", second: f"#{second} No network", held: f"#{held} The door is stuck"}
    assert [number for number, _ in await suggested(house, "Omar")] == [held, first, second]
    assert await suggested(house, "Omar", " net") == [(second, titles[second])]
    assert await suggested(house, "Omar", f"#{held}") == [(held, titles[held])]
    assert await suggested(house, "Omar", "9" * 30) == []


async def test_a_number_finds_what_is_solved_too(house: House) -> None:
    number = await ask(house, "Printer on fire")
    await house.desk.do(lifecycle.resolve, number, house.ids["Omar"])
    assert await suggested(house, "Omar") == []
    assert await suggested(house, "Omar", str(number)) == [(number, f"#{number} Printer on fire")]


async def test_others_are_offered_their_own_and_strangers_nothing(house: House) -> None:
    numbers = await three(house)
    assert sorted(number for number, _ in await suggested(house, "Anna")) == numbers
    assert await suggested(house, "Erik") == []
    assert await suggested(house, "Erik", str(numbers[0])) == []
    assert list(await front(house).suggest(replace(house.account("Erik"), external_id="U-NEW"), "")) == []


async def test_at_most_25_are_offered(house: House) -> None:
    for number in range(26):
        await asks(house, f"Printer {number}")
    assert len(await suggested(house, "Omar", "printer")) == 25


def confidential(house: House) -> None:
    directory = house.desk.directory
    queue = replace(directory.desk.queues["it"], private=True)
    house.desk.directory = replace(
        directory, desk=replace(directory.desk, queues={**directory.desk.queues, "it": queue})
    )


async def test_a_confidential_subject_is_neither_shown_nor_found(house: House) -> None:
    number = await ask(house, "My pay is wrong")
    confidential(house)
    assert await suggested(house, "Omar") == [(number, f"#{number} 🔒")]
    assert await suggested(house, "Omar", "pay") == []
    answer = await front(house).theirs(house.account("Omar"), house.account("Anna"))
    assert answer.card and [title for title, _ in answer.card.fields] == [f"#{number} 🔒"]


async def test_an_agent_sees_what_somebody_asked_newest_first(house: House) -> None:
    first, second, held = await three(house)
    answer = await front(house).theirs(house.account("Omar"), house.account("Anna"))
    assert answer.private and answer.card
    assert answer.card.title == "What Anna asked"
    shown = dict(answer.card.fields)
    assert {title.split()[0] for title in shown} == {f"#{first}", f"#{second}", f"#{held}"}
    assert shown[f"#{held} The door is stuck"] == "IT support · Open · Omar · Mon 2 Mar 10:15"
    assert "unclaimed" in shown[f"#{first} Printer on fire"]


async def test_what_the_agent_may_not_see_is_not_there(house: House) -> None:
    number = await ask(house, "Printer on fire")

    def elsewhere(tx, now):  # type: ignore[no-untyped-def]
        tickets.change(tx, number, queue="payroll")

    await house.desk.do(elsewhere)
    roles = await house.desk.look(people.roles, house.ids["Omar"])
    assert "payroll" not in roles
    answer = await front(house).theirs(house.account("Omar"), house.account("Anna"))
    assert answer.card and (answer.card.fields, answer.card.text) == ((), "Nothing that you may see.")


@pytest.mark.parametrize("language", ["en", "sv"])
async def test_who_is_no_agent_learns_nothing_of_others(house: House, language: str) -> None:
    await three(house)
    by = replace(house.account("Erik"), language=language)
    answer = await front(house).theirs(by, house.account("Anna"))
    assert answer.refused and answer.card and not answer.card.fields


# What else is being typed


async def completed(house: House, what: str, typed: str = "", who: str = "Omar", **where: object) -> list[str]:
    """The values that are offered."""
    sought = replace(Sought(house.account(who), what, typed, Place("acme", "C-DESK")), **where)  # type: ignore[arg-type]
    return [value for value, _ in await front(house).complete(sought)]


async def test_prepared_answers_are_found_by_their_names_and_by_their_words(house: House) -> None:
    number = await ask(house)
    for name, text in (("vpn", "Switch the tunnel on"), ("reset", "Choose a new password"), ("lunch", "At noon")):
        queue = "customers" if name == "lunch" else "it"
        await house.desk.do(canned.save, house.ids["Omar"], queue, name, "en", text)
    assert await completed(house, "canned") == ["lunch", "reset", "vpn"]
    assert await completed(house, "canned", ticket=number) == ["reset", "vpn"], "those of the ticket's queue"
    assert await completed(house, "canned", "tunnel") == ["vpn"]
    (shown,) = await front(house).complete(Sought(house.account("Omar"), "canned", "pass", Place("acme", "C-DESK")))
    assert shown == ("reset", "reset — Choose a new password")


async def test_the_thread_says_for_which_ticket_it_is_typed(house: House) -> None:
    number = await ask(house)
    await house.desk.do(deliver)
    thread = await house.desk.look(threads.desk, number)
    assert thread and "it" not in await completed(house, "queue", place=thread.place)
    assert await completed(house, "queue", "payr", place=thread.place) == ["payroll"]
    assert "it" in await completed(house, "queue")


async def test_the_last_of_several_tags_is_completed_with_those_in_use(house: House) -> None:
    number = await ask(house)
    await house.desk.do(tags.add, number, house.ids["Omar"], "vip", "vpn", "printer")
    assert await completed(house, "tag", "v") == ["vip", "vpn"]
    assert await completed(house, "tag", "printer, -vi") == ["printer -vip"]
    assert await completed(house, "tag", "v%") == []


async def test_fields_by_name_or_label_and_commands_by_what_they_do(house: House) -> None:
    desk = house.desk.directory.desk
    device = Question("device", {"en": "Which device?", "sv": "Vilken enhet?", "da": "Hvilken enhed?"})
    queues = {**desk.queues, "it": replace(desk.queues["it"], fields=(device,))}
    house.desk.directory = replace(house.desk.directory, desk=replace(desk, queues=queues))
    assert await completed(house, "field", "which") == ["device"] == await completed(house, "field")
    assert await completed(house, "verb", "cla") == ["claim"]
    assert "take" in await completed(house, "verb", "from a colleague")


@pytest.mark.parametrize("what", ["canned", "queue", "tag", "field", "verb"])
async def test_who_is_no_agent_is_offered_nothing(house: House, what: str) -> None:
    number = await ask(house)
    await house.desk.do(tags.add, number, house.ids["Omar"], "vip")
    await house.desk.do(canned.save, house.ids["Omar"], "it", "vpn", "en", "Switch it on")
    assert await completed(house, what, who="Anna") == [] == await completed(house, "nonsense")
