"""A queue's own questions in Slack's forms."""

from dataclasses import replace

from inbox.directory import DM, Directory, RoomRef
from inbox.store import fields
from tests.bots.seven import questions
from tests.bots.slack.acme import Acme
from tests.bots.slack.rig import QUICK
from tests.inbox.deeds import one_engine

GIVEN = {
    "What is it about?": "It smokes",
    "Which device?": "Laptop",
    "Since when?": "2026-03-01",
    "Your boss": "maja",
    "Room": "B 12",
    "Cost centre": "4711",
}


def asks_seven(acme: Acme, *more: str) -> None:
    """The queue gets its questions; `more` are keys of queues beside it that have none."""
    directory = acme.desk.directory
    it = replace(directory.desk.queues["it"], fields=questions())
    others = {key: replace(it, key=key, title=key.title(), intake=(RoomRef("acme", DM),), fields=()) for key in more}
    acme.desk.directory = Directory(replace(directory.desk, queues={"it": it, **others}), directory.rooms)


@one_engine
async def test_all_is_asked_in_one_window_and_a_mistake_is_told_where_it_is(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK) as acme:
        asks_seven(acme)
        await acme.slack.do("command", who="anna", room="#it-help", text="/ticket")
        sent = await acme.slack.do("submit", who="anna", values={**GIVEN, "Room": " "})
        assert not sent["ok"] and sent["errors"] == {"field:room": "Room – please answer this one."}
        sent = await acme.slack.do("submit", who="anna", values={**GIVEN, "Its price": "1200.50"})
        assert sent["ok"] and not sent["view"]
        card = acme.slack.text(await acme.card())
        for shown in ("Laptop", "1 Mar 2026", "Maja", "1200.50", "B 12", "4711"):
            assert shown in card
        assert "Not known yet" not in card
        assert (await acme.desk.look(fields.of_ticket, 1))["boss"].startswith("Maja\nacme:U")
        await acme.done()
        assert "#1" in acme.slack.texts("dm:anna")[-1]


@one_engine
async def test_the_window_goes_on_with_the_questions_of_the_queue_that_was_chosen(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK) as acme:
        asks_seven(acme, "kitchen")
        await acme.slack.do("command", who="anna", room="#it-help", text="/ticket")
        first = {"For whom?": "IT support", "What is it about?": "It smokes"}
        sent = await acme.slack.do("submit", who="anna", values=first)
        assert sent["ok"] and sent["view"], "the same window, with what is left"
        own = {label: value for label, value in GIVEN.items() if label != "What is it about?"}
        sent = await acme.slack.do("submit", who="anna", values={**own, "Room": "x" * 200})
        assert sent["ok"] and not sent["view"]
        assert "It smokes" in acme.slack.text(await acme.card())
        assert (await acme.desk.look(fields.of_ticket, 1))["room"] == "x" * 200


@one_engine
async def test_who_just_writes_is_asked_nothing_and_the_card_says_what_is_missing(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK) as acme:
        asks_seven(acme)
        await acme.writes("anna", "It smokes", "#it-help")
        card = acme.slack.text(await acme.card())
        assert "Not known yet: Which device?, Your boss, Room, Cost centre. Fill in: /ticket field 1 device: …" in card
