"""A queue's own fields in what is shown and asked: on cards and in forms."""

from dataclasses import replace

from bots import cards, deeds
from bots.forms import form_of
from bots.port import Answer, Command, Filled
from inbox.desk import carddata, fields
from inbox.directory import DM, RoomRef
from inbox.model import Place, Ticket, TicketCard
from inbox.store import Tx, drafts, people, tickets
from inbox.store import fields as stored
from inbox.store.drafts import Draft
from tests.bots.test_ways import front, numbers, serve
from tests.house import House
from tests.inbox.deeds import ask, one_engine
from tests.inbox.test_fields import furnish

pytestmark = one_engine


async def card(house: House, number: int, **changes: str) -> TicketCard:
    def look(tx: Tx) -> TicketCard:
        found: Ticket | None = tickets.get(tx, number)
        assert found
        return carddata.ticket_card(tx, replace(found, **changes))  # type: ignore[arg-type]

    return await house.desk.look(look)


async def test_the_card_shows_what_is_known_and_asks_for_what_is_not(house: House) -> None:
    furnish(house)
    number = await ask(house)
    drawn = cards.desk_card(await card(house, number), "en")
    assert drawn.footer == f"Not known yet: Cost. Fill in: /ticket field {number} cost: …"
    await house.desk.do(fields.set, number, house.ids["Omar"], "cost", "12,50")
    await house.desk.do(fields.set, number, house.ids["Omar"], "device", "laptop")
    drawn = cards.desk_card(await card(house, number), "sv")
    assert drawn.fields[-2:] == (("Enhet", "Dator"), ("Cost", "12,50")) and not drawn.footer


async def test_who_asks_is_not_shown_what_agents_fill_in(house: House) -> None:
    furnish(house)
    number = await ask(house)
    await house.desk.do(fields.set, number, house.ids["Omar"], "room", "the careless one")
    shown = [await says(house, who, f"show {number}") for who in ("Anna", "Omar")]
    assert ["careless" in str(answer.card) for answer in shown] == [False, True]


async def test_a_confidential_queues_card_shows_no_answers(house: House) -> None:
    furnish(house, "it")
    furnish(house, "payroll")
    number = await ask(house)
    await house.desk.do(fields.begin, number, house.ids["Anna"], {"device": "laptop", "room": "B 12"})
    shown = await card(house, number, queue="payroll")
    assert shown.wordless and not shown.fields and not shown.missing
    assert (await card(house, number)).fields


async def says(house: House, who: str, words: str) -> Answer:
    said = Command(f"c{next(numbers)}", Place("acme", "D-1"), house.account(who), words, direct=True)
    return await front(house).commanded(said)


# The form


def asks(house: House, action: str) -> list[tuple[str, str, bool]]:
    """The fields of a form: id, kind, whether they must be answered."""
    form = front(house).opens_form(action, "en", "acme")
    return [(field.id, field.kind, field.required) for field in form.fields] if form else []


async def fills(house: House, form: str, key: str = "", **values: str) -> Answer:
    given = {name if name in BASE else f"field:{name}": value for name, value in values.items()}
    sent = Filled(key or f"f{next(numbers)}", Place("acme", "C-HELP"), house.account("Anna"), form, given)
    return await front(house).filled(replace(sent, named={"U77": "Lisa Berg"}))


BASE = ("queue", "subject", "words", "priority")
ALL = {"device": "laptop", "since": "2026-03-01", "boss": "<@U77>", "cost": "5", "room": "B 12", "story": ""}


async def kept(house: House, number: int) -> dict[str, str]:
    return await house.desk.look(stored.of_ticket, number)


async def drafted(house: House) -> list[Draft]:
    person = house.ids["Anna"]

    def look(tx: Tx) -> list[Draft]:
        return [one for account in people.identities(tx, person) for one in drafts.of_account(tx, account.id)]

    return await house.desk.look(look)


async def test_the_form_asks_the_queues_own_questions_in_their_order(house: House) -> None:
    furnish(house)
    assert asks(house, "ask:it")[3:] == [
        ("field:device", "choice", False),
        ("field:since", "date", False),
        ("field:boss", "person", False),
        ("field:cost", "number", True),
        ("field:room", "text", False),
        ("field:story", "paragraph", False),
    ]
    assert asks(house, "ask") == asks(house, "ask:it"), "one queue alone is no choice"
    assert [name for name, *_ in asks(house, "ask:it:adz")] == ["field:device", "field:cost"]
    assert not asks(house, "ask:it:zz")


