"""Words that were refused, or came late: all of them end in their tickets, once."""

import pytest
from sqlalchemy import update

from inbox.store.tables import room
from tests.bots.slack.acme import Acme
from tests.bots.slack.rig import QUICK, Door
from tests.inbox.deeds import one_engine


def company(url: str, *retry_delays: float) -> Acme:
    return Acme(url, tuning=QUICK, ack_seconds=0.3, retry_delays=retry_delays)


async def refused(acme: Acme, text: str, who: str = "anna", thread: str = "") -> str:
    """Somebody writes while there is no database."""
    attempts = len(acme.slack.deliveries)
    with acme.no_database():
        ts: str = await acme.slack.do("write", who=who, room="#it-help", text=text, thread=thread)
        await acme.slack.until(lambda: [one for one in list(acme.slack.deliveries)[attempts:] if one.acked is False])
    return ts


def at_desk(acme: Acme) -> list[str]:
    """What agents read under the first card."""
    cards = acme.slack.seen("#it-desk", "")
    return acme.slack.texts("#it-desk", cards[0].ts)[1:] if cards else []


@one_engine
@pytest.mark.parametrize("retry_delays", [(), (0.2, 0.2)], ids=["given up by Slack", "redelivered"])
async def test_an_answer_is_taken_before_the_question_that_was_refused(
    database_url: str, retry_delays: tuple[float, ...]
) -> None:
    async with company(database_url, *retry_delays) as acme:
        fault = acme.slack.faults.order("status", "conversations.history", times=1000)  # nothing is read again yet
        asked = await refused(acme, "My laptop is on fire")
        await acme.slack.do("write", who="anna", room="#it-help", text="It spreads", thread=asked)
        await acme.slack.do("write", who="erik", room="#it-help", text="I smell it too", thread=asked)
        await acme.done()
        acme.slack.faults.clear()
        assert fault.struck
        await acme.slack.until(lambda: len(at_desk(acme)) == 3)
        await acme.done()
        question, *answers = at_desk(acme)
        assert question == "Anna  My laptop is on fire"
        assert sorted(answers) == ["Anna  It spreads", "Erik (taking part)  I smell it too"]
        assert len(acme.slack.seen("#it-desk", "")) == 1


@one_engine
async def test_an_answer_under_a_ticket_is_refused_and_given_up_by_slack(database_url: str) -> None:
    async with company(database_url) as acme:
        asked = await acme.writes("anna", "My laptop is on fire", "#it-help")
        await refused(acme, "It spreads", thread=asked)
        await acme.slack.until(lambda: at_desk(acme) == ["Anna  My laptop is on fire", "Anna  It spreads"])


@one_engine
async def test_nothing_from_before_the_refused_question_is_read(database_url: str) -> None:
    async with company(database_url) as acme:
        await acme.close()
        await acme.desk.store.do(lambda tx: tx.run(update(room).values(last_id="")))  # as if it had never been open
        await acme.slack.do("write", who="erik", room="#it-help", text="Is this the right channel?")
        acme.clock.advance(60)
        await acme.open()
        await refused(acme, "My laptop is on fire")
        await acme.slack.until(lambda: at_desk(acme))
        await acme.done()
        assert len(acme.slack.seen("#it-desk", "")) == 1


@one_engine
async def test_the_database_is_away_for_longer(database_url: str) -> None:
    async with company(database_url) as acme:
        with acme.no_database():
            asked = await acme.slack.do("write", who="anna", room="#it-help", text="My laptop is on fire")
            await acme.slack.do("write", who="anna", room="#it-help", text="It spreads", thread=asked)
            await acme.slack.do("write", who="erik", room="#it-help", text="Where is the exit?")
            await acme.slack.until(lambda: acme.slack.idle)
        await acme.slack.until(lambda: len(acme.slack.seen("#it-desk", "")) == 2)
        await acme.slack.until(lambda: at_desk(acme) == ["Anna  My laptop is on fire", "Anna  It spreads"])


async def test_a_question_whose_delivery_was_lost_on_the_way() -> None:
    """The socket had died; meanwhile an answer under it came over the other one."""
    async with Door(ack_seconds=0.1, retry_delays=(0.3,)) as door:
        door.notes.open.clear()
        asked = await door.says("anna", "My laptop is on fire")
        await door.sim.until(lambda: [one for one in door.sim.deliveries if one.acked is False])
        door.notes.open.set()
        await door.sim.until(lambda: door.calls("conversations.history"))
        assert door.calls("conversations.history")[0].request["query"]["oldest"] < asked


async def test_an_answer_waits_for_the_question_that_is_being_taken_in() -> None:
    async with Door() as door:
        door.sim.faults.order("latency", "users.info", seconds=0.2, body="U0ANNA00001")
        asked = await door.says("anna", "My laptop is on fire")
        await door.says("omar", "Where are you?", thread=asked)
        await door.says("omar", "Elsewhere nobody waits", room="#it-desk")
        await door.heard(3)
        assert [text for text in door.notes.texts if "Elsewhere" not in text] == [
            "My laptop is on fire",
            "Where are you?",
        ]
        assert door.notes.texts[0] == "Elsewhere nobody waits"
