"""What agents do in the browser: every deed once, what is refused and why, and words that are never lost."""

import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from inbox.desk import alarms, claims, fields, intake, lifecycle, replies
from inbox.model import Message
from inbox.store import Tx, events, messages, outbox, relations, tags, threads, tickets
from inbox.web import deeds
from sla.duration import Duration
from sla.policy import Rule, Targets
from tests.house import MONDAY
from tests.inbox import postman
from tests.inbox.deeds import one_engine, ticket_of, told
from tests.inbox.office import promised
from tests.inbox.test_fields import furnish
from tests.inbox.test_terms import with_policy
from tests.inbox.web.visitor import Inbox, csrf

pytestmark = one_engine


def field(page: httpx.Response, name: str) -> str:
    """A hidden field of the reply form."""
    form = page.text.split('data-draft="reply"', 1)[1]
    found = re.search(rf'name="{name}" value="([^"]*)"', form)
    assert found, name
    return found[1]


async def open_page(client: httpx.AsyncClient, number: int, **query: str) -> httpx.Response:
    page = await client.get(f"/tickets/{number}", params=query)
    assert page.status_code == 200, page.text
    return page


async def press(client: httpx.AsyncClient, number: int, deed: str, **typed: str) -> httpx.Response:
    """Opens a ticket's page and sends one of its forms."""
    page = await open_page(client, number)
    return await client.post(f"/tickets/{number}/{deed}", data={"csrf": csrf(page), **typed})


async def decide(client: httpx.AsyncClient, number: int, words: int, choice: str) -> httpx.Response:
    page = await open_page(client, number)
    assert f'action="/words/{words}/{choice}"' in page.text, choice
    return await client.post(f"/words/{words}/{choice}", data={"csrf": csrf(page)})


async def write(client: httpx.AsyncClient, page: httpx.Response, number: int, words: str) -> httpx.Response:
    """Sends the reply form of a page that was opened before."""
    form = {name: field(page, name) for name in ("csrf", "once", "fence")}
    return await client.post(f"/tickets/{number}/reply", data={**form, "words": words})


def trouble(answer: httpx.Response) -> str:
    """The sentence that says why something was not done."""
    found = re.search(r'<p class="(?:toast )?trouble" role="alert">([^<]+)</p>', answer.text)
    assert found, answer.text
    return found[1]


async def words_of(inbox: Inbox, number: int) -> list[Message]:
    return [m for m in await inbox.desk.look(messages.of_ticket, number) if m.role == "agent"]


async def test_claimed_answered_and_resolved_in_the_browser(inbox: Inbox) -> None:
    """Omar claims, answers, and Anna gets it after the undo window; he resolves it. Nothing of it happened in chat."""
    number, omar = await inbox.asked("Anna", "My laptop does not wake up"), await inbox.visitor("Omar")
    claimed = await press(omar, number, "claim")
    assert claimed.status_code == 303 and claimed.headers["location"] == f"/tickets/{number}?did=claim"
    page = await open_page(omar, number, did="claim")
    assert "It is yours." in page.text and "what you send goes to Anna" in page.text
    sent = await write(omar, page, number, "Hold the button\r\nfor ten seconds.")
    assert sent.headers["location"] == f"/tickets/{number}?did=reply#latest"
    assert "On its way to Anna" in (await open_page(omar, number)).text
    inbox.house.clock.advance(6)
    letters = await inbox.desk.do(postman.deliver)
    assert any(letter.to == "home" and letter.kind == "message" for letter in letters)
    (said,) = await words_of(inbox, number)
    assert (said.text, said.state) == ("Hold the button\nfor ten seconds.", "sent")
    assert (await press(omar, number, "resolve")).status_code == 303
    assert (await ticket_of(inbox.house, number)).status == "resolved"


