"""The REST API: an agent's deeds for programs, with a token of their own."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
import structlog
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from inbox.desk import claims, signin, tokens
from inbox.errors import BadInput
from inbox.store import Tx, messages, people, tickets
from inbox.web import api
from inbox.web.rate import CALLERS, Rate, TooMany
from tests.house import MONDAY
from tests.inbox import postman
from tests.inbox.deeds import one_engine, ticket_of, told
from tests.inbox.web.visitor import Inbox

pytestmark = one_engine


async def program(inbox: Inbox, name: str, **headers: str) -> httpx.AsyncClient:
    """A program that acts for somebody."""
    token = await inbox.desk.do(tokens.make, inbox.house.ids[name])
    return inbox.stranger(**{"accept": "application/json", "authorization": f"Bearer {token}", **headers})


async def do(client: httpx.AsyncClient, address: str, status: int = 200, **sent: Any) -> Any:
    """Posts, and gives the answer; `key` goes into the header."""
    headers = {"idempotency-key": sent.pop("key")} if "key" in sent else {}
    answer = await client.post(f"/api{address}", json=sent or None, headers=headers)
    assert answer.status_code == status, answer.text
    _fits(address, answer)
    return answer.json()


def _fits(address: str, answer: httpx.Response) -> None:
    """The answer is as the API's own description says."""
    described = api.openapi()
    kind = "Answer" if answer.status_code == 200 else "Refusal"
    schema = {"$ref": f"#/components/schemas/{kind}", "components": described["components"]}
    Draft202012Validator(schema).validate(answer.json())


def wrong(body: Any) -> tuple[str, str]:
    return body["error"]["code"], body["error"]["message"]


async def test_a_program_answers_a_ticket(inbox: Inbox) -> None:
    """It looks, claims, replies, and resolves; Anna sees the answer, and the log says that it was Omar."""
    number, omar = await inbox.asked("Anna", "My laptop does not wake up"), await program(inbox, "Omar")
    assert (await omar.get("/api/me")).json() == {
        "id": inbox.house.ids["Omar"],
        "name": "Omar",
        "queues": {"customers": "agent", "it": "agent"},
    }
    listed = (await omar.get("/api/tickets?show=unclaimed")).json()
    assert [row["number"] for row in listed["tickets"]] == [number] and listed["next"] is None
    claimed = await do(omar, f"/tickets/{number}/claim")
    assert claimed["ticket"]["mine"] and claimed["ticket"]["status"] == "open"
    fence = claimed["ticket"]["fence"]
    said = await do(omar, f"/tickets/{number}/reply", text="Hold the button.", fence=fence)
    assert said["outcome"] == "done" and said["words"]
    inbox.house.clock.advance(6)
    await inbox.desk.do(postman.deliver)
    whole = (await omar.get(f"/api/tickets/{number}")).json()
    assert [(m["author"], m["kind"], m["text"], m["state"]) for m in whole["messages"]] == [
        ("Anna", "message", "My laptop does not wake up", "received"),
        ("Omar", "message", "Hold the button.", "sent"),
    ]
    await do(omar, f"/tickets/{number}/resolve")
    assert (await ticket_of(inbox.house, number)).status == "resolved"
    assert {event.actor for event in await told(inbox.house, number, "resolved")} == {inbox.house.ids["Omar"]}


