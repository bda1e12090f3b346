"""A form that is asked in a direct chat, one question after the other: as on Telegram, where no window opens."""

from dataclasses import replace
from itertools import count
from random import Random

from bots import cards
from bots.port import Answer, Command, Press
from inbox.desk import alarms, changes, intake
from inbox.directory import DM, RoomRef
from inbox.model import Attached, Edited, Place, Ticket
from inbox.question import Question
from inbox.store import Tx, drafts, fields, messages, people, tickets
from tests.bots.seven import questions
from tests.bots.test_ways import front, serve
from tests.bots.typed import text_of
from tests.house import House
from tests.inbox.deeds import one_engine, ticket_of
from tests.inbox.postman import Letter, deliver
from tests.inbox.test_fields import furnish, texts

numbers = count(1)
ROOM = "D-ANNA"
pytestmark = one_engine


async def writes(house: House, text: str, **more: object) -> str:
    """Anna writes to the bot; how that was taken."""
    said = replace(house.said("Anna", text, ROOM, direct=True), **more)  # type: ignore[arg-type]
    return (await house.desk.do(intake.receive, said)).outcome


async def presses(house: House, action: str) -> Answer:
    place = Place("acme", ROOM)
    return await front(house).pressed(Press(f"p{next(numbers)}", place, house.account("Anna"), action, direct=True))


async def types(house: House, words: str, who: str = "Anna") -> Answer:
    place = Place("acme", ROOM)
    said = Command(f"c{next(numbers)}", place, house.account(who), words, direct=True, free=not words)
    return await front(house).commanded(said)


async def asked(house: House) -> Letter:
    """The question that was sent last."""
    return [one for one in await house.desk.do(deliver) if one.say == "form.step.asked"][-1]


def question(letter: Letter) -> str:
    return str(letter.facts["question"])


async def kept(house: House, number: int = 1) -> dict[str, str]:
    return await house.desk.look(fields.of_ticket, number)


async def opened(house: House, number: int = 1) -> Ticket | None:
    return await house.desk.look(tickets.get, number)


async def test_seven_questions_are_asked_one_after_the_other_and_open_one_ticket(house: House) -> None:
    furnish(house, "it", *questions())
    assert await types(house, "") == Answer()
    first = await asked(house)
    assert question(first) == "IT support: what is it about?" and first.actions == ("cancel:0.",)
    assert await writes(house, "It smokes\nbadly") == "asked"
    device = await asked(house)
    assert question(device) == "Which device? (1/7)"
    assert device.actions == ("pick:1.0", "pick:1.1", "cancel:1."), "it wants an answer"
    assert device.facts["titles"] == {"1.0": "Laptop", "1.1": "Phone"}
    assert text_of(await presses(house, "pick:1.1")) == "Which device? – Phone"
    since = await asked(house)
    assert question(since) == "Since when? (2/7)\nThe day on which it began" and "skip:2." in since.actions
    assert text_of(await presses(house, "skip:2.")) == "Since when? –"
    assert question(await asked(house)) == "Your boss (3/7)\nWrite their name."
    for words in ("Maja", "1 200,50", "B 12", "It fell\nand broke"):
        assert await writes(house, words) == "asked" and await opened(house) is None
    assert await writes(house, "4711") == "opened"
    made = await opened(house)
    assert made and (made.subject, made.requester_id, made.queue) == ("It smokes", house.ids["Anna"], "it")
    assert await kept(house) == {
        "device": "Phone",
        "boss": "Maja\nacme:U-MAJA",
        "cost": "1200.50",
        "room": "B 12",
        "story": "It fell\nand broke",
        "center": "4711",
    }
    letters = await house.desk.do(deliver)
    assert [one.say for one in letters if one.to == "home"] == ["receipt"]
    assert await writes(house, "And the lamp?") == "joined", "what she writes there goes on with it"


