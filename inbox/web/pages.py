"""The queue list and the ticket's conversation: as pages, and as the parts of them that change while they are read."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from inbox.desk import presence, signin, views
from inbox.desk.signin import Reader
from inbox.desk.views import QueueList, TicketPage, Wanted
from inbox.errors import NotFound
from inbox.store.views import SHELVES, Mark, Shelf
from inbox.web.site import Site, site
from inbox.web.words import Words

router = APIRouter()
LONGEST = 19  # digits of the largest database key
METRICS = ("claim", "first_reply", "next_reply", "resolution")  # in the order in which they are kept


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
        return True

    async def find(self, here: Site, token: str) -> tuple[Reader, QueueList]:
        return await here.ask(token, views.queue_list, self.wanted)

    def context(self, found: QueueList) -> dict[str, Any]:
        chosen = next((queue for queue in found.queues if queue.key == self.wanted.queue), None)
        return {
            "found": found,
            "wanted": self.wanted,
            "chosen": chosen,
            "titles": {queue.key: queue.title for queue in found.queues},
            "shelves": SHELVES,
            "address": self.address,
        }

    def draw(self, here: Site, words: Words, reader: Reader, found: QueueList) -> str:
        return here.render("_list.html", words, reader, **self.context(found))

    def address(self, *, shelf: Shelf | None = None, queue: str | None = None, after: Mark | None = None) -> str:
        """The address of another list: this one with something changed, from its start."""
        return "/" + _query(
            show=_but("unresolved", shelf or self.wanted.shelf),
            queue=self.wanted.queue if queue is None else queue,
            after=f"{after[0]}-{after[1]}" if after else "",
        )

    @property
    def live(self) -> str:
        after = self.wanted.after
        return "/live" + _query(
            page="list",
            show=_but("unresolved", self.wanted.shelf),
            queue=self.wanted.queue,
            after=f"{after[0]}-{after[1]}" if after else "",
        )


@dataclass(frozen=True, slots=True)
class TicketView:
    """A page of one ticket's conversation."""

    number: int
    before: int | None = None

    def concerns(self, tickets: frozenset[int]) -> bool:
        return self.number in tickets

    async def find(self, here: Site, token: str) -> tuple[Reader, TicketPage]:
        reader, found = await here.ask(token, views.ticket_page, self.number, self.before)
        if found.queue.private:
            await here.desk.do(signin.note_read, self.number, reader.person_id)
        return reader, await self.peopled(here, found)

    async def peopled(self, here: Site, found: TicketPage) -> TicketPage:
        """The page with those who look at the ticket just now."""
        return replace(found, there=await here.desk.look(presence.at, here.desk.now(), self.number))

    def draw(self, here: Site, words: Words, reader: Reader, found: TicketPage) -> str:
        return here.render("_ticket.html", words, reader, **self.context(here, found))

    def context(self, here: Site, found: TicketPage) -> dict[str, Any]:
        titles = {key: queue.title for key, queue in here.desk.directory.desk.queues.items() if not queue.private}
        titles[found.queue.key] = found.queue.title
        promises = sorted(found.promises, key=lambda one: (one.cycle, METRICS.index(one.metric), one.id))
        return {"found": found, "ticket": found.ticket, "titles": titles, "before": self.before, "promises": promises}

    @property
    def live(self) -> str:
        return "/live" + _query(page="ticket", number=str(self.number), before=str(self.before or ""))


@router.get("/")
async def queue_list(request: Request) -> Response:
    """The tickets of the reader's queues."""
    here, view = site(request), list_view(request.query_params)
    reader, found = await here.asked(request, views.queue_list, view.wanted)
    words = here.words(None, reader)
    parts = view.draw(here, words, reader, found)
    context = view.context(found)
    return here.page("list.html", words, reader, parts=parts, shown=version(parts), live=view.live, **context)


@router.get("/tickets/{number}")
async def ticket(request: Request, number: str) -> Response:
    """One ticket's conversation."""
    here, view = site(request), ticket_view(number, request.query_params)
    reader, found = await here.asked(request, views.ticket_page, view.number, view.before)
    if found.queue.private:
        await here.desk.do(signin.note_read, view.number, reader.person_id)
    found = await view.peopled(here, found)
    words = here.words(None, reader)
    parts = view.draw(here, words, reader, found)
    context = view.context(here, found)
    return here.page("ticket.html", words, reader, parts=parts, shown=version(parts), live=view.live, **context)


def version(parts: str) -> str:
    """Tells one state of a page's parts from another."""
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


def list_view(query: Mapping[str, str]) -> ListView:
    """The list that an address asks for. Raises BadQuery."""
    shelf = next((shelf for shelf in SHELVES if shelf == query.get("show", "unresolved")), None)
    if shelf is None:
        raise BadQuery("show")
    return ListView(Wanted(shelf, query.get("queue", "")[:64], _mark(query.get("after", ""))))


def ticket_view(number: str, query: Mapping[str, str]) -> TicketView:
    """The ticket page that an address asks for. Raises BadQuery, NotFound for a number that no ticket can have."""
    if not _is_number(number):
        raise NotFound
    before = query.get("before", "")
    if before and not _is_number(before):
        raise BadQuery("before")
    return TicketView(int(number), int(before) if before else None)


def _mark(text: str) -> Mark | None:
    if not text:
        return None
    at, _, number = text.partition("-")
    if not (_is_number(at) and _is_number(number)):
        raise BadQuery("after")
    return int(at), int(number)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < LONGEST


def _but(usual: str, value: str) -> str:
    return "" if value == usual else value


def _query(**parts: str) -> str:
    given = {name: value for name, value in parts.items() if value}
    return f"?{urlencode(given)}" if given else ""
