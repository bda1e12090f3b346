"""What people write and what they call themselves stays words: through every sentence, card and platform's renderer."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from bots import cards
from bots.discord import render as discord
from bots.port import Card
from bots.simulator.slack import blocks as kit
from bots.simulator.telegram.formatting import finish
from bots.simulator.telegram.markup_html import parse_html
from bots.slack import render as slack
from bots.telegram import render as telegram
from inbox.desk.matter import subject_of
from inbox.errors import AlreadyClaimed, BadInput
from inbox.locale import LANGUAGES, SLOT, catalogue, say
from inbox.model import Delivery, Message, Place, TicketCard
from inbox.question import Question
from tests.house import MONDAY

CALLS = (
    "@everyone", "@here", "@EVERYONE", "@\u200beveryone", "＠everyone", "<@1>", "<@!1>", "<@&1>", "<#1>",
    "<id:customize>", "</ban:1>", "<t:0:R>", "<:x:1>", "<!channel>", "<!here|x>", "<!everyone>", "<!subteam^S1|@it>",
    "<@U0OMAR00001>", "<@W1|omar>", "<#C1|desk>", "&lt;!channel&gt;", "&#60;!here&#62;", "<<!here>>", "@channel",
    "@Omar", "@omar_bot", "a@omar.example", '<a href="tg://user?id=1">x</a>', "[x](tg://user?id=1)", "tg://user?id=1",
    "<b>@omar</b>", "</b><a href='https://evil.example'>x</a>", "&amp;lt;b&amp;gt;", "</blockquote><b>",
    "<tg-spoiler>x</tg-spoiler>",
)  # fmt: skip
LINKS = (
    "[bank.example](https://evil.example)", "[a][b]\n[b]: https://evil.example", "<https://evil.example|bank.example>",
    "[bank](<https://evil.example>)", "<javascript:alert(1)|x>", "https://bank.example@evil.example/",
    "https://evil.example/](https://bank.example", "https://evil.example/\u202emoc.knab",
    "[x](https://evil.example 't')",
)  # fmt: skip
TEMPLATES = (
    "{ticket}", "{0.__class__.__mro__}", "{requester.__init__.__globals__}", "{{config}}", "{{7*7}}", "{% raw %}",
    "${x}", "%(ticket)s", "%s%n%x", "{x:>999999999}", "{x!r}", "\\g<1>\\1",
    "{ticket", "}", "#{ticket} {subject}", "{n}",
)  # fmt: skip
MARKUP = (
    "*x* _x_ ~x~ `x`",
    "**x** __x__ ||x|| ~~x~~",
    "# big",
    "> quoted",
    "-# small",
    "```\ncode",
    "1. one",
    "\\*",
    ":wave:",
)
ALL = (*CALLS, *LINKS, *TEMPLATES, *MARKUP)
# what Telegram makes of words by itself, and calls nobody
HARMLESS = {"bold", "italic", "blockquote", "url", "email", "hashtag", "cashtag", "bot_command", "phone_number"}


def everywhere(words: str) -> Iterator[Card]:
    """Cards with these words in every place that people can write into: as a name, a subject, a message, a comment."""
    ticket = TicketCard(
        number=7,
        subject=subject_of(words),
        requester=words,
        platform="telegram",
        queue="it",
        queue_title="IT support",
        priority="normal",
        status="open",
        holder=words,
        created_at=MONDAY,
        due_at=MONDAY,
        fields=(
            (Question("room", {"en": "Room"}), words),
            (Question("boss", {"en": "Boss"}, "person"), f"{words}\na:1"),
        ),
    )
    yield cards.desk_card(ticket, "en")
    yield cards.queue_card([ticket], "en")
    yield cards.refusal(AlreadyClaimed(ticket=7, holder=words, since=9), "sv")
    yield cards.refusal(BadInput("field_choice", label="Device", words=words, options="Laptop"), "da")
    asked = {"question": f"{words}\nDevice (1/2)", "titles": {"1.0": words}}
    yield cards.draw(delivery(say="form.step.asked", actions=("pick:1.0", "cancel:1."), facts=asked))
    yield cards.refusal(BadInput("unknown_near", words=words, nearest="claim"), "da")
    for kind, role in (("message", "requester"), ("note", "agent"), ("message", "participant")):
        said = Message(1, 7, kind, role, 1, words, MONDAY, "received", None, "")  # type: ignore[arg-type]
        yield cards.draw(delivery(message=said, author=words))
    facts = {"ticket": 7, "requester": words, "holder": words, "subject": words, "matter": words, "quote": words}
    for key in (
        "held.stale",
        "nag.first_reply.breach",
        "survey.ask",
        "survey.low_comment",
        "claim.taken",
        "ask.waiting",
    ):
        yield cards.draw(delivery(say=key, facts={**facts, "to": words, "by": words, "name": words, "agent": words}))
    titles = {"subjects": {"7": words}, "titles": {"it": words}}
    yield cards.draw(delivery(say="ask.matter", actions=("same:7", "new:it"), facts=titles))


def delivery(**values: Any) -> Delivery:
    usual = {
        "id": 1,
        "fence": 1,
        "kind": "notice",
        "place": Place("acme", "C1"),
        "language": "en",
        "attempts": 0,
        "created_at": MONDAY,
    }
    return Delivery(**{**usual, **values})


def texts(value: Any, kind: str) -> Iterator[dict[str, Any]]:
    """Every object of a type within blocks."""
    if isinstance(value, list):
        for one in value:
            yield from texts(one, kind)
    elif isinstance(value, dict):
        if value.get("type") == kind:
            yield value
        for one in value.values():
            yield from texts(one, kind)


@pytest.mark.parametrize("words", ALL)
def test_in_slack_nobody_is_called_and_no_link_has_another_name(words: str) -> None:
    for card in everywhere(words):
        for made in slack.messages(card):
            assert kit.problems(made["blocks"], "message") == []
            assert "<" not in made["text"] and ">" not in made["text"]
            for text in texts(made["blocks"], "mrkdwn"):
                assert text["verbatim"] is True and "<" not in text["text"] and ">" not in text["text"]
            assert not any(list(texts(made["blocks"], kind)) for kind in ("user", "usergroup", "broadcast", "channel"))
            assert all(set(link) == {"type", "url"} for link in texts(made["blocks"], "link"))


@pytest.mark.parametrize("words", ALL)
def test_in_discord_nobody_is_called_and_no_link_has_another_name(words: str) -> None:
    for card in everywhere(words):
        for made in discord.messages(card):
            assert made["allowed_mentions"] == {"parse": []}
            shown = [made["content"], *(str(value) for embed in made["embeds"] for value in _strings(embed))]
            for text in shown:
                assert not re.search(r"(?<!\\)\[[^\]\n]*\]\s*\(", text), text
                assert not re.search(r"(?<!\\)<(?!https?://[^\s<>]+>)", text), text
                assert not re.search("@(?:everyone|here)", text, re.IGNORECASE), text


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)


@pytest.mark.parametrize("words", ALL)
def test_in_telegram_nobody_is_called_and_no_link_has_another_name(words: str) -> None:
    for card in everywhere(words):
        for made in telegram.messages(card):
            formatted = finish(parse_html(made))
            assert {entity["type"] for entity in formatted.entities} <= HARMLESS, (made, formatted.entities)


@pytest.mark.parametrize("words", TEMPLATES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_facts_fill_sentences_in_once_and_nothing_is_evaluated(language: str, words: str) -> None:
    for key, text in catalogue(language).items():
        for form in text.values() if isinstance(text, dict) else (text,):
            slots = SLOT.findall(form)
            facts = dict.fromkeys(slots, words)
            said = say(language, key, **facts)
            if not isinstance(text, dict):
                assert said == words.join(SLOT.split(form)[::2]), key
            assert len(said) <= len(form) + len(slots) * len(words) + 100, key


@pytest.mark.parametrize("words", TEMPLATES)
def test_names_and_subjects_are_shown_as_they_were_written(words: str) -> None:
    card, *_ = everywhere(words)
    assert card.title == f"#7 {words}" and (card.fields[0][1], card.fields[4][1]) == (f"{words} (Telegram)", words)
