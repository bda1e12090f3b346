"""A requester who reads one language, agents who read another and a desk that is kept in a third: through all that can
happen each reads their own, and times as their own clock shows them.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any

import pytest

from bots.commands import VERBS
from bots.deeds import BUTTONS
from bots.forms import FORMS
from bots.front import FrontDoor
from bots.port import Answer, Card, Command, Filled, Form, Hopeless, Press
from bots.texts import when
from inbox.desk import alarms, attachments
from inbox.locale import LANGUAGES, SLOT, catalogue
from inbox.model import Account, Attached, File, Place
from inbox.store import Tx, files, messages, returns, surveys, tickets
from tests.bots.memory_platform import Posted
from tests.bots.office import Office, once
from tests.bots.test_front import link, nobody
from tests.house import House
from tests.inbox.office import office as office_desk

LONG = 10  # letters: shorter stretches are alike in many languages
ZONES = {"Anna": "America/New_York", "Omar": "Asia/Tokyo"}
AGENTS = ("Omar", "Lisa", "Maja")
# what the story makes them read, at the least
REQUESTERS_READ = """
    receipt resolved.told pending.reminder pending.resolved survey.ask survey.remind survey.expired survey.thanks
    survey.thanks_comment survey.voided greet.direct ask.matter card.own_title form.ask.title form.comment.title
    file.line file.too_big file.refused_kind file.gone file.not_allowed file.unreadable error.agents_only
    error.unknown_near error.survey_over error.survey_not_yours answer.link.code answer.language.set button.rate.5
    button.reopen_home button.same button.new
"""
AGENTS_READ = """
    hint.claim hint.command held.held_colleague held.stale failed.reply reason.gone reason.blocked return.warning
    return.lost claim.taken claim.forced claim.assigned claim.reopened nag.first_reply.warning nag.first_reply.leads
    nag.resolution.leads nag.over.resolution greet.agent answer.claimed
    error.already_claimed error.which_ticket error.missing_words form.reply.title form.note.title copy.message.failed
    button.keep button.retry button.takesend
"""
DESK_READ = "card.requester button.claim nag.claim.escalate return.returned survey.low survey.raised file.line"
READERS = {"U-ANNA": "Anna", "U-ERIK": "Erik", "U-OMAR": "Omar", "U-LISA": "Lisa", "U-MAJA": "Maja"}


@cache
def stretches(language: str, reader: str) -> dict[str, str]:
    """Stretch → key: the longest part without facts of each sentence that the reader's language does not have."""
    theirs = str(list(catalogue(reader).values()))
    found = {}
    for key, text in catalogue(language).items():
        for form in text.values() if isinstance(text, dict) else (text,):
            stretch = max(SLOT.split(form)[::2], key=len).strip()
            if len(stretch) >= LONG and stretch not in theirs:
                found[stretch] = key
    return found


@cache
def short(language: str, reader: str) -> dict[str, str]:
    """Text → key: labels and single words that the reader's language does not have."""
    theirs = set(map(str, catalogue(reader).values()))
    mine = {str(text): key for key, text in catalogue(language).items() if not key.startswith("web.")}
    return {text: key for text, key in mine.items() if text not in theirs and "{" not in text}


def foreign(card: Card, reader: str) -> set[str]:
    """The keys of all that stands on a card and is in another language than the reader's."""
    buttons = [button.label for row in card.buttons for button in row]
    fields = [part for field in card.fields for part in field]
    pieces = [card.text, card.title, card.lead, card.footer, *fields, *buttons]
    return {key for piece in pieces for key in strange(piece, reader)}


def strange(piece: str, reader: str) -> Iterator[str]:
    for language in set(LANGUAGES) - {reader}:
        yield from (f"{language}: {key}" for stretch, key in stretches(language, reader).items() if stretch in piece)
        if piece in short(language, reader):
            yield f"{language}: {short(language, reader)[piece]}"


def form_pieces(form: Form) -> Card:
    labels = [one.label for one in form.fields] + [label for one in form.fields for _, label in one.options]
    return Card(title=form.title, text=form.submit, fields=tuple((label, "") for label in labels))


