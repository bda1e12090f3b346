"""In the browser: one ticket becomes two, many become one incident, somebody is blocked, somebody goes away."""

import re
from datetime import timedelta

import pytest

from inbox.desk import absence, claims, incidents, lifecycle
from inbox.store import Tx, messages, people, relations, tickets
from tests.inbox import postman
from tests.inbox.deeds import one_engine, ticket_of, told
from tests.inbox.web.test_acting import open_page, press, trouble, words_of
from tests.inbox.web.visitor import Inbox, csrf

pytestmark = one_engine


async def test_a_second_matter_is_split_off_where_it_begins(inbox: Inbox) -> None:
    """Each of the requester's messages but the first offers it; the ticket that is made is looked at next."""
    number, omar = await inbox.asked("Anna", "My laptop does not wake up"), await inbox.visitor("Omar")
    assert await inbox.asked("Anna", "And the scanner jams") == number
    first, second = await inbox.desk.look(messages.of_ticket, number)
    page = (await open_page(omar, number)).text
    assert f'name="start" value="{second.id}"' in page and f'name="start" value="{first.id}"' not in page
    split = await press(omar, number, "split", start=str(second.id))
    made = number + 1
    assert split.headers["location"] == f"/tickets/{made}?did=split"
    assert "This is a ticket of its own now." in (await omar.get(split.headers["location"])).text
    assert [m.text for m in await inbox.desk.look(messages.of_ticket, made)] == ["And the scanner jams"]
    assert (await ticket_of(inbox.house, made)).requester_id == inbox.house.ids["Anna"]
    for start, why in ((first.id, "Nothing would be left"), (4711, "Point at a message"), ("x", "is not a number")):
        assert why in trouble(await press(omar, number, "split", start=str(start)))


async def test_leads_block_and_unblock_from_the_page(inbox: Inbox) -> None:
    number, maja, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Maja"), await inbox.visitor("Omar")
    assert "/block" in (await open_page(maja, number)).text and "/block" not in (await open_page(omar, number)).text
    refused = await press(omar, number, "block", why="Because")
    assert refused.status_code == 403 and not await blocked(inbox)
    assert (await press(maja, number, "block", why="Advertising")).status_code == 303
    assert await blocked(inbox)
    (event,) = await told(inbox.house, number, "blocked")
    assert (event.actor, event.facts["why"]) == (inbox.house.ids["Maja"], "Advertising")
    assert ">Blocked</span>" in (await open_page(omar, number)).text
    assert (await press(omar, number, "unblock")).status_code == 403
    assert (await press(maja, number, "unblock")).status_code == 303
    assert not await blocked(inbox)


async def blocked(inbox: Inbox) -> bool:
    person = await inbox.desk.look(people.get, inbox.house.ids["Anna"])
    return bool(person and person.blocked)


async def test_one_problem_that_many_have(inbox: Inbox) -> None:
    """Omar names it, the cases are gathered with a press, one answer reaches everybody."""
    whole, case = await inbox.asked("Anna", "No network"), await inbox.asked("Erik", "I cannot reach the intranet")
    omar = await inbox.visitor("Omar")
    named = await press(omar, whole, "incident", title="The network is down")
    assert "did=incident" in named.headers["location"]
    assert (await ticket_of(inbox.house, whole)).subject == "The network is down"
    page = (await open_page(omar, case)).text
    assert f"#{whole} The network is down" in page and "Answer all cases" not in page
    assert "No cases yet" in (await open_page(omar, whole)).text
    assert (await press(omar, case, "same", other=str(whole))).status_code == 303
    assert f"a case of #{whole}" in (await open_page(omar, case)).text
    page = await open_page(omar, whole)
    assert "Answer all cases (1)" in page.text and "1 case<" in page.text
    form = {"csrf": csrf(page), "once": "o", "words": "It is back."}
    for _ in range(2):  # the same form twice says it once
        sent = await omar.post(f"/tickets/{whole}/announce", data=form)
        assert sent.headers["location"] == f"/tickets/{whole}?did=announce#latest"
    (said,) = await words_of(inbox, whole)
    inbox.house.clock.advance(6)
    await inbox.desk.do(incidents.tick_announce, said.id)
    await inbox.desk.do(postman.deliver)
    assert [(m.text, m.state) for m in await words_of(inbox, case)] == [("It is back.", "sent")]
    assert (await press(omar, case, "apart")).status_code == 303
    assert await inbox.desk.look(_incident_of, case) is None


