"""In a real browser: what people write stays words, the list lives, and the keyboard is enough."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from inbox.desk import claims, replies, signin
from inbox.store import Tx, events, messages, people
from inbox.store.tables import ticket
from tests.house import House
from tests.inbox.web.test_feedback import a_wave, rated, rating
from tests.inbox.web.visitor import Inbox, file_ticket

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True),
]
ALARM = "document.title='pwned';alert(1)"
TITLE = f"</title><script>{ALARM}</script>"
CORPUS = [
    f"<script>{ALARM}</script>",
    f'"><script>{ALARM}</script>',
    f"<img src=x onerror={ALARM}>",
    f'\'"><img src=x onerror="{ALARM}">',
    f"<svg onload={ALARM}>",
    f"<svg><script>{ALARM}</script></svg>",
    f"<scr<script>ipt>{ALARM}</scr</script>ipt>",
    f"<iframe srcdoc='<script>parent.{ALARM}</script>'></iframe>",
    f"</textarea><script>{ALARM}</script>",
    f"</script><script>{ALARM}</script>",
    f"--><script>{ALARM}</script>",
    f"]]><script>{ALARM}</script>",
    f'<a href="javascript:{ALARM}">click</a>',
    f'<a href="java\tscript:{ALARM}">click</a>',
    f"javascript:{ALARM}",
    "data:text/html,<script>alert(1)</script>",
    f'<form><button formaction="javascript:{ALARM}">x</button></form>',
    f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={ALARM}&gt;">',
    f'<noscript><p title="</noscript><img src=x onerror={ALARM}>">',
    f"<details open ontoggle={ALARM}>",
    f"<input autofocus onfocus={ALARM}>",
    f"<body onload={ALARM}>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "{{7*7}}{% raw %}{{ config }}",
    "${7*7}`${alert(1)}`",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "one\u2028two\u2029three",
    "\u202eright to left\u2066 and on",
    "data: injected\n\nevent: parts\ndata: <img src=x onerror=alert(1)>",
    TITLE,
    "' style='position:fixed' onmouseover='alert(1)",
]


class Watched:
    """A page whose every dialog, refusal by the content policy and script error is noted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.noted: list[str] = []

    async def listen(self) -> None:
        page = self.page
        page.on("dialog", lambda dialog: self.noted.append(f"dialog: {dialog.message}"))
        page.on("pageerror", lambda error: self.noted.append(f"error: {error}"))
        page.on("console", lambda said: self.noted.append(f"console: {said.text}") if said.type == "error" else None)
        page.on("request", lambda asked: self.noted.append(asked.url) if "127.0.0.1" not in asked.url else None)
        await page.add_init_script(
            "document.addEventListener('securitypolicyviolation', (e) => console.error(`csp ${e.violatedDirective}`))"
        )


# of each promise's bar, and of what it stands in
WIDTHS = """Array.from(document.querySelectorAll(".course"), bar =>
    [bar.getBoundingClientRect().width, bar.parentElement.getBoundingClientRect().width])"""


@asynccontextmanager
async def window(
    inbox: Inbox, chromium: Browser, address: str, name: str | None, **settings: Any
) -> AsyncIterator[Watched]:
    """A browser window of somebody who signed in by pressing the button."""
    context = await chromium.new_context(base_url=address, **settings)
    watched = Watched(await context.new_page())
    await watched.listen()
    token = await inbox.desk.do(signin.make, inbox.house.ids[name] if name else None)
    await watched.page.goto(f"/signin/{token}")
    await watched.page.get_by_role("button", name="Sign in").click()
    await watched.page.wait_for_url("**/")
    yield watched
    await context.close()


async def test_a_day_at_the_inbox(inbox: Inbox, chromium: Browser) -> None:
    async with inbox.served() as address:
        async with window(inbox, chromium, address, "Omar") as watched:
            number = await _the_list_lives(inbox, watched.page)
            await _the_conversation_lives(inbox, watched.page, number)
            await watched.page.get_by_role("button", name="Sign out").click()
            await watched.page.get_by_text("You are signed out").wait_for()
            assert watched.noted == []
        async with window(inbox, chromium, address, "Omar", java_script_enabled=False) as watched:
            await _everything_can_be_read_without_scripts(watched.page, number)
        async with window(inbox, chromium, address, "Omar") as watched:
            await watched.page.locator(".live[data-state=on]").wait_for()
            for queue in ("it", "customers"):
                await inbox.desk.store.do(people.set_members, queue, {})
            await watched.page.locator(".live[data-state=ended]", has_text="Send the bot /desk").wait_for()


async def _the_list_lives(inbox: Inbox, page: Page) -> int:
    """Omar watches the list: Anna writes, and there it is; Lisa claims it, and her name stands there."""
    await page.locator(".live[data-state=on]").wait_for()
    assert await page.get_by_text("Nothing is waiting here.").is_visible()
    number = await inbox.asked("Anna", "My laptop does not wake up")
    row = page.locator(".ticket.fresh", has_text="My laptop does not wake up")
    await row.wait_for()
    assert "Nobody" in await row.inner_text()
    await page.keyboard.press("j")
    await inbox.desk.do(claims.claim, number, inbox.house.ids["Lisa"])
    await page.locator(".ticket .holder", has_text="Lisa").wait_for()
    assert await page.evaluate("document.activeElement.className") == "subject"  # what had the focus keeps it
    return number


