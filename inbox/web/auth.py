"""Signing in with a one-time link, and out again.

The cookie is SameSite=Lax: with Strict, a link to a ticket that somebody opens from a chat would arrive without it,
and they would seem signed out. Lax sends it with such links, never with another site's forms; and every form of ours
carries a token besides.
"""

import hmac

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from inbox.desk import signin
from inbox.desk.signin import SESSION_LASTS, Reader
from inbox.store import Tx
from inbox.web.site import Site, site

router = APIRouter()


def link(url: str, token: str, ticket: int | None = None) -> str:
    """The address that a person opens to sign in; `ticket` is where it leads to then."""
    return f"{url.rstrip('/')}/signin/{token}" + (f"?ticket={ticket}" if ticket else "")


@router.get("/signin/{token}")
async def offer(request: Request, token: str) -> Response:
    """Shows a button: programs that look at links before people do must not use them up."""
    here = site(request)
    now = here.desk.now()
    good, reader = await here.desk.look(lambda tx: (signin.is_good(tx, now, token), _known(tx, here, request)))
    if not good:
        return here.message(request, reader, "link_gone", 404)
    return here.page(
        "signin.html", here.words(request, None), None, action=str(request.url.path), ticket=_ticket(request)
    )


@router.post("/signin/{token}")
async def enter(request: Request, token: str) -> Response:
    """Uses the link up and opens a session with a new id."""
    here = site(request)
    fresh = await here.desk.do(signin.use, token, here.token(request))
    if fresh is None:
        return here.message(request, None, "link_gone", 404)
    ticket = _ticket(request)
    answer = RedirectResponse(f"/tickets/{ticket}" if ticket else "/", 303)
    lasts = int(SESSION_LASTS.total_seconds())
    answer.set_cookie(here.cookie, fresh, max_age=lasts, path="/", httponly=True, secure=here.secure, samesite="lax")
    return answer


@router.post("/signout")
async def leave(request: Request) -> Response:
    """Ends the session. The browser forgets it, and what it kept: drafts, and files that were looked at."""
    here = site(request)
    reader, _ = await here.ask(here.token(request), _nothing)
    if not await own_form(request, here, reader):
        return here.message(request, reader, "stale_form", 403)
    await here.desk.do(signin.leave, here.token(request))
    answer = here.message(request, None, "signed_out", 200)
    answer.delete_cookie(here.cookie, path="/", secure=here.secure, httponly=True, samesite="lax")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


async def own_form(request: Request, here: Site, reader: Reader) -> bool:
    """Whether a form carries its reader's token."""
    given = (await request.form()).get("csrf")
    return isinstance(given, str) and hmac.compare_digest(given.encode(), here.csrf(reader).encode())


def _known(tx: Tx, here: Site, request: Request) -> Reader | None:
    return signin.reader(tx, here.desk.now(), here.token(request))


def _ticket(request: Request) -> int | None:
    asked = request.query_params.get("ticket", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None


def _nothing(tx: Tx, reader: Reader) -> None:
    return None