def _incident_of(tx: Tx, number: int) -> int | None:
    return relations.target(tx, number, "incident")


async def test_what_cannot_be_together_says_why(inbox: Inbox) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    other, secret = await inbox.asked("Erik", "Hello"), await inbox.file(queue="payroll")
    assert "Give the incident a name" in trouble(await press(omar, number, "incident", title=" "))
    assert "is no incident" in trouble(await press(omar, number, "same", other=str(other)))
    assert "is no incident" in trouble(await press(omar, number, "announce", words="Hello all"))
    hidden, nowhere = [await press(omar, number, "same", other=one) for one in (str(secret), "4711")]
    assert hidden.status_code == nowhere.status_code == 404
    assert trouble(hidden).replace(f"#{secret}", "") == trouble(nowhere).replace("#4711", "")
    await press(omar, number, "incident", title="The network is down")
    await inbox.desk.do(claims.claim, number, inbox.house.ids["Lisa"])
    refused = await press(omar, number, "announce", words="I am not the one to say it.")
    assert refused.status_code == 409 and "I am not the one to say it.</textarea>" in refused.text


@pytest.mark.parametrize(("until", "shown"), [("", "You are away."), ("1h", "You are away until today 11:00")])
async def test_an_agent_goes_away_and_comes_back(inbox: Inbox, until: str, shown: str) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    await inbox.desk.do(claims.claim, number, inbox.house.ids["Omar"])
    home = await omar.get("/")
    assert "You are away" not in home.text
    token = {"csrf": csrf(home)}
    gone = await omar.post("/me/away", data={**token, "until": until})
    assert gone.headers["location"] == "/?did=away"
    page = (await omar.get("/")).text
    assert shown in page and "Give back my tickets (1)" in page
    assert await inbox.desk.look(absence.is_away, inbox.house.clock(), inbox.house.ids["Omar"])
    assert "You are away" not in (await (await inbox.visitor("Lisa")).get("/")).text
    assert (await omar.post("/me/giveback", data=token)).status_code == 303
    assert (await ticket_of(inbox.house, number)).assignee_id is None
    assert "Give back" not in (await omar.get("/")).text
    assert (await omar.post("/me/back", data=token)).headers["location"] == "/?did=back"
    assert "You are away" not in (await omar.get("/")).text


async def test_an_absence_that_cannot_be_is_refused_and_one_that_is_over_is_not_shown(inbox: Inbox) -> None:
    omar = await inbox.visitor("Omar")
    token = {"csrf": csrf(await omar.get("/"))}
    for until, why in (
        ("yesterday", "as a time"),
        ("2026-03-01T09:00", "has passed already"),
        ("x" * 200, "as a time"),
    ):
        refused = await omar.post("/me/away", data={**token, "until": until})
        assert refused.status_code == 422 and why in refused.text, until
    assert (await omar.post("/me/no-such-deed", data=token)).status_code == 404
    await omar.post("/me/away", data={**token, "until": "2026-03-02T10:30"})
    assert "You are away until today 10:30" in (await omar.get("/")).text
    inbox.house.clock.advance(1800)
    assert "You are away" not in (await omar.get("/")).text


async def test_a_time_is_picked_as_well_as_typed(inbox: Inbox) -> None:
    """In the reader's zone, whatever the browser's is."""
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    assert 'type="datetime-local" name="until" required min="2026-03-02T00:00"' in (await open_page(omar, number)).text
    assert (await press(omar, number, "snooze", until="2026-03-05T08:15")).status_code == 303
    until = (await ticket_of(inbox.house, number)).snoozed_until
    assert until and until.isoformat() == "2026-03-05T07:15:00+00:00"


