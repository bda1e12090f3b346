"""A life of a ticket in Slack: Anna asks in #it-help, Omar and Lisa answer from #it-desk.

The real front, desk, relay and Slack's own libraries; only Slack itself is simulated. Time is told.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.bots.slack.acme import Acme


@pytest.fixture
async def acme(database_url: str) -> AsyncIterator[Acme]:
    async with Acme(database_url) as acme:
        yield acme


async def test_anna_asks_and_is_answered(acme: Acme) -> None:
    slack = acme.slack
    asked = await acme.writes("anna", "My laptop is on fire", "#it-help")
    assert slack.texts("#it-help", asked)[1:] == ["Thanks, we have your question: #1. IT support will answer you here."]
    card = await acme.card()
    thread = card.ts
    assert "#1 My laptop is on fire" in slack.text(card) and "Anna (Slack)" in slack.text(card)
    assert "nobody yet" in slack.text(card)
    assert slack.texts("#it-desk", thread)[1:] == ["Anna  My laptop is on fire"]

    # both press at the same moment: one holds it, the other is told who does
    pressing = {"room": "#it-desk", "message": thread, "label": "Claim"}
    await asyncio.gather(*(slack.do("press", who=who, **pressing) for who in ("omar", "lisa")))
    await slack.until(lambda: acme.told("omar") and acme.told("lisa"))
    omar, lisa = ("omar", "lisa") if "is yours" in acme.told("omar")[0] else ("lisa", "omar")
    holder, other = omar.capitalize(), lisa.capitalize()
    assert "goes to Anna" in acme.told(omar)[0]
    assert acme.told(lisa)[0].startswith(f"{holder} took #1 0 s ago.") and "Take over" in acme.told(lisa)[0]
    await acme.done()
    assert holder in slack.text(await acme.card()) and other not in slack.text(await acme.card())

    # the holder speaks to Anna, the other only to the holder
    note = await acme.writes(lisa, "again that laptop", "#it-desk", thread)
    words = await acme.writes(omar, "Pull the plug, I am on my wya", "#it-desk", thread)
    await slack.do("edit", who=omar, room="#it-desk", message=words, text="Pull the plug, I am on my way")
    await acme.later(6)
    assert slack.texts("#it-help", asked)[2:] == [f"{holder}  Pull the plug, I am on my way"]
    assert acme.marks("#it-desk", words) == {"white_check_mark"} and acme.marks("#it-desk", note) == set()

    await acme.writes("anna", "It has stopped burning, thank you!", "#it-help", asked)
    assert slack.texts("#it-desk", thread)[-1] == "Anna  It has stopped burning, thank you!"

    shown = await slack.do("command", who=omar, room="#it-desk", text="/resolve 1")
    assert shown["text"] == "#1 is resolved. Well done!"
    await acme.done()
    assert "Resolved" in slack.text(await acme.card())
    assert slack.texts("#it-help", asked)[-1].startswith(f"{holder} marked #1 as resolved.")

    await acme.later(3600)
    survey = next(one for one in reversed(slack.said_by_bot("#it-help", asked)) if len(one.blocks) > 1)
    tapped = await slack.do("press", who="anna", room="#it-help", message=survey.ts, action="rate:1:5")
    assert tapped["ok"]
    await slack.until(lambda: acme.told("anna") == ["Thank you for telling us!"])
    assert not any("again that laptop" in text for text in slack.texts("#it-help"))
    assert not any("again that laptop" in text for text in acme.told("anna"))


async def test_a_form_a_refusal_and_a_take_over(acme: Acme) -> None:
    slack = acme.slack
    asked = await acme.writes("anna", "The wifi is gone", "#it-help")
    await slack.do("command", who="omar", room="#it-desk", text="/ticket claim 1")
    shown = await slack.do("command", who="lisa", room="#it-desk", text="/claim 1")
    assert shown["text"].startswith("Omar took #1")
    await slack.do("press", who="lisa", room="#it-desk", message=shown["message"], label="Note")
    sent = await slack.do("submit", who="lisa", values={"For colleagues only": "it is the router again"})
    assert sent["ok"] and not sent["view"]
    await slack.until(lambda: "Noted on #1, for colleagues only." in acme.told("lisa"))
    await slack.do("press", who="lisa", room="#it-desk", message=shown["message"], label="Take over")
    await slack.until(lambda: any("is yours" in text for text in acme.told("lisa")))
    await acme.done()
    assert any("Lisa took over #1" in text for text in slack.texts("dm:omar"))
    answered = await slack.do(
        "command", who="lisa", room="#it-desk", text="/reply 1 Restart the router <please> & wait"
    )
    assert answered["text"].startswith("On its way to Anna (#1).")
    await acme.later(6)
    assert slack.texts("#it-help", asked)[-1] == "Lisa  Restart the router <please> & wait"
    refused = await slack.do("command", who="anna", room="#it-help", text="/ticket claim 1")
    assert refused["text"] == "I cannot find that ticket."


async def test_what_was_said_while_the_program_was_away(acme: Acme) -> None:
    slack = acme.slack
    asked = await acme.writes("anna", "The wifi is gone", "#it-help")
    first = (await acme.card()).ts
    await slack.do("command", who="omar", room="#it-desk", text="/claim 1")
    await acme.done()
    await acme.close()
    acme.clock.advance(hours=2)
    await slack.do("write", who="anna", room="#it-help", text="It is back", thread=asked)
    await slack.do("write", who="omar", room="#it-desk", text="We did nothing", thread=first)
    await slack.do("write", who="maja", room="#it-help", text="The wifi sleeps at night")
    await slack.do("write", who="erik", room="#it-help", text="And my screen is black")
    await acme.open()
    await acme.later(6)
    assert slack.texts("#it-help", asked)[-1] == "Omar  We did nothing"
    assert "Anna  It is back" in slack.texts("#it-desk", first)
    cards = [slack.text(one) for one in slack.seen("#it-desk", "")]
    assert len(cards) == 2 and "And my screen is black" in cards[1]