class Tongues:
    """A desk kept in English and the front before it; `speaks` is each person's language. Every answer is read as it
    comes, and `strange` collects what somebody read in another language than theirs."""

    def __init__(self, house: House, patch: pytest.MonkeyPatch, requester: str, agent: str) -> None:
        self.house, self.office = house, Office(house)
        self.front = FrontDoor(house.desk, link, nobody, nobody)
        self.speaks = {"Anna": requester, "Erik": requester, **dict.fromkeys(AGENTS, agent)}
        self.strange: set[tuple[str, str]] = set()
        self.said: dict[str, set[str]] = {language: set() for language in LANGUAGES}
        self._keys = count(1)
        patch.setattr(house, "account", self.account)
        house.desk.directory = office_desk()
        queues = {key: replace(q, escalates_to="") for key, q in house.desk.directory.desk.queues.items()}
        desk = replace(house.desk.directory.desk, queues=queues)
        house.desk.directory = replace(house.desk.directory, desk=desk)

    def account(self, name: str, connection: str = "acme") -> Account:
        prefix = {"acme": "U", "community": "D", "shop": "T"}[connection]
        zone = ZONES.get(name, "Europe/Stockholm")
        return Account(connection, f"{prefix}-{name.upper()}", name, self.speaks[name], zone)

    def reads(self, name: str, card: Card) -> None:
        self.strange |= {(name, key) for key in foreign(card, self.speaks[name])}

    # what people do

    async def says(self, name: str, text: str, room: str = "C-HELP", **how: Any) -> str:
        """Returns the message's id."""
        attached = how.pop("files", ())
        said = replace(self.house.said(name, text, room, **how), files=attached)
        await self.front.said(said)
        await self.settle()
        return said.message_id

    def heard(self, name: str, answer: Answer) -> Answer:
        if answer.card:
            self.reads(name, answer.card)
        if answer.form:
            self.reads(name, form_pieces(answer.form))
        return answer

    async def types(self, name: str, words: str, room: str = "C-HELP", *, thread: str = "", **how: Any) -> Answer:
        place = Place("acme", room, thread)
        command = Command(f"c{next(self._keys)}", place, self.account(name), words, **how)
        return self.heard(name, await self.front.commanded(command))

    async def presses(self, name: str, action: str, room: str = "C-DESK", *, direct: bool = False) -> Answer:
        form = self.front.opens_form(action, self.speaks[name], "acme")
        if form:
            self.reads(name, form_pieces(form))
        press = Press(f"p{next(self._keys)}", Place("acme", room), self.account(name), action, "", direct=direct)
        return self.heard(name, await self.front.pressed(press))

    async def fills(self, name: str, form: str, **values: str) -> Answer:
        sent = Filled(f"f{next(self._keys)}", Place("acme", "C-DESK"), self.account(name), form, values)
        return self.heard(name, await self.front.filled(sent))

    # time, and what the platforms show

    async def settle(self) -> None:
        await self.office.relays[0].idle()

    async def later(self, **how: float) -> None:
        self.house.clock.advance(**how)
        while await alarms.tick(self.house.desk):
            pass
        await self.settle()

    def shown(self) -> Iterator[tuple[str, Card]]:
        """Everything that was ever shown, and to whom: a person, or "" for all at the desk."""
        for platform in (self.office.acme, self.office.community, self.office.shop):
            for posted in platform.posted:
                yield from ((self.reader(posted), card) for card in (posted.card, *posted.edits))

    def reader(self, posted: Posted) -> str:
        if posted.whose:
            return READERS.get(posted.whose.replace("T-", "U-").replace("D-", "U-"), posted.whose)
        hers = posted.place.room == "D-ANNA" or (posted.place.room == "C-HELP" and posted.place.thread)
        return "Anna" if hers else ""  # a panel at the room's top is for everybody


@pytest.fixture
async def tongues(
    house: House, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Tongues]:
    tongues = Tongues(house, monkeypatch, *request.param)
    overheard = {language: Overheard(catalogue(language), tongues.said[language]) for language in LANGUAGES}
    for module in ("inbox.locale", "bots.texts"):
        monkeypatch.setattr(f"{module}.catalogue", lambda language: overheard[language])
    await tongues.office.open()
    yield tongues
    await tongues.office.close()


class Overheard(dict[str, Any]):
    """A catalogue that notes what is said of it."""

    def __init__(self, known: Any, said: set[str]) -> None:
        super().__init__(known)
        self._said = said

    def __getitem__(self, key: str) -> Any:
        self._said.add(key)
        return super().__getitem__(key)


@once
@pytest.mark.parametrize("tongues", [("sv", "da"), ("da", "sv")], indirect=True)
async def test_everybody_reads_their_own_language(tongues: Tongues) -> None:
    for part in (
        files_and_hints,
        promises_that_run_out,
        a_claim_that_goes_back,
        a_requester_who_is_silent,
        surveys_of_every_kind,
        trouble_with_a_reply,
        direct_messages,
        whatever_is_typed_and_pressed,
    ):
        await part(tongues)
    for name, card in tongues.shown():
        tongues.strange |= {(name, key) for key in foreign(card, tongues.speaks.get(name, "en"))}
    assert tongues.strange == set()
    requester, agent = tongues.speaks["Anna"], tongues.speaks["Omar"]
    assert set(REQUESTERS_READ.split()) <= tongues.said[requester]
    assert set(AGENTS_READ.split()) <= tongues.said[agent]
    assert set(DESK_READ.split()) <= tongues.said["en"]


