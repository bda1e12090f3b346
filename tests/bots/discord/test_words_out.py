"""Nothing in people's words is markup or a mention, everything fits Discord's limits, and no word is lost."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bots.discord
from bots.commands import VERBS
from bots.discord import menu, render
from bots.discord.formatting import read
from bots.discord.places import NEEDED, PRIVATE
from bots.discord.words import escape, id_at, instant, snowflake, told
from bots.port import Button, Card, Field, Form
from bots.split import utf16

UNSENDABLE = re.compile("[\0\ud800-\udfff]")
# what Discord's markdown would take hold of, unless a backslash stands before it
ACTIVE = re.compile(r"(?<!\\)(?:\\\\)*(?:[*_~|`\[]|<[@#:at/]|<id:|^[ \t]*[>#-]|^[ \t]*\d+\.\s)", re.MULTILINE)
LINK = re.compile(r"<(https?://[^\s<>]+)>")
marked = st.text(st.sampled_from("ab 1.\n*_~|`>#-+[]()<@!&:/\\eé👍") | st.characters(codec="utf-8"), max_size=60)


def shown(text: str) -> str:
    """What a client shows of escaped text: links without their brackets, escapes as what they stand for."""
    text = LINK.sub(lambda link: re.sub(r"([^0-9A-Za-z\s])", r"\\\1", link[1]), text)
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", text).replace("@\u200b", "@")


@given(marked)
def test_escaped_words_look_as_they_were_written(text: str) -> None:
    assert shown(escape(text)) == UNSENDABLE.sub("\ufffd", text).replace("@\u200b", "@")


@given(marked)
def test_escaped_words_hold_no_markup(text: str) -> None:
    assert ACTIVE.search(LINK.sub("", escape(text))) is None


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("@everyone @here", "@\u200beveryone @\u200bhere"),
        ("<@1> <@!1> <@&1> <#1>", "\\<@1> \\<@!1> \\<@&1> \\<#1>"),
        ("[bank.se](http://evil.example)", "\\[bank.se](<http://evil.example>)"),
        ("<http://evil.example|bank.se>", "\\<<http://evil.example|bank.se>>"),
        ("see https://a.example/x_y_z, please.", "see <https://a.example/x_y_z>, please."),
        ("https://bank.example@evil.example", "<https://bank.example@evil.example>"),
        ("https://a.example/\u202egnp.exe", "<https://a.example/>\u202egnp.exe"),
        ("# big\n-# small\n> quote\n3. three\n- list", "\\# big\n\\-# small\n\\> quote\n3\\. three\n\\- list"),
        ("```py\nx\n```", "\\`\\`\\`py\nx\n\\`\\`\\`"),
        ("||spoiler|| ~~no~~ __u__ **b**", "\\|\\|spoiler\\|\\| \\~\\~no\\~\\~ \\_\\_u\\_\\_ \\*\\*b\\*\\*"),
        ("a\0b\ud83d", "a\ufffdb\ufffd"),
        ("C:\\new", "C:\\\\new"),
    ],
)
def test_what_people_try(text: str, safe: str) -> None:
    assert escape(text) == safe


@pytest.mark.parametrize("piece", ["[" * 1000, "https://" * 800, "<@" * 800, ")" * 1500, "1." * 700, "\u202e" * 900])
def test_escaping_takes_time_in_proportion(piece: str) -> None:
    words = piece * 60
    assert len(escape(words)) < 4 * len(words)  # what grows worse than that does not come back in time


def test_entities_in_plain_words() -> None:
    names = {("@", "1"): "Anna", ("#", "2"): "help", ("@&", "3"): "Support"}

    def name_of(sign: str, id_: str) -> str:
        return names.get((sign, id_), "")

    def _plain(text: str) -> str:
        return read(text, lambda entity: told(entity, name_of))[0]

    assert _plain("<@1> <@!1> <#2> <@&3> <@9>") == "@Anna @Anna #help @Support @9"
    assert _plain("<a:wave:5> </claim add:7> <t:0> <t:0:R>") == (
        ":wave: /claim add 1970-01-01 00:00 UTC 1970-01-01 00:00 UTC"
    )
    assert _plain("<t:999999999999> <notone>") == "<t:999999999999> <notone>"


def test_ids_tell_the_time() -> None:
    at = instant("175928847299117063")  # the example of Discord's documentation
    assert at.isoformat() == "2016-04-30T11:18:25.796000+00:00"
    assert instant(id_at(at)) == at
    odds: list[Any] = ["", "abc", "-1", "1.5", "٣", None, {}, "1" * 21]
    for odd in odds:
        with pytest.raises(ValueError, match="no id"):
            snowflake(odd)


# cards

texts = st.text(st.characters(codec="utf-8"), max_size=400)
long_texts = st.builds(lambda piece, times: piece * times, st.text(min_size=1, max_size=30), st.integers(1, 400))
cards = st.builds(
    Card,
    text=texts | long_texts,
    title=texts,
    lead=st.text(max_size=80),
    quote=texts | long_texts,
    fields=st.lists(st.tuples(texts, texts | long_texts), max_size=30).map(tuple),
    buttons=st.lists(
        st.lists(st.builds(Button, st.text(max_size=100), st.text(min_size=1, max_size=60)), max_size=7).map(tuple),
        max_size=7,
    ).map(tuple),
    footer=texts,
    tone=st.sampled_from(["plain", "good", "warn", "bad"]),
)


@settings(max_examples=60)
@given(cards)
def test_every_card_fits(card: Card) -> None:
    for body in render.messages(card):
        _fits(body)


def _fits(body: dict[str, Any]) -> None:
    assert set(body) == {"content", "embeds", "components", "allowed_mentions"}
    assert body["allowed_mentions"] == {"parse": []}
    assert utf16(body["content"]) <= 2000
    assert body["content"].strip() or body["embeds"]
    for embed in body["embeds"]:
        assert len(embed.get("fields", [])) <= 25
        assert utf16(embed.get("title", "")) <= 256
        assert utf16(embed.get("description", "")) <= 4096
        said = [embed.get("title", ""), embed.get("description", ""), embed.get("footer", {}).get("text", "")]
        for field in embed.get("fields", []):
            assert 0 < utf16(field["name"]) <= 256
            assert 0 < utf16(field["value"]) <= 1024
            said += [field["name"], field["value"]]
        assert sum(map(utf16, said)) <= 6000
        assert any(text.strip() for text in said)
    ids = [button["custom_id"] for row in body["components"] for button in row["components"]]
    assert len(ids) == len(set(ids))
    assert len(body["components"]) <= 5
    for row in body["components"]:
        assert 1 <= len(row["components"]) <= 5
        assert all(1 <= len(b["label"]) <= 80 and len(b["custom_id"]) <= 100 for b in row["components"])


@settings(max_examples=60)
@given(st.text(st.sampled_from("abc *_\n#>é👍🏽\u200d"), min_size=1, max_size=50), st.integers(1, 200))
def test_long_words_come_whole(piece: str, times: int) -> None:
    words = piece * times
    said = "".join(shown(body["content"]) for body in render.messages(Card(text=words)))
    assert re.sub(r"[\s\u200d]", "", said) == re.sub(r"[\s\u200d]", "", words)


def test_words_are_content_and_a_ticket_is_an_embed() -> None:
    (words,) = render.messages(Card(text="It burns", lead="Anna", quote="see\nhere", footer="edited"))
    assert words["content"] == "**Anna**\nIt burns\n> see\n> here\n-# edited"
    card = Card(title="#42 *Printer*", text="Hm", fields=(("Status", "new"),), footer="a note", tone="bad")
    (shown_card,) = render.messages(card)
    (embed,) = shown_card["embeds"]
    assert (shown_card["content"], embed["title"], embed["description"]) == ("", "#42 \\*Printer\\*", "Hm")
    assert embed["fields"] == [{"name": "Status", "value": "new", "inline": True}]
    assert (embed["footer"], embed["color"]) == ({"text": "a note"}, 0xC62828)
    assert render.messages(Card()) == []
    assert render.messages(Card(text="\u200b\n ")) == []


def test_forms_are_modals() -> None:
    fields = (
        Field("words", "Your answer", "paragraph", value="Hello", max_length=9000),
        Field("when", "When", required=False),
        Field("what", "What", "choice", options=(("a", "Apples"), ("b", "Pears"))),
    )
    modal = render.modal(Form("reply:42", "Answer #42 " + "x" * 60, fields, "Send"))
    assert (modal["custom_id"], len(modal["title"])) == ("reply:42", 45)
    inputs = [label["component"] for label in modal["components"]]
    assert [one["custom_id"] for one in inputs] == ["words", "when", "what"]
    assert inputs[0] == {
        "type": 4,
        "custom_id": "words",
        "style": 2,
        "required": True,
        "max_length": 4000,
        "value": "Hello",
    }
    assert inputs[1]["style"] == 1
    assert [option["value"] for option in inputs[2]["options"]] == ["a", "b"]


def test_every_verb_is_a_command_within_discords_limits() -> None:
    made = {command["name"]: command for command in menu.commands() if command["type"] == menu.CHAT}
    assert set(made) == {"ticket", *VERBS} - menu.TELEGRAMS and len(made) <= 100
    entries = [command for command in menu.commands() if command["type"] != menu.CHAT]
    assert [entry["name"] for entry in entries if entry["type"] == menu.MESSAGE][:5] == [
        *menu.WISHES,
        "Make canned response",
    ]
    for entry in entries:
        assert all(1 <= len(name) <= 32 for name in (entry["name"], *entry["name_localizations"].values()))
    for command in made.values():
        for part in (command, *command["options"]):
            assert 1 <= len(part["description"]) <= 100
            assert set(part["description_localizations"]) == {"sv-SE", "da"}
            assert all(1 <= len(words) <= 100 for words in part["description_localizations"].values())
        required = [bool(option["required"]) for option in command["options"]]
        assert required == sorted(required, reverse=True)
    assert menu.same(menu.commands(), list(reversed(menu.commands())))
    assert not menu.same(menu.commands(), menu.commands()[1:])


def test_the_invite_link_asks_for_what_the_bot_needs() -> None:
    readme = (Path(bots.discord.__file__).parent / "README.md").read_text("utf-8")
    asked = {**NEEDED, **PRIVATE}
    assert f"permissions={sum(asked.values())}\n" in readme
    for name, bit in asked.items():
        assert f"| {name.replace('View Channel', 'View Channels')} | `1 << {bit.bit_length() - 1}` |" in readme