async def test_the_same_form_sent_twice_says_it_once(inbox: Inbox) -> None:
    """A double click, or a reload of the answer. Other words in the same form are other words."""
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    page = await open_page(omar, number)
    for words, said in (("Hi!", 1), ("Hi!", 1), ("Hi again!", 2)):
        assert (await write(omar, page, number, words)).status_code == 303
        assert len(await words_of(inbox, number)) == said
        inbox.house.clock.advance(1)
    form = {name: field(page, name) for name in ("csrf", "once")} | {"words": "It is the dock."}
    for _ in range(2):
        assert (await omar.post(f"/tickets/{number}/note", data=form)).status_code == 303
    assert [m.text for m in await words_of(inbox, number) if m.kind == "note"] == ["It is the dock."]


async def test_words_written_to_another_state_of_things_are_held(inbox: Inbox) -> None:
    """Both open the page while nobody holds it. Lisa answers first; what Omar then sends is held, and all is his to
    decide: it stands at the top of the ticket and in a list of its own until he does."""
    number = await inbox.asked("Anna", "The VPN drops")
    omar, lisa = await inbox.visitor("Omar"), await inbox.visitor("Lisa")
    omars, lisas = await open_page(omar, number), await open_page(lisa, number)
    assert "did=reply" in (await write(lisa, lisas, number, "I am on it.")).headers["location"]
    inbox.house.clock.advance(6)
    await inbox.desk.do(postman.deliver)
    held = await write(omar, omars, number, "Three o'clock?")
    assert held.headers["location"] == f"/tickets/{number}?did=held"
    said = (await words_of(inbox, number))[-1]
    assert (said.text, said.state) == ("Three o'clock?", "held")
    listed = (await omar.get("/?show=decide")).text
    assert "The VPN drops" in listed and '<b class="count">1</b>' in listed
    assert "The VPN drops" not in (await lisa.get("/?show=decide")).text
    page = await open_page(omar, number)
    assert "Not sent to Anna yet" in page.text and "Lisa holds this ticket" in page.text
    assert "Not sent to Anna yet" not in (await open_page(lisa, number)).text
    assert (await decide(omar, number, said.id, "takesend")).headers["location"].startswith(f"/tickets/{number}?did=")
    assert (await ticket_of(inbox.house, number)).assignee_id == inbox.house.ids["Omar"]
    inbox.house.clock.advance(1)
    await inbox.desk.do(postman.deliver)
    assert [m.state for m in await words_of(inbox, number)] == ["sent", "sent"]
    assert '<b class="count">' not in (await omar.get("/")).text


@pytest.mark.parametrize(
    ("choice", "state", "kind"), [("asnote", "noted", "note"), ("discard", "cancelled", "message")]
)
async def test_held_words_need_not_be_sent(inbox: Inbox, choice: str, state: str, kind: str) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    await inbox.desk.do(claims.claim, number, inbox.house.ids["Lisa"])
    held = await inbox.desk.do(replies.reply, number, inbox.house.ids["Omar"], "Me too!")
    await decide(omar, number, held.message_id, choice)
    (said,) = await words_of(inbox, number)
    assert (said.state, said.kind) == (state, kind)
    again = await omar.post(f"/words/{said.id}/{choice}", data={"csrf": csrf(await omar.get("/"))})
    assert again.status_code == 409 and "nothing left to do" in trouble(again)


async def test_words_can_be_taken_back_while_they_wait(inbox: Inbox) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    await write(omar, await open_page(omar, number), number, "Oops")
    (said,) = await words_of(inbox, number)
    assert 'data-until="2026-03-02T10:00:05+01:00"' in (await open_page(omar, number)).text
    await decide(omar, number, said.id, "undo")
    assert [m.state for m in await words_of(inbox, number)] == ["cancelled"]
    await write(omar, await open_page(omar, number), number, "Hi!")
    inbox.house.clock.advance(6)
    await inbox.desk.do(postman.deliver)
    gone = (await words_of(inbox, number))[-1]
    late = await omar.post(f"/words/{gone.id}/undo", data={"csrf": csrf(await omar.get("/"))})
    assert late.status_code == 409 and gone.state == "sent"