async def test_an_answer_that_is_none_is_asked_for_again(house: House) -> None:
    furnish(house, "it", *questions()[:2])
    await presses(house, "ask:it")
    await writes(house, "It smokes")
    assert await writes(house, "a fridge") == "asked"
    again = await asked(house)
    assert question(again).split("\n") == [
        "Which device? – “a fridge” is none of the choices: Laptop, Phone.",
        "Which device? (1/2)",
    ]
    assert again.actions == ("pick:1.0", "pick:1.1", "cancel:1.")
    await writes(house, "dator")
    assert await writes(house, "soon") == "asked"
    assert question(await asked(house)).startswith("Since when? – “soon” is no day that I know.")
    assert await writes(house, "2026-03-01") == "opened"
    assert await kept(house) == {"device": "laptop", "since": "2026-03-01"}


async def test_a_button_of_another_question_does_nothing(house: House) -> None:
    furnish(house, "it", *questions()[:2])
    await presses(house, "ask")
    for early in ("pick:1.0", "skip:0.", "pick:0.0", "skip:2."):
        assert (await presses(house, early)).refused, "it was not asked yet"
    await writes(house, "It smokes")
    for forged in ("skip:1.", "pick:1.7", "pick:2.0", "pick:1.", "pick:x", "pick:1.0:2", "skip:9999.", "pick:0.0"):
        assert (await presses(house, forged)).refused, forged
    assert not (await presses(house, "pick:1.0")).refused
    assert (await presses(house, "pick:1.0")).refused and await opened(house) is None


async def test_who_cancels_sends_nothing(house: House) -> None:
    furnish(house, "it", *questions())
    assert text_of(await types(house, "cancel")) == "There is nothing to cancel."
    for typed in (True, False):
        await types(house, "")
        await writes(house, "It smokes", message_id=f"w{typed}")
        answer = await types(house, "avbryt") if typed else await presses(house, "cancel:1.")
        assert text_of(answer) == "Cancelled. Nothing was sent."
        words = await house.desk.look(messages.by_external, "acme", ROOM, f"w{typed}")
        assert await opened(house) is None and words and words.state == "cancelled"
    assert await writes(house, "The wifi is gone") == "opened" and await kept(house) == {}
    assert (await ticket_of(house, 1)).subject == "The wifi is gone"


async def test_who_stops_answering_has_their_ticket_after_an_hour(house: House) -> None:
    furnish(house, "it", *questions())
    await types(house, "")
    await writes(house, "It smokes")
    house.clock.advance(hours=0.9)
    await presses(house, "pick:1.0")
    house.clock.advance(hours=0.9)
    await alarms.tick(house.desk)
    assert await opened(house) is None, "the hour begins with each answer"
    house.clock.advance(hours=0.2)
    await alarms.tick(house.desk)
    assert (await ticket_of(house, 1)).subject == "It smokes" and await kept(house) == {"device": "laptop"}
    assert (await presses(house, "skip:2.")).refused


async def test_who_said_nothing_has_none(house: House) -> None:
    furnish(house, "it", *questions())
    await types(house, "")
    house.clock.advance(hours=2)
    await alarms.tick(house.desk)
    assert await opened(house) is None
    assert await writes(house, "The wifi is gone") == "opened" and await kept(house) == {}


async def test_the_desk_may_ask_other_things_by_then(house: House) -> None:
    """The file was changed while somebody answered."""
    furnish(house, "it", *questions())
    await types(house, "")
    await writes(house, "It smokes")
    await presses(house, "pick:1.0")
    await presses(house, "skip:2.")
    furnish(house, "it", questions()[0])
    assert await writes(house, "What now?") == "opened", "a plain message"
    house.clock.advance(hours=1)
    await alarms.tick(house.desk)
    assert (await ticket_of(house, 2)).subject == "It smokes" and await kept(house, 2) == {"device": "laptop"}


async def test_pictures_and_changed_words_are_not_lost(house: House) -> None:
    furnish(house, "it", Question("room", texts("Room"), required=True), Question("cost", texts("Cost"), "number"))
    await types(house, "")
    await writes(house, "It smoks", message_id="w1")
    await house.desk.do(changes.edit, Edited(Place("acme", ROOM), "w1", "It smokes", house.clock.now, "2"))
    picture = Attached("f1", "smoke.png", "image/png", 10)
    assert await writes(house, "", files=(picture,)) == "asked"
    assert question(await asked(house)).startswith("Room – please answer this one.")
    await writes(house, "B 12")
    assert await writes(house, "5") == "opened"

    def talk(tx: Tx) -> list[str]:
        return [one.text for one in messages.of_ticket(tx, 1, 10)]

    assert await house.desk.look(talk) == ["It smokes", ""]
    assert (await ticket_of(house, 1)).subject == "It smokes"