async def test_everything_else_that_programs_may_do(inbox: Inbox) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await program(inbox, "Omar")
    await do(omar, f"/tickets/{number}/note", text="Called twice.")
    await do(omar, f"/tickets/{number}/priority", priority="urgent")
    await do(omar, f"/tickets/{number}/tags", add=["vip", "vpn"])
    await do(omar, f"/tickets/{number}/tags", remove=["vip"])
    whole = (await omar.get(f"/api/tickets/{number}")).json()
    assert (whole["tags"], whole["ticket"]["priority"], whole["holder"]) == (["vpn"], "urgent", None)
    assert whole["messages"][-1]["kind"] == "note"
    lisa = next(one for one in whole["team"] if one["name"] == "Lisa")
    await do(omar, f"/tickets/{number}/assign", to=lisa["id"])
    taken = await do(omar, f"/tickets/{number}/take-over")
    assert taken["ticket"]["mine"] and taken["ticket"]["fence"] == 2
    assert not (await do(omar, f"/tickets/{number}/release"))["ticket"]["held"]
    for deed, status in (("pending", "pending"), ("hold", "on_hold"), ("resolve", "resolved"), ("reopen", "new")):
        assert (await do(omar, f"/tickets/{number}/{deed}"))["ticket"]["status"] == status
    for deed in ("follow", "unfollow"):
        await do(omar, f"/tickets/{number}/{deed}")
    moved = await do(omar, f"/tickets/{number}/move", queue="payroll", why="Money")
    assert moved == {"outcome": "done", "ticket": None, "words": None}  # it is not Omar's to see any more
    assert (await ticket_of(inbox.house, number)).queue == "payroll"


async def test_naps_are_instants_and_second_matters_are_split_off(inbox: Inbox) -> None:
    number, omar = await inbox.asked("Anna", "My laptop"), await program(inbox, "Omar")
    await inbox.asked("Anna", "And the scanner")
    napping = (await do(omar, f"/tickets/{number}/snooze", until="2026-03-05T08:15:30+01:00"))["ticket"]
    assert napping["snoozed_until"] == "2026-03-05T07:15:30Z"
    assert (await do(omar, f"/tickets/{number}/wake"))["ticket"]["snoozed_until"] is None
    for until, code in (("2026-03-01T08:00:00Z", "past"), ("9999-12-31T23:59:59-14:00", "too_far")):
        assert wrong(await do(omar, f"/tickets/{number}/snooze", 422, until=until))[0] == code
    for until in ("tomorrow", "2026-03-05T08:15:30", 10**30):  # a program says which hour it means
        assert wrong(await do(omar, f"/tickets/{number}/snooze", 422, until=until))[0] == "bad_input"
    second = (await omar.get(f"/api/tickets/{number}")).json()["messages"][1]
    made = (await do(omar, f"/tickets/{number}/split", start=second["id"], key="s"))["ticket"]
    assert made["number"] == number + 1 and made["subject"] == "And the scanner"
    again = await do(omar, f"/tickets/{number}/split", start=second["id"], key="s")
    assert again["outcome"] == "repeated" and await inbox.desk.look(tickets.get, number + 2) is None


async def test_a_reply_to_another_state_of_things_is_held(inbox: Inbox) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await program(inbox, "Omar")
    seen = (await omar.get(f"/api/tickets/{number}")).json()["ticket"]["fence"]
    await inbox.desk.do(claims.claim, number, inbox.house.ids["Lisa"])
    held = await do(omar, f"/tickets/{number}/reply", text="Three o'clock?", fence=seen)
    assert held["outcome"] == "held"
    assert (await omar.get(f"/api/tickets/{number}")).json()["undecided"] == [held["words"]]
    lost = await do(omar, f"/tickets/{number}/claim", 409)
    assert lost["error"]["code"] == "already_claimed" and lost["error"]["fields"]["holder"] == "Lisa"
    assert wrong(await do(omar, f"/words/{held['words']}/send", 409))[0] == "not_holder"
    sent = await do(omar, f"/words/{held['words']}/take-over-and-send")
    assert sent["ticket"]["mine"] and sent["words"] == held["words"]


