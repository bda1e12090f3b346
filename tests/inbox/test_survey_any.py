"""SC-10: whatever is tapped, said, linked, reopened or late, a survey keeps the right person's last valid answer.

Random lives of surveys are compared with a few lines that say what the answer must be.
"""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from bots import actions
from bots.port import Filled, Press
from inbox.desk import alarms, claims, intake, lifecycle, linking, replies
from inbox.directory import SurveySettings
from inbox.errors import DeskError
from inbox.model import Account, Place
from inbox.store import events, people, tickets
from inbox.store import surveys as stored
from inbox.store.surveys import Survey
from sla.survey import SCALES, Kind
from tests.house import MONDAY, House, sample_directory
from tests.inbox.postman import deliver

LIVES, MANY = 4, 60
STEPS = 25
VERBS = {"csat": "rate", "thumbs": "thumb", "ces": "ease"}


@dataclass
class Life:
    """One requester with two accounts, one solved ticket, and what its survey must be."""

    house: House
    chance: random.Random
    kind: Kind
    name: str
    number: int = 0
    survey: int = 0
    expires_at: datetime = MONDAY
    linked: bool = False
    voided: bool = False
    score: int | None = None
    comment: str | None = None
    presses: int = 0
    last: Press | None = None
    taken: set[str] = field(default_factory=set)
    persons: set[int] = field(default_factory=set)
    shown: dict[str, str] = field(default_factory=dict)

    def account(self, connection: str) -> Account:
        return Account(connection, f"{connection[0].upper()}-{self.name}", self.name)

    async def begins(self) -> None:
        """Asked in Slack, answered, resolved; and the question is there. The other account has written once, too."""
        house = self.house
        await house.desk.do(people.identify, self.account("shop"))
        said = house.said("Anna", f"{self.name} needs help")
        received = await house.desk.do(intake.receive, replace(said, author=self.account("acme")))
        assert received.ticket is not None
        self.number = received.ticket
        await self.solved()
        await self.beats(hours=1)
        [found] = await house.desk.look(stored.of_ticket, self.number)
        assert found.state == "asked" and found.expires_at
        self.survey, self.expires_at = found.id, found.expires_at

    async def solved(self) -> None:
        omar = self.house.ids["Omar"]
        await self.house.desk.do(claims.claim, self.number, omar)
        await self.house.desk.do(replies.reply, self.number, omar, "Have you tried water?")
        await self.beats(seconds=5)
        await self.house.desk.do(lifecycle.resolve, self.number, omar)

    async def beats(self, **later: float) -> None:
        self.house.clock.advance(**later)
        while await alarms.tick(self.house.desk):
            pass
        await self.reads()

    async def reads(self) -> None:
        """What stands in the chat of the survey's question and its reminder."""
        for letter in await self.house.desk.do(deliver):
            if letter.say.startswith("survey.") and letter.facts["ticket"] == self.number and letter.to == "home":
                self.shown[letter.target or f"x{letter.id}"] = letter.say

    @property
    def is_open(self) -> bool:
        return not self.voided and self.house.clock.now < self.expires_at

    def somebody(self) -> Account:
        others = [self.house.account("Erik"), self.house.account("Omar"), self.house.account("Maja")]
        return self.chance.choice([self.account("acme")] * 4 + [self.account("shop")] * 3 + others)

    def is_right(self, who: Account) -> bool:
        """Whether this is an account of the person who was asked."""
        return who.name == self.name and (who.connection == "acme" or self.linked)

    async def taps(self) -> None:
        """Somebody taps a number, or the platform tells of the last tap once more."""
        if self.last is None or self.chance.random() < 0.8:
            who, self.presses = self.somebody(), self.presses + 1
            score = self.chance.choice([*SCALES[self.kind].scores * 2, 0, 3, 6, 8])
            action = f"{VERBS[self.kind]}:{self.survey}:{score}"
            self.last = Press(f"{who.connection}/press/{self.name}/{self.presses}", self.place(who), who, action)
        press, again = self.last, self.last.key in self.taken
        score = int(press.action.rpartition(":")[2])
        valid = self.is_right(press.by) and self.is_open and score in SCALES[self.kind].scores
        assert await self.tries(actions.press, press) == (valid or again)
        if valid and not again:
            self.score = score
            self.taken.add(press.key)

    async def comments(self) -> None:
        who = self.somebody()
        right = self.is_right(who)
        words = self.chance.choice(["Good", "Bad", "  Fine  ", " "])
        self.presses += 1
        key = f"{who.connection}/form/{self.name}/{self.presses}"
        filled = Filled(key, self.place(who), who, f"comment:{self.survey}", {"words": words})
        if await self.tries(actions.filled, filled):
            assert right and self.is_open and words.strip()
            self.comment = words.strip()
        else:
            assert not (right and self.is_open and words.strip())

    async def reopens(self) -> None:
        """*Not solved*, and it is solved again. Nobody is asked twice in two weeks, so that this survey stays alone."""
        who = self.account("acme")
        ticket = await self.house.desk.look(tickets.get, self.number)
        assert ticket
        self.presses += 1
        press = Press(f"acme/press/r/{self.name}/{self.presses}", self.place(who), who, f"reopen:{self.number}")
        if ticket.status == "resolved" and await self.tries(actions.press, press):
            self.voided |= self.score is None and self.is_open
            await self.solved()

    async def links(self) -> None:
        """The two accounts join, whichever gives the code, or part again, whichever leaves."""
        desk, (one, other) = self.house.desk, self.chance.sample([self.account("acme"), self.account("shop")], 2)
        if self.linked:
            await desk.do(linking.unlink, one)
        else:
            await desk.do(linking.redeem, other, await desk.do(linking.code, one))
        self.linked = not self.linked

    async def waits(self) -> None:
        await self.beats(hours=self.chance.choice([0.1, 1, 12, 48, 60]))

    async def tries(self, deed: Callable[..., object], done: Press | Filled) -> bool:
        try:
            await self.house.desk.do(deed, "en", done)
        except DeskError:
            return False
        return True

    def place(self, who: Account) -> Place:
        return Place(who.connection, "C-HELP" if who.connection == "acme" else who.external_id)

    async def is_as_it_must_be(self) -> None:
        found: list[Survey] = await self.house.desk.look(stored.of_ticket, self.number)
        assert [one.cycle for one in found] == sorted({one.cycle for one in found}), "one a cycle"
        [mine] = [one for one in found if one.id == self.survey]
        assert (mine.score, mine.comment) == (self.score, self.comment)
        assert mine.state == self.state(mine)
        owner = await self.house.desk.look(people.find, "acme", self.account("acme").external_id)
        assert owner and mine.person_id == owner.id
        told = [e for e in await self.house.desk.look(events.of_ticket, self.number) if e.kind == "survey_rated"]
        assert [e.facts["score"] for e in told][-1:] == ([self.score] if self.score is not None else [])
        self.persons.add(owner.id)
        await self.reads()
        says = {say.rpartition(".")[2] for say in self.shown.values()}
        assert says and says <= self.says()
        assert {e.actor for e in told} <= self.persons

    def says(self) -> set[str]:
        """What any of its messages may say now."""
        if self.score is None:
            return {"ask", "remind"} if self.state_now == "asked" else {self.state_now}
        return {"kept"} if not self.is_open else {"thanks_comment" if self.comment else "thanks"}

    @property
    def state_now(self) -> str:
        return "voided" if self.voided else "asked" if self.is_open else "expired"

    def state(self, mine: Survey) -> str:
        return self.state_now if self.score is None else "answered"


TORTURE = [pytest.param(engine, MANY, marks=pytest.mark.torture) for engine in ("sqlite", "postgres")]


@pytest.mark.parametrize(("engine_name", "lives"), [("sqlite", LIVES), *TORTURE], indirect=["engine_name"])
@pytest.mark.parametrize("kind", list(SCALES))
async def test_one_row_with_the_last_valid_answer_of_the_right_person(house: House, kind: Kind, lives: int) -> None:
    survey = SurveySettings(kind, 3600)
    queues = {key: replace(q, survey=survey) for key, q in house.desk.directory.desk.queues.items()}
    house.desk.directory = sample_directory(queues=queues)
    for seed in range(lives):
        house.clock.now += timedelta(days=1)
        house.clock.now = house.clock.now.replace(hour=9, minute=0)
        life = Life(house, random.Random(f"{kind}/{seed}"), kind, f"P{kind}{seed}")
        await life.begins()
        often = [life.taps] * 6 + [life.comments] * 2 + [life.waits] * 3
        deeds: Sequence[Callable[[], Awaitable[None]]] = [*often, life.links, life.reopens]
        for _ in range(STEPS):
            deed = life.chance.choice(deeds)
            await deed()
            await life.is_as_it_must_be()
