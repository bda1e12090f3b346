"""Cards as Block Kit: within every limit, with every word, and nothing in people's words is alive."""

import html
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.port import Button, Card, Field, Form
from bots.simulator.slack import SlackSimulator
from bots.simulator.slack import blocks as kit
from bots.simulator.slack.shown import surface
from bots.slack import render
from bots.slack.words import rich
from inbox.model import Place
from inbox.words import Span
from tests.bots.slack.rig import IT_HELP, Door

LENGTHS = (0, 1, 2_799, 2_800, 2_801, 3_000, 3_001, 4_000, 4_001, 12_001, 20_000, 40_000, 40_001)
FAMILY = "👨‍👩‍👧‍👦"
ALIVE = [
    "<!channel>",
    "<!here>",
    "<!everyone|all>",
    "<!subteam^S1|@it>",
    "<@U0OMAR00001>",
    "<#C0ITDESK0001|it-desk>",
    "<!date^1392734382^{date}|now>",
    "<https://evil.example|https://bank.example>",
    "<javascript:alert(1)|x>",
    "@channel @here @everyone @Omar",
    "&lt;!channel&gt;",
    "&#60;!here&#62;",
    "<\u200b!channel>",
    "＜!channel＞",
    "<<!channel>>",
    "https://x.example/<!channel>",
    "https://x.example/|<!here>",
    "https://user:pass@evil.example/",
]


def shown(message: dict[str, Any]) -> str:
    """The words of a message's rich text."""
    parts = [part for block in message["blocks"] if block["type"] == "rich_text" for part in block["elements"]]
    return "".join(
        one["text"] if one["type"] == "text" else one["url"] if one["type"] == "link" else f":{one['name']}:"
        for part in parts
        for one in part["elements"]
    )


WORLD = SlackSimulator().world


def drawn(message: dict[str, Any]) -> list[str]:
    """The lines of HTML that a client draws."""
    lines: list[str] = []
    for block in kit.settled(message["blocks"], WORLD.new_key):
        made = surface(WORLD, [block], "")["html"]
        inside = made.removeprefix("<p>").removesuffix("</p>")
        lines += inside.split("<br>") if inside != made else [made] if made else []
    return lines