@pytest.mark.parametrize(("state", "choice"), [("failed", "retry"), ("unknown", "resend")])
async def test_what_did_not_arrive_is_sent_again(inbox: Inbox, state: str, choice: str) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    sent = await inbox.desk.do(replies.reply, number, inbox.house.ids["Omar"], "Hi!")

    def lost(tx: Tx, now: Any) -> None:
        outbox.cancel_message(tx, sent.message_id)
        messages.change(tx, sent.message_id, state=state)

    await inbox.desk.do(lost)
    assert "Hello" in (await omar.get("/?show=decide")).text
    await decide(omar, number, sent.message_id, choice)
    await inbox.desk.do(postman.deliver)
    assert [m.state for m in await words_of(inbox, number)] == ["sent"]


async def test_what_is_refused_stays_in_its_form_with_the_reason(inbox: Inbox) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    refused = await press(omar, number, "reply", words="x" * 20_001, fence="0", once="a")
    assert refused.status_code == 422 and "too long: 20001" in trouble(refused) and "x" * 20_001 in refused.text
    refused = await press(omar, number, "relate", other="</form><b>pizza")
    assert "&lt;b&gt;pizza" in trouble(refused) and "<b>pizza" not in refused.text
    assert "is not a number" in trouble(refused)
    refused = await press(omar, number, "snooze", until="when I feel like it")
    assert 'value="when I feel like it"' in refused.text and "as a time" in trouble(refused)
    await inbox.desk.do(claims.claim, number, inbox.house.ids["Lisa"])
    inbox.house.clock.advance(9)
    lost = await press(omar, number, "claim")
    assert lost.status_code == 409 and trouble(lost) == f"Lisa took #{number} 9 s ago."
    refused = await press(omar, number, "resolve")
    assert trouble(refused) == f"Lisa holds #{number}; only the holder can do that."
    assert (await ticket_of(inbox.house, number)).status == "open"


async def test_words_outlive_a_page_that_is_too_old(inbox: Inbox) -> None:
    """Signed out meanwhile, or the database is gone: what was typed is shown, to be sent once more or copied."""
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    page = await open_page(omar, number)
    typed = {"csrf": "0" * 64, "once": "a", "fence": "0", "words": "<Hello> & good bye"}
    stale = await omar.post(f"/tickets/{number}/reply", data=typed)
    assert stale.status_code == 403 and "too old" in trouble(stale)
    assert "&lt;Hello&gt; &amp; good bye</textarea>" in stale.text and await words_of(inbox, number) == []
    await omar.post("/signout", data={"csrf": csrf(page)})
    out = await omar.post(f"/tickets/{number}/reply", data=typed)
    assert out.status_code == 401 and "&lt;Hello&gt; &amp; good bye</textarea>" in out.text
    lisa = await inbox.visitor("Lisa")
    page = await open_page(lisa, number)
    await inbox.desk.store.close()
    gone = await write(lisa, page, number, "Still <here>")
    assert gone.status_code == 503 and "Still &lt;here&gt;</textarea>" in gone.text


async def test_a_takeover_asks_first_and_names_the_holder(inbox: Inbox) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    await inbox.desk.do(claims.claim, number, inbox.house.ids["Lisa"])
    page = (await open_page(omar, number)).text
    assert "Lisa holds this ticket and is told" in page and "Take over from Lisa" in page
    assert f'action="/tickets/{number}/resolve"' not in page and f'action="/tickets/{number}/release"' not in page
    assert (await press(omar, number, "take")).status_code == 303
    assert (await ticket_of(inbox.house, number)).assignee_id == inbox.house.ids["Omar"]
    waits = await inbox.visitor("Lisa")
    await write(omar, await open_page(omar, number), number, "Hi!")
    refused = await press(waits, number, "take")
    assert refused.status_code == 409 and "is on its way. Try again in 5 s" in trouble(refused)


