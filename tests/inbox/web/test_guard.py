"""What holds for every answer, and a sentence for everything that can go wrong."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from inbox.desk import signin
from inbox.errors import StoreUnavailable
from inbox.web.guard import Guard
from tests.house import House
from tests.inbox.web.visitor import Inbox

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
ADDRESSES = [
    "/",
    "/tickets/1",
    "/tickets/none",
    "/nowhere",
    "/signin/x",
    "/static/inbox.css",
    "/healthz",
    "/readyz",
    "/metrics",
]


async def test_every_answer_forbids_what_we_do_not_use(inbox: Inbox) -> None:
    await inbox.asked("Anna", "Hello")
    for visitor in (inbox.stranger(), await inbox.visitor("Omar")):
        for address in ADDRESSES:
            headers = (await visitor.get(address)).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"
            assert headers["x-frame-options"] == "DENY"
            cached = "immutable" if address.startswith("/static") else "no-store"
            assert cached in headers["cache-control"]


async def test_the_playground_may_be_allowed_to_show_it_in_a_frame(house: House) -> None:
    inbox = Inbox(house, frame_ancestors="http://127.0.0.1:8090")
    headers = (await inbox.stranger().get("/")).headers
    assert "frame-ancestors http://127.0.0.1:8090" in headers["content-security-policy"]
    assert "x-frame-options" not in headers
    await inbox.close()


STRANGE = ["evil.example", "desk.example.evil.example", "127.0.0.1.evil.example", "", "[::1", "a b"]
OURS = ["desk.example", "DESK.example:443", "127.0.0.1:1234", "localhost", "[::1]:8080"]


async def test_a_name_that_is_not_ours_is_refused_and_ours_are_known_on_any_port(house: House) -> None:
    inbox = Inbox(house, url="https://desk.example")
    for host in STRANGE:
        answer = await inbox.stranger(host=host).get("/")
        assert answer.status_code == 400, host
        assert "Open https://desk.example instead" in answer.text
    for host in OURS:
        assert (await inbox.stranger(host=host).get("/")).status_code == 401, host
    await inbox.close()


FORMS: list[tuple[dict[str, str], int]] = [
    ({"sec-fetch-site": "cross-site"}, 403),
    ({"sec-fetch-site": "same-site"}, 403),
    ({"sec-fetch-site": "same-origin"}, 303),
    ({"origin": "http://evil.example"}, 403),
    ({"origin": "null"}, 403),
    ({"origin": "http://["}, 403),
    ({"origin": "http://127.0.0.1:8080"}, 303),
    ({"origin": "http://127.0.0.1:8090"}, 403),
    ({}, 303),
]


async def test_forms_come_from_our_own_pages(inbox: Inbox) -> None:
    for headers, status in FORMS:
        token = await inbox.desk.do(signin.make, inbox.house.ids["Omar"])
        assert (await inbox.stranger().post(f"/signin/{token}", headers=headers)).status_code == status, headers


NOTHING = (404, "There is no such page")
UNCLEAR = (400, "Something in it is not what this page expects")
WRONG_METHOD = (405, "does not take that kind of request")
UNANSWERABLE = [
    ("GET", "/tickets/abc", *NOTHING),
    ("GET", "/tickets/0", *NOTHING),
    ("GET", "/tickets/-1", *NOTHING),
    ("GET", "/tickets/٣", *NOTHING),
    ("GET", f"/tickets/{2**63 - 1}", *NOTHING),
    ("GET", f"/tickets/{10**40}", *NOTHING),
    ("GET", "/tickets/1/", *NOTHING),
    ("GET", "/tickets/1?before=x", *UNCLEAR),
    ("GET", "/live", *UNCLEAR),
    ("GET", "/live?page=ticket&number=%00", *NOTHING),
    ("GET", "/?queue=%00", *NOTHING),
    ("GET", "/?queue='--", *NOTHING),
    ("GET", "/?show=everything", *UNCLEAR),
    ("GET", "/?after=yesterday", *UNCLEAR),
    ("GET", "/?after=5", *UNCLEAR),
    ("GET", "/?after=-1-2", *UNCLEAR),
    ("GET", f"/?after={10**30}-1", *UNCLEAR),
    ("GET", "/static/%2e%2e%2fpages.py", *NOTHING),
    ("GET", "/docs", *NOTHING),
    ("GET", "/openapi.json", *NOTHING),
    ("DELETE", "/", *WRONG_METHOD),
    ("POST", "/tickets/1", *WRONG_METHOD),
]


async def test_what_cannot_be_answered_gets_a_sentence(inbox: Inbox) -> None:
    omar = await inbox.visitor("Omar")
    for method, address, status, words in UNANSWERABLE:
        page = await omar.request(method, address)
        assert (page.status_code, words in page.text) == (status, True), address
        assert page.headers["content-type"].startswith("text/html")
        plain = await omar.request(method, address, headers={"accept": "application/json"})
        assert plain.status_code == status and words in plain.json()["error"], address


async def test_too_much_is_refused_before_it_is_read(inbox: Inbox) -> None:
    omar = await inbox.visitor("Omar")

    async def endless() -> AsyncIterator[bytes]:
        yield b"csrf=x"
        raise AssertionError("it was read")

    assert "larger than this desk takes" in (await omar.post("/signout", content=b"x" * 300_000)).text
    assert (await omar.post("/signout", content=endless())).status_code == 413


ASKED = {
    "sv-SE,sv;q=0.9": "Logga in, tack",
    "nb": "Log venligst ind",
    "fr": "Please sign in",
    "fr-CH, fr;q=0.9, da;q=0.8, en;q=0.1": "Log venligst ind",
    ",;q=,": "Please sign in",
}


async def test_strangers_are_answered_as_their_browser_asks(inbox: Inbox) -> None:
    for asked, words in ASKED.items():
        assert words in (await inbox.stranger(**{"accept-language": asked}).get("/")).text


async def test_a_database_that_is_gone_gets_a_sentence(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    omar = await inbox.visitor("Omar")

    async def gone(*_: Any, **__: Any) -> None:
        raise StoreUnavailable(why="connection refused")

    monkeypatch.setattr(inbox.desk, "look", gone)
    monkeypatch.setattr(inbox.desk, "do", gone)
    for address in ("/", "/tickets/1", "/signin/x", "/live?page=list"):
        page = await omar.get(address)
        assert page.status_code == 503 and "Nothing is lost" in page.text
        assert "connection refused" not in page.text


async def test_a_mistake_of_ours_gets_a_sentence_and_no_traceback(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(inbox.desk, "look", broken)
    with capture_logs() as logged:
        page = await inbox.stranger().get("/signin/a-link-that-is-secret-too")
    assert [(line["event"], line["path"]) for line in logged] == [("web.failed", "/signin/{token}")]
    assert page.status_code == 500 and "It is our fault" in page.text
    assert "secret" not in page.text and "content-security-policy" in page.headers


def test_only_our_own_templates_are_taken_as_markup(engine_name: str) -> None:
    """One thing is not escaped: what a page puts in of its own parts. Formatted words are escaped piece by piece, which
    test_formatting looks at."""
    found = []
    for file in Path(Guard.__init__.__code__.co_filename).parent.rglob("*"):
        if file.suffix in (".html", ".py") and file.name != "formatting.py":
            found += [
                (file.name, line.strip())
                for line in file.read_text().splitlines()
                if re.search(r"safe\b.*}}|Markup", line)
            ]
    own = [("list.html", "{{ parts|safe }}"), ("ticket.html", "{{ facts|safe }}"), ("ticket.html", "{{ said|safe }}")]
    assert sorted(found) == own


def test_no_script_and_no_style_in_the_pages(engine_name: str) -> None:
    for file in (Path(Guard.__init__.__code__.co_filename).parent / "templates").iterdir():
        words = file.read_text()
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", words), file.name
        assert all("src=" in script for script in re.findall(r"<script[^>]*>", words)), file.name
