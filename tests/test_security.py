"""Who may do what at the bots' doors: whoever has no business with a ticket is answered as if it did not exist.

Buttons, commands and forms come from clients that can send anything: the ids in them are guesses until the desk has
looked whose they are.
"""

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select

from bots import deeds
from bots.commands import VERBS
from bots.deeds import writing
from bots.forms import FORMS
from bots.front import FrontDoor
from bots.port import Answer, Command, Filled, Press
from inbox.desk import claims, intake, lifecycle, replies, signin
from inbox.desk import surveys as asking
from inbox.locale import say
from inbox.model import Account, Place
from inbox.store import Tx, messages, surveys
from inbox.store.tables import event, message, outbox, promise, survey, ticket
from tests.house import House
from tests.inbox.postman import deliver
from tests.inbox.web.visitor import file_ticket

NOWHERE = 4711
ROOM = Place("acme", "C-HELP")
UNEXPECTED = say("en", "error.unexpected")
# everybody who has no business with the tickets of "it"; two have an agent's id or name, and are somebody else
OUTSIDERS: Mapping[str, Account] = {
    "a stranger": Account("acme", "U-NOBODY", "Nobody"),
    "a requester of another ticket": Account("acme", "U-ANNA", "Anna"),
    "an agent of another queue": Account("shop", "T-OMAR", "Omar"),
    "an agent's id on another connection": Account("community", "U-OMAR", "Omar"),
    "an agent's name and nothing else": Account("acme", "U-MALLORY", "Omar"),
    "a lead's name and nothing else": Account("acme", "U-MALLORY2", "Maja"),
    "an account without an id": Account("acme", "", "Omar"),
}
# every verb that a button can carry, with what its argument is
OF_TICKETS = (*deeds.TICKET, "keep", "cannedpick")
OF_WORDS = (*writing.WORDS, "retry")


class Bank:
    """The house with a front door, and what an attacker is after: Erik's ticket, held by Omar, and what hangs on it."""

    def __init__(self, house: House) -> None:
        self.house, self.desk = house, house.desk
        self.front = FrontDoor(house.desk, self._link, self._nobody, self._nobody)
        self.links: list[int] = []
        self._deeds = 0

    async def _link(self, person: int) -> str:
        self.links.append(person)
        return "http://inbox/signin/secret"

    async def _nobody(self, connection: str) -> None:
        """Nobody's memberships change here."""

    async def open(self) -> None:
        house, omar = self.house, self.house.ids["Omar"]
        self.survey = await self._survey()
        house.clock.advance(600)
        self.number = await self._asked("My PIN is 4321")
        fence = (await self.desk.do(claims.claim, self.number, omar)).ticket.fence
        await self.desk.do(claims.assign, self.number, omar, house.ids["Lisa"])
        held = await self.desk.do(replies.reply, self.number, omar, "held", fence=fence)
        await self.desk.do(claims.take_over, self.number, omar)
        self.words = {
            "held": held.message_id,
            "noted": (await self.desk.do(replies.note, self.number, omar, "PIN-NOTE")).message_id,
            "waiting": (await self.desk.do(replies.reply, self.number, omar, "waiting")).message_id,
            "failed": (await self.desk.do(replies.reply, self.number, omar, "failed")).message_id,
        }
        await self.desk.do(lambda tx, now: messages.change(tx, self.words["failed"], state="failed"))
        self.secret = await self.desk.do(
            file_ticket, house.ids["Maja@shop"], {"queue": "payroll", "subject": "PIN-SALARY"}
        )

    async def _asked(self, text: str) -> int:
        number = (await self.desk.do(intake.receive, self.house.said("Erik", text))).ticket
        assert number is not None
        return number

    async def _survey(self) -> int:
        """Erik's earlier matter was solved, and he is asked how it was; the question's id."""
        number, omar = await self._asked("The door is locked"), self.house.ids["Omar"]
        await self.desk.do(replies.reply, number, omar, "It is open now")
        self.house.clock.advance(10)
        await self.desk.do(deliver)
        await self.desk.do(lifecycle.resolve, number, omar)
        [planned] = await self.desk.look(surveys.of_ticket, number)
        self.house.clock.advance(hours=2)
        await self.desk.do(asking.tick_survey, planned.id)
        return planned.id

    async def press(self, by: Account, action: str) -> Answer:
        return await self.front.pressed(Press(self._key(), ROOM, by, action))

    async def type(self, by: Account, words: str) -> Answer:
        return await self.front.commanded(Command(self._key(), ROOM, by, words))

    async def fill(self, by: Account, form: str, words: str = "Hello") -> Answer:
        return await self.front.filled(Filled(self._key(), ROOM, by, form, {"words": words}))

    def _key(self) -> str:
        self._deeds += 1
        return f"acme/deed/{self._deeds}"

    async def all(self) -> list[Any]:
        """Everything that a deed could change."""
        return await self.desk.look(_everything)


