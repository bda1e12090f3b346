"""What the pages say: in three languages, with enough contrast, and with a sentence for what happens to a ticket."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import inbox.desk
from inbox.desk import views
from inbox.desk.ledger import CopyState, Line
from inbox.locale import LANGUAGES, SLOT, catalogue
from inbox.web.site import read_static
from inbox.web.words import Words, delivered, initials, zone
from tests.house import MONDAY

DESK = Path(inbox.desk.__path__[0])
WEB = DESK.parent / "web"


def _texts(language: str) -> dict[str, object]:
    return {key: text for key, text in catalogue(language).items() if key.startswith("web.")}


@pytest.mark.parametrize("language", ["sv", "da"])
def test_every_language_says_the_same_things(language: str) -> None:
    english, other = _texts("en"), _texts(language)
    assert english.keys() == other.keys()
    for key, text in english.items():
        assert _slots(text) == _slots(other[key]), key


def _slots(text: object) -> set[str]:
    forms = list(text.values()) if isinstance(text, dict) else [str(text)]
    return {slot for form in forms for slot in SLOT.findall(form)} - {"n"}


def test_nothing_is_said_nowhere() -> None:
    source = "\n".join(file.read_text() for file in WEB.rglob("*") if file.suffix in (".py", ".html"))
    literal = set(re.findall(r"[\"']([a-z_]+(?:\.[a-z_]+)*)[\"']", source))
    parts = set(re.findall(r"[\"']([a-z_]+)\.[\"'] ~", source)) | {"event", "platform", "role", "status"}
    idle = []
    for key in _texts("en"):
        short = key.removeprefix("web.")
        page = short.removesuffix(".title").removesuffix(".text").removesuffix("_hint")
        if short not in literal and page not in literal and short.split(".")[0] not in parts:
            idle.append(key)
    assert idle == []


def test_what_happens_to_a_ticket_is_told_or_left_out_on_purpose() -> None:
    """Every kind of event that a verb appends has its sentence, or stands among those that a message's line tells."""
    kinds = {kind for file in DESK.glob("*.py") for kind in _appended(ast.parse(file.read_text()))}
    assert len(kinds) > 15
    words = Words("en", "UTC", MONDAY)
    told = {key.split(".")[2] for key in _texts("en") if key.startswith("web.event.")}
    assert not told & views.SILENT
    assert sorted(kinds - told - views.SILENT) == []
    assert words.knows("event.claimed")


