"""The page's forms: what agents do in the browser, by the same verbs as in chat.

A form is taken only from who is signed in, with the token that its page carried. What was done is shown by the page
that the browser is led to then; what was refused stays in its form, with the reason beside it.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from inbox.desk import presence
from inbox.desk.signin import Reader
from inbox.errors import BadInput, DeskError, NotAllowed, NotFound, NothingToDo, StoreError
from inbox.model import Attached
from inbox.store import Tx, messages, tickets
from inbox.web import deeds, uploads
from inbox.web.auth import own_form
from inbox.web.doing import Doing, Done
from inbox.web.pages import Sheet, TicketView, Whole, list_view, ticket_view
from inbox.web.site import Site, site

router = APIRouter()
SURFACE = "form"  # of presence: somebody writes in a form of the web
MOST_PARTS = 50  # of one form: fields, and files


@router.post("/tickets/{number}/writing")
async def writing(request: Request, number: str) -> Response:
    """Somebody writes an answer: colleagues see it. The page's script says so every ten seconds."""
    here, view = site(request), ticket_view(number, {})
    reader, _ = await here.asked(request, view.look, here.desk.now())  # who writes is there
    if not await own_form(request, here, reader) or reader.person_id is None:
        raise NotAllowed(ticket=view.number)
    await here.desk.do(presence.here, view.number, reader.person_id, SURFACE, writing=True)
    return Response(status_code=204)


@router.post("/tickets/{number}/{deed}")
async def on_ticket(request: Request, number: str, deed: str) -> Response:
    """An agent does something on a ticket."""
    here, view = site(request), ticket_view(number, {})
    reader, found = await here.asked(request, view.look, here.desk.now())
    if deed not in deeds.TICKET:
        raise NotFound
    return await _act(request, here, reader, found, view, deed, view.number)


@router.post("/words/{number}/{deed}")
async def on_words(request: Request, number: str, deed: str) -> Response:
    """An agent decides what becomes of words of theirs."""
    here, words_id = site(request), ticket_view(number, {}).number
    _, ticket = await here.ask(here.token(request), _ticket_of, words_id)
    view = TicketView(ticket)
    reader, found = await here.asked(request, view.look, here.desk.now())
    if deed not in deeds.WORDS:
        raise NotFound
    return await _act(request, here, reader, found, view, deed, words_id)


@router.get("/tickets/{number}/{deed}")
async def back_to_ticket(number: str, deed: str) -> Response:
    """The address of a form that was refused, opened by itself: it leads to the ticket."""
    return RedirectResponse(f"/tickets/{ticket_view(number, {}).number}", 303)


@router.post("/next")
async def take_next(request: Request) -> Response:
    """Claims the most urgent ticket of the agent's queues, and opens it."""

    async def claim(here: Site, agent: int, zone: str) -> str:
        ticket = await here.desk.do(deeds.next_ticket, agent)
        return f"/tickets/{ticket.number}?did=claim"

    return await _from_list(request, claim)


@router.post("/me/{deed}")
async def on_oneself(request: Request, deed: str) -> Response:
    """An agent goes away, or comes back."""

    async def act(here: Site, agent: int, zone: str) -> str:
        if deed not in deeds.OWN:
            raise NotFound
        form = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
        await here.desk.do(deeds.OWN[deed], agent, form, zone)
        return f"/?did={deed}"

    return await _from_list(request, act)


async def _from_list(request: Request, act: Callable[[Site, int, str], Awaitable[str]]) -> Response:
    """What is done from the list: `act` gives the address that the browser is led to; the list says what is refused."""
    here, view = site(request), list_view({})
    reader, found = await here.asked(request, view.look)
    words = here.words(None, reader)
    if not await own_form(request, here, reader):
        return here.message(request, reader, "stale_form", 403)
    if reader.person_id is None:
        raise NotAllowed
    try:
        return RedirectResponse(await act(here, reader.person_id, words.zone_name), 303)
    except (StoreError, NotFound):
        raise
    except DeskError as error:
        nothing = isinstance(error, NothingToDo)
        said = words("act.none_left") if nothing else words.refusal(error)
        return view.response(here, reader, found, said, _status(error))


def _ticket_of(tx: Tx, reader: Reader, words_id: int) -> int:
    """The ticket that somebody's own words are in. Raises NotFound, alike for others' words."""
    found = messages.get(tx, words_id)
    if found is None or found.ticket is None or found.author_id is None or found.author_id != reader.person_id:
        raise NotFound
    return tickets.survivor(tx, found.ticket)


async def _act(
    request: Request, here: Site, reader: Reader, found: Whole, view: TicketView, name: str, subject: int
) -> Response:
    """Does it, and leads on; what is refused is shown in its form, which keeps what was typed."""
    request.state.sent = sent = await request.form(max_files=MOST_PARTS, max_fields=MOST_PARTS)
    form = {key: value for key, value in sent.items() if isinstance(value, str)}
    words = here.words(None, reader)
    if not await own_form(request, here, reader):
        await view.read(here, reader, found)
        return view.response(here, reader, found, Sheet(name, words("act.stale"), form), 403)
    if reader.person_id is None:
        raise NotAllowed(ticket=view.number)
    try:
        files = await uploads.kept(here.files, sent) if name in deeds.WITH_FILES else ()
        done = await here.desk.do(_done, name, reader.person_id, subject, form, words.zone_name, files)
    except StoreError:
        raise
    except DeskError as error:
        _, now_found = await here.ask(here.token(request), view.look, here.desk.now())
        await view.read(here, reader, now_found)
        trouble = words.refusal(error) + (" " + words("compose.files_again") if uploads.chosen(sent) else "")
        return view.response(here, reader, now_found, Sheet(name, trouble, form), _status(error))
    return RedirectResponse(_next_page(reader, done, name), 303)


def _done(
    tx: Tx,
    now: datetime,
    name: str,
    agent: int,
    subject: int,
    form: Mapping[str, str],
    zone: str,
    files: tuple[Attached, ...],
) -> Done:
    done = deeds.ANY[name](Doing(tx, now, agent, subject, form, zone, form.get("once", ""), files))
    presence.gone(tx, now, done.ticket.number, agent, SURFACE)
    return done


def _next_page(reader: Reader, done: Done, name: str) -> str:
    """The ticket's page; the list where it went to a queue that the reader does not answer for."""
    did = done.did or name
    told = f"?did={did}" if did in deeds.TOLD else ""
    place = "#latest" if did in ("reply", "note", "announce") else ""
    return f"/tickets/{done.ticket.number}{told}{place}" if reader.sees(done.ticket) else f"/{told}"


def _status(error: DeskError) -> int:
    if isinstance(error, BadInput):
        return 422
    return 403 if isinstance(error, NotAllowed) else 404 if isinstance(error, NotFound) else 409
