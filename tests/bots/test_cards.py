"""What people read: every sentence in every language, and cards that show what they should and nothing more."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import inbox.locale
from bots import cards, texts
from bots.port import Card
from inbox import errors
from inbox.desk.errand import Errand
from inbox.errors import AlreadyClaimed, BadInput, DeskError, NotFound, NotHolder, StoreUnavailable, WrongStatus
from inbox.locale import LANGUAGES, SLOT, catalogue
from inbox.model import PRIORITIES, Delivery, Message, Place, TicketCard
from sla.policy import METRICS

ROOT = Path(inbox.locale.__file__).parents[2]
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CARD = TicketCard(42, "Printer on fire", "Anna", "slack", "it", "IT support", "normal", "open", "Omar", NOON)
languages = pytest.mark.parametrize("language", LANGUAGES)


def delivery(**changes: Any) -> Delivery:
    plain = Delivery(1, 1, "notice", Place("acme", "C"), "en", 0, NOON, timezone="Europe/Stockholm")
    return replace(plain, **changes)


def words(text: str = "It smokes", **changes: Any) -> Message:
    plain = Message(7, 42, "message", "requester", 1, text, NOON, "received")
    return replace(plain, **changes)


def everything(card: Card) -> str:
    return repr(card)


def actions(card: Card) -> list[str]:
    return [button.action for row in card.buttons for button in row]


# The catalogue


def forms(text: Any) -> list[str]:
    return list(text.values()) if isinstance(text, dict) else [text]


@languages
def test_every_language_says_everything_with_the_same_facts(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    assert set(other) == set(english)
    for key, text in english.items():
        slots = {slot for form in forms(text) for slot in SLOT.findall(form)}
        assert {slot for form in forms(other[key]) for slot in SLOT.findall(form)} == slots, key
        assert all(form.strip() for form in forms(other[key])), key


@languages
def test_no_sentence_stands_twice(language: str) -> None:
    """One key in two files: whichever is read last would win."""
    seen: dict[str, str] = {}
    for file in sorted((ROOT / "inbox/locale" / language).glob("*.toml")):
        found: dict[str, Any] = {}
        inbox.locale._flatten("", tomllib.loads(file.read_text("utf-8")), found)
        assert not (twice := seen.keys() & found.keys()), f"{file.name}: {twice}"
        seen |= dict.fromkeys(found, file.name)


def sources() -> Iterator[ast.AST]:
    for folder in ("inbox/desk", "bots", "bots/deeds"):
        for file in (ROOT / folder).glob("*.py"):
            yield from ast.walk(ast.parse(file.read_text("utf-8")))


SAID_AT = {"notice": 3, "notice_row": 2, "in_room": 4, "direct": 4, "whisper": 5, "rewrite": 3}


def test_whatever_the_desk_says_has_a_sentence() -> None:
    said = set()
    for node in sources():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SAID_AT:
            where = SAID_AT[node.func.attr]
            if len(node.args) > where and isinstance(node.args[where], ast.Constant):
                said.add(node.args[where].value)  # type: ignore[attr-defined]
    assert len(said) > 8 and said <= catalogue("en").keys()


def test_every_button_has_a_label() -> None:
    verbs = set()
    for node in sources():
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            verb, colon, rest = str(node.values[0].value).partition(":")
            if colon and not rest and verb.isalpha() and verb.islower():
                verbs.add(verb)
    known = catalogue("en")
    assert len(verbs) > 8
    assert {v for v in verbs if f"button.{v}" not in known and f"button.{v}.1" not in known} == set()


def test_every_refusal_has_a_sentence() -> None:
    reasons = {
        str(node.args[0].value)
        for node in sources()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "BadInput"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert reasons and {f"error.{reason}" for reason in reasons} <= catalogue("en").keys()
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, DeskError)]
    assert {kind.say for kind in kinds} <= catalogue("en").keys()


@languages
def test_the_desks_own_words_are_translated(language: str) -> None:
    for status in cards.CARD_ACTIONS:
        assert texts.word(language, "status", status) != status
    assert all(texts.word(language, "priority", p) != p for p in PRIORITIES)
    assert all(texts.word(language, "metric", m) != m for m in METRICS)


# The ticket's card


@languages
def test_the_card_tells_who_what_and_by_when(language: str) -> None:
    card = cards.desk_card(replace(CARD, due_at=NOON), language, "Europe/Stockholm")
    assert card.title == "#42 Printer on fire"
    shown = [text for _, text in card.fields]
    assert shown[0] == "Anna (Slack)" and "IT support" in shown and "Omar" in shown
    assert ("13.00" if language == "da" else "13:00") in shown[-1]
    assert len({label for label, _ in card.fields}) == 6


@pytest.mark.parametrize(
    ("status", "holder", "verbs"),
    [
        ("new", "", ["claim:42", "resolve:42"]),
        ("open", "Omar", ["release:42", "cannedpick:42", "resolve:42"]),
        ("pending", "Omar", ["release:42", "resolve:42"]),
        ("pending", "", ["claim:42", "resolve:42"]),
        ("on_hold", "Omar", ["release:42", "resolve:42"]),
        ("resolved", "Omar", ["reopen:42"]),
        ("closed", "Omar", []),
    ],
)
def test_the_card_offers_what_the_status_allows(status: Any, holder: str, verbs: list[str]) -> None:
    assert actions(cards.desk_card(replace(CARD, status=status, holder=holder), "en")) == verbs


def test_what_is_overdue_or_asleep_says_so() -> None:
    late = cards.desk_card(replace(CARD, due_at=NOON, overdue=True), "en", "Europe/Stockholm")
    assert late.fields[-1] == ("Due", "Mon 2 Mar 13:00 · ⚠ overdue") and late.tone == "bad"
    asleep = cards.desk_card(replace(CARD, snoozed_until=NOON), "en", "Europe/Stockholm")
    assert ("Status", "Open · snoozed until Mon 2 Mar 13:00") in asleep.fields
    done = cards.desk_card(replace(CARD, status="closed", closed_as="spam", follow_up_of=7), "en")
    assert ("Status", "Closed · Spam") in done.fields and done.footer == "Follows #7" and done.tone == "good"


@languages
def test_a_confidential_ticket_shows_no_words(language: str) -> None:
    secret = replace(CARD, subject="My salary is wrong", wordless=True)
    shown = everything(cards.desk_card(secret, language)) + everything(cards.queue_card([secret], language))
    assert "salary" not in shown and "#42" in shown
    assert "salary" not in cards.title(secret)


def test_titles_fit_into_a_threads_name() -> None:
    assert len(cards.title(replace(CARD, subject="x" * 300))) == cards.TITLE_LIMIT


def test_times_are_the_readers() -> None:
    assert texts.when(NOON, "en", "Asia/Tokyo") == "Mon 2 Mar 21:00"
    assert texts.when(NOON, "sv", "Europe/Stockholm") == "mån 2 mars 13:00"
    assert texts.when(NOON, "da", "Europe/Copenhagen") == "man. 2. mar. 13.00"
    assert texts.when(NOON, "en") == texts.when(NOON, "en", "Mars/Olympus") == "Mon 2 Mar 12:00 UTC"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 s"), (-3, "0 s"), (9, "9 s"), (59.6, "1 min"), (725, "12 min"), (7500, "2 h 5 min"), (273_600, "3 d 4 h")],
)
def test_lengths_of_time_are_short(seconds: float, shown: str) -> None:
    assert texts.length(seconds, "en") == shown


# Notices and words


def test_facts_are_shown_as_people_read_them() -> None:
    card = cards.draw(
        delivery(say="return.warning", facts={"matter": "#42", "requester": "Anna", "due": NOON.isoformat()})
    )
    assert "At Mon 2 Mar 13:00 it goes back" in card.text
    refusal = cards.refusal(WrongStatus(ticket=42, status="on_hold"), "sv")
    assert refusal.text == "#42 har status ”Parkerat”, så det går inte just nu."


@given(name=st.text(max_size=30))
def test_peoples_words_are_never_read_as_slots(name: str) -> None:
    facts = {"requester": "{ticket}" + name, "ticket": 42, "holder": "{requester}"}
    assert "{ticket}" + name in cards.draw(delivery(say="held.stale", facts=facts)).text


@languages
def test_anything_in_the_catalogue_can_be_drawn(language: str) -> None:
    for key in catalogue("en"):
        card = cards.draw(delivery(say=key, language=language, facts={"n": 2}, actions=("claim:1", "unheardof:1")))
        assert card.text and [b.label for b in card.buttons[0]][1] == "Unheardof"


def test_a_sentence_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        cards.draw(delivery(say="no.such.sentence"))


def test_peoples_words_in_a_notice_are_set_apart_and_others_know_whom_it_is_for() -> None:
    facts = {"ticket": 42, "requester": "Anna", "holder": "", "quote": "Try *this*", "to": "Omar"}
    card = cards.draw(delivery(say="held.stale", facts=facts, actions=("takesend:7", "asnote:7", "discard:7")))
    assert card.quote == "Try *this*" and card.lead == "For Omar:" and "Try" not in card.text
    assert [b.label for b in card.buttons[0]] == ["Take over and send", "Keep as note", "Discard"]
    assert [b.style for b in card.buttons[0]] == ["primary", "plain", "danger"]


def test_words_show_who_said_them_and_what_they_are() -> None:
    def drawn(kind: str = "message", **changes: Any) -> Card:
        return cards.draw(delivery(kind=kind, message=words(**changes), author="Anna"))

    assert drawn() == Card(text="It smokes", lead="Anna")
    assert drawn(kind="message", role="participant").lead == "Anna (taking part)"
    note = cards.draw(delivery(kind="message", message=words(kind="note", role="agent"), author="Lisa"))
    assert note.lead == "🔒 Note · Lisa"
    assert drawn(kind="edit").footer == "edited"
    gone = drawn(kind="delete", deleted=True)
    assert gone.text == "🗑 deleted by Anna" and "smokes" not in everything(gone)


@languages
def test_the_survey_is_five_buttons_in_one_row(language: str) -> None:
    scores = tuple(f"rate:9:{score}" for score in range(1, 6))
    card = cards.draw(delivery(say="survey.ask", language=language, actions=(*scores, "comment:9")))
    row, more = card.buttons
    assert [button.action for button in row] == list(scores)
    assert [button.label[0] for button in row] == ["1", "2", "3", "4", "5"]
    assert len(row[0].label) > 4 and len(row[4].label) > 4, "words at both ends"
    assert more[0].action == "comment:9"


def test_the_question_which_matter_names_matters_and_queues() -> None:
    facts = {"subjects": {"12": "No sound", "13": "x" * 100}, "titles": {"it": "IT support"}}
    choices = ("same:12", "same:13", "same:14", "new:it", "new:hr", "new:a", "new:b", "new:c")
    card = cards.draw(delivery(say="ask.matter", facts=facts, actions=choices))
    labels = [button.label for row in card.buttons for button in row]
    assert labels[0] == "Same matter: #12 No sound" and labels[3:5] == ["New: IT support", "New: hr"]
    assert len(card.buttons) <= 5 and max(map(len, labels)) <= cards.LABEL_LIMIT
    first = cards.draw(delivery(say="ask.queue", facts={"titles": {"it": "IT support"}}, actions=("new:it",)))
    assert first.buttons[0][0].label == "IT support", "nothing is new where nothing is live"


def test_the_requester_reads_other_words_on_a_button_than_the_desk() -> None:
    plain = Errand(1, 1, "notice", Place("shop", "E"), "en", 0, NOON, say="resolved.told", actions=("reopen:42",))
    assert cards.draw(replace(plain, side="home")).buttons[0][0].label == "Not solved"
    assert cards.draw(replace(plain, side="desk")).buttons[0][0].label == "Reopen"


# Answers


def test_the_loser_of_a_claim_reads_who_was_first_and_what_can_be_done() -> None:
    card = cards.refusal(AlreadyClaimed(ticket=42, holder="Omar", since=9), "en")
    assert card.text == "Omar took #42 9 s ago."
    assert actions(card) == ["follow:42", "take:42", "noteform:42"]


@languages
def test_refusals_are_sentences(language: str) -> None:
    free, held = NotHolder(ticket=42, holder=""), NotHolder(ticket=42, holder="Omar")
    assert cards.refusal(free, language).text != cards.refusal(held, language).text
    assert "Omar" in cards.refusal(held, language).text
    assert cards.refusal(NotFound(ticket=42), language) == cards.refusal(NotFound(ticket=43), language)
    assert cards.refusal(BadInput("nobody_wrote_this"), language).text == catalogue(language)["error.bad_input"]
    assert "secret" not in everything(cards.refusal(StoreUnavailable(why="secret host"), language))
    for error in (DeskError(), WrongStatus(ticket=1, status="closed")):
        assert "{" not in cards.refusal(error, language).text


def test_what_waits_is_a_line_each_and_the_first_free_one_can_be_claimed() -> None:
    free = replace(CARD, number=43, subject="No sound", holder="", status="new", priority="urgent", due_at=NOON)
    card = cards.queue_card([CARD, free], "en", "Europe/Stockholm")
    assert card.fields == (
        ("#42 Printer on fire", "Omar · Open"),
        ("#43 No sound", "unclaimed · New · Urgent · Mon 2 Mar 13:00"),
    )
    assert actions(card) == ["claim:43"]
    assert cards.queue_card([], "en").text and not cards.queue_card([], "en").buttons


@languages
def test_help_names_every_command(language: str) -> None:
    from bots.commands import VERBS

    card = cards.help_card(language, agent=True)
    named = {name for _, names in card.fields for name in names.split(" · ")}
    assert named == set(VERBS)
    asker = cards.help_card(language, agent=False).text
    assert all((verb.example(language) in asker) is not verb.agents for verb in VERBS.values())
    assert all(verb.example(language) in cards.verb_card(verb, language).text for verb in VERBS.values())
    assert cards.without_buttons(cards.desk_card(CARD, language)).buttons == ()


@languages
def test_examples_are_commands_that_are_understood(language: str) -> None:
    from bots.commands import OPEN, VERBS, parse

    for verb in VERBS.values():
        assert parse(verb.example(language).removeprefix("/ticket "), free=True).verb in (verb, OPEN)


@given(offset=st.integers(0, 10**9), language=st.sampled_from(LANGUAGES))
def test_any_instant_can_be_shown(offset: int, language: str) -> None:
    at = NOON + timedelta(seconds=offset)
    assert texts.shown(language, "due", at.isoformat(), "Europe/Stockholm") == texts.when(
        at, language, "Europe/Stockholm"
    )


@pytest.mark.parametrize(
    ("language", "other_words"),
    [
        ("en", r"\bsolved\b|\bWaiting for the requester\b"),
        ("sv", r"\bnoter|\b[Ff]örtrolig|[«»“]|\bHos\b"),
        ("da", r"\bbedømm|\bparkér|\bParkeret|[“”]"),
    ],
)
def test_one_thing_has_one_name(language: str, other_words: str) -> None:
    """Resolved, not solved (but for *Not solved* on the requester's button); one word for a note; its own quotes."""
    said = {key: form for key, text in catalogue(language).items() for form in forms(text)}
    assert [key for key, form in said.items() if re.search(other_words, form) and key != "button.reopen_home"] == []
