"""The queue list: whose tickets, in which order, page by page."""

import random
import re
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import event, text

from inbox.desk import claims, lifecycle
from inbox.store import Tx, followers, messages, views
from inbox.store.types import NEVER, micros
from inbox.store.views import SHELVES, Shelf
from tests.house import MONDAY, House
from tests.inbox.web.visitor import Inbox, numbers

INSERT = (
    "INSERT INTO ticket (number, subject, status, priority, queue, requester_id, connection, language, created_at,"
    " updated_at, assignee_id, due_at) VALUES (:number, 'Printer', :status, :priority, :queue, 1, 'acme', 'en', 0,"
    " :touched, :holder, :due)"
)
FEW: tuple[Shelf, ...] = ("decide", "following")  # what concerns one agent alone, and is never much
sqlite_only = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


async def test_an_agent_sees_the_tickets_of_their_queues_nearest_deadline_first(inbox: Inbox) -> None:
    late = await inbox.file(due_at=MONDAY - timedelta(minutes=34), subject="VPN is down")
    never = await inbox.file()
    soon = await inbox.file(queue="customers", due_at=MONDAY + timedelta(minutes=20))
    await inbox.file(queue="payroll", subject="Secret salary", due_at=MONDAY)
    await inbox.file(status="resolved")
    omar, lisa = await inbox.visitor("Omar"), await inbox.visitor("Lisa")
    page = await omar.get("/")
    assert numbers(page) == [late, soon, never]
    assert "34 min late" in page.text and "in 20 min" in page.text
    assert "Payroll" not in page.text and "Secret" not in page.text
    assert "Payroll" in (await lisa.get("/")).text and len(numbers(await lisa.get("/"))) == 4


@sqlite_only
async def test_the_operator_sees_every_queue_and_those_that_the_file_forgot(inbox: Inbox) -> None:
    seen = {await inbox.file(queue="payroll"), await inbox.file(queue="games"), await inbox.file(queue="abolished")}
    page = await (await inbox.visitor(None)).get("/")
    assert set(numbers(page)) == seen
    assert "show=mine" not in page.text  # who acts as nobody holds nothing


@sqlite_only
async def test_shelves_and_queues_are_plain_links(inbox: Inbox) -> None:
    omar_id = inbox.house.ids["Omar"]
    new = await inbox.asked("Anna", "My laptop does not wake up")
    mine = await inbox.file(status="open", assignee_id=omar_id)
    waiting = await inbox.file(status="pending", assignee_id=inbox.house.ids["Lisa"])
    parked = await inbox.file(status="on_hold", queue="customers", assignee_id=omar_id)
    done = await inbox.file(status="resolved", updated_at=MONDAY)
    over = await inbox.file(status="closed", closed_as="done", updated_at=MONDAY + timedelta(seconds=1))
    omar = await inbox.visitor("Omar")

    async def shown(address: str) -> list[int]:
        return sorted(numbers(await omar.get(address)))

    assert await shown("/") == [new, mine, waiting, parked]
    assert await shown("/?show=mine") == [mine, parked]
    assert await shown("/?show=unclaimed") == [new]
    assert await shown("/?show=waiting") == [waiting, parked]
    assert await shown("/?show=waiting&queue=customers") == [parked]
    assert numbers(await omar.get("/?show=resolved")) == [over, done]
    front = (await omar.get("/")).text
    assert 'href="/?show=waiting"' in front and 'href="/?queue=customers"' in front
    assert 'href="/?show=waiting&amp;queue=customers"' in (await omar.get("/?show=waiting")).text


async def test_pages_go_on_where_the_last_one_ended(inbox: Inbox) -> None:
    """Walking the pages of a shelf meets each of its tickets once, in order, though many deadlines are the same."""
    omars = inbox.house.ids["Omar"]
    filed = await inbox.desk.do(_scatter, omars)
    await inbox.desk.do(_concerning, omars, inbox.house.ids["Lisa"])
    omar = await inbox.visitor("Omar")
    for shelf in SHELVES:
        met: list[int] = []
        address: str | None = f"/?show={shelf}"
        while address:
            page = await omar.get(address)
            met += numbers(page)
            following = re.search(r'rel="next" href="([^"]+)"', page.text)
            address = following[1].replace("&amp;", "&") if following else None
        assert met == _on(shelf, filed, omars), shelf
        assert len(met) > 50, shelf