async def files_and_hints(tongues: Tongues) -> None:
    """Files of which none comes, words of everybody, and what becomes of them."""
    for name in tongues.speaks:
        await tongues.types(name, "help")
    reasons = {f"{reason}.bin": reason for reason in attachments.REASONS}
    sent = tuple(Attached(name, name, "application/x-thing", 20, "document") for name in reasons)
    asked = await tongues.says("Anna", "Skrivmaskinen", files=sent)
    await fetched(tongues, reasons)
    at_desk: dict[str, Any] = {"room": "C-DESK", "thread": thread_of(tongues, 1)}
    await tongues.says("Omar", "Xyz", **at_desk)
    await tongues.says("Omar", "/relese 1", **at_desk)
    await tongues.presses("Omar", "claim:1")
    await tongues.presses("Lisa", "claim:1")
    await tongues.says("Omar", "/relese 1", **at_desk)
    await tongues.says("Omar", "Xyz", files=sent, **at_desk)
    await fetched(tongues, reasons)
    await tongues.later(seconds=6)
    await tongues.says("Anna", "Abc", thread=asked)
    await tongues.says("Erik", "Abc", thread=asked)
    await tongues.says("Erik", "Abc", thread=asked)


def thread_of(tongues: Tongues, number: int) -> str:
    return next(p.id for p in tongues.office.acme.posted if p.opens.startswith(f"#{number} "))


async def fetched(tongues: Tongues, reasons: dict[str, str]) -> None:
    def waiting(tx: Tx) -> list[File]:
        ids = [message.id for message in messages.of_ticket(tx, 1)]
        return [file for found in files.of_messages(tx, ids).values() for file in found if file.state == "waiting"]

    for file in await tongues.house.desk.look(waiting):
        await tongues.house.desk.do(attachments.missing, file, reasons[file.name])
    await tongues.settle()


async def promises_that_run_out(tongues: Tongues) -> None:
    """Nobody claims the second ticket for days, and then nobody answers again."""
    await tongues.says("Anna", "Pappret")
    await times_by_their_own_clock(tongues)
    for _ in range(20):
        await tongues.later(hours=4)
    await tongues.presses("Omar", "claim:2")
    await tongues.types("Omar", "reply 2 Xyz")
    await tongues.later(seconds=6)
    await tongues.says("Anna", "Abc", thread=home_of(tongues, 2))
    for _ in range(20):
        await tongues.later(hours=4)
    await tongues.types("Omar", "reply 2 Xyz")
    await tongues.types("Omar", "resolve 2")
    await tongues.later(seconds=6)


async def times_by_their_own_clock(tongues: Tongues) -> None:
    """The card at the desk goes by the desk's clock; who looks at it by command, by theirs."""
    ticket = await tongues.house.desk.look(tickets.get, 2)
    assert ticket and ticket.due_at
    (card,) = [posted for posted in tongues.office.acme.posted if posted.opens.startswith("#2 ")]
    assert when(ticket.due_at, "en", "Europe/Stockholm") in dict(card.shown.fields)["Due"]
    asked = (await tongues.types("Omar", "show 2")).card
    assert asked and when(ticket.due_at, tongues.speaks["Omar"], ZONES["Omar"]) in str(asked.fields)


def home_of(tongues: Tongues, number: int) -> str:
    """The thread in which the receipt of a ticket stands."""
    return next(
        p.place.thread for p in tongues.office.acme.posted if p.place.room == "C-HELP" and f"#{number}" in p.card.text
    )


async def a_claim_that_goes_back(tongues: Tongues) -> None:
    await tongues.says("Anna", "Lampan")
    await tongues.presses("Omar", "claim:3")
    lease = await tongues.house.desk.look(returns.get, 3)
    assert lease and lease.due_at
    for _ in range(12):
        await tongues.later(hours=2)
    told = [posted.text for posted in tongues.office.acme.posted if posted.whose == "U-OMAR"]
    assert any(when(lease.due_at, tongues.speaks["Omar"], ZONES["Omar"]) in text for text in told)
    await tongues.types("Maja", "assign 3 Lisa")
    await tongues.types("Maja", "assign 3 Omar")
    await tongues.types("Omar", "reply 3 Xyz")
    await tongues.types("Lisa", "take 3")
    await tongues.later(seconds=6)


