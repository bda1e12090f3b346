"""The REST API: an agent's deeds for programs, in the agent's name, by the same verbs as everywhere.

Who asks proves it with a personal token in the Authorization header; tokens are in no address, and in no log. What is
refused is answered with a code, the sentence that a person would read, and what the sentence is about.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AwareDatetime, BaseModel, ConfigDict

from inbox.desk import signin, tokens, views
from inbox.desk.signin import Reader
from inbox.desk.views import BIGGEST
from inbox.errors import AlreadyClaimed, BadInput, DeskError, NotAllowed, NotFound, NotHolder, StoreUnavailable
from inbox.model import Priority
from inbox.store import Tx, events
from inbox.web import attachments, deeds, shapes
from inbox.web.doing import Doing, Done
from inbox.web.pages import BadQuery, TicketView, list_view
from inbox.web.rate import Rate, TooMany
from inbox.web.shapes import Answer, Me, Page, Refusal, Whole
from inbox.web.site import SignedOut, Site, site
from inbox.web.words import Words, words_for

WRONG: dict[int | str, dict[str, Any]] = {
    401: {"model": Refusal, "description": "No token, or one that is good no more."},
    404: {"model": Refusal, "description": "There is no such thing, or it is not yours."},
    409: {"model": Refusal, "description": "The ticket is in another state, or in other hands."},
    422: {"model": Refusal, "description": "What was sent is not understood; `fields` tells which part."},
    429: {"model": Refusal, "description": "Too many at once; `Retry-After` tells how many seconds to wait."},
}
STATUS: Mapping[type[Exception], int] = {
    SignedOut: 401,
    TooMany: 429,
    BadQuery: 422,
    RequestValidationError: 422,
    NotFound: 404,
    NotAllowed: 403,
    StoreUnavailable: 503,
    BadInput: 422,
    DeskError: 409,
}
CODES = {SignedOut: "token", TooMany: "too_many", BadQuery: "bad_query", RequestValidationError: "bad_input"}
SENTENCES: Mapping[type[Exception], str] = {
    SignedOut: "api.token",
    TooMany: "api.too_many",
    BadQuery: "api.unclear",
    RequestValidationError: "api.unclear",
}
PLAIN = frozenset({"ticket", "holder", "since", "status", "capacity", "seconds", "field", "limit", "length", "words"})
router = APIRouter(prefix="/api", responses=WRONG)
bearer = HTTPBearer(auto_error=False, description="A personal token: `/ticket me token` in chat makes one.")
Simple = Literal[
    "claim",
    "release",
    "take-over",
    "keep",
    "resolve",
    "reopen",
    "close",
    "pending",
    "hold",
    "wake",
    "ack",
    "no-reply",
    "follow",
    "unfollow",
]
Choice = Literal["send", "take-over-and-send", "keep-as-note", "discard", "undo", "retry", "resend"]
VERBS = {"take-over": "take", "no-reply": "noreply", "take-over-and-send": "takesend", "keep-as-note": "asnote"}


Number = Annotated[int, Path(ge=0, le=BIGGEST)]


class Sent(BaseModel):
    """What a request may bring. A part that nobody knows is refused: a reply whose `fence` was mistyped would go out
    without one."""

    model_config = ConfigDict(extra="forbid")


class Said(Sent):
    """Words. `fence` is the ticket's as their author saw it: where it moved since, the words are held."""

    text: str
    fence: int | None = None


class Note(Sent):
    """Words for colleagues."""

    text: str


class To(Sent):
    """An agent of the ticket's queue, by the id that `team` tells."""

    to: int


class Urgency(Sent):
    """How urgent it is."""

    priority: Priority


class Tags(Sent):
    """Tags to put on and to take away."""

    add: list[str] = []
    remove: list[str] = []


class Move(Sent):
    """Another queue, by key or title, and a note for the colleagues there."""

    queue: str
    why: str = ""


class Nap(Sent):
    """An instant, with its offset."""

    until: AwareDatetime


class Cut(Sent):
    """One of the requester's messages, by its id: the first of those that go."""

    start: int