async def test_the_same_key_again_changes_nothing(inbox: Inbox) -> None:
    """Two deliveries of one request, whatever it is; but the same key for something else is a mistake."""
    number, omar = await inbox.asked("Anna", "Hello"), await program(inbox, "Omar")
    first = await do(omar, f"/tickets/{number}/reply", text="Hi!", key="a1")
    again = await do(omar, f"/tickets/{number}/reply", text="Hi!", key="a1")
    assert (first["outcome"], again["outcome"]) == ("done", "repeated")
    assert wrong(await do(omar, f"/tickets/{number}/reply", 422, text="Bye!", key="a1"))[0] == "key_reused"
    lisa = await program(inbox, "Lisa")
    assert (await do(lisa, f"/tickets/{number}/note", text="Hi!", key="a1"))["outcome"] == "done"
    said = await inbox.desk.look(messages.of_ticket, number)
    assert [m.text for m in said if m.role == "agent"] == ["Hi!", "Hi!"]
    await do(omar, f"/tickets/{number}/resolve", key="a2")
    await do(omar, f"/tickets/{number}/reopen")
    await do(omar, f"/tickets/{number}/resolve", key="a2")
    assert (await ticket_of(inbox.house, number)).status == "open"
    await do(omar, f"/tickets/{number}/release")
    await inbox.desk.do(claims.claim, number, inbox.house.ids["Lisa"])
    await do(omar, f"/tickets/{number}/claim", 409, key="a3")
    await inbox.desk.do(claims.release, number, inbox.house.ids["Lisa"])
    assert (await do(omar, f"/tickets/{number}/claim", key="a3"))["outcome"] == "done"  # it had not been done


async def test_what_is_wrong_is_said_to_programs_and_to_people(inbox: Inbox) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await program(inbox, "Omar")
    swedish = await program(inbox, "Lisa", **{"accept-language": "sv-SE,sv;q=0.9"})
    assert wrong(await do(omar, f"/tickets/{number}/reply", 422, text=" ")) == (
        "empty_words",
        "There were no words in it. Nothing was sent.",
    )
    refused = await swedish.post(f"/api/tickets/{number}/reply", json={"text": "x" * 20_001})
    assert refused.status_code == 422 and refused.json()["error"]["fields"] == {"limit": 20_000, "length": 20_001}
    assert refused.json()["error"]["message"].startswith("Det är för långt")
    missing = await do(omar, f"/tickets/{number}/reply", 422, words="Hi")
    assert missing["error"]["code"] == "bad_input" and "body.text" in missing["error"]["fields"]
    unclear = ("bad_input", "What was sent is not understood; the fields tell which part.")
    assert wrong(await do(omar, f"/tickets/{number}/priority", 422, priority="now")) == unclear
    assert wrong(await do(omar, f"/tickets/{number}/explode", 422))[0] == "bad_input"
    assert wrong(await do(omar, "/tickets/4711/claim", 404))[0] == "not_found"
    assert (await omar.get("/api/tickets?show=everything")).json()["error"]["fields"] == {"show": "?"}
    await inbox.desk.store.close()
    gone = await omar.get("/api/me")
    assert gone.status_code == 503 and gone.json()["error"]["code"] == "store"


STRANGE = [
    ("GET", "/nowhere", {}, 404, "not_found"),
    ("DELETE", "/me", {}, 405, "wrong_method"),
    ("GET", "/me", {"host": "evil.example"}, 400, "wrong_host"),
    ("POST", "/tickets/1/claim", {"origin": "https://evil.example"}, 403, "foreign_form"),
    ("POST", "/tickets/1/note", {"content-length": "999999"}, 413, "too_big"),
    ("POST", "/tickets/1/note", {"content-length": "9" * 5000}, 413, "too_big"),
    ("GET", f"/tickets/{10**30}", {}, 422, "bad_input"),
    ("GET", "/tickets/-1", {}, 422, "bad_input"),
    ("GET", f"/tickets/1?before={10**30}", {}, 422, "bad_input"),
    ("POST", f"/tickets/{10**30}/claim", {}, 422, "bad_input"),
    ("POST", f"/tickets/{2**63 - 1}/claim", {}, 404, "not_found"),
    ("POST", f"/words/{2**63 - 1}/send", {}, 404, "not_found"),
]