def _appended(tree: ast.AST) -> Iterator[str]:
    """The kinds in `events.add(tx, at, kind, …)`, and in the lists of (kind, ticket, actor, facts) for `add_all`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("events.add", "_tell") and len(node.args) > 2:
            yield from _constants(node.args[2])
        if isinstance(node, ast.Tuple) and len(node.elts) == 4 and isinstance(node.elts[3], ast.Dict | ast.Name):
            yield from _constants(node.elts[0])


def _constants(node: ast.AST) -> list[str]:
    """The words that it may be; nothing for one that is put together."""
    built = any(isinstance(n, ast.JoinedStr) for n in ast.walk(node))
    return (
        [] if built else [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    )


@pytest.mark.parametrize(
    ("seconds", "en", "sv", "da"),
    [
        (0, "under a minute", "under en minut", "under et minut"),
        (-5, "under a minute", "under en minut", "under et minut"),
        (60, "1 min", "1 min", "1 min"),
        (3599, "59 min", "59 min", "59 min"),
        (3600, "1 h", "1 tim", "1 time"),
        (2 * 86400 - 1, "47 h", "47 tim", "47 timer"),
        (2 * 86400, "2 days", "2 dagar", "2 dage"),
    ],
)
def test_lengths_of_time(seconds: int, en: str, sv: str, da: str) -> None:
    assert [Words(language, "UTC", MONDAY).length(seconds) for language in LANGUAGES] == [en, sv, da]


def test_deadlines_days_and_clocks() -> None:
    words = Words("en", "Europe/Stockholm", MONDAY)
    assert words.due(MONDAY + timedelta(hours=2)) == "in 2 h"
    assert words.due(MONDAY) == "under a minute late" and words.late(MONDAY)
    assert words.when(MONDAY) == "today 10:00"
    assert words.when(MONDAY - timedelta(hours=11)) == "yesterday 23:00"  # 22:00 UTC the day before, one hour east
    assert words.when(MONDAY - timedelta(days=40)) == "21 January 10:00"
    assert words.when(MONDAY - timedelta(days=80)) == "12 December 2025 10:00"
    for language, shown in (("sv", "21 januari"), ("da", "21. januar")):
        assert Words(language, "Europe/Stockholm", MONDAY).day(MONDAY - timedelta(days=40)) == shown
    ages = [words.age(MONDAY - timedelta(seconds=seconds)) for seconds in (59, 61)]
    assert ages == ["just now", "1 min"]
    assert words.iso(MONDAY) == "2026-03-02T10:00:00+01:00"
    assert words.target(5400) == "1 h 30 min" and words.target(900) == "15 min" and words.target(86400) == "24 h"
    assert zone("Nowhere/At all") is zone("UTC") or zone("../../etc/passwd").utcoffset(None) == timedelta(0)


@pytest.mark.parametrize(
    ("states", "shown"),
    [
        (["sent", "edited", "deleted"], "done"),
        (["sent", "queued"], "waiting"),
        (["sending"], "waiting"),
        (["queued", "failed"], "trouble"),
        (["sent", "unknown"], "trouble"),
        (["cancelled"], "none"),
        (["cancelled", "sent"], "done"),
    ],
)
def test_a_messages_copies_in_a_word(states: list[CopyState], shown: str) -> None:
    copies = [Line(1, "desk", 1, "acme", "slack", "#it-desk", "message", state) for state in states]
    assert delivered(copies) == shown


def test_a_copy_tells_where_it_is_how_it_went_and_when() -> None:
    lines = [
        Line(1, "home", 1, "shop", "telegram", "", "message", "sent", at=MONDAY),
        Line(1, "desk", 2, "acme", "slack", "#it-desk", "edit", "edited", at=MONDAY - timedelta(days=2)),
        Line(1, "desk", 3, "gone", "", "", "delete", "failed", "Slack refused it (no)."),
    ]
    assert [tuple(copy) for copy in Words("sv", "Europe/Stockholm", MONDAY).copies(lines, "Erik")] == [
        ("sent", "Telegram", "Erik", "Skickat 10:00", ""),
        ("edited", "Slack", "#it-desk", "Ändrat 28 februari 10:00", ""),
        ("failed", "gone", "", "Inte borttaget", "Slack tog inte emot det (no)."),
    ]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Anna", "A"),
        ("Anna Berg Lind", "AL"),
        ("åsa", "Å"),
        ("", "·"),
        ("<b>", "·"),
        ("🦊 Fox", "F"),
        ("李 雷", "李雷"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


# what stands on what: text colour, ground
PAIRS = [
    *((ink, ground) for ink in ("ink", "soft", "accent", "late", "soon", "open") for ground in ("paper", "card")),
    *(("soft", ground) for ground in ("wash", "reply-wash", "note-wash")),
    *(("ink", ground) for ground in ("wash", "reply-wash", "note-wash")),
    *((status, f"{status}-wash") for status in ("new", "open", "wait", "done", "note")),
    *(("avatar", f"hue-{n}") for n in range(8)),
    ("on-accent", "accent"),
    ("accent", "wash"),
    ("late", "reply-wash"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read(scheme: str) -> None:
    """WCAG 2.2 AA: 4.5 to 1 for text, 3 to 1 for the ring around what has the focus."""
    colours = _colours(scheme)
    weak = [(a, b, round(_contrast(colours[a], colours[b]), 2)) for a, b in PAIRS]
    assert [pair for pair in weak if pair[2] < 4.5] == []
    assert all(_contrast(colours["focus"], colours[ground]) >= 3 for ground in ("paper", "card", "wash"))


def _colours(scheme: str) -> dict[str, str]:
    sheet = read_static()["inbox.css"].decode()
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in sheet.split("@media", 2)[:2])
    assert light.keys() == dark.keys()
    return light if scheme == "light" else dark


def _contrast(one: str, other: str) -> float:
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
