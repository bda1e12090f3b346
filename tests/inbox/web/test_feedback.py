"""The pages of how people find the help: whose ratings a lead sees, in which order, and what the waves brought."""

import re
from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select, update

from inbox.desk import nps as nps_desk
from inbox.directory import AgentRef
from inbox.store import Tx, people
from inbox.store.tables import LOW, event, nps, nps_wave, person, survey, ticket
from sla.survey import SCALES
from tests.house import House, sample_directory
from tests.inbox.web.visitor import Inbox, file_ticket


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told where both are named


def rating(tx: Tx, now: datetime, house: House, **values: Any) -> int:
    """An answer to a survey as it stands in the database; returns its ticket."""
    queue = values.pop("queue", "it")
    subject = values.pop("subject", "Printer is on fire")
    status = {"queue": queue, "subject": subject, "status": "resolved"}
    number = file_ticket(tx, now, house.ids["Anna"], status)
    row: dict[str, Any] = {
        "ticket": number,
        "cycle": 1,
        "person_id": house.ids["Anna"],
        "kind": "csat",
        "state": "answered",
        "score": 5,
        "planned_at": now,
        "answered_at": now,
        "snapshot": {"queue": queue, "assignee": house.ids["Omar"]},
        "queue": queue,
    }
    tx.run(insert(survey), row | values)
    return number


async def rated(house: House, **values: Any) -> int:
    return await house.desk.do(rating, house, **values)


def shown(page: httpx.Response) -> list[int]:
    assert page.status_code == 200, page.text
    return [int(number) for number in re.findall(r'class="about" href="/tickets/(\d+)"', page.text)]


async def test_a_lead_reads_ratings_of_their_queues_the_newest_first(inbox: Inbox) -> None:
    house = inbox.house
    first = await rated(house, score=4)
    house.clock.advance(60)
    low = await rated(house, score=2, comment="<b>It still burns</b>", subject="<i>Lamp</i>")
    await rated(house, queue="payroll", score=1, comment="My salary")
    await rated(house, queue="games", score=1, comment="Elsewhere")
    maja = await inbox.visitor("Maja")
    page = await maja.get("/ratings")
    assert shown(page) == [low, first]
    assert "&lt;b&gt;It still burns&lt;/b&gt;" in page.text and "&lt;i&gt;Lamp" in page.text
    assert "2 of 5" in page.text and "Omar helped" in page.text
    assert "salary" not in page.text and "Elsewhere" not in page.text
    assert shown(await maja.get("/ratings?low=1")) == [low]
    assert shown(await maja.get("/ratings?queue=customers")) == []
    assert "Nobody has rated yet." in (await maja.get("/ratings?queue=customers")).text
    everything = await (await inbox.visitor(None)).get("/ratings")
    assert len(shown(everything)) == 4 and "My salary" in everything.text


@pytest.mark.parametrize(("kind", "score", "words"), [("ces", 3, "3 of 7"), ("thumbs", 1, "Thumbs down")])
async def test_every_kind_is_low_where_its_scale_says_so(inbox: Inbox, kind: str, score: int, words: str) -> None:
    low, high = await rated(inbox.house, kind=kind, score=score), await rated(inbox.house, kind=kind, score=5)
    maja = await inbox.visitor("Maja")
    page = await maja.get("/ratings?low=1")
    assert shown(page) == [low] and words in page.text
    assert set(shown(await maja.get("/ratings"))) == {low, high}


@pytest.mark.parametrize("engine_name", ["sqlite", "postgres"])
async def test_what_the_index_calls_low_is_what_the_scales_do(inbox: Inbox) -> None:
    for kind, scale in SCALES.items():
        for score in scale.scores:
            await rated(inbox.house, kind=kind, score=score)

    def low(tx: Tx) -> set[tuple[str, int]]:
        return {(row[0], row[1]) for row in tx.run(select(survey.c.kind, survey.c.score).where(LOW))}

    assert await inbox.desk.look(low) == {(k, s) for k, scale in SCALES.items() for s in scale.scores if s <= scale.low}