async def test_where_a_ticket_stands(inbox: Inbox) -> None:
    """Pending, on hold, snoozed, woken, resolved, reopened, closed; spam; kept; released; given to a colleague."""
    house = inbox.house
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    await press(omar, number, "claim")
    for deed, status in (("pending", "pending"), ("hold", "on_hold"), ("resolve", "resolved"), ("reopen", "open")):
        assert (await press(omar, number, deed)).status_code == 303
        assert (await ticket_of(house, number)).status == status
    await press(omar, number, "snooze", until="tomorrow 9")
    snoozed = (await ticket_of(house, number)).snoozed_until
    assert snoozed is not None and (snoozed - MONDAY).total_seconds() == 23 * 3600  # nine o'clock in Stockholm
    await press(omar, number, "wake")
    assert (await ticket_of(house, number)).snoozed_until is None
    house.clock.advance(hours=3)
    await alarms.tick(house.desk)
    omar = await inbox.visitor("Omar")
    assert "Keep it" in (await open_page(omar, number)).text
    await press(omar, number, "keep")
    assert await told(house, number, "kept") and "Keep it" not in (await open_page(omar, number)).text
    await press(omar, number, "assign", to=str(house.ids["Lisa"]))
    assert (await ticket_of(house, number)).assignee_id == house.ids["Lisa"]
    await press(await inbox.visitor("Lisa"), number, "release")
    assert (await ticket_of(house, number)).assignee_id is None
    await press(omar, number, "resolve")
    await press(omar, number, "close")
    assert (await ticket_of(house, number)).closed_as == "done"
    other = await inbox.asked("Erik", "Buy my watches")
    await press(omar, other, "spam")
    assert (await ticket_of(house, other)).closed_as == "spam"


async def test_what_belongs_to_a_ticket(inbox: Inbox) -> None:
    """Priority, tags, subject, fields, followers, relations."""
    house, omar = inbox.house, await inbox.visitor("Omar")
    furnish(house)
    number, other = await inbox.asked("Anna", "Hello"), await inbox.asked("Erik", "Hi")
    await press(omar, number, "priority", priority="urgent")
    await press(omar, number, "tag", tags="vip, printer")
    await press(omar, number, "untag", tag="vip")
    await press(omar, number, "subject", subject="The printer <3")
    await press(omar, number, "follow")
    await press(omar, number, "relate", other=f"#{other}")
    ticket = await ticket_of(house, number)
    assert (ticket.priority, ticket.subject) == ("urgent", "The printer <3")
    assert await house.desk.look(tags.of, number) == ("printer",)
    assert "The printer &lt;3" in (await omar.get("/?show=following")).text
    assert await house.desk.look(relations.of, number) == [(number, other, "relates")]
    page = (await open_page(omar, number)).text
    assert "Do not follow" in page and f'href="/tickets/{other}"' in page
    await press(omar, number, "unfollow")
    await press(omar, number, "unrelate", other=str(other))
    assert await house.desk.look(relations.of, number) == []
    assert "printer" not in (await omar.get("/?show=following")).text
    question = house.desk.directory.queue("it").fields[0]
    refused = await press(omar, number, "field", name=question.name, value="Toaster?" * 30)
    assert refused.status_code == 422 and "Toaster?" in refused.text
    answer = question.options[0][0] if question.options else "Laptop"
    await press(omar, number, "field", name=question.name, value=answer)
    assert [value for _, value in await house.desk.look(fields.answered, await ticket_of(house, number))] == [answer]


async def test_merged_and_taken_back(inbox: Inbox) -> None:
    house, omar = inbox.house, await inbox.visitor("Omar")
    first = await inbox.asked("Anna", "Hello")
    house.clock.advance(300)
    second = await inbox.asked("Anna", "Hello?")
    theirs = await inbox.asked("Erik", "Hi")
    assert "different people" in trouble(await press(omar, second, "merge", other=str(theirs)))
    merged = await press(omar, second, "merge", other=str(first))
    assert merged.headers["location"] == f"/tickets/{first}?did=merge"
    assert f"Merged into #{first}" in (await open_page(omar, second)).text
    await press(omar, second, "unmerge")
    assert (await ticket_of(house, second)).merged_into is None