async def caller(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)] = None
) -> Reader:
    """Whose token came along. Raises SignedOut, TooMany."""
    here, now = site(request), site(request).desk.now()
    reader = await here.desk.look(tokens.reader, now, given.credentials) if given else None
    if reader is None:
        raise SignedOut
    rate: Rate = request.app.state.rate
    rate.take(reader.session.token_hash, now)
    if signin.wants_keeping(now, reader.session):
        await here.desk.do(signin.keep, reader.session)
    return reader


Caller = Annotated[Reader, Depends(caller)]
Key = Annotated[str, Header(alias="Idempotency-Key", max_length=64, description="The same key again changes nothing.")]


@router.get("/openapi.json", include_in_schema=False)
async def description() -> Response:
    """What there is, as OpenAPI."""
    return JSONResponse(openapi())


def openapi() -> dict[str, Any]:
    """The API's own description."""
    return get_openapi(title="Frontdesk", version="1", routes=router.routes)


@router.get("/me")
async def me(request: Request, reader: Caller) -> Me:
    """Whose token this is, and the queues that they answer for."""
    return shapes.me(reader)


@router.get("/tickets")
async def ticket_list(
    request: Request,
    reader: Caller,
    show: Annotated[str, Query(description="unresolved, mine, decide, unclaimed, waiting, following, resolved")] = "",
    queue: str = "",
    after: Annotated[str, Query(description="`next` of the page before")] = "",
    find: Annotated[str, Query(description="words of the subject or the requester's name: the newest 50, of all")] = "",
) -> Page:
    """The tickets of the agent's queues, at most 50 a page, the nearest deadline first."""
    view = list_view({"show": show or "unresolved", "queue": queue, "after": after, "find": find})
    return shapes.page(await site(request).desk.look(view.look, reader))


@router.get("/tickets/{number}")
async def ticket(
    request: Request, reader: Caller, number: Number, before: Annotated[int | None, Query(ge=0, le=BIGGEST)] = None
) -> Whole:
    """One ticket with its newest 200 messages; `before` a message's id, those before it."""
    here, view = site(request), TicketView(number, before)
    found = await here.desk.look(view.look, reader, here.desk.now())
    if found.page.queue.private:
        await here.desk.do(signin.note_read, number, reader.person_id, "api")
    return shapes.whole(found, here.url)


@router.post("/tickets/{number}/reply")
async def reply(request: Request, reader: Caller, number: Number, said: Said, key: Key = "") -> Answer:
    """Words to the requester. `outcome` is `held` where another agent holds the ticket, or the fence has moved."""
    form = {"words": said.text, "fence": "" if said.fence is None else str(said.fence)}
    return await _do(request, reader, "reply", number, form, key)


@router.post("/tickets/{number}/note")
async def note(request: Request, reader: Caller, number: Number, said: Note, key: Key = "") -> Answer:
    """Words for colleagues, never for the requester."""
    return await _do(request, reader, "note", number, {"words": said.text}, key)


@router.post("/tickets/{number}/assign")
async def assign(request: Request, reader: Caller, number: Number, to: To, key: Key = "") -> Answer:
    """Gives the ticket to an agent of its queue."""
    return await _do(request, reader, "assign", number, {"to": str(to.to)}, key)


@router.post("/tickets/{number}/priority")
async def priority(request: Request, reader: Caller, number: Number, wanted: Urgency, key: Key = "") -> Answer:
    """Says how urgent it is."""
    return await _do(request, reader, "priority", number, {"priority": wanted.priority}, key)


@router.post("/tickets/{number}/tags")
async def tag(request: Request, reader: Caller, number: Number, wanted: Tags, key: Key = "") -> Answer:
    """Puts tags on and takes tags away."""
    form = {"add": " ".join(wanted.add), "gone": " ".join(wanted.remove)}
    return await _do(request, reader, "tags", number, form, key)


@router.post("/tickets/{number}/move")
async def move(request: Request, reader: Caller, number: Number, to: Move, key: Key = "") -> Answer:
    """Hands it to another queue."""
    return await _do(request, reader, "move", number, {"queue": to.queue, "why": to.why}, key)


@router.post("/tickets/{number}/snooze")
async def snooze(request: Request, reader: Caller, number: Number, nap: Nap, key: Key = "") -> Answer:
    """Lets it sleep until an instant, or until its requester writes."""
    return await _do(request, reader, "snooze", number, {"until": nap.until.isoformat()}, key)