@pytest.mark.parametrize("accept", ["application/json", "text/html,*/*"])
async def test_whatever_is_wrong_is_told_in_one_shape(inbox: Inbox, accept: str) -> None:
    """Also what never came to the API itself: a program finds its code where it always is."""
    omar = await program(inbox, "Omar", accept=accept)
    for method, address, headers, status, code in STRANGE:
        answer = await omar.request(method, f"/api{address}", headers=headers)
        assert (answer.status_code, wrong(answer.json())[0]) == (status, code), address
        _fits(address, answer)
    bodies = (b"{", b'{"text": "' + b"x" * 10, b"[" * 20_000, b"\xff", b"null", b"7")
    for body in bodies:
        answer = await omar.post("/api/tickets/1/note", content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (400, 422), body[:20]
        _fits("", answer)
    number = await inbox.asked("Anna", "Hello")
    half = b'{"text": "half a \\ud800 and \\u0000"}'
    await omar.post(f"/api/tickets/{number}/note", content=half, headers={"content-type": "application/json"})
    assert [m.text for m in await inbox.desk.look(messages.of_ticket, number)][1:] == ["half a \ufffd and \ufffd"]


async def test_a_part_that_nobody_knows_is_refused(inbox: Inbox) -> None:
    """A reply whose fence was mistyped would otherwise go out without one."""
    number, omar = await inbox.asked("Anna", "Hello"), await program(inbox, "Omar")
    refused = await do(omar, f"/tickets/{number}/reply", 422, text="Hi!", fense=0)
    assert list(refused["error"]["fields"]) == ["body.fense"]
    assert len(await inbox.desk.look(messages.of_ticket, number)) == 1


async def test_who_guesses_numbers_learns_no_names(inbox: Inbox) -> None:
    number, omar = await inbox.asked("Anna", "Hello"), await program(inbox, "Omar")
    for who in (inbox.house.ids["Erik"], inbox.house.ids["Omar@shop"], 4711):
        refused = wrong(await do(omar, f"/tickets/{number}/assign", 422, to=who))
        assert refused == ("no_colleague", "They do not answer for this queue.")
    assert wrong(await do(omar, "/tickets/4711/assign", 404, to=inbox.house.ids["Lisa"]))[0] == "not_found"


async def test_a_token_is_somebodys_until_it_ends(inbox: Inbox) -> None:
    """A new one ends the old; one that was revoked, ran out, or is a blocked or former agent's is nobody's."""
    omar = inbox.house.ids["Omar"]
    old = await program(inbox, "Omar")
    new = await program(inbox, "Omar")

    async def status(client: httpx.AsyncClient) -> int:
        return (await client.get("/api/me")).status_code

    assert (await status(old), await status(new), await status(inbox.stranger())) == (401, 200, 401)
    inbox.house.clock.advance(days=364)
    assert await status(new) == 200
    inbox.house.clock.advance(days=2)
    assert await status(new) == 401
    revoked = await program(inbox, "Omar")
    assert await inbox.desk.do(tokens.revoke, omar) and not await inbox.desk.do(tokens.revoke, omar)
    assert await status(revoked) == 401
    blocked = await program(inbox, "Omar")
    await inbox.desk.store.do(people.set_blocked, omar, True)
    assert await status(blocked) == 401
    former = await program(inbox, "Lisa")
    for queue in ("it", "customers", "payroll"):
        await inbox.desk.store.do(people.set_members, queue, {})
    assert await status(former) == 401
    with pytest.raises(BadInput) as refused:
        await inbox.desk.do(tokens.make, inbox.house.ids["Anna"])
    assert refused.value.key == "error.no_agent"


async def test_a_token_is_no_session_and_a_session_no_token(inbox: Inbox) -> None:
    token = await inbox.desk.do(tokens.make, inbox.house.ids["Omar"])
    browser = inbox.stranger(cookie=f"frontdesk={token}")
    assert (await browser.get("/")).status_code == 401
    link = await inbox.desk.do(signin.make, inbox.house.ids["Omar"])
    session = await inbox.desk.do(signin.use, link)
    assert session
    for given in (session, f"fd_{session}", token[3:], ""):
        answer = await inbox.stranger(authorization=f"Bearer {given}").get("/api/me")
        assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
    omar = await inbox.visitor("Omar")  # a cookie opens pages, not the API
    assert (await omar.get("/api/me")).status_code == 401


async def test_a_confidential_ticket_is_read_by_its_agents_and_that_is_noted(inbox: Inbox) -> None:
    secret = await inbox.file(queue="payroll", subject="Anna's salary")
    omar, lisa = await program(inbox, "Omar"), await program(inbox, "Lisa")
    refused, nowhere = await omar.get(f"/api/tickets/{secret}"), await omar.get("/api/tickets/4711")
    assert refused.status_code == 404 and "salary" not in refused.text
    assert {**refused.json()["error"], "fields": {}} == {**nowhere.json()["error"], "fields": {}}
    assert (await lisa.get(f"/api/tickets/{secret}")).json()["ticket"]["subject"] == "Anna's salary"
    (read,) = await told(inbox.house, secret, "read_private")
    assert (read.actor, read.facts["door"]) == (inbox.house.ids["Lisa"], "api")


async def test_tokens_are_in_no_log_and_no_row(inbox: Inbox) -> None:
    token = await inbox.desk.do(tokens.make, inbox.house.ids["Omar"])
    client = inbox.stranger(authorization=f"Bearer {token}")
    with structlog.testing.capture_logs() as logged:
        await client.get("/api/me")
        await client.get("/api/tickets/4711")
    kept = await inbox.desk.look(_everything)
    assert token not in json.dumps(logged, default=str) and token not in kept and token[3:] not in kept


def _everything(tx: Tx) -> str:
    return "\n".join(tx.conn.connection.dbapi_connection.iterdump())  # type: ignore[union-attr]


async def test_who_asks_too_often_waits(inbox: Inbox) -> None:
    inbox.app.state.rate = Rate(2, 0.5)
    omar, lisa = await program(inbox, "Omar"), await program(inbox, "Lisa")
    statuses = [(await omar.get("/api/me")).status_code for _ in range(3)]
    assert statuses == [200, 200, 429] and (await lisa.get("/api/me")).status_code == 200
    refused = await omar.get("/api/me")
    assert refused.headers["retry-after"] == "2" and refused.json()["error"]["code"] == "too_many"
    inbox.house.clock.advance(2)
    assert (await omar.get("/api/me")).status_code == 200


def test_the_callers_that_are_remembered_are_bounded(engine_name: str) -> None:
    rate = Rate(1, 1)
    for n in range(3 * CALLERS):
        rate.take(f"caller {n}", MONDAY.replace(minute=n // 60, second=n % 60))
    assert len(rate._buckets) <= CALLERS
    rate.take("twice", MONDAY)
    with pytest.raises(TooMany):
        rate.take("twice", MONDAY)


async def test_the_api_describes_itself(inbox: Inbox) -> None:
    """Every route is in it, with its answer and its mistakes; and it asks for a token everywhere."""
    described = (await inbox.stranger().get("/api/openapi.json")).json()
    assert described == json.loads(json.dumps(api.openapi()))
    routes = {route.path for route in api.router.routes if getattr(route, "include_in_schema", False)}  # type: ignore[attr-defined]
    assert set(described["paths"]) == routes and len(routes) == 14
    for path, methods in described["paths"].items():
        for deed in methods.values():
            assert deed["security"] and deed["description"], path
            assert {"200", "401", "404", "409", "422", "429"} <= set(deed["responses"])


def test_the_page_about_the_api_names_all_that_there_is(engine_name: str) -> None:
    page = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
    named = {*re.findall(r"[a-z.-]+", page)}
    deeds = {*get_args(api.Simple), *get_args(api.Choice)}
    deeds |= {part for path in api.openapi()["paths"] for part in path.split("/") if part.isalpha()}
    assert deeds - named == set()
