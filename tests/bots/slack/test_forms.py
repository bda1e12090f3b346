"""The form that asks for a ticket: what it asks, and what is said at a field that is not right."""

from dataclasses import replace
from typing import Any

from bots.port import Answer, Card, Field, Form
from inbox.directory import Directory
from inbox.store import tickets
from tests.bots.slack.acme import DESK, Acme
from tests.bots.slack.rig import QUICK, Door
from tests.inbox.deeds import one_engine

TWO = f"""{DESK}
[queues.customers]
title = "Customers"
policy = "standard"
intake = ["acme:dm"]
desk = "acme:#it-desk"
agents = "members"
"""
FORM = Form(
    "ask",
    "A question",
    (Field("queue", "For whom?", "choice", options=(("it", "IT"),)), Field("words", "What?", "paragraph")),
    "Ask",
)


async def opened(door: Door) -> None:
    door.notes.form = FORM
    assert (await door.sim.do("shortcut", who="anna", callback_id="ask"))["view"]


async def sent(door: Door, answer: Answer) -> Any:
    door.notes.answers = lambda _: answer
    return await door.sim.do("submit", who="anna", values={"queue": "IT", "words": "Help"})


async def test_each_mistake_stands_at_its_field() -> None:
    async with Door() as door:
        await opened(door)
        mistakes = {"queue": "It takes no questions any more.", "words": "Too long."}
        shown = await sent(door, Answer(Card(text="Two mistakes"), refused=True, mistakes=mistakes))
        assert shown["errors"] == mistakes and shown["view"]
        shown = await sent(door, Answer(Card(text="Thanks")))
        assert shown["ok"] and not shown["view"]


async def test_what_no_field_is_to_blame_for_stands_at_the_words() -> None:
    async with Door() as door:
        await opened(door)
        for mistakes in ({}, {"subject": "a field that this form has not"}):
            shown = await sent(door, Answer(Card(text="Not now."), refused=True, mistakes=mistakes))
            assert shown["errors"] == {"words": "Not now."}


async def test_a_long_sentence_at_a_field_is_cut_and_an_empty_one_is_no_error_of_ours() -> None:
    async with Door() as door:
        await opened(door)
        shown = await sent(door, Answer(Card(text=""), refused=True, mistakes={"queue": "x" * 5_000, "words": ""}))
        assert shown["errors"] == {"queue": "x" * 2_000, "words": "…"}


def closed(acme: Acme, key: str) -> None:
    """A queue takes no questions any more, as after a start with another desk file."""
    directory = acme.desk.directory
    queues = {**directory.desk.queues, key: replace(directory.desk.queues[key], intake=())}
    acme.desk.directory = Directory(replace(directory.desk, queues=queues), directory.rooms)


@one_engine
async def test_anna_chooses_the_queue_and_is_told_what_is_wrong_with_her_words(database_url: str) -> None:
    async with Acme(database_url, tuning=QUICK, desk_file=TWO) as acme:
        slack = acme.slack
        shown = await slack.do("shortcut", who="anna", callback_id="New question")
        blocks = slack.world.views[shown["view"]].body["blocks"]
        assert [block["block_id"] for block in blocks] == ["queue", "subject", "words", "priority"]
        assert [one["value"] for one in blocks[0]["element"]["options"]] == ["it", "customers"]

        unsaid = await slack.do("submit", who="anna", values={"queue": "Customers", "words": " \n "})
        assert unsaid["errors"] == {"words": "There were no words in it. Nothing was sent."} and unsaid["view"]
        closed(acme, "customers")
        gone = await slack.do("submit", who="anna", values={"words": "Where is my parcel?"})
        assert list(gone["errors"]) == ["queue"] and "no questions here any more" in gone["errors"]["queue"]
        assert await acme.desk.look(tickets.get, 1) is None

        taken = await slack.do("submit", who="anna", values={"queue": "IT support"})
        assert taken["ok"] and not taken["view"]
        await acme.done()
        made = await acme.desk.look(tickets.get, 1)
        assert made and (made.queue, made.subject) == ("it", "Where is my parcel?")