async def test_whoever_is_shown_a_confidential_ticket_is_noted_also_where_it_refuses(inbox: Inbox) -> None:
    """A form that is refused comes back with the whole conversation."""
    for sent, status in (({"csrf": "0"}, 403), ({}, 422)):
        secret = await inbox.file(queue="payroll", subject="Anna's salary")
        lisa = await inbox.visitor("Lisa")
        form = sent or {"csrf": csrf(await lisa.get("/")), "words": " "}
        page = await lisa.post(f"/tickets/{secret}/note", data=form)
        assert page.status_code == status and "salary" in page.text
        (read,) = await told(inbox.house, secret, "read_private")
        assert read.actor == inbox.house.ids["Lisa"]


async def test_another_matter_of_somebody_who_called(inbox: Inbox) -> None:
    """Written down for colleagues; what is replied goes to Anna directly. The same form twice opens one."""
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    page = await open_page(omar, number)
    once = re.search(r'/another" .*?name="once" value="([^"]+)"', page.text, re.DOTALL)
    assert once
    form = {"csrf": csrf(page), "once": once[1], "words": "Her phone is broken, too"}
    opened, again = [await omar.post(f"/tickets/{number}/another", data=form) for _ in range(2)]
    made = number + 1
    assert opened.headers["location"] == f"/tickets/{made}?did=another" and again.status_code == 303
    ticket = await ticket_of(inbox.house, made)
    assert (ticket.requester_id, ticket.queue, ticket.agent_opened) == (inbox.house.ids["Anna"], "it", True)
    (note,) = await inbox.desk.look(messages.of_ticket, made)
    assert (note.kind, note.text) == ("note", "Her phone is broken, too")
    assert await inbox.desk.look(tickets.get, made + 1) is None
    await press(omar, made, "reply", words="I bring you one.", once="r")
    inbox.house.clock.advance(6)
    assert [one.to for one in await inbox.desk.do(postman.deliver) if one.kind == "message"].count("home") == 1
    assert "no words in it" in trouble(await press(omar, number, "another", words=" ", once="x"))


async def test_reminders_rest_and_words_that_ask_for_nothing_are_done_with(inbox: Inbox) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    assert "/ack" not in (await open_page(omar, number)).text
    inbox.house.clock.advance(hours=3.5)
    omar = await inbox.visitor("Omar")
    assert "/ack" in (await open_page(omar, number)).text and "/noreply" not in (await open_page(omar, number)).text
    assert (await press(omar, number, "ack")).status_code == 303
    assert (await ticket_of(inbox.house, number)).muted_until == inbox.house.clock() + timedelta(minutes=30)
    assert "/ack" not in (await open_page(omar, number)).text
    assert "has had no answer yet" in trouble(await press(omar, number, "noreply"))
    await press(omar, number, "reply", words="Hi!", once="a")
    inbox.house.clock.advance(6)
    await inbox.desk.do(postman.deliver)
    await inbox.asked("Anna", "See you on Monday", thread="m1")
    assert "/noreply" in (await open_page(omar, number)).text
    assert (await press(omar, number, "noreply")).status_code == 303
    assert (await ticket_of(inbox.house, number)).awaiting_since is None


async def test_the_next_ticket_is_a_press_away(inbox: Inbox) -> None:
    first, second = await inbox.asked("Anna", "Hello"), await inbox.asked("Erik", "Hello")
    omar = await inbox.visitor("Omar")
    page = await open_page(omar, first)
    assert 'action="/next"' in page.text
    taken = await omar.post("/next", data={"csrf": csrf(page)})
    assert taken.headers["location"] == f"/tickets/{first}?did=claim"
    assert (await ticket_of(inbox.house, second)).assignee_id is None
    assert 'action="/next"' not in (await (await inbox.visitor(None)).get(f"/tickets/{first}")).text


@pytest.mark.parametrize(
    ("deed", "typed"), [("priority", {"priority": "high"}), ("snooze", {"until": "2h"}), ("ack", {})]
)
async def test_what_the_page_has_no_form_for_any_more_says_why(inbox: Inbox, deed: str, typed: dict[str, str]) -> None:
    """Lisa resolved the ticket while Omar had its page open: the form that he sends is not on the page that answers."""
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    page = await open_page(omar, number)
    await inbox.desk.do(lifecycle.resolve, number, inbox.house.ids["Lisa"])
    refused = await omar.post(f"/tickets/{number}/{deed}", data={"csrf": csrf(page), **typed})
    assert refused.status_code == 409 and "“Resolved”" in trouble(refused)