@pytest.mark.parametrize("engine_name", ["sqlite", "postgres"])
async def test_a_page_goes_on_where_the_last_one_ended(inbox: Inbox) -> None:
    house, made = inbox.house, []
    for n in range(121):  # odd, so that a page ends between two of one instant
        made.append(await rated(house, queue=("it", "customers")[n % 2], score=1 + n % 5))
        house.clock.advance(n % 2)  # some at the same instant
    maja, seen = await inbox.visitor("Maja"), []
    address: str | None = "/ratings"
    while address:
        page = await maja.get(address)
        seen += shown(page)
        found = re.search(r'rel="next" href="([^"]+)"', page.text)
        address = found[1].replace("&amp;", "&") if found else None
    assert sorted(seen) == made and len(seen) == len(set(seen))
    assert (await maja.get("/ratings?after=1-1")).status_code == 200
    for wrong in ("after=x", "after=1-", "low=2", "after=9999999999999999999-1"):
        assert (await maja.get(f"/ratings?{wrong}")).status_code == 400


async def test_words_of_a_ticket_that_moved_away_are_not_shown(inbox: Inbox) -> None:
    house = inbox.house
    number = await rated(house, score=1, comment="My salary", subject="Wrong salary")

    def moved(tx: Tx, now: datetime) -> None:
        tx.run(update(ticket).where(ticket.c.number == number).values(queue="payroll"))

    await house.desk.do(moved)
    page = await (await inbox.visitor("Maja")).get("/ratings")
    assert "salary" not in page.text and "Anna" not in page.text and str(number) not in shown(page)
    assert "1 of 5" in page.text and "belongs to another queue" in page.text


async def test_reading_confidential_ratings_is_in_the_log(inbox: Inbox) -> None:
    house = inbox.house
    await rated(house)
    number = await rated(house, queue="payroll", comment="My salary")
    await house.desk.store.do(people.set_members, "payroll", {house.ids["Lisa"]: "lead"})
    page = await (await inbox.visitor("Lisa")).get("/ratings")
    assert shown(page) == [number], "in it she is no lead"

    def read(tx: Tx) -> list[Any]:
        rows = tx.run(select(event.c.ticket, event.c.actor).where(event.c.kind == "read_private"))
        return [tuple(row) for row in rows]

    assert await inbox.desk.look(read) == [(number, house.ids["Lisa"])]


async def test_agents_who_lead_nothing_see_neither_page_nor_a_way_to_it(inbox: Inbox) -> None:
    omar = await inbox.visitor("Omar")
    assert "/ratings" not in (await omar.get("/")).text
    assert [(await omar.get(path)).status_code for path in ("/ratings", "/nps")] == [403, 403]
    assert 'href="/ratings"' in (await (await inbox.visitor("Maja")).get("/")).text
    admins = (AgentRef("acme", "user", "U-OMAR"),)
    inbox.house.desk.directory = sample_directory(admins=admins)
    assert 'href="/nps"' in (await omar.get("/")).text
    assert (await omar.get("/nps")).status_code == 200
    assert shown(await omar.get("/ratings")) == [], "an admin reads no queue's words for that"


# Waves


async def a_wave(house: House, spread: dict[int, int], **states: int) -> int:
    """A wave with so many answers of each, and so many questions in other states."""

    def begin(tx: Tx, now: datetime) -> int:
        values = {"started_at": now, "person_id": house.ids["Maja"], "asked": 0}
        wave: int = tx.run(insert(nps_wave).returning(nps_wave.c.id), values).scalar_one()
        rows = [("answered", score) for score, n in spread.items() for _ in range(n)]
        rows += [(state, None) for state, n in states.items() for _ in range(n)]
        for state, score in rows:
            who = tx.run(insert(person).returning(person.c.id), {"name": "P", "created_at": now}).scalar_one()
            tx.run(
                insert(nps), {"wave": wave, "person_id": who, "state": state, "score": score, "comment": "My salary"}
            )
        return wave

    return await house.desk.do(begin)