def _everything(tx: Tx) -> list[Any]:
    return [
        tuple(row)
        for table in (ticket, message, outbox, event, survey, promise)
        for row in tx.run(select(table).order_by(*table.primary_key.columns))
    ]


@pytest.fixture
async def bank(house: House) -> Bank:
    made = Bank(house)
    await made.open()
    return made


def shown(answer: Answer) -> str:
    """All that the person reads, and may press."""
    card = answer.card
    assert card is not None and answer.form is None
    buttons = [button.label for row in card.buttons for button in row]
    return "\n".join([card.title, card.lead, card.text, card.quote, *map(str, card.fields), *buttons, card.footer])


async def test_a_ticket_that_is_not_yours_does_not_exist(bank: Bank) -> None:
    """Every button, every command and every form, on somebody else's ticket, on a private one, and on none."""
    before = await bank.all()
    asks = {
        **{f"press {verb}": (bank.press, verb + ":{}") for verb in OF_TICKETS},
        **{f"type {v.name}": (bank.type, v.name + " {} and words") for v in VERBS.values() if v.needs_ticket},
        **{f"fill {kind}": (bank.fill, kind + ":{}") for kind in FORMS.values() if kind != "comment"},
    }
    wrong = []
    for (who, by), (name, (deed, text)) in product(OUTSIDERS.items(), asks.items()):
        answers = [await deed(by, text.format(number)) for number in (bank.number, bank.secret, NOWHERE)]
        told = {shown(answer) for answer in answers}
        if len(told) != 1 or UNEXPECTED in told.pop() or not all(answer.refused for answer in answers):
            wrong.append((who, name, [shown(answer) for answer in answers]))
    assert not wrong
    assert await bank.all() == before


async def test_words_and_ratings_that_are_not_yours_do_not_exist(bank: Bank) -> None:
    before = await bank.all()
    for who, by in OUTSIDERS.items():
        for verb in OF_WORDS:
            refused = shown(await bank.press(by, f"{verb}:{NOWHERE}"))
            for words in bank.words.values():
                assert shown(await bank.press(by, f"{verb}:{words}")) == refused, (who, verb)
        for score in (1, 5):
            theirs = shown(await bank.press(by, f"rate:{bank.survey}:{score}"))
            assert theirs == shown(await bank.press(by, f"rate:{NOWHERE}:{score}")), who
        theirs = shown(await bank.fill(by, f"comment:{bank.survey}"))
        assert theirs == shown(await bank.fill(by, f"comment:{NOWHERE}")), who
    assert await bank.all() == before


async def test_a_colleague_decides_nothing_about_anothers_words(bank: Bank) -> None:
    """Lisa and Maja see Omar's words; sending, discarding or taking them back is his."""
    before = await bank.all()
    for name in ("Lisa", "Maja"):
        by = bank.house.account(name)
        for verb in writing.WORDS:
            refused = await bank.press(by, f"{verb}:{NOWHERE}")
            for words in bank.words.values():
                answer = await bank.press(by, f"{verb}:{words}")
                assert answer.refused and shown(answer) == shown(refused)
        assert (await bank.press(by, f"retry:{bank.words['failed']}")).refused
    assert await bank.all() == before


async def test_agents_rate_nothing_and_only_its_requester_does(bank: Bank) -> None:
    for name in ("Omar", "Lisa", "Maja", "Anna"):
        assert (await bank.press(bank.house.account(name), f"rate:{bank.survey}:5")).refused
    assert not (await bank.press(bank.house.account("Erik"), f"rate:{bank.survey}:5")).refused
    rated = await bank.desk.look(surveys.get, bank.survey)
    assert rated is not None and rated.score == 5