@router.post("/tickets/{number}/split")
async def split(request: Request, reader: Caller, number: Number, cut: Cut, key: Key = "") -> Answer:
    """Makes a ticket of its own from a message on; the answer tells of that one."""
    return await _do(request, reader, "split", number, {"start": str(cut.start)}, key)


@router.get("/files/{number}", response_class=Response, responses={200: {"content": {"application/octet-stream": {}}}})
async def file(request: Request, reader: Caller, number: Number) -> Response:
    """The bytes of a file that came with a message."""
    here = site(request)
    return await attachments.handed_out(here, reader, await here.desk.look(views.file, reader, number), "api")


@router.post("/tickets/{number}/{deed}")
async def simple(request: Request, reader: Caller, number: Number, deed: Simple, key: Key = "") -> Answer:
    """What needs no words."""
    return await _do(request, reader, VERBS.get(deed, deed), number, {}, key)


@router.post("/words/{words}/{choice}")
async def decide(request: Request, reader: Caller, words: Number, choice: Choice, key: Key = "") -> Answer:
    """What becomes of words of one's own that wait, were held, or did not arrive."""
    return await _do(request, reader, VERBS.get(choice, choice), words, {}, key)


async def _do(request: Request, reader: Reader, deed: str, subject: int, form: Mapping[str, str], key: str) -> Answer:
    here = site(request)
    zone = _words(here, request, reader).zone_name
    done = await here.desk.do(_once, deed, reader.person_id or 0, subject, form, zone, key)
    return shapes.answer(done, reader, here.url)


def _once(
    tx: Tx, now: datetime, deed: str, agent: int, subject: int, form: Mapping[str, str], zone: str, key: str
) -> Done:
    """Does it, and with a key only once: the same again is answered with the ticket as it is now.

    Raises what the deed raises, and BadInput (`key_reused`) for a key that came with something else before.
    """
    written = hashlib.sha256(repr((deed, subject, sorted(form.items()))).encode("utf-8", "replace")).hexdigest()
    first, same = f"api/{agent}/{key}", f"api/{agent}/{key}/{written}"
    doing = Doing(tx, now, agent, subject, form, zone)
    if key and not events.first_time(tx, first, now):
        if events.first_time(tx, same, now):
            raise BadInput("key_reused")
        return deeds.again(doing, deed)
    try:
        done = deeds.ANY[deed](doing)
    except AlreadyClaimed:  # what it wrote is kept, but it was not done: it may be tried again
        events.forget(tx, first)
        raise
    if key:
        events.first_time(tx, same, now)
    return done


def refused(request: Request, error: Exception) -> Response:
    """The answer to what was refused: a code, a sentence, and what it is about."""
    here = site(request)
    kind = next(kind for kind in type(error).__mro__ if kind in STATUS)
    words = _words(here, request, None)
    headers = {"Retry-After": str(error.seconds)} if isinstance(error, TooMany) else {}
    if isinstance(error, SignedOut):
        headers["WWW-Authenticate"] = "Bearer"
    body = {"code": _code(error, kind), "message": _sentence(words, error), "fields": _fields(error)}
    return JSONResponse({"error": body}, STATUS[kind], headers)


def _code(error: Exception, kind: type[Exception]) -> str:
    if isinstance(error, BadInput):
        return error.reason or "bad_input"
    if isinstance(error, NotHolder) and not error.facts.get("holder"):
        return "not_held"
    return CODES.get(kind) or (error.say.partition(".")[2] if isinstance(error, DeskError) else "unexpected")


def _sentence(words: Words, error: Exception) -> str:
    if isinstance(error, DeskError):
        return words.refusal(error)
    return words(SENTENCES.get(type(error), "bad_query.text"))


def _fields(error: Exception) -> dict[str, Any]:
    """What the sentence is about, in plain values."""
    if isinstance(error, RequestValidationError):
        return {".".join(map(str, one["loc"])): one["msg"] for one in error.errors()[:20]}
    if isinstance(error, BadQuery):
        return {error.name: "?"}
    return {name: fact for name, fact in error.facts.items() if name in PLAIN} if isinstance(error, DeskError) else {}


def _words(here: Site, request: Request, reader: Reader | None) -> Words:
    return words_for(reader, here.desk.directory.desk, here.desk.now(), request.headers.get("accept-language", ""))
