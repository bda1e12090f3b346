"""The conversation: what was said, what stayed inside, what became of replies, and what happened, in words."""

import re
from datetime import timedelta

import pytest

from inbox.desk import alarms, claims, fields, intake, lifecycle, overdue, replies, surveys, views
from inbox.model import Deleted, Edited
from inbox.store import Tx, events, messages, people
from inbox.store import surveys as stored_surveys
from inbox.store.tables import outbox
from tests.house import MONDAY
from tests.inbox import postman
from tests.inbox.deeds import answer, ask_again
from tests.inbox.office import office
from tests.inbox.test_fields import furnish
from tests.inbox.web.visitor import Inbox

PIECE = r'(?=<li class="(?:said|happened|day))'
sqlite_only = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def said(page: str, words: str) -> str:
    """The piece of the conversation that has these words."""
    found = [piece for piece in re.split(PIECE, page) if words in piece and re.match(PIECE, piece)]
    assert found, f"{words!r} is not on the page"
    return found[0]


async def test_a_conversation_as_it_went(inbox: Inbox) -> None:
    """Anna asks, Omar claims and answers, Lisa leaves a note and tries to answer too; Anna edits, Omar resolves."""
    house, desk = inbox.house, inbox.desk
    omar, lisa = house.ids["Omar"], house.ids["Lisa"]
    first = house.said("Anna", "My laptop does not wake up")
    number = (await desk.do(intake.receive, first)).ticket
    assert number is not None
    house.clock.advance(60)
    fence = (await desk.do(claims.claim, number, omar)).ticket.fence
    await desk.do(replies.reply, number, omar, "Hold the button for ten seconds.")
    house.clock.advance(10)
    await desk.do(postman.deliver)
    await desk.do(replies.note, number, lisa, "It is the dock again.")
    await desk.do(replies.reply, number, lisa, "I could come by!", fence=fence)
    house.clock.advance(10)
    edit = Edited(first.place, first.message_id, "My laptop does not wake up any more", house.clock.now, "2")
    await desk.do(intake.edit, edit)
    await desk.do(replies.reply, number, omar, "Good luck!")

    page = (await (await inbox.visitor("Omar")).get(f"/tickets/{number}")).text.partition('data-part="talk"')[2]
    asked = said(page, "wake up any more")
    assert "requester" in asked and "Anna" in asked and "1 earlier version" in asked
    assert "Sent" in said(page, "Hold the button")
    note = said(page, "the dock again")
    assert note.startswith('<li class="said note') and "Internal note" in note
    assert "Held: not sent until its author decides" in said(page, "I could come by!")
    assert "On its way" in said(page, "Good luck!")
    assert "Omar claimed the ticket." in page and "Anna opened the ticket in IT support." in page
    assert page.index("Omar claimed") < page.index("Hold the button") < page.index("Good luck!")
    await desk.do(lifecycle.resolve, number, omar)
    resolved = (await (await inbox.visitor("Omar")).get(f"/tickets/{number}")).text
    assert "Omar resolved the ticket." in resolved and '<span class="pill resolved">Resolved</span>' in resolved


@sqlite_only
async def test_each_promise_says_why_and_a_question_asked_again_is_not_lost(inbox: Inbox) -> None:
    """The second reply that is owed stands among the promises, though the ticket is in its first round."""
    house, desk = inbox.house, inbox.desk
    desk.directory = office()
    number = await inbox.asked("Anna", "VPN is down")
    for _ in range(2):
        house.clock.advance(60)
        await answer(house, number)
        house.clock.advance(600)
        await ask_again(house, number, "Still down")
    house.clock.advance(hours=24)
    page = (await (await inbox.visitor("Omar")).get(f"/tickets/{number}")).text
    names = re.findall(r'<span class="metric">([^<]+)', page)
    assert names == ["Claim", "First reply", "Next reply", "Resolution", "Next reply"]
    assert page.index("Earlier promises") < page.rindex("Next reply")
    assert "ran 9 h" in page and "closed 15 h" in page and "by the policy “office”" in page
    bars = re.findall(r'<svg class="course"[^>]*role="img" aria-label="([^"]+)">(.*?)</svg>', page)
    assert len(bars) == 5 and all("The clock, from" in label for label, _ in bars)
    widths = [[int(width) for width in re.findall(r'width="(\d+)"', drawn)] for _, drawn in bars]
    assert {sum(each) for each in widths} == {60}
    assert 'class="over"' in bars[2][1] and 'class="over"' not in bars[1][1]


async def test_promises_tell_what_is_left_and_what_was_kept(inbox: Inbox) -> None:
    house, desk = inbox.house, inbox.desk
    number = await inbox.asked("Anna", "VPN is down")
    reader = await inbox.visitor("Omar")
    page = (await reader.get(f"/tickets/{number}")).text
    clocks = re.findall(r'<div class="clock (\w+)[^"]*">\s*<p><span class="metric">([^<]+)', page)
    assert clocks == [("running", "First reply"), ("running", "Resolution")]
    assert "in 4 h" in page and "within 4 h" in page
    house.clock.advance(hours=5)
    for promise in (1, 2):
        await desk.do(overdue.tick_promise, promise)
    reader = await inbox.visitor("Omar")
    page = (await reader.get(f"/tickets/{number}")).text
    assert "Overdue" in page and "The promise was not kept: First reply." in page
    await desk.do(replies.reply, number, house.ids["Omar"], "Sorry for the wait!")
    house.clock.advance(10)
    await desk.do(postman.deliver)
    assert "Done late" in (await reader.get(f"/tickets/{number}")).text