async def test_waiting_words_join_only_ones_own_ticket_and_open_only_what_is_offered_here(bank: Bank) -> None:
    """Anna's direct message waits for *same matter or new?*; the buttons she sends are not those that she got."""
    house, anna = bank.house, bank.house.account("Anna")
    said = house.said("Anna", "And this?", "D-ANNA", direct=True, connection="shop")
    mallory = house.account("Anna", "shop")
    own = await bank.desk.do(intake.receive, house.said("Anna", "First", "D-ANNA", direct=True, connection="shop"))
    assert own.ticket is not None
    await bank.desk.do(lifecycle.resolve, own.ticket, house.ids["Omar"])
    assert (await bank.desk.do(intake.receive, said)).outcome == "undecided"
    before = await bank.all()
    told = {shown(await bank.press(mallory, f"same:{n}")) for n in (bank.number, bank.secret, NOWHERE)}
    told |= {shown(await bank.press(mallory, f"new:{queue}")) for queue in ("payroll", "it", "games", "none", "")}
    told |= {shown(await bank.press(anna, f"same:{own.ticket}"))}  # nothing of hers waits on that account
    assert len(told) == 1
    assert await bank.all() == before
    assert not (await bank.press(mallory, "new:customers")).refused


FORGED = (
    "", ":", "claim", "claim:", "claim::", "claim:-1", "claim:0", "claim:1:2", "claim:1e3", "claim:0x1", "claim: 1",
    "claim:1;DROP TABLE ticket", "claim:999999999999", "claim:9223372036854775807", "claim:" + "9" * 200,
    "claim:" + "9" * 4000, "claim:１", "claim:²", "claim:\x00", "claim:\ud800", "rate:1", "rate:1:0", "rate:1:6",
    "rate:1:-1", "rate:1:999999999999", "rate:999999999999:5", "send:999999999999", "undo:-1", "same:", "same:-1",
    "same:999999999999", "new:", "new:\x00", "new:it:it", "new:" + "x" * 5000, "keep:999999999999", "nonsense:1",
    "__class__:1", "show:1:2:3", "x" * 20_000, "retry:999999999999", "{0.__class__}:1",
)  # fmt: skip


async def test_what_no_button_of_ours_says_does_nothing(bank: Bank) -> None:
    before = await bank.all()
    for name, action in product(("Anna", "Omar"), FORGED):
        by = bank.house.account(name)
        told = [await bank.press(by, action), await bank.fill(by, action)]
        told.append(await bank.type(by, action.replace(":", " ")))
        assert all(UNEXPECTED not in shown(answer) for answer in told), (name, action[:40])
    assert await bank.all() == before


async def test_lists_and_next_are_of_ones_own_queues(bank: Bank) -> None:
    """Omar of the shop answers for games only; Lisa for payroll too, whose words no list shows."""
    other, lisa = bank.house.account("Omar", "shop"), bank.house.account("Lisa")
    assert "PIN" not in shown(await bank.type(other, "queue")) and f"#{bank.number}" not in shown(
        await bank.type(other, "queue")
    )
    assert (await bank.type(other, "next")).refused
    for name in ("Omar", "Maja", "Lisa"):
        told = shown(await bank.type(bank.house.account(name), "queue"))
        assert "PIN-SALARY" not in told and (f"#{bank.secret}" in told) == (name == "Lisa")
    assert "PIN-SALARY" not in shown(await bank.type(lisa, f"show {bank.secret}"))
    assert "PIN-SALARY" not in shown(await bank.type(lisa, f"claim {bank.secret}"))


async def test_the_inbox_is_handed_to_agents_only_each_their_own(bank: Bank) -> None:
    for who, by in OUTSIDERS.items():
        answer = await bank.type(by, "desk")
        if who == "an agent of another queue":
            assert answer.secret and bank.links == [bank.house.ids["Omar@shop"]]
        else:
            assert answer.refused and "signin" not in shown(answer), who
    assert len(bank.links) == 1


async def test_the_requester_may_look_and_reopen_and_nothing_else(bank: Bank) -> None:
    erik = bank.house.account("Erik")
    told = shown(await bank.type(erik, f"show {bank.number}"))
    assert "PIN-NOTE" not in told and "Claim" not in told and "Release" not in told
    before = await bank.all()
    for verb in ("claim", "release", "take", "reply", "note", "assign", "pending", "hold", "resolve", "close"):
        assert (await bank.type(erik, f"{verb} {bank.number} words")).refused, verb
    assert await bank.all() == before
    fresh = await bank.desk.do(signin.make, bank.house.ids["Erik"])  # even if he had a link, his session is nobody's
    token = await bank.desk.do(signin.use, fresh)
    assert token and await bank.desk.do(signin.reader, token) is None
