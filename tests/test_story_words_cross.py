"""Words cross between any two platforms as they were meant: formatted, long, in answer to others, changed, taken back.

Both ways for each of the nine pairs, and read where and as the receiving platform keeps them.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bots.simulator.client import Client, Shown
from bots.simulator.telegram.formatting import cut
from tests.inbox.deeds import one_engine
from tests.test_story_any_to_any import ASKS_IN, DESK_ROOMS, desk_answered_from
from tests.world import World, running

ADDRESS = "https://acme.example/manual"
SENTENCE = "Every word counts. "
DESK = {"slack": "#it-desk", "discord": "#desk", "telegram": "Desk"}
LONG = {"slack": 5_000, "discord": 1_900, "telegram": 3_900}  # characters that people may write at once
HOLDS = {"slack": 12_000, "discord": 1_900, "telegram": 4_000}  # characters of ours in a message there
TYPED = {
    "slack": "*Urgent* {0}: see " + ADDRESS + "\n```\nx = 1\n```\n",
    "discord": "**Urgent** {0}: see [the manual](" + ADDRESS + ")\n```\nx = 1\n```\n",
    "telegram": '<b>Urgent</b> {0}: see <a href="' + ADDRESS + '">the manual</a>\n<pre>x = 1</pre>\n',
}
MEANT = {("bold", "Urgent"), ("link", ADDRESS), ("pre", "x = 1")}

Marks = set[tuple[str, str]]


@dataclass(frozen=True)
class Kept:
    """A message as the platform keeps it: its formats, and the message that it answers ("" for none)."""

    marks: Marks
    answers: str


def in_slack(message: Any) -> Kept:
    marks: Marks = set()
    for part in [part for block in message.blocks if block["type"] == "rich_text" for part in block["elements"]]:
        words = "".join(one.get("text", "") for one in part["elements"])
        block = {"rich_text_preformatted": "pre", "rich_text_quote": "quote"}.get(part["type"])
        marks |= {(block, words)} if block else set()
        marks |= {("bold", one["text"]) for one in part["elements"] if one.get("style", {}).get("bold")}
        marks |= {("link", one["url"]) for one in part["elements"] if one["type"] == "link"}
    return Kept(marks, "")


def in_discord(message: Any) -> Kept:
    words = message.content
    marks = {("bold", found) for found in re.findall(r"\*\*(.+?)\*\*", words)}
    marks |= {("link", found) for found in re.findall(r"https://[^\s<>)]+", words)}
    marks |= {("pre", found) for found in re.findall(r"```\n(.+?)\n```", words, re.DOTALL)}
    marks |= {("quote", found) for found in re.findall(r"^> (.+)$", words, re.MULTILINE)}
    return Kept(marks, message.reply_to)


def in_telegram(message: Any) -> Kept:
    names = {"text_link": "link", "url": "link", "blockquote": "quote"}
    marks: Marks = set()
    for one in message.entities:
        words = cut(message.text, one["offset"], one["length"])
        marks.add((names.get(one["type"], one["type"]), one.get("url", words)))
    return Kept(marks, str(message.reply_to or ""))


READ: dict[str, Callable[[Any], Kept]] = {"slack": in_slack, "discord": in_discord, "telegram": in_telegram}


@dataclass
class Side:
    """Somebody on one platform, in the room and thread where they talk."""

    client: Client
    room: str
    thread: str = ""

    @property
    def platform(self) -> str:
        return self.client.simulator.platform

    def kept(self, shown: Shown) -> Kept:
        world: Any = self.client.simulator
        if self.platform == "discord":
            return READ["discord"](world.world.messages[shown.id])
        return READ[self.platform](world.world.message(shown.room, shown.id))

    async def writes(self, text: str, *, marked: bool = False, answers: str = "", **more: Any) -> str:
        more |= {"thread": self.thread} if self.thread else {}
        more |= {"marked": True} if marked and self.platform == "telegram" else {}
        more |= {"reply_to": answers} if answers and self.platform != "slack" else {}
        return await self.client.writes(text, self.room, **more)

    async def does(self, act: str, message: str, **how: Any) -> None:
        room = self.thread if self.platform == "discord" and self.thread else self.room
        await self.client.simulator.do(act, who=self.client.who, room=room, message=message, **how)

    def now(self, message: Shown) -> str:
        """What that message says by now, "" where it is gone."""
        return next((m.words for m in self.client.sees() if (m.id, m.room) == (message.id, message.room)), "")


@dataclass
class Pair:
    requester: Side
    holder: Side

    @property
    def tag(self) -> str:
        return f"from {self.requester.platform}"


async def everybody(world: World, answered_from: str) -> list[Pair]:
    """A requester on each platform, each with Omar, who answers from one."""
    at = {"slack": world.at_slack, "discord": world.at_discord, "telegram": world.at_telegram}
    await world.platforms.telegram.do("start", who="Omar")
    who = {"slack": "Anna", "discord": "Erik", "telegram": "Erik"}
    return [
        Pair(Side(at[origin](who[origin]), room), Side(at[answered_from]("Omar"), DESK[answered_from]))
        for origin, room in ASKS_IN.items()
    ]


@one_engine
@pytest.mark.parametrize("answered_from", list(DESK_ROOMS))
async def test_words_cross_as_they_were_meant(answered_from: str, database_url: str) -> None:
    async with running(database_url, desk_answered_from(answered_from)) as world:
        await asyncio.gather(*(tell(world, pair) for pair in await everybody(world, answered_from)))


async def tell(world: World, pair: Pair) -> None:
    await long_words(pair)
    answer = await formatted_answer(pair)
    mine, copy = await answered(world, pair.requester, pair.holder, answer, "Which floor?", "Urgent")
    theirs, copied = await answered(world, pair.holder, pair.requester, copy, "The third.", "Which floor?")
    await changed(pair.requester, mine, pair.holder, copy, "Which storey?")
    await changed(pair.holder, theirs, pair.requester, copied, "The fourth.")
    await taken_back(world, pair.requester, mine, pair.holder, copy)
    await taken_back(world, pair.holder, theirs, pair.requester, copied)


async def long_words(pair: Pair) -> None:
    """They come whole, in as few messages as the desk's platform allows, and the card stands at their head."""
    origin, there = pair.requester.platform, pair.holder
    head = TYPED[origin].format(pair.tag)
    count = (LONG[origin] - len(head)) // len(SENTENCE)
    await pair.requester.writes(head + SENTENCE * count, marked=True)

    def card() -> Shown | None:
        found = there.client.sees(there.room, by_bot=True)
        return next((m for m in found if m.buttons and pair.tag in m), None)

    shown: Shown = await there.client.until(card)
    there.thread = shown.thread or shown.id

    def whole() -> list[Shown]:
        parts = [m for m in there.client.sees(there.room, thread=there.thread, by_bot=True) if "counts." in m]
        return parts if sum(m.words.count("counts.") for m in parts) == count else []

    parts: list[Shown] = await there.client.until(whole)
    assert len(parts) == -(-LONG[origin] // HOLDS[there.platform])
    assert there.kept(parts[0]).marks >= MEANT
    await there.client.presses(shown, "Claim")
    await there.client.until(lambda: "Omar" in there.now(shown))


async def formatted_answer(pair: Pair) -> Shown:
    there = pair.requester
    await pair.holder.writes(TYPED[pair.holder.platform].format("too"), marked=True)
    answer = await there.client.reads("Urgent too", there.room)
    assert there.kept(answer).marks >= MEANT
    there.thread = answer.thread
    return answer


async def answered(world: World, writer: Side, reader: Side, to: Shown, words: str, quoted: str) -> tuple[str, Shown]:
    """Words in answer to others, on the other side: the platform's own answer, or the words that it is to, quoted.

    In Slack nobody answers one message of a thread. Returns what was written, and the copy.
    """
    await world.settled()  # nobody answers a message in the instant in which it appears
    written = await writer.writes(words, answers=to.id)
    copy = await reader.client.reads(words, reader.room, thread=reader.thread)
    kept = reader.kept(copy)
    quotes = [text for kind, text in kept.marks if kind == "quote"]
    if writer.platform == "slack":
        assert not quotes
    elif reader.platform == "slack":
        assert len(quotes) == 1 and quotes[0].startswith(quoted)
    else:
        original = next(m for m in reader.client.sees() if m.id == kept.answers and m.room == copy.room)
        assert quoted in original and not quotes
    return written, copy


async def changed(writer: Side, written: str, reader: Side, copy: Shown, words: str) -> None:
    await writer.does("edit", written, text=words)
    await reader.client.until(lambda: words in reader.now(copy))


async def taken_back(world: World, writer: Side, written: str, reader: Side, copy: Shown) -> None:
    """Telegram tells bots of no deletions (Bot API, "Update"): there the copy stays."""
    await writer.does("delete", written)
    if writer.platform == "telegram":
        await world.settled()
        assert reader.now(copy)
    else:
        await reader.client.until(lambda: not reader.now(copy))