@pytest.mark.parametrize("engine_name", ["sqlite", "postgres"])
async def test_a_wave_shows_its_score_its_spread_and_who_answered(inbox: Inbox) -> None:
    await a_wave(inbox.house, {10: 3, 9: 2, 8: 1, 0: 2}, asked=1, expired=3, planned=2, undeliverable=1, skipped=4)
    page = (await (await inbox.visitor("Maja")).get("/nps")).text
    assert "<b>+38</b>" in page and "8 of 12 answered (67%)" in page and "begun by Maja" in page
    assert "0: 2, 8: 1, 9: 2, 10: 3" in page
    assert [f">{words}<" in page for words in ("0–6: 2", "7–8: 1", "9–10: 5")] == [True] * 3
    for words in ("2 people are still to be asked.", "One could not be reached.", "4 were left out"):
        assert words in page
    assert "salary" not in page, "words are for who was told of them"


async def test_why_people_answered_so_is_for_the_leads_of_the_queue_where_they_last_asked(inbox: Inbox) -> None:
    house = inbox.house
    for name, text in (("Anna", "My laptop"), ("Erik", "My printer")):
        await inbox.asked(name, text)
    wave = (await house.desk.do(nps_desk.start)).id
    house.clock.advance(hours=1)
    secret = await inbox.asked("Erik", "My pay")

    def answered(tx: Tx, now: datetime) -> None:
        tx.run(update(ticket).where(ticket.c.number == secret).values(queue="payroll"))
        for name, score, words in (("Anna", 3, "<b>Slow</b>"), ("Erik", 9, "My salary came")):
            mine = (nps.c.person_id == house.ids[name], nps.c.wave == wave)
            values = {"state": "answered", "score": score, "comment": words, "answered_at": now, "asked_at": now}
            tx.run(update(nps).where(*mine).values(**values))

    await house.desk.do(answered)
    page = (await (await inbox.visitor("Maja")).get("/nps")).text
    assert "&lt;b&gt;Slow&lt;/b&gt;" in page and "salary" not in page and "2 of 2 answered" in page
    await house.desk.store.do(people.set_members, "payroll", {house.ids["Lisa"]: "lead"})
    page = (await (await inbox.visitor("Lisa")).get("/nps")).text
    assert "salary" in page and "Slow" not in page, "in that queue she is no lead"

    def read(tx: Tx) -> list[Any]:
        rows = tx.run(select(event.c.ticket, event.c.actor).where(event.c.kind == "read_private"))
        return [tuple(row) for row in rows]

    assert await inbox.desk.look(read) == [(secret, house.ids["Lisa"])]


async def test_a_wave_that_nobody_has_answered_yet_and_none_at_all(inbox: Inbox) -> None:
    maja = await inbox.visitor("Maja")
    assert "Nobody was asked yet." in (await maja.get("/nps")).text
    await a_wave(inbox.house, {}, planned=2)
    page = (await maja.get("/nps")).text
    assert "<b>–</b>" in page and "0 of 0 answered" in page and '<svg class="spread"' not in page


async def test_earlier_waves_are_a_page_further(inbox: Inbox) -> None:
    for n in range(8):
        await a_wave(inbox.house, {n: 1})
    maja = await inbox.visitor("Maja")
    first = await maja.get("/nps")
    assert re.findall(r'id="wave(\d+)"', first.text) == ["8", "7", "6", "5", "4", "3"]
    assert 'href="/nps?before=3"' in first.text
    second = await maja.get("/nps?before=3")
    assert re.findall(r'id="wave(\d+)"', second.text) == ["2", "1"] and "before=1" not in second.text
    assert (await maja.get("/nps?before=x")).status_code == 400


@pytest.mark.parametrize(
    ("language", "percent", "words"), [("sv", "50\u00a0%", "hjälpte"), ("da", "50\u00a0%", "hjalp")]
)
async def test_the_pages_speak_the_readers_language(inbox: Inbox, language: str, percent: str, words: str) -> None:
    house = inbox.house

    def speaks(tx: Tx, now: datetime) -> None:
        tx.run(update(person).where(person.c.id == house.ids["Maja"]).values(language=language))

    await house.desk.do(speaks)
    await rated(house, comment="Fint!")
    await a_wave(house, {9: 1}, expired=1)
    maja = await inbox.visitor("Maja")
    assert percent in (await maja.get("/nps")).text and words in (await maja.get("/ratings")).text
