"""The way in: a link that works once, a session that ends, and a cookie that stays where it belongs."""

import re
from typing import Any

import pytest
from sqlalchemy import select, text

from inbox.desk import signin
from inbox.store import Tx, people
from inbox.store.tables import session
from inbox.store.tables import signin as link_table
from tests.house import House
from tests.inbox.web.visitor import Inbox, csrf

sqlite_only = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


async def test_a_link_lets_one_in_once(inbox: Inbox) -> None:
    token = await inbox.desk.do(signin.make, inbox.house.ids["Omar"])
    assert len(token) >= 22  # 128 bits and more, six to a character
    omar = inbox.stranger()
    for _ in range(3):  # programs that look at links first, and Omar who hesitates
        offered = await omar.get(f"/signin/{token}")
        assert offered.status_code == 200 and "<button" in offered.text and "set-cookie" not in offered.headers
    entered = await omar.post(f"/signin/{token}")
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert "Omar" in (await omar.get("/")).text
    other = inbox.stranger()
    assert (await other.post(f"/signin/{token}")).status_code == 404
    assert (await other.get("/")).status_code == 401


@sqlite_only
async def test_unknown_used_and_old_links_look_the_same(inbox: Inbox) -> None:
    omar = inbox.house.ids["Omar"]
    used, old = await inbox.desk.do(signin.make, omar), await inbox.desk.do(signin.make, omar)
    operators = await inbox.desk.do(signin.make, None)
    await inbox.stranger().post(f"/signin/{used}")
    inbox.house.clock.advance(15 * 60)
    answers = [
        await inbox.stranger().request(how, f"/signin/{token}")
        for token in ("x" * 43, used, old)
        for how in ("GET", "POST")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert "Send the bot <code>/desk</code> in chat" in answers[0].text
    inbox.house.clock.advance(44 * 60)
    assert (await inbox.stranger().get(f"/signin/{operators}")).status_code == 200  # the operator's lasts an hour
    inbox.house.clock.advance(60)
    assert (await inbox.stranger().get(f"/signin/{operators}")).status_code == 404


async def test_of_two_who_use_a_link_at_once_one_comes_in(inbox: Inbox) -> None:
    import asyncio

    token = await inbox.desk.do(signin.make, inbox.house.ids["Omar"])
    answers = await asyncio.gather(*(inbox.stranger().post(f"/signin/{token}") for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [303] + [404] * 7


@sqlite_only
async def test_a_link_may_lead_to_a_ticket_and_nowhere_else(inbox: Inbox) -> None:
    from inbox.web.auth import link

    number = await inbox.asked("Anna", "Hello")
    for question, leads in (
        (f"ticket={number}", f"/tickets/{number}"),
        ("ticket=//evil.example", "/"),
        ("to=//x", "/"),
    ):
        token = await inbox.desk.do(signin.make, inbox.house.ids["Omar"])
        page = await inbox.stranger().get(f"/signin/{token}?{question}")
        action = re.search(r'action="(/signin/[^"]+)"', page.text)
        assert action
        assert (await inbox.stranger().post(action[1])).headers["location"] == leads
    assert link("https://desk.example/", "abc", 42) == "https://desk.example/signin/abc?ticket=42"


@sqlite_only
async def test_only_hashes_are_kept(inbox: Inbox) -> None:
    token = await inbox.desk.do(signin.make, inbox.house.ids["Omar"])
    omar = inbox.stranger()
    await omar.post(f"/signin/{token}")
    cookie = omar.cookies["frontdesk"]

    def everything(tx: Tx) -> str:
        return str([tx.run(select(table)).all() for table in (link_table, session)])

    kept = await inbox.desk.look(everything)
    assert token not in kept and cookie not in kept


async def test_a_session_ends_after_two_idle_hours_and_after_twelve_in_any_case(inbox: Inbox) -> None:
    idle, busy = await inbox.visitor("Omar"), await inbox.visitor("Lisa")
    for _ in range(7):
        inbox.house.clock.advance(hours=1.6)
        assert (await busy.get("/")).status_code == 200
    assert (await idle.get("/")).status_code == 401
    inbox.house.clock.advance(hours=0.8)
    assert (await busy.get("/")).status_code == 401


@sqlite_only
async def test_signing_in_again_ends_the_former_session(inbox: Inbox) -> None:
    omar = await inbox.visitor("Omar")
    former = omar.cookies["frontdesk"]
    token = await inbox.desk.do(signin.make, inbox.house.ids["Lisa"])
    assert (await omar.post(f"/signin/{token}")).status_code == 303
    assert omar.cookies["frontdesk"] != former
    thief = inbox.stranger(cookie=f"frontdesk={former}")
    assert (await thief.get("/")).status_code == 401


@sqlite_only
async def test_a_session_id_that_somebody_planted_is_not_taken_over(inbox: Inbox) -> None:
    token = await inbox.desk.do(signin.make, inbox.house.ids["Omar"])
    victim = inbox.stranger(cookie="frontdesk=planted")
    entered = await victim.post(f"/signin/{token}")
    assert "planted" not in entered.headers["set-cookie"]
    assert (await inbox.stranger(cookie="frontdesk=planted").get("/")).status_code == 401


async def test_signing_out(inbox: Inbox) -> None:
    omar = await inbox.visitor("Omar")
    cookie, token = omar.cookies["frontdesk"], csrf(await omar.get("/"))
    for forged in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "é"}):
        assert (await omar.post("/signout", data=forged)).status_code == 403
    assert (await omar.get("/")).status_code == 200
    left = await omar.post("/signout", data={"csrf": token})
    assert left.status_code == 200 and "Until next time" in left.text
    assert left.headers["clear-site-data"] == '"cache", "storage"'  # files and drafts, also where no script runs
    assert (await inbox.stranger(cookie=f"frontdesk={cookie}").get("/")).status_code == 401


@sqlite_only
async def test_one_readers_form_is_no_good_for_another(inbox: Inbox) -> None:
    omar, lisa = await inbox.visitor("Omar"), await inbox.visitor("Lisa")
    assert (await omar.post("/signout", data={"csrf": csrf(await lisa.get("/"))})).status_code == 403


@pytest.mark.parametrize(
    ("url", "name", "secure"),
    [("http://127.0.0.1:8080", "frontdesk", False), ("https://desk.example", "__Host-frontdesk", True)],
)
@sqlite_only
async def test_the_cookie_stays_where_it_belongs(house: House, url: str, name: str, secure: bool) -> None:
    inbox = Inbox(house, url=url)
    token = await inbox.desk.do(signin.make, inbox.house.ids["Omar"])
    answer = await inbox.stranger().post(f"/signin/{token}")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{name}=")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=43200"} <= set(cookie.split("; "))
    assert ("Secure" in cookie) is secure and "Domain" not in cookie
    assert ("strict-transport-security" in answer.headers) is secure
    await inbox.close()


@pytest.mark.parametrize("change", ["roles", "blocked"])
@sqlite_only
async def test_who_answers_for_no_queue_any_more_is_out_at_once(inbox: Inbox, change: str) -> None:
    omar = await inbox.visitor("Omar")
    who = inbox.house.ids["Omar"]

    def revoke(tx: Tx, now: Any) -> None:
        if change == "blocked":
            tx.run(text("UPDATE person SET blocked = true WHERE id = :id"), {"id": who})
        for queue in ("it", "customers"):
            people.set_members(tx, queue, {} if change == "roles" else people.members(tx, queue))

    await inbox.desk.do(revoke)
    assert (await omar.get("/")).status_code == 401


@sqlite_only
async def test_what_ran_out_is_swept_away(inbox: Inbox) -> None:
    await inbox.visitor("Omar")
    inbox.house.clock.advance(hours=13)
    await inbox.desk.do(signin.make, inbox.house.ids["Lisa"])

    def counted(tx: Tx) -> tuple[int, int]:
        return len(tx.run(select(link_table)).all()), len(tx.run(select(session)).all())

    assert await inbox.desk.look(counted) == (1, 0)