def _scatter(tx: Tx, now: datetime, agent: int, many: int = 400) -> list[dict[str, Any]]:
    """Tickets of every kind, with few different instants."""
    dice = random.Random(7)
    filed = [
        {
            "number": number,
            "status": dice.choice(["new", "new", "open", "pending", "on_hold", "resolved", "closed"]),
            "priority": dice.randrange(4),
            "queue": dice.choice(["it", "customers", "payroll"]),
            "touched": micros(now) + dice.randrange(9) * 1_000_000,
            "holder": dice.choice([None, agent]),
            "due": dice.choice([NEVER, micros(now) + dice.randrange(9) * 60_000_000]),
        }
        for number in range(1, many + 1)
    ]
    tx.run(text(INSERT), filed)
    return filed


def _concerning(tx: Tx, now: datetime, agent: int, colleague: int, many: int = 400) -> None:
    """Follows each third of them, and has written words to each second that are held, or did not arrive; what does not
    concern the agent so concerns the colleague."""
    for number in range(1, many + 1):
        followers.add(tx, number, colleague if number % 3 else agent, now)
        author, state = (colleague, "held") if number % 2 else (agent, "held" if number % 4 else "failed")
        said = {"ticket": number, "kind": "message", "role": "agent", "author_id": author, "text": "Hi"}
        messages.add(tx, {**said, "written_at": now, "received_at": now, "state": state})


def _on(shelf: Shelf, filed: list[dict[str, Any]], agent: int) -> list[int]:
    """Which of them belong on a shelf of Omar's, in which order: said without the database."""
    statuses = {
        "unclaimed": {"new"},
        "waiting": {"pending", "on_hold"},
        "resolved": {"resolved", "closed"},
        "decide": {"new", "open", "pending", "on_hold", "resolved", "closed"},
    }.get(shelf, {"new", "open", "pending", "on_hold"})
    fitting = [t for t in filed if t["queue"] != "payroll" and t["status"] in statuses]
    if shelf == "mine":
        fitting = [t for t in fitting if t["holder"] == agent]
    if shelf == "following":
        fitting = [t for t in fitting if t["number"] % 3 == 0]
    if shelf == "decide":
        fitting = [t for t in fitting if t["number"] % 2 == 0 and (t["number"] % 4 or _stuck(t, agent))]
    latest = shelf == "resolved"
    fitting.sort(key=lambda t: (t["touched" if latest else "due"], t["number"]), reverse=latest)
    return [t["number"] for t in fitting]


def _stuck(filed: dict[str, Any], agent: int) -> bool:
    """What did not arrive is asked of its holder, as long as the ticket is not resolved."""
    return filed["holder"] == agent and filed["status"] not in ("resolved", "closed")


@sqlite_only
async def test_what_is_confidential_has_a_lock(inbox: Inbox) -> None:
    for queue, locked in (("it", False), ("payroll", True)):
        number = await inbox.file(queue=queue)
        row = (await (await inbox.visitor("Lisa")).get("/")).text.partition(f'data-key="{number}"')[2]
        assert ('class="lock"' in row.partition("</li>")[0]) is locked


@sqlite_only
async def test_an_empty_list_says_what_to_do(inbox: Inbox) -> None:
    omar = await inbox.visitor("Omar")
    assert "New questions appear by themselves" in (await omar.get("/")).text
    assert "<code>/next</code> in chat" in (await omar.get("/?show=mine")).text
    assert "Back to the start" in (await omar.get("/?after=1-1&show=resolved")).text


@sqlite_only
async def test_who_holds_it_and_where_it_came_from(inbox: Inbox) -> None:
    number = await inbox.asked("Erik", "Where is my parcel?", connection="shop", room="55", direct=True)
    await inbox.desk.do(claims.claim, number, inbox.house.ids["Lisa"])
    page = (await (await inbox.visitor("Omar")).get("/")).text
    row = page[page.index('<li class="ticket') : page.index("</ol>")]
    for words in ("Where is my parcel?", f"#{number}", "Erik", "Telegram", "Customers", "Open", "Lisa"):
        assert words in row
    assert '<time datetime="2026-03-02T10:00:00+01:00" title="today 10:00">' in row


