"""Prepared answers: looked for page by page, chosen in a form, and kept of words that somebody pointed at."""

import pytest

from bots import actions
from bots.forms import form_of, searches
from bots.front import FrontDoor
from bots.port import Answer, Filled
from inbox.desk import canned
from inbox.errors import BadInput, NotFound
from inbox.model import Place
from inbox.store import messages, threads
from tests.bots.test_front import link, nobody
from tests.bots.typed import DESK, keys, offered, pressed, text_of, typed
from tests.house import House
from tests.inbox.deeds import ask, one_engine
from tests.inbox.postman import deliver

pytestmark = one_engine


async def keep(house: House, *names: str, text: str = "Hi {requester}, turn it off and on.", queue: str = "it") -> None:
    for name in names:
        await house.desk.do(canned.save, house.ids["Omar"], queue, name, "en", text)


async def fills(house: House, form: str, values: dict[str, str], place: Place = DESK, who: str = "Omar") -> Answer:
    sent = Filled(f"filled/{next(keys)}", place, house.account(who), form, values)
    return await house.desk.do(actions.filled, "en", sent)


def names(answer: Answer) -> list[str]:
    assert answer.card
    return [name for name, _ in answer.card.fields]


async def test_more_than_a_page_is_turned_over_in_its_place(house: House) -> None:
    number = await ask(house)
    await keep(house, *(f"reset-{n:02}" for n in range(23)), "vpn")
    first = await typed(house, "Omar", f"canned {number} turn")
    assert names(first) == [f"reset-{n:02}" for n in range(10)]
    assert [one.label for row in first.card.buttons for one in row][-2:] == ["reset-09", "More ›"] if first.card else 0
    second = await pressed(house, "Omar", offered(first)[-1])
    assert second.replace and names(second) == [f"reset-{n:02}" for n in range(10, 20)]
    last = await pressed(house, "Omar", offered(second)[-1])
    assert names(last) == ["reset-20", "reset-21", "reset-22", "vpn"]
    assert offered(last)[-1] == f"cannedback:{number}:10:turn"
    assert names(await pressed(house, "Omar", offered(last)[-1])) == names(second)


async def test_without_a_ticket_it_is_searched_and_only_read(house: House) -> None:
    await keep(house, "reset", "vpn")
    await keep(house, "hotel", text="Book a room")
    assert names(await typed(house, "Omar", "canned turn it off")) == ["reset", "vpn"]
    assert offered(await typed(house, "Omar", "canned hotel")) == []


async def test_a_word_that_is_no_name_searches_and_nothing_is_sent(house: House) -> None:
    number = await ask(house)
    await keep(house, "reset", "vpn")
    found = await typed(house, "Omar", f"canned {number} on")
    assert names(found) == ["reset", "vpn"] and offered(found)[0] == f"canned:{number}:reset"
    assert len(await house.desk.look(messages.of_ticket, number)) == 1
    with pytest.raises(BadInput) as refused:
        await typed(house, "Omar", f"canned {number} nothing like it")
    assert refused.value.reason == "canned_unknown"


async def test_pages_are_for_agents_and_of_their_queues_alone(house: House) -> None:
    number = await ask(house)
    await keep(house, "reset")
    for who, action in (("Anna", "cannedmore::0:"), ("Omar", "cannedmore:1:x:"), ("Omar", "cannedmore:x:1:")):
        with pytest.raises(BadInput):
            await pressed(house, who, action)
    with pytest.raises(NotFound):
        await pressed(house, "Anna", f"cannedpick:{number}")


async def test_a_form_chooses_one_and_sends_it(house: House) -> None:
    number = await ask(house)
    await keep(house, "reset")
    answer = await typed(house, "Omar", f"canned {number}")
    assert answer.form and searches(answer.form) and names(answer) == ["reset"]
    assert form_of(f"cannedpick:{number}", "en", house.desk.directory, "acme") == answer.form
    (chosen,) = answer.form.fields
    shown = await pressed(house, "Omar", f"{chosen.search}:reset")
    assert shown.card and shown.card.quote == "Hi Anna, turn it off and on."
    sent = await fills(house, answer.form.id, {"name": "reset"})
    assert offered(sent)[0].startswith("undo:")
    said = await house.desk.look(messages.of_ticket, number)
    assert (said[-1].text, said[-1].state) == ("Hi Anna, turn it off and on.", "waiting")
    with pytest.raises(NotFound):
        await fills(house, answer.form.id, {"name": "reset"}, who="Anna")


async def test_where_no_form_can_search_the_button_lists_them(house: House) -> None:
    number = await ask(house)
    await keep(house, "reset")
    front = FrontDoor(house.desk, link, nobody, nobody)
    assert names(await pressed(house, "Omar", f"cannedpick:{number}")) == ["reset"]
    form = front.opens_form(f"cannedpick:{number}", "en", "acme")
    assert form and searches(form)


async def test_words_that_were_pointed_at_are_kept_for_the_queue_of_their_thread(house: House) -> None:
    number = await ask(house)
    await house.desk.do(deliver)
    form = form_of("keepwords", "sv", house.desk.directory, "acme", "Har du testat vatten?")
    assert form and [field.value for field in form.fields] == ["", "Har du testat vatten?", "sv"]
    desk = await house.desk.look(threads.desk, number)
    assert desk
    values = {"name": "vatten", "words": "Har du testat vatten?", "language": "sv"}
    assert text_of(await fills(house, form.id, values, desk.place)) == "Kept as “vatten” for IT support."
    with pytest.raises(NotFound):
        await fills(house, form.id, values, desk.place, who="Anna")
    with pytest.raises(BadInput) as refused:
        await fills(house, form.id, values, who="Anna")
    assert refused.value.reason == "agents_only"
