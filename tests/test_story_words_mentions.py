"""Nothing rendered contains a live mention, whatever people write: judged by the platforms' own reading of it."""

import re
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bots.discord import render as discord
from bots.port import Card
from bots.simulator.discord.markdown import to_html
from bots.simulator.discord.mentions import CODE, EVERYONE
from bots.simulator.telegram.formatting import finish
from bots.simulator.telegram.markup_html import parse_html
from bots.slack import render as slack
from bots.telegram import render as telegram
from inbox.words import ORDER, Span, tidy

CALLS = [
    *("@everyone", "@here", "@channel", "<!everyone>", "<!channel>", "<!here|x>", "<!subteam^S0IT00001|@it>"),
    *("<@U0OMAR00001>", "<@U0OMAR00001|omar>", "<#C0ITDESK0001>", "<@1064838994329731074>", "<@!1>", "<@&22>", "<#3>"),
    *("@omar_acme", "@acme_desk_bot", "@Omar", "tg://user?id=700100003", "https://t.me/omar_acme"),
    *(
        "＠everyone",
        "@\u0435veryone",
        "@\u200beveryone",
        "@every\u200done",
        "\ufe6beveryone",
        "@ｏmar_acme",
        "@EVERYONE",
    ),
]
SCRAPS = ["@", "<", ">", "!", "&", "every", "one", "here", "omar_acme", "&lt;", "&#64;", "\\", "`", "```", "*", "_"]
SCRAPS += ["|", "[", "](", ")", ".", "a", " ", "\n", "> ", "\u202e", "🙂", "1"]
WORDS = st.lists(st.sampled_from([*CALLS, *SCRAPS]), min_size=1, max_size=10).map("".join)
ADDRESSES = ["", "https://acme.example/@everyone", "tg://user?id=700100003", "https://acme.example/<@1>"]
ADDRESS = re.compile(r"https?://[^\s>)]+")  # left as it is: it leads somewhere
SPANS = st.lists(
    st.builds(Span, st.integers(0, 40), st.integers(0, 60), st.sampled_from(ORDER), st.sampled_from(ADDRESSES)),
    max_size=4,
)


@given(WORDS, SPANS, st.sampled_from([1, 40]))
@settings(max_examples=100, deadline=None)
@example("Look.@omar_acme", [], 1)
@example("@omar_acme", [Span(0, 1, "bold")], 1)
@example("@everyone <@1> <!channel> @omar_acme", [Span(0, 36, "pre")], 1)
def test_nothing_rendered_calls_anybody(words: str, spans: list[Span], times: int) -> None:
    text = words * times
    card = Card(text, words, words, words, ((words, words),), spans=tidy(text, spans))
    alone = Card(text, lead=words, spans=tidy(text, spans))  # without a title it is drawn in another way
    for shown in (card, alone):
        nobody_in_slack(shown)
        nobody_in_discord(shown)
        nobody_in_telegram(shown)


def nobody_in_slack(card: Card) -> None:
    """Only rich text's elements of their own and mrkdwn's angle brackets call anybody (docs "Formatting message
    text")."""
    for message in slack.messages(card):
        assert "<" not in message["text"]
        for one in nodes(message["blocks"]):
            assert one.get("type") not in ("user", "usergroup", "channel", "broadcast", "mrkdwn")
            assert one.get("type") != "link" or one["url"].startswith("http")


def nodes(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [node for one in value for node in nodes(one)]
    return [value, *nodes(list(value.values()))] if isinstance(value, dict) else []


def nobody_in_discord(card: Card) -> None:
    """Discord is told to call nobody, and nothing looks like a call to its clients either."""
    for message in discord.messages(card):
        assert message["allowed_mentions"] == {"parse": []}
        embeds = [value for embed in message["embeds"] for value in strings(embed)]
        for written in (message["content"], *embeds):
            assert 'class="mention"' not in to_html(written, lambda sign, target: target)
            assert not EVERYONE.search(ADDRESS.sub("", CODE.sub("", written)))


def strings(embed: dict[str, Any]) -> list[str]:
    texts = [embed.get("title", ""), embed.get("description", "")]
    return texts + [field[part] for field in embed.get("fields", ()) for part in ("name", "value")]


def nobody_in_telegram(card: Card) -> None:
    for message in telegram.messages(card):
        for entity in finish(parse_html(message)).entities:
            assert entity["type"] not in ("mention", "text_mention")
            assert not re.match("(?i)tg:", entity.get("url", ""))