@sqlite_only
async def test_what_did_not_arrive_says_why(inbox: Inbox) -> None:
    house, desk = inbox.house, inbox.desk
    number = await inbox.asked("Erik", "Hello?", connection="shop", room="55", direct=True)
    written = await desk.do(replies.reply, number, house.ids["Omar"], "Hello Erik!")

    def lose(tx: Tx, now: object) -> None:
        messages.change(tx, written.message_id, state="failed")
        mine = (outbox.c.message_id == written.message_id) & (outbox.c.kind == "message")
        tx.run(outbox.update().where(mine).values(state="parked", reason="the bot was blocked"))

    await desk.do(lose)
    page = (await (await inbox.visitor("Omar")).get(f"/tickets/{number}")).text
    reply = said(page, "Hello Erik!")
    assert "Not delivered: the bot was blocked" in reply
    assert 'class="copies trouble"' in reply and "Not delivered everywhere" in reply
    assert "Telegram · <bdi>Erik</bdi>" in reply and '<p dir="auto">the bot was blocked</p>' in reply


@sqlite_only
async def test_each_copy_tells_where_it_is_and_since_when(inbox: Inbox) -> None:
    house, desk = inbox.house, inbox.desk
    number = await inbox.asked("Anna", "My laptop does not wake up")
    omar = await inbox.visitor("Omar")
    waits = said((await omar.get(f"/tickets/{number}")).text, "does not wake up")
    assert 'class="copies waiting"' in waits and "Waiting to be sent" in waits
    await desk.do(postman.deliver)
    house.clock.advance(hours=1)
    await desk.do(replies.reply, number, house.ids["Omar"], "Hold the button.")
    house.clock.advance(10)
    await desk.do(postman.deliver)
    page = (await omar.get(f"/tickets/{number}")).text
    asked, reply = said(page, "does not wake up"), said(page, "Hold the button.")
    assert "Slack · <bdi>#it-desk</bdi>" in asked and "Delivered to 1 place" in asked
    assert "<span>Sent 10:00</span>" in asked and "11:00" not in asked
    assert "Slack · <bdi>#it-help</bdi>" in reply and "Delivered to 2 places" in reply


@sqlite_only
async def test_a_rating_stands_beside_the_talk_with_its_words(inbox: Inbox) -> None:
    house, desk = inbox.house, inbox.desk
    number = await inbox.asked("Anna", "My laptop does not wake up")
    await desk.do(replies.reply, number, house.ids["Omar"], "Hold the button.")
    house.clock.advance(10)
    await desk.do(postman.deliver)
    await desk.do(lifecycle.resolve, number, house.ids["Omar"])
    house.clock.advance(hours=1)
    while await alarms.tick(desk):
        pass
    omar = await inbox.visitor("Omar")
    assert "Rating" not in (await omar.get(f"/tickets/{number}")).text
    (survey,) = await desk.look(stored_surveys.of_ticket, number)
    await desk.do(surveys.rate, survey.id, house.ids["Anna"], 4)
    await desk.do(surveys.comment, survey.id, house.ids["Anna"], "Quick & <kind>")
    page = (await omar.get(f"/tickets/{number}")).text
    assert "★★★★☆" in page and "4 of 5" in page and "Quick &amp; &lt;kind&gt;" in page


@sqlite_only
async def test_deleted_words_are_kept_in_their_history_only(inbox: Inbox) -> None:
    house, desk = inbox.house, inbox.desk
    words = house.said("Anna", "My PIN is 1234")
    number = (await desk.do(intake.receive, words)).ticket
    await desk.do(intake.delete, Deleted(words.place, words.message_id, house.clock.advance(60)))
    page = (await (await inbox.visitor("Omar")).get(f"/tickets/{number}")).text
    gone = said(page, "Deleted by its author")
    assert gone.index("<details") < gone.index("My PIN is 1234")


@sqlite_only
async def test_a_long_conversation_comes_in_pages_that_leave_nothing_out(inbox: Inbox) -> None:
    """Every message and every event stands on exactly one of the pages."""
    number = await inbox.asked("Anna", "Word 0.")
    inbox.house.clock.advance(300)
    await inbox.desk.do(_talk, number, inbox.house.ids["Anna"])
    reader = await inbox.visitor("Omar")
    met: list[str] = []
    address: str | None = f"/tickets/{number}"
    pages = 0
    while address:
        page = (await reader.get(address)).text.partition('<section class="sort">')[0]
        met += re.findall(r"Word \d+\.|snoozed the ticket until day \d+", page)
        older = re.search(r'href="(/tickets/\d+\?before=\d+)"', page)
        address, pages = (older[1] if older else None), pages + 1
        assert page.count('<li class="said') <= views.TALK
    assert pages == 3
    subject = ["Word 0."] * (2 * pages)  # in the title and in the heading of each page
    wanted = [f"Word {n}." for n in range(500)] + [f"snoozed the ticket until day {n}" for n in range(50)] + subject
    assert sorted(met) == sorted(wanted)