async def test_the_queue_is_chosen_first_where_there_are_several(house: House) -> None:
    furnish(house, "it", *questions()[:1])
    serve(house, "customers", RoomRef("acme", DM))
    menu = await types(house, "")
    assert menu.card and [b.action for row in menu.card.buttons for b in row] == ["ask:it", "ask:customers"]
    await presses(house, "ask:customers")
    assert await writes(house, "A bill") == "opened", "that queue has no questions of its own"
    assert (await ticket_of(house, 1)).queue == "customers"
    answer = await presses(house, "queue:it")
    assert text_of(answer) == "For IT support. I ask you one thing after the other." and answer.replace
    await writes(house, "It smokes")
    await presses(house, "pick:1.0")
    assert (await ticket_of(house, 2)).queue == "it"
    assert await writes(house, "Still") != "opened", "the choice was for the one"


async def test_a_link_to_a_queue_asks_its_questions(house: House) -> None:
    furnish(house, "it", *questions()[:1])
    greeted = await types(house, "start")
    assert greeted.card and greeted.card.buttons[0][0].action == "ask"
    assert "one thing after the other" in text_of(await types(house, "start queue-it"))
    assert question(await asked(house)) == "IT support: what is it about?"


async def test_others_are_not_heard_in_it(house: House) -> None:
    """A form is an account's, in one room."""
    furnish(house, "it", *questions())
    await types(house, "")
    said = house.said("Erik", "My screen is black", "D-ERIK", direct=True)
    assert (await house.desk.do(intake.receive, said)).outcome == "opened"
    assert await writes(house, "It smokes") == "asked"


async def test_what_leaves_a_question_out_stands_apart_from_what_answers_it(house: House) -> None:
    furnish(house, "it", replace(questions()[0], required=False))
    await types(house, "")
    await writes(house, "It smokes")
    letter = await asked(house)
    rows = cards.buttons(letter.actions, "en", letter.facts)
    assert [[button.label for button in row] for row in rows] == [["Laptop", "Phone"], ["Skip", "Cancel"]]


async def test_whatever_is_done_in_any_order_each_form_opens_one_ticket_at_most(house: House) -> None:
    furnish(house, "it", *questions())
    serve(house, "customers", RoomRef("acme", DM))
    dice, begun = Random(7), 0
    words = ("It smokes", "laptop", "2026-03-01", "Maja", "5", "B 12", "", "🖥", "x" * 300, "<@U77>", "/", "tack")
    for _ in range(220):
        match dice.randrange(9):
            case 0:
                begun += not (await presses(house, dice.choice(("ask:it", "queue:it", "ask:customers")))).refused
            case 1:
                house.clock.advance(dice.choice((60, 1800, 4000)))
                await alarms.tick(house.desk)
            case 2 | 3:
                await presses(house, f"pick:{dice.randrange(3)}.{dice.randrange(3)}")
            case 4:
                await presses(house, f"skip:{dice.randrange(8)}.")
            case 5 if dice.random() < 0.3:
                assert not (await types(house, "cancel")).refused
            case _:
                outcome = await writes(house, dice.choice(words))
                begun += outcome in ("undecided", "joined")
    await presses(house, "ask:it")
    await writes(house, "It smokes")
    assert await house.desk.look(still_asked, house.ids["Anna"])
    house.clock.advance(hours=2)
    await alarms.tick(house.desk)
    assert await house.desk.look(still_asked, house.ids["Anna"]) == []
    made = await house.desk.look(tickets.latest_of, house.ids["Anna"], 1000)
    assert 5 < len(made) <= begun + 1


def still_asked(tx: Tx, person: int) -> list[drafts.Draft]:
    return [one for account in people.identities(tx, person) for one in drafts.of_account(tx, account.id)]