async def _the_conversation_lives(inbox: Inbox, page: Page, number: int) -> None:
    """Enter opens what has the focus; what colleagues write there appears."""
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/tickets/{number}")
    await page.locator(".live[data-state=on]").wait_for()
    await inbox.desk.do(replies.note, number, inbox.house.ids["Lisa"], "The dock again, I think.")
    note = page.locator(".said.note", has_text="The dock again")
    await note.wait_for()
    assert "Internal note" in await note.inner_text()
    mark, copies = note.locator(".copies summary"), note.locator(".copies ul")
    for beside in (False, True):
        await mark.click()
        assert "#it-desk" in await copies.inner_text()
        await (page.mouse.click(5, 300) if beside else page.keyboard.press("Escape"))
        await copies.wait_for(state="hidden")


async def _everything_can_be_read_without_scripts(page: Page, number: int) -> None:
    await page.get_by_role("link", name="My laptop").click()
    await page.wait_for_url(f"**/tickets/{number}")
    assert await page.get_by_role("heading", level=1).inner_text() == f"#{number} My laptop does not wake up"
    await page.get_by_role("link", name="All tickets").click()
    await page.get_by_role("link", name="Waiting").click()
    assert await page.get_by_text("Nothing waits for anybody else.").is_visible()


async def test_what_people_write_stays_words(inbox: Inbox, chromium: Browser) -> None:
    """Payloads in names, subjects, messages, notes, earlier versions and reasons: shown as written, nothing runs."""
    number = await inbox.desk.do(_plant, inbox.house)
    async with inbox.served() as address, window(inbox, chromium, address, None) as watched:
        page = watched.page
        for path, place in ((f"/tickets/{number}", ".said .words"), ("/", ".ticket .subject bdi")):
            await page.goto(path)
            await page.locator(".live[data-state=on]").wait_for()
            await _swapped(inbox, page, number, path)
            for details in await page.locator("details").all():
                await details.evaluate("(element) => (element.open = true)")
            shown = await page.locator(place).evaluate_all("(all) => all.map((one) => one.textContent)")
            assert [payload for payload in CORPUS if payload not in shown] == []
        assert await page.title() == "Unresolved · Acme Support"
        await page.goto("/ratings")
        for place in (".ratings blockquote", ".ratings .about bdi"):
            shown = await page.locator(place).evaluate_all("(all) => all.map((one) => one.textContent)")
            assert [payload for payload in CORPUS if payload not in shown] == []
        assert watched.noted == []


async def _swapped(inbox: Inbox, page: Page, number: int, path: str) -> None:
    """Waits until the page has put in a change that is made now: the other way in for what people write."""

    def change(tx: Tx, now: datetime) -> None:
        events.add(tx, now, "claimed", number, None)
        tx.run(ticket.update().where(ticket.c.number == number + 1).values(subject=f"News at {path}"))
        tx.tickets.add(number + 1)

    before = await page.evaluate("document.querySelector('[data-live]').dataset.version")
    await inbox.desk.do(change)
    await page.wait_for_function("(old) => document.querySelector('[data-live]').dataset.version !== old", arg=before)


def _plant(tx: Tx, now: datetime, house: House) -> int:
    """A ticket in which every payload is said, and for each payload a ticket with it as subject and as name."""
    numbers = []
    for payload in [TITLE, "Printer", *CORPUS]:
        person, _ = people.identify(tx, now, house.account(payload))
        numbers.append(file_ticket(tx, now, person.id, {"subject": payload}))
    for n, payload in enumerate(CORPUS):
        rating(tx, now, house, subject=payload, comment=payload)
        note = n % 2 == 1
        said = {
            "ticket": numbers[0],
            "kind": "note" if note else "message",
            "role": "agent" if note else "requester",
            "author_id": house.ids["Anna"],
            "text": payload,
            "written_at": now,
            "received_at": now,
            "state": "noted" if note else "received",
            "edited_at": now,
        }
        added = messages.get(tx, messages.add(tx, said))
        assert added
        messages.keep_version(tx, added, now)
        events.add(tx, now, "requester_unreachable", numbers[0], None, reason=payload)
    return numbers[0]


async def test_nothing_hangs_over_the_edge(inbox: Inbox, chromium: Browser) -> None:
    long = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 3
    number = await inbox.asked("Anna", f"{long}\nhttps://example.com/{long}")
    inbox.house.clock.advance(hours=1)
    await rated(inbox.house, subject=long, comment=long, score=1)
    await a_wave(inbox.house, {score: score for score in range(11)}, planned=9, skipped=9, undeliverable=9)
    async with inbox.served() as address, window(inbox, chromium, address, "Maja") as watched:
        for width in (360, 800, 1280):
            await watched.page.set_viewport_size({"width": width, "height": 740})
            for path in ("/", f"/tickets/{number}", "/ratings", "/nps", "/nowhere"):
                await watched.page.goto(path)
                assert await watched.page.evaluate("document.documentElement.scrollWidth") == width, path
            await watched.page.goto(f"/tickets/{number}")
            widths = await watched.page.evaluate(WIDTHS)
            assert widths and all(bar == room > 150 for bar, room in widths), "a promise's bar fills its column"
