"""A queue's own fields: what people answer is understood as they meant it, and kept, shown and changed."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.desk import fields, written
from inbox.desk.fields import Reader
from inbox.directory import LANGUAGES
from inbox.errors import BadInput, NotFound
from inbox.locale import say
from inbox.question import Question
from inbox.store import Tx, people, tickets
from inbox.store import fields as store
from tests.house import House
from tests.inbox.deeds import ask, one_engine, ticket_of, told

TODAY = date(2026, 3, 2)


def texts(text: str, **others: str) -> dict[str, str]:
    return {language: others.get(language, text) for language in LANGUAGES}


DEVICE = Question(
    "device", texts("Device", sv="Enhet"), "choice", (("laptop", texts("Laptop", sv="Dator")), ("p1", texts("Phone")))
)
SINCE = Question("since", texts("Since when?"), "date")
BOSS = Question("boss", texts("Your boss"), "person")
COST = Question("cost", texts("Cost", da="Pris"), "number", required=True)
ROOM = Question("room", texts("Room"))
STORY = Question("story", texts("The story"), "paragraph")
QUESTIONS = (DEVICE, SINCE, BOSS, COST, ROOM, STORY)


def furnish(house: House, key: str = "it", *questions: Question) -> None:
    desk = house.desk.directory.desk
    queue = replace(desk.queues[key], fields=questions or QUESTIONS)
    changed = replace(desk, queues={**desk.queues, key: queue})
    house.desk.directory = replace(house.desk.directory, desk=changed)


# Words


@pytest.mark.parametrize(
    ("words", "language", "meant"),
    [
        ("12", "en", "12"),
        ("3.5", "en", "3.5"),
        ("3,5", "en", "3.5"),
        ("3,5", "sv", "3.5"),
        ("3.5", "da", "3.5"),
        ("1,234", "en", "1234"),
        ("1,234", "sv", "1.234"),
        ("1.234", "da", "1234"),
        ("1.234", "en", "1.234"),
        ("0,123", "en", "0.123"),
        ("1 234,50", "sv", "1234.50"),
        ("1\u00a0234\u202f567", "sv", "1234567"),
        ("1'234.5", "en", "1234.5"),
        ("1,234,567.8", "en", "1234567.8"),
        ("1.234.567,8", "da", "1234567.8"),
        ("1.234.567", "en", "1234567"),
        ("-4", "en", "-4"),
        ("−4,0", "sv", "-4.0"),
        ("+7", "en", "7"),
        ("-0.0", "en", "0.0"),
        ("007", "en", "7"),
    ],
)
def test_numbers_are_read_as_they_are_written_there(words: str, language: str, meant: str) -> None:
    assert written.number(words, language) == meant


@pytest.mark.parametrize(
    "words",
    ["", "twelve", "1e5", "NaN", "inf", "1,23,4.5", "12 34", ".", "5,", "1.2.3", "٣", "½", "1" * 61, "0x1f", "--1"],
)
def test_what_is_no_number_is_none(words: str) -> None:
    for language in LANGUAGES:
        with pytest.raises(ValueError):
            written.number(words, language)


@pytest.mark.parametrize(
    ("words", "language", "meant"),
    [
        ("2026-12-24", "en", "2026-12-24"),
        ("2026/1/5", "sv", "2026-01-05"),
        ("24/12/2026", "en", "2026-12-24"),
        ("12/24/2026", "en", "2026-12-24"),
        ("4/4", "en", "2026-04-04"),
        ("03.04.2026", "en", "2026-04-03"),
        ("3/4", "sv", "2026-04-03"),
        ("24/12 2026", "sv", "2026-12-24"),
        ("24.12.2026", "da", "2026-12-24"),
        ("24. 12.", "da", "2025-12-24"),
        ("24 Dec 2026", "en", "2026-12-24"),
        ("December 24th, 2026", "en", "2026-12-24"),
        ("the 24", "en", None),
        ("den 24 december", "sv", "2025-12-24"),
        ("24. maj", "da", "2026-05-24"),
        ("1:a april 2027", "sv", "2027-04-01"),
        ("29 feb 2028", "sv", "2028-02-29"),
        ("29 feb", "sv", None),
        ("today", "en", "2026-03-02"),
        ("I morgon", "sv", "2026-03-03"),
        ("i går", "da", "2026-03-01"),
        ("31/4", "sv", None),
        ("2026-13-01", "sv", None),
        ("24/12-26", "da", None),
        ("0001-01-01", "en", None),
        ("someday", "en", None),
        ("24 ma 2026", "en", None),
        ("", "en", None),
        ("9" * 61, "en", None),
    ],
)
def test_days_are_read_as_they_are_written_there(words: str, language: str, meant: str | None) -> None:
    if meant is not None:
        assert written.day(words, language, TODAY).isoformat() == meant
        return
    with pytest.raises(ValueError):
        written.day(words, language, TODAY)


def test_a_day_that_could_be_two_is_asked_again() -> None:
    for words in ("3/4", "03/04/2026", "3-4-2026"):
        with pytest.raises(written.Unclear):
            written.day(words, "en", TODAY)


# Answers


class NobodyKnown:
    """A desk that has never heard of anybody."""

    def run(self, *_: object) -> Any:
        return self

    def first(self) -> None:
        return None

    def __iter__(self) -> Any:
        return iter(())


NOBODY: Any = NobodyKnown()
HERE = Reader("en", TODAY, "acme", {"U77": "Lisa  Berg"})


@pytest.mark.parametrize(
    ("question", "words", "kept"),
    [
        (DEVICE, " laptop ", "laptop"),
        (DEVICE, "DATOR", "laptop"),
        (DEVICE, "phone", "p1"),
        (DEVICE, "", ""),
        (SINCE, "24 dec", "2025-12-24"),
        (COST, "1,50", "1.50"),
        (ROOM, "  B \n 12 ", "B 12"),
        (STORY, " one\n\n two ", "one\n\n two"),
        (BOSS, "<@U77>", "Lisa Berg\nacme:U77"),
        (BOSS, "<@U77|lisa>", "Lisa Berg\nacme:U77"),
        (BOSS, "@Maja", "Maja"),
    ],
)
def test_what_is_answered_is_kept_in_one_form(question: Question, words: str, kept: str) -> None:
    assert fields.checked(NOBODY, HERE, question, words) == kept


@pytest.mark.parametrize(
    ("question", "words", "sentence"),
    [
        (DEVICE, "fridge", "Device – “fridge” is none of the choices: Laptop, Phone."),
        (COST, "  ", "Cost – please answer this one."),
        (COST, "a lot", "Cost – “a lot” is no number. Write it like 12 or 3.5."),
        (SINCE, "soon", "Since when? – “soon” is no day that I know. Write it like 2026-12-24."),
        (SINCE, "3/4", "Since when? – “3/4” can be two days. Write it like 2026-12-24."),
        (ROOM, "x" * 201, "Room – that is 201 characters, and there is room for 200."),
        (STORY, "x" * 3001, "The story – that is 3001 characters, and there is room for 3000."),
        (BOSS, "<@U999>", "Your boss – I do not know who “<@U999>” is. Write their name."),
        (BOSS, "x" * 81, "Your boss – that is 81 characters, and there is room for 80."),
    ],
)
def test_a_mistake_is_told_at_its_field(question: Question, words: str, sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        fields.checked(NOBODY, HERE, question, words)
    assert caught.value.facts["field"] == f"field:{question.name}"
    assert say("en", caught.value.key, **caught.value.facts) == sentence


@given(st.sampled_from(QUESTIONS), st.sampled_from(LANGUAGES), st.text(max_size=80))
def test_any_words_are_an_answer_or_a_mistake_that_names_its_field(question: Question, spoken: str, words: str) -> None:
    how = replace(HERE, language=spoken)
    try:
        kept = fields.checked(NOBODY, how, question, words)
    except BadInput as mistake:
        assert mistake.facts["field"] == f"field:{question.name}"
        assert "{" not in say(
            spoken, mistake.key, **{k: str(v).strip("{}") for k, v in mistake.facts.items()} | {"words": ""}
        )
        return
    for language in LANGUAGES:
        assert bool(fields.shown(question, kept, language)) == bool(kept)
    if question.kind in ("number", "date", "choice"):
        assert fields.checked(NOBODY, HERE, question, kept) == kept


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9))
def test_a_number_is_read_back_as_it_is_shown(amount: Any) -> None:
    for language in LANGUAGES:
        shown = fields.shown(COST, f"{amount:f}", language)
        assert fields.shown(COST, written.number(shown, language), language) == shown


def test_all_mistakes_are_found_at_once() -> None:
    answers, mistakes = fields.read(NOBODY, HERE, QUESTIONS, {"device": "laptop", "since": "soon", "cost": ""})
    assert answers == {"device": "laptop"}
    assert [mistake.facts["field"] for mistake in mistakes] == ["field:since", "field:cost"]


@pytest.mark.parametrize(
    ("question", "kept", "language", "seen"),
    [
        (DEVICE, "laptop", "sv", "Dator"),
        (DEVICE, "gone", "sv", "gone"),
        (SINCE, "2026-12-24", "en", "24 Dec 2026"),
        (SINCE, "2026-12-24", "da", "24. dec. 2026"),
        (SINCE, "whenever", "da", "whenever"),
        (COST, "12345.5", "sv", "12\u00a0345,5"),
        (COST, "-12345.5", "en", "-12,345.5"),
        (COST, "4711", "en", "4711"),
        (COST, "12.50", "da", "12,50"),
        (COST, "cheap", "en", "cheap"),
        (BOSS, "Lisa Berg\nacme:U77", "en", "Lisa Berg"),
        (STORY, "one\ntwo", "en", "one\ntwo"),
    ],
)
def test_values_are_shown_in_the_readers_way(question: Question, kept: str, language: str, seen: str) -> None:
    assert fields.shown(question, kept, language) == seen


# The verbs


async def fill(house: House, number: int, name: str, value: str, who: str = "Omar") -> None:
    await house.desk.do(fields.set, number, house.ids[who], name, value)


async def kept(house: House, number: int) -> dict[str, str]:
    return await house.desk.look(store.of_ticket, number)


async def test_an_agent_fills_fields_in_changes_and_clears_them(house: House) -> None:
    furnish(house)
    number = await ask(house)
    await fill(house, number, "Enhet", "phone")
    await fill(house, number, "cos", "12,50")
    await fill(house, number, "device", "laptop")
    assert await kept(house, number) == {"cost": "12.50", "device": "laptop"}
    await fill(house, number, "cost", "-")
    assert await kept(house, number) == {"device": "laptop"}
    happened = [(e.facts["name"], e.facts["value"], e.facts["old"]) for e in await told(house, number, "field")]
    assert happened == [("device", "p1", ""), ("cost", "12.50", ""), ("device", "laptop", "p1"), ("cost", "", "12.50")]


async def test_what_was_answered_at_the_start_is_there(house: House) -> None:
    furnish(house)
    number = await ask(house)
    await house.desk.do(
        fields.begin, number, house.ids["Anna"], {"device": "p1", "room": "", "boss": "Lisa\nacme:U-LISA"}
    )
    shown = await house.desk.look(lambda tx: fields.answered(tx, _ticket(tx, number)))
    assert [(one.name, value) for one, value in shown] == [("device", "p1"), ("boss", "Lisa\nacme:U-LISA")]
    assert [one.name for one in await house.desk.look(lambda tx: fields.missing(tx, _ticket(tx, number)))] == ["cost"]
    assert [e.facts["values"] for e in await told(house, number, "fields")] == [
        {"boss": "Lisa\nacme:U-LISA", "device": "p1"}
    ]


def _ticket(tx: Tx, number: int) -> Any:
    return tickets.get(tx, number)


@one_engine
async def test_the_same_again_changes_nothing_and_a_real_change_is_seen(house: House) -> None:
    furnish(house)
    number = await ask(house)
    before = (await ticket_of(house, number)).updated_at
    house.clock.advance(60)
    await fill(house, number, "room", "B 12")
    changed = (await ticket_of(house, number)).updated_at
    assert changed > before
    house.clock.advance(60)
    await fill(house, number, "room", "  B   12 ")
    assert (await ticket_of(house, number)).updated_at == changed and len(await told(house, number, "field")) == 1


@one_engine
async def test_who_does_not_answer_for_the_queue_changes_nothing(house: House) -> None:
    furnish(house)
    number = await ask(house)
    for who in ("Anna", "Erik"):
        with pytest.raises(NotFound):
            await fill(house, number, "room", "B 12", who)
    assert await kept(house, number) == {}


@one_engine
async def test_a_field_that_there_is_not_is_told_with_those_that_there_are(house: House) -> None:
    number = await ask(house)
    with pytest.raises(BadInput) as caught:
        await fill(house, number, "room", "B 12")
    assert caught.value.key == "error.no_fields"
    furnish(house)
    for name in ("color", "", "s"):
        with pytest.raises(BadInput) as caught:
            await fill(house, number, name, "B 12")
        assert caught.value.facts["fields"] == "device, since, boss, cost, room, story"


@one_engine
async def test_a_person_is_known_by_mention_or_by_a_name_that_one_alone_has(house: House) -> None:
    furnish(house)
    number = await ask(house)
    for words in ("lisa", "@Lisa"):
        await fill(house, number, "boss", words)
        assert await kept(house, number) == {"boss": "Lisa\nacme:U-LISA"}
        await fill(house, number, "boss", "-")
    second = replace(house.account("Erik"), external_id="U-OTHER", name="Lisa")
    await house.desk.do(people.identify, second)
    await fill(house, number, "boss", "Lisa")
    assert await kept(house, number) == {"boss": "Lisa"}, "which of the two nobody said"


@one_engine
async def test_answers_follow_a_ticket_into_another_queue_but_never_out_of_a_confidential_one(house: House) -> None:
    furnish(house, "it", ROOM, COST)
    furnish(house, "payroll", COST, Question("salary", texts("Salary")))
    number = await ask(house)
    values = {"room": "B 12", "cost": "5", "salary": "1"}
    await house.desk.do(fields.begin, number, house.ids["Anna"], values)

    async def seen(queue: str) -> list[str]:
        ticket = replace(await ticket_of(house, number), queue=queue)
        return [one.name for one, _ in await house.desk.look(lambda tx: fields.answered(tx, ticket))]

    assert await seen("it") == ["room", "cost"]
    assert await seen("payroll") == ["cost", "salary", "room"]
    assert await seen("customers") == ["room"], "what payroll asks for may be payroll's"
    assert await seen("games") == ["room"]


@one_engine
async def test_rules_compare_with_what_people_would_write(house: House) -> None:
    furnish(house)
    number = await ask(house)
    for name, words in (("boss", "Lisa"), ("story", "one\ntwo"), ("cost", "12,5")):
        await fill(house, number, name, words)

    async def value(name: str) -> str:
        return await house.desk.look(lambda tx: fields.value(tx, _ticket(tx, number), name))

    assert [await value(name) for name in ("boss", "story", "cost", "room", "color")] == [
        "Lisa",
        "one\ntwo",
        "12.5",
        "",
        "",
    ]