async def test_handed_to_another_queue(inbox: Inbox) -> None:
    """Who does not answer for the new queue is led to the list: the ticket is no longer theirs to see."""
    number, omar = await inbox.asked("Anna", "My salary"), await inbox.visitor("Omar")
    refused = await press(omar, number, "move", queue="Pizza", why="Hungry")
    assert refused.status_code == 422 and 'value="Pizza"' in refused.text and "Hungry</textarea>" in refused.text
    moved = await press(omar, number, "move", queue="payroll", why="It is about money")
    assert moved.headers["location"] == "/?did=move"
    assert "Moved." in (await omar.get("/?did=move")).text
    assert (await ticket_of(inbox.house, number)).queue == "payroll"
    inbox.house.clock.advance(300)
    second = await inbox.asked("Anna", "The network")
    assert "Escalate" not in (await open_page(omar, second)).text
    assert (await press(omar, second, "escalate", queue="customers", why="Not ours")).status_code == 303
    assert (await ticket_of(inbox.house, second)).queue == "customers"


async def test_a_lead_promises_by_hand_and_says_by_what_plan_it_goes(inbox: Inbox) -> None:
    """Omar, who leads nothing, has no such forms, and cannot send them either."""
    gold = Rule({"plan": "gold"}, Targets({"first_reply": {"normal": Duration(3600)}}))
    inbox.desk.directory = with_policy(inbox.desk.directory, lambda policy: replace(policy, rules=(gold,)))
    number, maja, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Maja"), await inbox.visitor("Omar")
    assert f"/tickets/{number}/target" not in (await open_page(omar, number)).text
    typed = {"metric": "resolution", "length": "8 tim", "why": "Kunden är på plats"}
    assert (await press(omar, number, "target", **typed)).status_code == 403
    assert (await press(omar, number, "plan", plan="gold")).status_code == 403
    refused = await press(maja, number, "target", **typed | {"length": "2 days or so"})
    assert refused.status_code == 422 and "“2 days or so” is no length of time" in trouble(refused)
    assert "Kunden är på plats" in refused.text, "what was typed stays in the form"
    done = await press(maja, number, "target", **typed)
    assert done.headers["location"] == f"/tickets/{number}?did=target"
    page = (await open_page(maja, number, did="target")).text
    assert "That holds until it is taken back." in page and "Resolution · 8 h" in page
    assert "set by Maja: Kunden är på plats" in page
    assert (await press(maja, number, "untarget", metric="resolution")).status_code == 303
    assert "set by Maja" not in (await open_page(maja, number)).text
    assert (await press(maja, number, "plan", plan="gold")).status_code == 303
    assert "<option selected>gold</option>" in (await open_page(maja, number)).text
    assert (await promised(inbox.house, number))["first_reply"].target_seconds == 3600
    assert (await press(maja, number, "plan", plan="")).status_code == 303
    assert (await promised(inbox.house, number))["first_reply"].target_seconds == 4 * 3600


async def test_the_next_one_and_none(inbox: Inbox) -> None:
    omar = await inbox.visitor("Omar")
    token = csrf(await omar.get("/"))
    nothing = await omar.post("/next", data={"csrf": token})
    assert nothing.status_code == 409 and "has somebody. Well done!" in nothing.text
    number = await inbox.asked("Anna", "Hello")
    listed = (await omar.get("/")).text
    assert f'action="/tickets/{number}/claim"' in listed
    taken = await omar.post("/next", data={"csrf": token})
    assert taken.headers["location"] == f"/tickets/{number}?did=claim"
    assert f'action="/tickets/{number}/claim"' not in (await omar.get("/")).text


async def test_the_operator_reads_and_does_nothing(inbox: Inbox) -> None:
    number, operator = await inbox.asked("Anna", "Hello"), await inbox.visitor(None)
    page = await open_page(operator, number)
    assert "<textarea" not in page.text and 'action="/tickets/' not in page.text
    for deed in deeds.TICKET:
        answer = await operator.post(f"/tickets/{number}/{deed}", data={"csrf": csrf(page), "words": "Hi"})
        assert answer.status_code == 403, deed
    assert (await operator.post("/next", data={"csrf": csrf(page)})).status_code == 403
    assert (await ticket_of(inbox.house, number)).status == "new" and await words_of(inbox, number) == []