def _talk(tx: Tx, now: object, number: int, anna: int) -> None:
    for n in range(1, 500):
        at = MONDAY + timedelta(minutes=n)
        message = {
            "ticket": number,
            "kind": "message",
            "role": "requester",
            "author_id": anna,
            "text": f"Word {n}.",
            "written_at": at,
            "received_at": at,
            "state": "received",
        }
        messages.add(tx, message)
        if n % 10 == 5:
            events.add(tx, at + timedelta(seconds=30), "snoozed", number, None, until=f"day {n // 10}")


@sqlite_only
async def test_reading_a_confidential_ticket_is_written_down_once_an_hour(inbox: Inbox) -> None:
    number = await inbox.file(queue="payroll", subject="Salary")
    public = await inbox.file()
    lisa, operator = await inbox.visitor("Lisa"), await inbox.visitor(None)
    for minutes in (0, 10, 61):
        inbox.house.clock.advance(60 * minutes)
        for reader in (lisa, operator):
            assert (await reader.get(f"/tickets/{number}")).status_code == 200
            assert (await reader.get(f"/tickets/{public}")).status_code == 200
    log = [event for event in await inbox.desk.look(events.of_ticket, number) if event.kind == "read_private"]
    assert [event.actor for event in log] == [inbox.house.ids["Lisa"], None] * 2
    assert not await inbox.desk.look(events.of_ticket, public)
    assert "read_private" not in (await lisa.get(f"/tickets/{number}")).text


@sqlite_only
async def test_a_ticket_that_came_from_a_confidential_queue_does_not_name_it(inbox: Inbox) -> None:
    number = await inbox.file(queue="it")
    anna = inbox.house.ids["Anna"]
    await inbox.desk.do(lambda tx, now: events.add(tx, now, "created", number, anna, queue="payroll"))
    page = (await (await inbox.visitor("Omar")).get(f"/tickets/{number}")).text
    assert "Anna opened the ticket in another queue." in page
    assert "ayroll" not in page


@pytest.mark.parametrize(("language", "words"), [("sv", ("Öppnat", "i dag")), ("da", ("Åbnet", "i dag"))])
@sqlite_only
async def test_in_the_readers_language_and_zone(inbox: Inbox, language: str, words: tuple[str, ...]) -> None:
    number = await inbox.asked("Anna", "Hej")
    omar = inbox.house.ids["Omar"]
    await inbox.desk.store.do(people.set_language, omar, language)
    page = (await (await inbox.visitor("Omar")).get(f"/tickets/{number}")).text
    assert f'<html lang="{language}">' in page
    assert all(word in page for word in words)
    assert ("10.00" if language == "da" else "10:00") in page  # 09:00 UTC is 10:00 in Stockholm, where the desk is


@sqlite_only
async def test_a_follow_up_and_a_nap_are_shown(inbox: Inbox) -> None:
    first = await inbox.file(status="closed", closed_as="done")
    number = await inbox.file(follow_up_of=first, snoozed_until=MONDAY + timedelta(days=3))
    page = (await (await inbox.visitor("Omar")).get(f"/tickets/{number}")).text
    assert f"Follows up on #{first}" in page and "Snoozed until 5 March 10:00" in page
    older = (await (await inbox.visitor("Omar")).get(f"/tickets/{first}")).text
    assert "Closed: " in older


@sqlite_only
async def test_what_the_queue_wanted_to_know_stands_beside_the_talk(inbox: Inbox) -> None:
    furnish(inbox.house)
    number = (await inbox.desk.do(intake.receive, inbox.house.said("Anna", "It smokes"))).ticket
    assert number is not None
    await inbox.desk.do(fields.begin, number, inbox.house.ids["Anna"], {"device": "p1", "story": "<b>one</b>\ntwo"})
    await inbox.desk.do(fields.set, number, inbox.house.ids["Omar"], "cost", "12,50")
    await inbox.desk.do(fields.set, number, inbox.house.ids["Omar"], "device", "-")
    mine = (await (await inbox.visitor("Omar")).get(f"/tickets/{number}")).text
    assert '<span class="label">Cost</span> <span class="is own" dir="auto">12.50</span>' in mine
    assert '<span class="is own" dir="auto">&lt;b&gt;one&lt;/b&gt;\ntwo</span>' in mine
    page = (await (await inbox.visitor(None)).get(f"/tickets/{number}")).text
    assert '<dt dir="auto">Cost</dt><dd class="own" dir="auto">12.50</dd>' in page
    assert '<dd class="own" dir="auto">&lt;b&gt;one&lt;/b&gt;\ntwo</dd>' in page
    assert "Omar set Cost: 12.50" in page and "Omar emptied Device." in page and "Device</dt>" not in page