async def test_what_is_filled_in_is_in_the_ticket_from_its_first_moment(house: House) -> None:
    furnish(house)
    answer = await fills(house, "ask:it", words="It smokes", **ALL)
    assert not answer.refused and answer.form is None
    assert await kept(house, 1) == {
        "device": "laptop",
        "since": "2026-03-01",
        "boss": "Lisa Berg\nacme:U77",
        "cost": "5",
        "room": "B 12",
    }
    assert not await drafted(house)


async def test_each_mistake_is_told_at_its_field_and_the_same_form_sent_again_counts(house: House) -> None:
    furnish(house)
    wrong = {**ALL, "cost": "much", "since": "soon"}
    answer = await fills(house, "ask:it", "again", words="It smokes", **wrong)
    assert answer.refused and answer.card
    assert answer.mistakes == {
        "field:since": "Since when? – “soon” is no day that I know. Write it like 2026-12-24.",
        "field:cost": "Cost – “much” is no number. Write it like 12 or 3.5.",
    }
    assert await house.desk.look(tickets.get, 1) is None
    assert not (await fills(house, "ask:it", "again", words="It smokes", **ALL)).refused
    assert (await kept(house, 1))["cost"] == "5"


async def test_what_a_platform_did_not_ask_at_once_is_asked_next(house: House) -> None:
    """As on Discord, which shows five fields at a time."""
    furnish(house)
    answer = await fills(house, "ask:it", words="It smokes", subject="Smoke", priority="high", device="", since="soon")
    assert answer.refused and answer.form and answer.card
    assert [field.id for field in answer.form.fields] == [
        "field:since",
        *(f"field:{n}" for n in ("boss", "cost", "room", "story")),
    ]
    assert answer.card.buttons[0][0].action == answer.form.id == "ask:it:bcdef"
    assert answer.card.text.endswith("Not sent yet: 5 left to answer.")
    more = await fills(house, answer.form.id, since="", boss="", cost="1,5", room="B 12", story="")
    assert not more.refused and more.form is None
    made = await house.desk.look(tickets.get, 1)
    assert made and (made.subject, made.priority) == ("Smoke", "high")
    assert await kept(house, 1) == {"cost": "1.5", "room": "B 12"}
    late = await fills(house, answer.form.id, since="", boss="", cost="2", room="", story="")
    assert late.refused and await house.desk.look(tickets.get, 2) is None


async def test_a_queue_that_is_chosen_in_the_form_asks_its_own_questions_next(house: House) -> None:
    furnish(house)
    serve(house, "customers", RoomRef("acme", DM))
    assert len(asks(house, "ask")) == 4
    assert (await fills(house, "ask", words="A bill", queue="customers")).form is None
    answer = await fills(house, "ask", words="It smokes", queue="it")
    assert answer.form and not answer.refused and answer.form.id == "ask:it:abcdef"
    assert (await fills(house, answer.form.id, **ALL)).form is None
    assert (await kept(house, 2))["device"] == "laptop"


async def test_a_form_that_was_left_for_too_long_begins_again(house: House) -> None:
    furnish(house)
    answer = await fills(house, "ask:it", words="It smokes")
    assert answer.form
    house.clock.advance(hours=1)
    late = await fills(house, answer.form.id, **ALL)
    assert late.refused and late.card and late.card.text == "That form is too old by now. Please begin again."


async def test_an_agent_reads_how_their_words_were_understood(house: House) -> None:
    furnish(house)
    number = await ask(house)
    for words, understood in (
        ("since 24.12.2026", "Since when? of #1: 24 Dec 2026"),
        ("Enhet: dator", "Device of #1: Laptop"),
        ("cost: 12,5", "Cost of #1: 12.5"),
        ("cost -", "Cost of #1 is empty now."),
        ("boss: @Lisa", "Your boss of #1: Lisa"),
        ("cost: cheap", "Cost – “cheap” is no number. Write it like 12 or 3.5."),
        ("color: red", "There is no field called “color”. There are: device, since, boss, cost, room, story"),
    ):
        answer = await says(house, "Omar", f"field {number} {words}")
        assert answer.card and answer.card.text == understood


def test_no_button_that_does_something_opens_a_form_instead(house: House) -> None:
    opening = {verb for verb in deeds.BUTTONS if form_of(f"{verb}:1", "en", house.desk.directory, "acme")}
    assert opening == {"ask", "cannedpick"}, "which do the same without a form where there is none"