async def test_a_form_from_another_place_does_nothing(inbox: Inbox) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    lisas = csrf(await open_page(await inbox.visitor("Lisa"), number))
    own = csrf(await open_page(omar, number))
    assert (await omar.post(f"/tickets/{number}/claim", data={"csrf": lisas})).status_code == 403
    foreign = {"origin": "https://evil.example"}
    assert (await omar.post(f"/tickets/{number}/claim", data={"csrf": own}, headers=foreign)).status_code == 403
    assert (await ticket_of(inbox.house, number)).assignee_id is None


async def test_a_confidential_queue_is_answered_in_the_browser(inbox: Inbox) -> None:
    """Where only explicit words go out, the page's form is one of the places for them."""
    number = await inbox.asked("Anna", "My salary")
    await press(await inbox.visitor("Omar"), number, "move", queue="payroll", why="Money")
    lisa = await inbox.visitor("Lisa")
    answer = await write(lisa, await open_page(lisa, number), number, "It comes tomorrow.")
    assert "did=reply" in answer.headers["location"]
    inbox.house.clock.advance(6)
    await inbox.desk.do(postman.deliver)
    assert [m.state for m in await words_of(inbox, number) if m.kind == "message"] == ["sent"]


async def test_whoever_writes_in_the_browser_is_seen(inbox: Inbox) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    token = csrf(await open_page(omar, number))
    assert (await omar.post(f"/tickets/{number}/writing", data={"csrf": token})).status_code == 204
    assert "Omar is writing" in (await open_page(await inbox.visitor("Lisa"), number)).text
    await press(omar, number, "note", words="Done", once="b")
    assert "Omar is writing" not in (await open_page(await inbox.visitor("Lisa"), number)).text


async def test_a_note_never_leaves_the_desk(inbox: Inbox) -> None:
    number, lisa = await inbox.asked("Anna", "Hello"), await inbox.visitor("Lisa")
    await press(lisa, number, "note", words="She is always like this.", once="n")
    letters = await inbox.desk.do(postman.deliver)
    home = await inbox.desk.look(threads.home, number)
    assert home and all(letter.to != "home" for letter in letters if letter.kind == "message")
    assert [m.kind for m in await words_of(inbox, number)] == ["note"]


async def test_a_solved_ticket_takes_no_reply_and_keeps_the_words(inbox: Inbox) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    page = await open_page(omar, number)
    await inbox.desk.do(lifecycle.resolve, number, inbox.house.ids["Lisa"])
    refused = await write(omar, page, number, "One more thing")
    assert refused.status_code == 409 and "One more thing</textarea>" in refused.text
    solved = (await open_page(omar, number)).text
    assert "Reopen it to write" in solved and 'data-draft="reply"' not in solved


async def test_every_deed_of_the_page_is_one_of_the_desks(inbox: Inbox) -> None:
    """Everything that was pressed above left its trace in the log, with who did it."""
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    await press(omar, number, "claim")
    await press(omar, number, "release")
    log = await inbox.desk.look(events.of_ticket, number)
    assert [(e.kind, e.actor) for e in log][-2:] == [
        ("claimed", inbox.house.ids["Omar"]),
        ("released", inbox.house.ids["Omar"]),
    ]
    assert (await inbox.desk.look(tickets.get, number)) is not None
    await inbox.desk.do(intake.receive, inbox.house.said("Anna", "Thanks"))


async def save(client: httpx.AsyncClient, **form: str) -> httpx.Response:
    page = await client.get("/canned")
    usual = {"csrf": csrf(page), "queue": "it", "name": "reset", "language": "en", "text": "Hello {requester}!"}
    return await client.post("/canned", data={**usual, **form})


