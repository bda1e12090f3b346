"""The inbox as an ASGI application: routes, guards, and a sentence for everything that can go wrong."""

import time
from collections.abc import Mapping
from typing import cast

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inbox.desk import signin
from inbox.desk.door import Desk
from inbox.errors import BadInput, DeskError, NotAllowed, NotFound, StoreUnavailable
from inbox.filestore import FileStore
from inbox.web import acting, api, attachments, auth, canned, feedback, health, live, pages
from inbox.web.guard import MOST_BYTES, Guard
from inbox.web.health import Metrics, TrialWrites
from inbox.web.live import Full, Live
from inbox.web.pages import BadQuery
from inbox.web.rate import Rate, TooMany
from inbox.web.site import TYPES, Health, SignedOut, Site, site

log = structlog.get_logger("web")
FOR_EVER = "public, max-age=31536000, immutable"
router = APIRouter()
# the key of the page's words and its status, for each thing that can go wrong
REFUSALS: Mapping[type[Exception], tuple[str, int]] = {
    SignedOut: ("sign_in", 401),
    NotFound: ("not_found", 404),
    NotAllowed: ("not_allowed", 403),
    BadQuery: ("bad_query", 400),
    BadInput: ("bad_query", 400),
    StoreUnavailable: ("unavailable", 503),
    DeskError: ("unexpected", 409),
    Full: ("busy", 503),
    TooMany: ("busy", 429),
    RequestValidationError: ("bad_query", 422),
}
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
STATUSES = {404: "not_found", 405: "wrong_method"}


def create_app(
    desk: Desk,
    *,
    secret: str,
    url: str,
    health: Health,
    metrics: Metrics | None = None,
    frame_ancestors: str = "'none'",
    check_seconds: float = 3.0,
    files: FileStore | None = None,
) -> FastAPI:
    """The inbox over a desk.

    `url` is where people reach it (https makes the cookie `__Host-` and Secure), `secret` signs the forms, `health`
    tells of each connection whether it stands and why not, `frame_ancestors` who may show the pages in a frame (a CSP
    source list), `check_seconds` how soon a live page ends after its reader was signed out, `files` where the files lie
    that people sent. Before the server is told
    to stop, call `app.state.live.close()`: live pages never end by themselves.
    """
    figures = metrics or Metrics()
    app = FastAPI(
        title="Frontdesk",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    app.state.site = here = Site(desk, url, secret, frame_ancestors, files)
    app.state.live = Live(figures, check_seconds)
    app.state.rate = Rate()
    app.state.metrics, app.state.health, app.state.writes = figures, health, TrialWrites(desk)
    for each in _routers():
        app.include_router(each)
    for kind in REFUSALS:
        app.add_exception_handler(kind, _refused)
    app.add_exception_handler(HTTPException, _http_refused)
    app.add_middleware(_Watched, metrics=figures)
    app.add_middleware(Guard, here=here)
    return app


def _routers() -> tuple[APIRouter, ...]:
    modules = (pages, acting, canned, feedback, api, attachments, auth, live, health)
    return (router, *(module.router for module in modules))


@router.get("/static/{name}")
async def static(request: Request, name: str) -> Response:
    """Our style sheet, script and icon; their address changes with their content."""
    here = site(request)
    if name not in here.static:
        raise NotFound
    kind = TYPES[name.rpartition(".")[2]]
    return Response(here.static[name], media_type=kind, headers={"Cache-Control": FOR_EVER})


async def _refused(request: Request, error: Exception) -> Response:
    if request.url.path.startswith("/api/"):
        return api.refused(request, error)
    key, status = next(REFUSALS[kind] for kind in type(error).__mro__ if kind in REFUSALS)
    if isinstance(error, StoreUnavailable):
        log.warning("web.database_unavailable", why=error.facts.get("why", ""))
        return site(request).message(request, None, key, status, kept=await _typed(request))
    return await _sentence(request, key, status, await _typed(request))


async def _typed(request: Request) -> str:
    """The words of a form that came to nothing: they are shown once more, so that nobody has to write them again."""
    if request.method != "POST" or not request.headers.get("content-type", "").startswith(FORMS):
        return ""
    sent = getattr(request.state, "sent", None)
    if sent is None:
        if int(request.headers.get("content-length", "0")) > MOST_BYTES:
            return ""  # files of somebody who may not send any are not read
        sent = await request.form()
    words = sent.get("words")
    return words if isinstance(words, str) else ""


async def _http_refused(request: Request, error: Exception) -> Response:
    status = cast(HTTPException, error).status_code
    answer = await _sentence(request, STATUSES.get(status, "bad_query"), status)
    answer.headers.update(cast(HTTPException, error).headers or {})
    return answer


async def _sentence(request: Request, key: str, status: int, kept: str = "") -> Response:
    """A page of one sentence, in the language of whoever asks."""
    here = site(request)
    now, token = here.desk.now(), here.token(request)
    try:
        reader = await here.desk.look(signin.reader, now, token) if token else None
    except StoreUnavailable:
        reader = None
    return here.message(request, reader, key, status, kept=kept)


class _Watched:
    """Measures how long answers take, by route and status, and answers for what failed unexpectedly.

    Here and not in an exception handler, because those for everything stand outside of the guard and its headers.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, started = time.perf_counter(), False

        async def timed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                took = time.perf_counter() - began
                self._metrics.requests.labels(_route(scope), str(message["status"])).observe(took)
            await send(message)

        try:
            await self._app(scope, receive, timed)
        except ClientDisconnect:
            return  # in the middle of what they sent: nobody is there to be told
        except Exception as error:
            log.error("web.failed", path=_route(scope), exc_info=error)
            self._metrics.errors.inc()
            if not started:
                request = Request(scope)
                await site(request).message(request, None, "failed", 500)(scope, receive, timed)


def _route(scope: Scope) -> str:
    """The route's pattern: the path itself may hold a sign-in link's token."""
    return getattr(scope.get("route"), "path", "none")
