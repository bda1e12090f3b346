"""Every route for everybody: who may see what is written down here, and a route that is not fails the test."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute

from inbox.desk import claims, replies
from inbox.web import deeds
from tests.inbox.web.visitor import Inbox

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
READERS = ("anonymous", "agent elsewhere", "agent", "lead", "operator")
WHO = {"agent elsewhere": "Omar@shop", "agent": "Omar", "lead": "Maja", "operator": None}
# Route → thing → status for: anonymous, an agent of another queue, an agent of the queue, its lead, the operator.
PUBLIC = (200, 200, 200, 200, 200)
READERS_ONLY = (401, 200, 200, 200, 200)
NOBODY = (401, 404, 404, 404, 404)
FORMLESS = (401, 404, 403, 403, 403)
API = (
    ("GET", "/api/me", "/api/me"),
    ("GET", "/api/tickets", "/api/tickets"),
    ("GET", "/api/tickets/{number}", "/api/tickets/{own}"),
    ("POST", "/api/tickets/{number}/reply", "/api/tickets/{own}/reply"),
    ("POST", "/api/tickets/{number}/note", "/api/tickets/{own}/note"),
    ("POST", "/api/tickets/{number}/assign", "/api/tickets/{own}/assign"),
    ("POST", "/api/tickets/{number}/priority", "/api/tickets/{own}/priority"),
    ("POST", "/api/tickets/{number}/tags", "/api/tickets/{own}/tags"),
    ("POST", "/api/tickets/{number}/move", "/api/tickets/{own}/move"),
    ("POST", "/api/tickets/{number}/snooze", "/api/tickets/{own}/snooze"),
    ("POST", "/api/tickets/{number}/split", "/api/tickets/{own}/split"),
    ("GET", "/api/files/{number}", "/api/files/{own}"),
    ("POST", "/api/tickets/{number}/{deed}", "/api/tickets/{own}/claim"),
    ("POST", "/api/words/{words}/{choice}", "/api/words/{held}/send"),
)
MATRIX: dict[str, dict[str, tuple[int, ...]]] = {
    "GET /": {"/": READERS_ONLY, "/?queue=it": (401, 404, 200, 200, 200), "/?queue=payroll": (401, 404, 404, 404, 200)},
    "GET /tickets/{number}": {
        "/tickets/{own}": (401, 404, 200, 200, 200),
        "/tickets/{secret}": (401, 404, 404, 404, 200),
        "/tickets/{none}": NOBODY,
        "/tickets/{own}?before=1": (401, 404, 200, 200, 200),
    },
    # without the token of a form of theirs nobody does anything, and the operator does not with it either
    "POST /tickets/{number}/{deed}": {
        **{f"/tickets/{{own}}/{deed}": FORMLESS for deed in deeds.TICKET},
        "/tickets/{secret}/claim": (401, 404, 404, 404, 403),
        "/tickets/{none}/claim": NOBODY,
        "/tickets/{own}/no-such-deed": NOBODY,
    },
    "POST /tickets/{number}/writing": {
        "/tickets/{own}/writing": FORMLESS,
        "/tickets/{secret}/writing": (401, 404, 404, 404, 403),
    },
    "POST /words/{number}/{deed}": {
        **{f"/words/{{held}}/{deed}": (401, 404, 403, 404, 404) for deed in deeds.WORDS},
        "/words/{none}/send": NOBODY,
    },
    "POST /next": {"/next": (401, 403, 403, 403, 403)},
    "POST /me/{deed}": {f"/me/{deed}": (401, 403, 403, 403, 403) for deed in (*deeds.OWN, "no-such-deed")},
    "GET /tickets/{number}/{deed}": {"/tickets/{own}/reply": (303,) * 5, "/tickets/x/reply": (404,) * 5},
    "GET /canned": {"/canned": READERS_ONLY, "/canned?queue=payroll&name=x": READERS_ONLY},
    "POST /canned": {"/canned": (401, 403, 403, 403, 403)},
    "POST /canned/delete": {"/canned/delete": (401, 403, 403, 403, 403)},
    "GET /ratings": {
        "/ratings": (401, 403, 403, 200, 200),
        "/ratings?queue=it": (401, 403, 403, 200, 200),
        "/ratings?queue=games": (401, 403, 403, 404, 200),
        "/ratings?queue=payroll": (401, 403, 403, 404, 200),
        "/ratings?queue=abolished": (401, 403, 403, 404, 404),
    },
    "GET /nps": {"/nps": (401, 403, 403, 200, 200)},
    # a browser's session opens nothing of the API; see test_api for who has a token
    **{f"{method} {path}": {address: (401,) * 5} for method, path, address in API},
    "GET /api/openapi.json": {"/api/openapi.json": PUBLIC},
    "GET /files/{number}": {"/files/{none}": NOBODY, "/files/x": NOBODY},  # see test_attachments for those that exist
    "GET /live": {
        "/live?page=list": READERS_ONLY,
        "/live?page=list&queue=payroll": (401, 404, 404, 404, 200),
        "/live?page=ticket&number={own}": (401, 404, 200, 200, 200),
        "/live?page=ticket&number={secret}": (401, 404, 404, 404, 200),
        "/live?page=ticket&number={none}": NOBODY,
    },
    "GET /signin/{token}": {"/signin/none": (404,) * 5},
    "POST /signin/{token}": {"/signin/none": (404,) * 5},
    "POST /signout": {"/signout": (401, 403, 403, 403, 403)},  # without the form's token nobody is signed out
    "GET /static/{name}": {"/static/inbox.css": PUBLIC, "/static/..%2fapp.py": (404,) * 5, "/static/none": (404,) * 5},
    "GET /healthz": {"/healthz": PUBLIC},
    "GET /readyz": {"/readyz": PUBLIC},
    "GET /metrics": {"/metrics": PUBLIC},
}


def _routes(inbox: Inbox) -> Iterator[str]:
    for router in inbox.app.routes:
        routes = getattr(router, "routes", None) or getattr(
            getattr(router, "original_router", None), "routes", [router]
        )
        for route in routes:
            assert isinstance(route, APIRoute), route
            yield from (f"{method} {route.path}" for method in route.methods or ())


async def test_every_route_has_its_row(inbox: Inbox) -> None:
    assert set(_routes(inbox)) == set(MATRIX)


async def test_everybody_sees_what_is_theirs_and_no_more(inbox: Inbox) -> None:
    inbox.app.state.live.close()  # a stream would never end: it is asked, answered and over
    things = {
        "own": await inbox.asked("Anna", "My laptop"),
        "secret": await inbox.file(queue="payroll", subject="Anna's salary"),
        "none": 4711,
    }
    fence = (await inbox.desk.do(claims.claim, things["own"], inbox.house.ids["Lisa"])).ticket.fence
    held = await inbox.desk.do(replies.reply, things["own"], inbox.house.ids["Omar"], "Me too!", fence=fence)
    things["held"] = held.message_id
    wrong = []
    for column, reader in enumerate(READERS):
        client = inbox.stranger() if reader == "anonymous" else await inbox.visitor(WHO[reader])
        for route, rows in MATRIX.items():
            method = route.split()[0]
            for address, statuses in rows.items():
                answer = await client.request(method, address.format(**things))
                wanted = statuses[column]
                if route == "GET /live" and wanted == 200:
                    wanted = 503  # let in, and then told that the desk is closing
                if answer.status_code != wanted:
                    wrong.append((reader, method, address, answer.status_code, wanted))
                if reader != "operator":
                    assert "salary" not in answer.text and "ayroll" not in answer.text, address
    assert not wrong


async def test_not_yours_and_does_not_exist_are_the_same_answer(inbox: Inbox) -> None:
    secret = await inbox.file(queue="payroll")
    omar = await inbox.visitor("Omar")
    theirs, nowhere = await omar.get(f"/tickets/{secret}"), await omar.get("/tickets/4711")
    assert (theirs.status_code, theirs.text) == (nowhere.status_code, nowhere.text)
    assert _plain(theirs.headers) == _plain(nowhere.headers)
    assert (await omar.get("/?queue=payroll")).text == (await omar.get("/?queue=abolished")).text


async def test_the_queue_without_the_role_names_nobody(inbox: Inbox) -> None:
    """A confidential queue is in no menu, title or count of those who do not answer for it."""
    await inbox.file(queue="payroll", subject="Anna's salary")
    for name in ("Omar", "Maja"):
        page = (await (await inbox.visitor(name)).get("/")).text
        assert "ayroll" not in page and "salary" not in page


def _plain(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "date"}