async def a_requester_who_is_silent(tongues: Tongues) -> None:
    await tongues.types("Lisa", "take 3")
    await tongues.types("Lisa", "reply 3 Xyz")
    await tongues.later(seconds=6)
    await tongues.types("Lisa", "pending 3")
    for _ in range(7 * 4):  # by day: nobody is reminded in their sleep
        await tongues.later(hours=6)
    await tongues.says("Anna", "Abc", thread=home_of(tongues, 3))


async def surveys_of_every_kind(tongues: Tongues) -> None:
    """Answered low and raised; not answered; not solved after all."""
    for what in ("low", "silent", "reopened"):
        await tongues.later(days=15)
        number = await solved(tongues)
        for _ in range(30):
            await tongues.later(hours=1)
        survey = (await tongues.house.desk.look(surveys.of_ticket, number))[-1]
        assert survey.state == "asked", what
        if what == "low":
            await tongues.presses("Anna", f"rate:{survey.id}:1", "C-HELP")
            await tongues.settle()
            await tongues.fills("Anna", f"comment:{survey.id}", words="Abc")
            await tongues.settle()
            await tongues.presses("Anna", f"rate:{survey.id}:4", "C-HELP")
            await tongues.presses("Erik", f"rate:{survey.id}:4", "C-HELP")
        if what == "reopened":
            await tongues.says("Anna", "Abc", thread=home_of(tongues, number))
        for _ in range(9):
            await tongues.later(days=1)
        await tongues.presses("Anna", f"rate:{survey.id}:5", "C-HELP")


async def solved(tongues: Tongues) -> int:
    """A ticket of Anna's that Omar answered and solved."""
    await tongues.says("Anna", "Stolen")
    number = max(int(p.opens[1:].split()[0]) for p in tongues.office.acme.posted if p.opens)
    await tongues.presses("Omar", f"claim:{number}")
    await tongues.types("Omar", f"reply {number} Xyz")
    await tongues.later(seconds=6)
    await tongues.types("Omar", f"resolve {number}")
    return number


async def trouble_with_a_reply(tongues: Tongues) -> None:
    """Refused, unclear, held: the author hears of each."""
    acme = tongues.office.acme
    await tongues.says("Anna", "Bordet")
    number = max(int(p.opens[1:].split()[0]) for p in acme.posted if p.opens)
    await tongues.presses("Omar", f"claim:{number}")
    for why in ("Slack does not have that place or message any more.", "Slack cannot reach this person."):
        acme.fail("send", Hopeless(why, "gone"), room="C-HELP")
        await tongues.types("Omar", f"reply {number} Xyz")
        await tongues.later(seconds=6)
    await tongues.types("Omar", f"status {number}")
    await tongues.types("Omar", f"reply {number} Xyz")
    await tongues.types("Lisa", f"take {number}")
    await tongues.types("Lisa", f"reply {number} Xyz")
    await tongues.later(seconds=6)
    await tongues.types("Omar", f"reply {number} Xyz")
    await tongues.types("Maja", f"release {number}")


async def direct_messages(tongues: Tongues) -> None:
    """Hello; for whom; the same matter or another one; nobody says."""
    dm: dict[str, Any] = {"room": "D-ANNA", "direct": True}
    await tongues.types("Anna", "start", **dm)
    await tongues.types("Omar", "start", **dm)
    await tongues.says("Anna", "Fönstret", **dm)
    await tongues.presses("Anna", "new:it", "D-ANNA", direct=True)
    await tongues.types("Anna", "link", **dm)
    await tongues.types("Anna", "language " + tongues.speaks["Anna"], **dm)
    await tongues.types("Anna", "", free=True, **dm)
    await tongues.types("Anna", "Dörren", free=True, **dm)
    await tongues.later(hours=9)
    await tongues.says("Anna", "Trappan", **dm)
    await tongues.later(seconds=660)


async def whatever_is_typed_and_pressed(tongues: Tongues) -> None:
    """Every command and every button there is, by everybody, sensible or not."""
    for name in ("Anna", "Omar", "Maja"):
        for verb in VERBS:
            for rest in ("", " 99", " 1 Abc", " zz zz"):
                await tongues.types(name, verb + rest)
        for words in ("flaim 1", "xyzzy", "help claim"):
            await tongues.types(name, words)
        for button in (*BUTTONS, *FORMS, "ask"):
            for arguments in ("", ":1", ":99", ":it"):
                await tongues.presses(name, button + arguments)
        for form in FORMS.values():
            await tongues.fills(name, f"{form}:1", words="")
        await tongues.settle()