def refused(card: Card) -> list[str]:
    """What Slack would object to."""
    found = []
    for message in render.messages(card):
        found += kit.problems(message["blocks"], "message")
        found += ["too long"] if kit.length(message["blocks"]) > kit.TOTAL_CHARACTERS else []
        found += ["no text"] if not message["text"] or len(message["text"].encode()) > 4_000 else []
    return found


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("letter", ["x", "&", "<", FAMILY, "ä", "\n", "word word ", "a. "])
def test_words_of_any_length_are_whole(length: int, letter: str) -> None:
    """SL-10."""
    text = (letter * (length // len(letter) + 1))[:length]
    card = Card(text=text, lead="Anna", buttons=((Button("Claim", "claim:1"),),))
    assert refused(card) == []
    together = "".join(shown(message) for message in render.messages(card))
    assert re.sub(r"\s", "", together) == re.sub(r"\s", "", "Anna" + text)


def test_no_character_is_torn() -> None:
    """SL-10."""
    for message in render.messages(Card(text=FAMILY * 3_000)):
        for block in message["blocks"]:
            ((element,),) = [part["elements"] for part in block["elements"]]
            assert element["text"] == FAMILY * (len(element["text"]) // len(FAMILY))


@given(st.text(max_size=9_000), st.text(max_size=300), st.text(max_size=6_000))
def test_any_words_are_taken_and_whole(text: str, lead: str, quote: str) -> None:
    """SL-10."""
    card = Card(text=text, lead=lead, quote=quote)
    assert refused(card) == []
    together = "".join(shown(message) for message in render.messages(Card(text=text)))
    assert re.sub(r"\s", "", together) == (re.sub(r"\s", "", text) or "…")


@pytest.mark.parametrize("payload", ALIVE)
def test_nothing_in_peoples_words_is_alive(payload: str) -> None:
    card = Card(
        text=payload,
        title=payload,
        lead=payload,
        quote=f"{payload}\n{payload}",
        fields=((payload, payload),),
        footer=payload,
        buttons=((Button(payload, "claim:1"),),),
    )
    assert refused(card) == []
    for message in render.messages(card):
        assert "<" not in message["text"] and ">" not in message["text"]
        assert mrkdwn(message["blocks"]) == []
        for element in elements(message["blocks"]):
            assert element["type"] in ("text", "link"), element
            assert element["type"] == "text" or re.fullmatch(r"https?://[^|<>\s]*", element["url"])


def mrkdwn(value: Any) -> list[str]:
    """Every text that Slack would look for formatting and mentions in."""
    if isinstance(value, list):
        return [text for one in value for text in mrkdwn(one)]
    if not isinstance(value, dict):
        return []
    return [str(value.get("text"))] if value.get("type") == "mrkdwn" else mrkdwn(list(value.values()))


def elements(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What rich text is made of."""
    parts = [part for block in blocks if block["type"] == "rich_text" for part in block["elements"]]
    return [element for part in parts for element in part["elements"]]


async def test_nothing_in_peoples_words_is_alive_on_the_wire() -> None:
    async with Door() as door:
        for number, payload in enumerate(ALIVE):
            sent = await door.platform.send(Place("acme", IT_HELP), Card(text=payload, lead="Anna"), f"fd-{number}")
            message = door.sim.world.message(IT_HELP, sent.message_id)
            assert "<!" not in message.text and "<@" not in message.text and "<#" not in message.text
            assert door.sim.text(message) == f"Anna  {payload}"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("See https://acme.example/a?b=1&c=2.", ["https://acme.example/a?b=1&c=2"]),
        ("(https://acme.example/) http://x.example", ["https://acme.example/", "http://x.example"]),
        ("[bank](https://evil.example)", ["https://evil.example"]),
        ("<https://evil.example|https://bank.example>", ["https://evil.example", "https://bank.example"]),
        ("javascript:x ftp://y http:// https//z", []),
    ],
)
def test_addresses_can_be_followed_and_show_where_they_lead(text: str, links: list[str]) -> None:
    made = rich(text)
    assert [one["url"] for one in made if one["type"] == "link"] == links
    assert all(set(one) <= {"type", "url", "text"} and not ("url" in one and "text" in one) for one in made)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("thanks :smile:, :+1: and :wave::skin-tone-2:", ["smile", "+1", "wave"]),
        ("at 10:30:45, a::b, C:\\d:e: and :: : :", []),
    ],
)
def test_names_of_emoji_are_emoji(text: str, names: list[str]) -> None:
    assert [one["name"] for one in rich(text) if one["type"] == "emoji"] == names
    assert [one.get("skin_tone") for one in rich(text) if one.get("name") == "wave"] == ([2] if "wave" in text else [])


def test_a_card_in_all_its_parts() -> None:
    card = Card(
        text="words",
        title="#42 Printer",
        lead="Anna",
        quote="one\ntwo",
        fields=(("Status", "Open"), ("Due", "today")),
        buttons=(
            (Button("Claim", "claim:42", "primary"), Button("Close", "close:42", "danger")),
            (Button("5", "rate:42:5"),),
        ),
        footer="edited",
        tone="bad",
    )
    (message,) = render.messages(card)
    assert [block["type"] for block in message["blocks"]] == [
        "header", "rich_text", "rich_text", "rich_text", "actions", "actions", "context",
    ]  # fmt: skip
    assert message["blocks"][0]["text"]["text"] == "🔴 #42 Printer"
    (words,), (quote,) = message["blocks"][1]["elements"], message["blocks"][2]["elements"]
    assert words["elements"][0] == {"type": "text", "text": "Anna", "style": {"bold": True}}
    assert shown(message) == "Anna  wordsone\ntwoStatus  Open\nDue  today" and quote["type"] == "rich_text_quote"
    assert drawn(message) == [
        "<h4>🔴 #42 Printer</h4>",
        "<strong>Anna</strong>  words",
        "<blockquote>one<br>two</blockquote>",
        "<strong>Status</strong>  Open",
        "<strong>Due</strong>  today",
        "<small>edited</small>",
    ]
    assert [one.get("style") for one in message["blocks"][4]["elements"]] == ["primary", "danger"]
    assert message["text"].startswith("🔴 #42 Printer · Anna: words · one\ntwo · Status: Open")


MARKS = ["*bold*", "_it_", "~no~", "`code`", "```", "*", "_", "`", ">", ":smile:", "<@U0OMAR00001>", " ", "\n"]
WORDS = st.lists(st.sampled_from(MARKS) | st.text(max_size=12), max_size=12).map("".join)


@given(st.lists(st.tuples(WORDS, WORDS), max_size=25))
def test_names_and_values_of_fields_come_out_literally(fields: list[tuple[str, str]]) -> None:
    card = Card(title="#42", fields=tuple(fields))
    assert refused(card) == []
    (message,) = render.messages(card)
    assert drawn(message) == ["<h4>#42</h4>", *(line for field in fields for line in _lines(*field))]


def _lines(name: str, value: str) -> list[str]:
    """A field as it stands there: what follows its first line is indented, so that it never looks like another."""
    name = html.escape(" ".join(name.split()))
    said = [html.escape(" ".join(line.split())) for line in value.splitlines()]
    first, *more = [line for line in said if line] or [""]
    lines = [f"<strong>{name}</strong>  {first}" if name else first, *(f"\u2003{line}" for line in more)]
    return [line for line in lines if line]


def test_more_of_everything_than_fits() -> None:
    card = Card(
        text="word " * 5_000,
        title="t" * 500,
        lead="l" * 5_000,
        quote="q\n" * 4_000,
        fields=tuple((f"name {number}" * 90, "value " * 900) for number in range(45)),
        buttons=tuple(tuple(Button("b" * 200, f"do{row}x{column}:1") for column in range(30)) for row in range(30)),
        footer="f" * 5_000,
    )
    assert refused(card) == []
    made = render.messages(card)
    assert sum(block["type"] == "actions" for message in made for block in message["blocks"]) == 60


@pytest.mark.parametrize("card", [Card(), Card(text="  \n "), Card(title=" "), Card(quote=" "), Card(buttons=((),))])
def test_a_card_without_words_is_still_a_message(card: Card) -> None:
    assert refused(card) == [] and len(render.messages(card)) == 1


def test_the_same_action_twice_in_a_row_is_one_button() -> None:
    card = Card(text="x", buttons=((Button("One", "claim:1"), Button("Two", "claim:1")), (Button("Three", "claim:1"),)))
    assert refused(card) == []


@pytest.mark.parametrize("length", [0, 1, 23, 24, 25, 200])
def test_forms_are_within_their_limits(length: int) -> None:
    words = "f" * length or "…"
    options = tuple((f"v{number}", words * 4) for number in range(120))
    fields = (
        Field("words", words, "paragraph", value="w" * 4_000, max_length=9_000),
        Field("line", words, required=False),
        Field("pick", words, "choice", value="v3", options=options),
    )
    view = render.modal(Form("reply:42", words, fields, words), "[]")
    assert kit.problems(view["blocks"], "modal") == []
    assert len(view["title"]["text"]) <= 24 and len(view["submit"]["text"]) <= 24
    assert view["blocks"][2]["element"]["initial_option"]["value"] == "v3"


def test_a_quoted_answer_stands_between_who_speaks_and_their_words() -> None:
    quoted = "My printer burns\nand smokes"
    card = Card(text=f"{quoted}\nTake water", lead="Omar", spans=(Span(0, len(quoted), "quote"),))
    (message,) = render.messages(card)
    (block,) = message["blocks"]
    shown = [(one["type"], "".join(part["text"] for part in one["elements"])) for one in block["elements"]]
    assert shown == [
        ("rich_text_section", "Omar  "),
        ("rich_text_quote", quoted),
        ("rich_text_section", "Take water"),
    ]