@sqlite_only
async def test_tickets_are_found_by_number_subject_and_name(inbox: Inbox) -> None:
    """Resolved ones as well, the newest first; what is not the reader's is as good as nothing."""
    laptop = await inbox.asked("Anna", "Övertid på laptop 100%")
    parcel = await inbox.asked("Erik", "Where is my LAPTOP?")
    await inbox.desk.do(lifecycle.resolve, laptop, inbox.house.ids["Omar"])
    secret = await inbox.file(queue="payroll", subject="A laptop for Anna's salary")
    omar, lisa = await inbox.visitor("Omar"), await inbox.visitor("Lisa")

    async def found(client: httpx.AsyncClient, words: str, **more: str) -> list[int]:
        return numbers(await client.get("/", params={"find": words, **more}))

    assert await found(omar, "laptop") == [parcel, laptop]
    assert await found(lisa, "laptop") == [secret, parcel, laptop]
    for words in ("anna laptop", "övertid", "ÖVERTID", "100%", " Laptop   Anna "):
        assert await found(omar, words) == [laptop], words
    for words in ("100_", "salary", "toner", "laptop toner", "%", "_", "\x00", "4711"):
        assert await found(omar, words) == ([laptop] if words == "%" else []), words
    assert await found(omar, "laptop", queue="customers") == []
    for words in (str(parcel), f"#{parcel}"):
        assert (await omar.get("/", params={"find": words})).headers["location"] == f"/tickets/{parcel}"
    for number in (secret, 4711):
        assert "Nothing was found." in (await omar.get("/", params={"find": str(number)})).text
    assert (await omar.get("/", params={"find": "laptop", "queue": "payroll"})).status_code == 404
    assert "“&lt;b&gt;”" in (await omar.get("/", params={"find": "<b>"})).text


@sqlite_only
async def test_words_are_looked_for_among_the_newest_alone(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it costs does not grow with the years."""
    tickets = [await inbox.file(subject="Printer") for _ in range(3)]
    monkeypatch.setattr(views, "NEWEST", 2)
    omar = await inbox.visitor("Omar")
    assert numbers(await omar.get("/?find=printer")) == [tickets[2], tickets[1]]


async def test_every_list_is_read_through_an_index_in_its_order(house: House, engine_name: str) -> None:
    """No scan of the table and no sorting, whichever shelf: so a million tickets cost what a thousand cost."""
    await house.desk.do(_scatter, house.ids["Omar"], 1000)
    wrong = []
    for shelf in (one for one in SHELVES if one not in FEW):
        for after in (None, (micros(MONDAY), 5)):
            for plan in await house.desk.look(_plans, engine_name, shelf, after):
                straight = not re.search("Sort|Seq Scan|Bitmap|TEMP B-TREE|SCAN ticket|Filter", plan)
                if not straight or "ix_ticket" not in plan or (shelf == "mine" and "assignee_id" not in plan):
                    wrong.append((shelf, plan))
    assert not wrong


async def test_what_concerns_one_agent_is_found_without_reading_it_all(house: House, engine_name: str) -> None:
    """What they follow, and where words of theirs wait: through the few rows that say so, in whatever order."""
    await house.desk.do(_scatter, house.ids["Omar"], 1000)
    await house.desk.do(_concerning, house.ids["Omar"], house.ids["Lisa"], 1000)
    for shelf in FEW:
        for plan in await house.desk.look(_plans, engine_name, shelf, None):
            read = re.findall(r"Seq Scan on (\w+)|SCAN (\w+)\b(?! USING (?:COVERING )?INDEX ix_message_held)", plan)
            assert read == [], plan


def _plans(tx: Tx, engine: str, shelf: Shelf, after: tuple[int, int] | None) -> list[str]:
    """How the database means to answer each statement of a shelf."""
    said: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        said.append((statement, parameters))

    event.listen(tx.conn, "before_cursor_execute", note)
    views.marks(tx, shelf, ["it", "customers"], 51, agent=3, after=after)
    event.remove(tx.conn, "before_cursor_execute", note)
    if engine == "postgres":  # of a few rows it would rather read and sort them all
        tx.run(text("ANALYZE ticket"))
        for way in ("seqscan", "bitmapscan", "sort"):
            tx.run(text(f"SET LOCAL enable_{way} = off"))
    explain = "EXPLAIN QUERY PLAN " if engine == "sqlite" else "EXPLAIN "
    return [
        "\n".join(str(row) for row in tx.conn.exec_driver_sql(explain + statement, parameters))
        for statement, parameters in said
    ]
