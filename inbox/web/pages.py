"""The queue list and the ticket's conversation: as pages, and as the parts of them that change while they are read."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from inbox.desk import bench, explaining, presence, signin, views
from inbox.desk.bench import Bench
from inbox.desk.signin import Reader
from inbox.desk.views import QueueList, TicketPage, Wanted
from inbox.errors import BadInput, NotFound
from inbox.storable import storable
from inbox.store import Tx
from inbox.store.views import PERSONAL, SHELVES, Mark, Shelf
from inbox.web import deeds
from inbox.web.site import Site, site
from inbox.web.words import Words

router = APIRouter()
LONGEST = 19  # digits of the largest database key
LONGEST_SEARCH = 100  # characters
NUMBER = re.compile(r"#?([0-9]{1,12})")  # who looks for a number means that ticket


class BadQuery(Exception):
    """An address whose question part is not understood; `name` is the part."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Shown(Protocol):
    """Something that can be shown live: which tickets it is about, how it is found, and its parts as HTML."""

    def concerns(self, tickets: frozenset[int]) -> bool: ...
    async def find(self, here: Site, token: str) -> tuple[Reader, Any]: ...
    def draw(self, here: Site, words: Words, reader: Reader, found: Any) -> str: ...


@dataclass(frozen=True, slots=True)
class ListView:
    """A page of the queue list."""

    wanted: Wanted

    def concerns(self, tickets: frozenset[int]) -> bool:
        return not self.wanted.words  # what was looked for is looked for again as time passes, not at every change

    def look(self, tx: Tx, reader: Reader) -> QueueList:
        """The list's rows."""
        return views.queue_list(tx, reader, self.wanted)

    async def find(self, here: Site, token: str) -> tuple[Reader, QueueList]:
        return await here.ask(token, self.look)

    def context(self, words: Words, found: QueueList) -> dict[str, Any]:
        return {
            "found": found,
            "wanted": self.wanted,
            "named": self.named(words, found),
            "titles": {queue.key: queue.title for queue in found.queues},
            "shelves": SHELVES,
            "personal": PERSONAL,
            "address": self.address,
        }

    def draw(self, here: Site, words: Words, reader: Reader, found: QueueList) -> str:
        return here.render("_list.html", words, reader, **self.context(words, found))

    def response(
        self, here: Site, reader: Reader, found: QueueList, trouble: str = "", status: int = 200, did: str = ""
    ) -> Response:
        """The whole page, with why something was refused, or what was done."""
        words = here.words(None, reader)
        parts = self.draw(here, words, reader, found)
        more = {"parts": parts, "shown": version(parts), "live": self.live, "trouble": trouble, "did": did}
        return here.page("list.html", words, reader, status=status, **more, **self.context(words, found))

    def named(self, words: Words, found: QueueList) -> str:
        """What the page shows, in words."""
        if self.wanted.words:
            return words("list.found", words=self.wanted.words)
        shelf = words(f"shelf.{self.wanted.shelf}")
        chosen = next((queue for queue in found.queues if queue.key == self.wanted.queue), None)
        return words("list.in_queue", shelf=shelf, queue=chosen.title) if chosen else shelf

    def address(self, *, shelf: Shelf | None = None, queue: str | None = None, after: Mark | None = None) -> str:
        """The address of another list: this one with something changed, from its start."""
        return "/" + query_part(
            show=_but("unresolved", shelf or self.wanted.shelf),
            queue=self.wanted.queue if queue is None else queue,
            after=f"{after[0]}-{after[1]}" if after else "",
        )

    @property
    def live(self) -> str:
        after = self.wanted.after
        return "/live" + query_part(
            page="list",
            show=_but("unresolved", self.wanted.shelf),
            queue=self.wanted.queue,
            after=f"{after[0]}-{after[1]}" if after else "",
            find=self.wanted.words,
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page's forms hold: what was typed, and why it was not taken. `deed` is the form's; `words` fill it in."""

    deed: str = ""
    trouble: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    did: str = ""

    def value(self, deed: str, name: str, otherwise: str = "") -> str:
        """What is in a field."""
        return self.values.get(name, otherwise) if deed == self.deed else otherwise


@dataclass(frozen=True, slots=True)
class Whole:
    """A ticket's page, and the bench of who acts on it (None for who only reads)."""

    page: TicketPage
    bench: Bench | None


EMPTY = Sheet()


@dataclass(frozen=True, slots=True)
class TicketView:
    """A page of one ticket's conversation."""

    number: int
    before: int | None = None

    def concerns(self, tickets: frozenset[int]) -> bool:
        return self.number in tickets

    def look(self, tx: Tx, reader: Reader, now: datetime) -> Whole:
        """The page, those who look at the ticket just now, and the reader's bench."""
        page = views.ticket_page(tx, reader, self.number, self.before)
        mine = bench.of(tx, page.ticket, reader.person_id) if reader.person_id is not None else None
        promises = tuple(explaining.of_ticket(tx, now, page.ticket))
        return Whole(replace(page, there=presence.at(tx, now, self.number), promises=promises), mine)

    async def find(self, here: Site, token: str) -> tuple[Reader, Whole]:
        reader, found = await here.ask(token, self.look, here.desk.now())
        await self.read(here, reader, found)
        return reader, found

    async def read(self, here: Site, reader: Reader, found: Whole) -> None:
        """Writes down that a confidential ticket was read."""
        if found.page.queue.private:
            await here.desk.do(signin.note_read, self.number, reader.person_id)

    def draw(self, here: Site, words: Words, reader: Reader, found: Whole, sheet: Sheet = EMPTY) -> str:
        return here.render("_ticket.html", words, reader, sheet=sheet, **self.context(here, found))

    def context(self, here: Site, found: Whole) -> dict[str, Any]:
        page = found.page
        titles = {key: queue.title for key, queue in here.desk.directory.desk.queues.items() if not queue.private}
        titles[page.queue.key] = page.queue.title
        present = explaining.present(page.promises)
        return {
            "found": page,
            "ticket": page.ticket,
            "bench": found.bench,
            "titles": titles,
            "before": self.before,
            "most_bytes": here.files.limit if here.files else 0,
            "present": present,
            "earlier": [one for one in page.promises if one not in present],
        }

    def response(self, here: Site, reader: Reader, found: Whole, sheet: Sheet = EMPTY, status: int = 200) -> Response:
        """The whole page. Its forms are filled in as `sheet` says; each page carries a key of its own, so that words
        that are sent twice are said once."""
        words = here.words(None, reader)
        plain = self.draw(here, words, reader, found)
        parts = plain if sheet == EMPTY else self.draw(here, words, reader, found, sheet)
        once, context = secrets.token_urlsafe(12), self.context(here, found)
        more = {"parts": parts, "shown": version(plain), "live": self.live, "sheet": sheet, "once": once}
        return here.page("ticket.html", words, reader, status=status, **more, **context)

    @property
    def live(self) -> str:
        return "/live" + query_part(page="ticket", number=str(self.number), before=str(self.before or ""))


@router.get("/")
async def queue_list(request: Request) -> Response:
    """The tickets of the reader's queues."""
    here, view = site(request), list_view(request.query_params)
    number = NUMBER.fullmatch(view.wanted.words)
    if number:
        _, theirs = await here.asked(request, views.is_theirs, int(number[1]))
        if theirs:
            return RedirectResponse(f"/tickets/{int(number[1])}", 303)
    reader, found = await here.asked(request, view.look)
    did = request.query_params.get("did", "")
    return view.response(here, reader, found, did=did if did in deeds.TOLD else "")


@router.get("/tickets/{number}")
async def ticket(request: Request, number: str) -> Response:
    """One ticket's conversation, and what can be done about it."""
    here, view = site(request), ticket_view(number, request.query_params)
    reader, found = await here.asked(request, view.look, here.desk.now())
    await view.read(here, reader, found)
    called, did = request.query_params.get("canned", ""), request.query_params.get("did", "")
    agent = reader.person_id
    sheet = await _filled_in(here, reader, found, agent, called) if called and found.bench and agent else EMPTY
    return view.response(here, reader, found, replace(sheet, did=did if did in deeds.TOLD else ""))


async def _filled_in(here: Site, reader: Reader, found: Whole, agent: int, called: str) -> Sheet:
    """The reply form with a canned response in it."""
    try:
        words = await here.desk.look(bench.prepared, found.page.ticket, agent, storable(called))
    except BadInput as error:
        return Sheet("reply", here.words(None, reader).refusal(error))
    return Sheet("reply", values={"words": words})


def version(parts: str) -> str:
    """Tells one state of a page's parts from another."""
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


def list_view(query: Mapping[str, str]) -> ListView:
    """The list that an address asks for. Raises BadQuery."""
    shelf = next((shelf for shelf in SHELVES if shelf == query.get("show", "unresolved")), None)
    if shelf is None:
        raise BadQuery("show")
    words = " ".join(storable(query.get("find", ""))[:LONGEST_SEARCH].split())
    return ListView(Wanted(shelf, query.get("queue", "")[:64], mark_of(query.get("after", "")), words))


def ticket_view(number: str, query: Mapping[str, str]) -> TicketView:
    """The ticket page that an address asks for. Raises BadQuery, NotFound for a number that no ticket can have."""
    if not is_number(number):
        raise NotFound
    before = query.get("before", "")
    if before and not is_number(before):
        raise BadQuery("before")
    return TicketView(int(number), int(before) if before else None)


def mark_of(text: str) -> Mark | None:
    if not text:
        return None
    at, _, number = text.partition("-")
    if not (is_number(at) and is_number(number)):
        raise BadQuery("after")
    return int(at), int(number)


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < LONGEST


def _but(usual: str, value: str) -> str:
    return "" if value == usual else value


def query_part(**parts: str) -> str:
    given = {name: value for name, value in parts.items() if value}
    return f"?{urlencode(given)}" if given else ""