async def test_canned_responses_are_written_and_put_into_the_reply(inbox: Inbox) -> None:
    """Without a script: a link leads to the page with the words in its form, filled in for this ticket."""
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    saved = await save(omar, text="Hello {requester}!\r\n<b>{agent}</b> & {queue}, {ticket}")
    assert saved.status_code == 303 and "Saved." in (await omar.get(saved.headers["location"])).text
    page = await open_page(omar, number)
    assert f'href="/tickets/{number}?canned=reset#reply"' in page.text
    filled = await open_page(omar, number, canned="reset")
    assert f"Hello Anna!\n&lt;b&gt;Omar&lt;/b&gt; &amp; IT support, #{number}</textarea>" in filled.text
    assert await words_of(inbox, number) == []
    assert "no canned response called" in (await open_page(omar, number, canned="nothing")).text
    changed = await omar.get("/canned?queue=it&name=reset&language=en")
    assert "Change “reset”" in changed.text and "{requester}!\n&lt;b&gt;{agent}" in changed.text
    gone = await omar.post("/canned/delete", data={"csrf": csrf(page), "queue": "it", "name": "reset"})
    assert gone.status_code == 303 and "&lt;b&gt;{agent}" not in (await omar.get("/canned")).text


async def test_a_canned_response_that_cannot_be_is_refused_with_its_words(inbox: Inbox) -> None:
    omar, maja = await inbox.visitor("Omar"), await inbox.visitor("Maja")
    unknown = await save(omar, text="Hello {salary}!")
    assert unknown.status_code == 422 and "There is no variable" in trouble(unknown)
    assert "Hello {salary}!</textarea>" in unknown.text
    assert "cannot be a name" in trouble(await save(omar, name="no spaces, please"))
    for queue in ("payroll", ""):  # not Omar's; for all queues only leads write
        refused = await save(omar, queue=queue)
        assert refused.status_code == 403 and "leads can do that" in trouble(refused)
    assert (await save(maja, queue="", name="for-all")).status_code == 303
    assert "for-all" in (await omar.get("/canned")).text
    stale = await omar.post("/canned", data={"csrf": "0", "queue": "it", "name": "x", "language": "en", "text": "Kept"})
    assert stale.status_code == 403 and "Kept</textarea>" in stale.text


async def test_confidential_responses_are_seen_by_their_agents_alone(inbox: Inbox) -> None:
    lisa, omar = await inbox.visitor("Lisa"), await inbox.visitor("Omar")
    assert (await save(lisa, queue="payroll", name="salary-day", text="On the 25th.")).status_code == 303
    assert "salary-day" in (await lisa.get("/canned")).text
    for address in ("/canned", "/canned?queue=payroll&name=salary-day&language=en"):
        page = (await omar.get(address)).text
        assert "salary-day" not in page and "25th" not in page and "Payroll" not in page
    operator = await inbox.visitor(None)
    assert "salary-day" in (await operator.get("/canned")).text
    assert (await save(operator)).status_code == 403


async def test_somebody_came_answered_and_went_while_the_page_was_open(inbox: Inbox) -> None:
    """Nobody holds the ticket, as when Omar opened it; but it was answered in between, and his words wait."""
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    page = await open_page(omar, number)
    lisa = inbox.house.ids["Lisa"]
    await inbox.desk.do(replies.reply, number, lisa, "It is fixed.")
    inbox.house.clock.advance(6)
    await inbox.desk.do(postman.deliver)
    await inbox.desk.do(claims.release, number, lisa)
    assert "did=held" in (await write(omar, page, number, "I will have a look.")).headers["location"]
    held = (await words_of(inbox, number))[-1]
    assert "Claim and send" in (await open_page(omar, number)).text
    await decide(omar, number, held.id, "takesend")
    assert (await ticket_of(inbox.house, number)).assignee_id == inbox.house.ids["Omar"]


async def test_the_claim_moved_before_the_undo_window_ended(inbox: Inbox) -> None:
    """Maja puts the ticket back while Omar's words wait: they are not sent at the window's end, and he decides."""
    number, omar = await inbox.asked("Anna", "Hello"), await inbox.visitor("Omar")
    await write(omar, await open_page(omar, number), number, "Hi!")
    assert (await press(await inbox.visitor("Maja"), number, "release")).status_code == 303
    inbox.house.clock.advance(6)
    letters = await inbox.desk.do(postman.deliver)
    assert not [letter for letter in letters if letter.kind == "message" and letter.to == "home"]
    (held,) = await words_of(inbox, number)
    assert held.state == "held" and "Not sent to Anna yet" in (await open_page(omar, number)).text
    assert '<b class="count">1</b>' in (await omar.get("/")).text
