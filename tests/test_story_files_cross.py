"""Files cross between any two platforms, byte for byte: pictures, films, documents, voices, stickers and albums;
places and people as words; and what cannot cross is named with the reason.

Both ways for each of the nine pairs, and read as the receiving platform keeps them.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bots.simulator.client import Client, Shown
from tests.inbox.deeds import one_engine
from tests.test_story_any_to_any import DESK_ROOMS, desk_answered_from
from tests.test_story_words_cross import Pair, Side, everybody
from tests.world import World, running

Json = dict[str, Any]
LIMIT_MB = 1
TYPES = {
    "shot.png": "image/png",
    "film.mp4": "video/mp4",
    "bill.pdf": "application/pdf",
    "note.ogg": "audio/ogg",
    "wave.webp": "image/webp",
    "hello.png": "image/png",
    "raw.png": "image/png",
    "lost.pdf": "application/pdf",
    "game.exe": "application/octet-stream",
}
# what people send in one go: albums in Telegram hold pictures and films only, and Slack has no stickers
SENDS = {
    "slack": [("shot.png", "film.mp4", "bill.pdf"), ("note.ogg",)],
    "discord": [("shot.png", "film.mp4", "bill.pdf"), ("note.ogg",), ("hello.png",)],
    "telegram": [("shot.png", "film.mp4"), ("bill.pdf",), ("note.ogg",), ("wave.webp",)],
}
# as what they stand there: in Telegram by kind, elsewhere by name, which Telegram tells of some only
IN_TELEGRAM = {
    "shot.png": "photo",
    "film.mp4": "video",
    "bill.pdf": "document",
    "note.ogg": "voice",
    "wave.webp": "photo",
    "hello.png": "photo",
}
FROM_TELEGRAM = {
    "shot.png": "photo.jpg",
    "note.ogg": "voice message.ogg",
    "wave.webp": "sticker.webp",
}


def content(name: str, tag: str) -> bytes:
    return f"{name} {tag}".encode()


def file(name: str, tag: str) -> Json:
    kinds: dict[str, Json] = {"note.ogg": {"voice": True}, "hello.png": {"kind": "sticker"}}
    return {"name": name, "bytes": content(name, tag), "type": TYPES[name], **kinds.get(name, {})}


def kept(side: Side) -> Iterator[tuple[bytes, str]]:
    """The bytes of each file that the bot showed there, and as what they stand."""
    return ((data, what) for _, data, what in carried(side))


def carried(side: Side) -> Iterator[tuple[str, bytes, str]]:
    """The same, each with the id of the message that it stands in."""
    simulator: Any = side.client.simulator
    world = simulator.world
    if side.platform == "slack":
        there = [m for m in world.messages if m.room == side.room and m.thread_ts == side.thread and m.bot]
        files = [(m.ts, world.files[one]) for m in there if not m.deleted for one in m.files]
        yield from ((ts, one.content, one.name) for ts, one in files)
    elif side.platform == "discord":
        channel = world.channels.get(side.thread or side.room)  # a thread that hangs on a card is made with its first
        there = [m for m in channel.history if m.author_id == world.bot.id] if channel else []
        attached = [(m.id, one) for m in there for one in m.attachments]
        yield from ((id_, one.data, one.filename.replace("_", " ")) for id_, one in attached)  # it keeps no spaces
    else:
        for message in world.said_by_bot(side.room, side.thread or None):
            what = message.content.get(message.kind)
            if what and message.kind not in ("location", "contact"):
                largest = what[-1] if isinstance(what, list) else what
                yield str(message.id), simulator.telegram.files.by_id[largest["file_id"]].data, message.kind


def expected(names: tuple[str, ...], tag: str, writer: Side, reader: Side) -> set[tuple[bytes, str]]:
    known = FROM_TELEGRAM if writer.platform == "telegram" else {}
    as_what = IN_TELEGRAM if reader.platform == "telegram" else {name: known.get(name, name) for name in names}
    return {(content(name, tag), as_what[name]) for name in names}


def expires(side: Side, message: str) -> None:
    """The files of that message are gone before anybody could fetch them."""
    world: Any = side.client.simulator
    if side.platform == "slack":
        for one in world.world.message(side.room, message).files:
            world.world.files[one].deleted = True
    elif side.platform == "discord":
        world.world.messages[message].attachments.clear()
    else:
        what = world.world.message(side.room, message, side.client.who).content["document"]
        del world.telegram.files.by_id[what["file_id"]]


@one_engine
@pytest.mark.parametrize("answered_from", list(DESK_ROOMS))
async def test_files_cross_as_they_are(answered_from: str, database_url: str, tmp_path: Path) -> None:
    kept_at = {"files_dir": tmp_path, "files_limit_mb": LIMIT_MB}
    async with running(database_url, desk_answered_from(answered_from), **kept_at) as world:
        world.platforms.telegram.world.person("Erik").language = "en"
        await asyncio.gather(*(tell(world, pair) for pair in await everybody(world, answered_from)))


async def tell(world: World, pair: Pair) -> None:
    asks, holds = pair.requester, pair.holder
    await asked_with_a_picture(asks, holds, pair.tag)
    await holds.writes(f"Show me more {pair.tag}")
    answer = await asks.client.reads(f"Show me more {pair.tag}", asks.room)
    asks.room, asks.thread = answer.room, answer.thread
    lisa = Side(Client(holds.client.simulator, "Lisa"), holds.room, holds.thread)
    await lisa.writes("Between us", files=[file("shot.png", "of Lisa's")])
    for writer, reader in ((asks, holds), (holds, asks)):
        await everything(writer, reader, f"{pair.tag} by {writer.client.who}")
        await what_cannot_come(writer, reader, f"{pair.tag} by {writer.client.who}")
    await what_only_telegram_has(asks, holds)
    await liked_and_taken_back(world, asks, holds, pair.tag)
    await liked_and_taken_back(world, holds, asks, pair.tag)
    assert content("shot.png", "of Lisa's") not in dict(kept(asks)), "what is a note stays inside with its files"


async def asked_with_a_picture(asks: Side, holds: Side, tag: str) -> None:
    """A picture opens a ticket with its words, and stands below the card."""
    await asks.writes(f"My lamp {tag}", files=[file("shot.png", tag)])

    def card() -> Shown | None:
        found = holds.client.sees(holds.room, by_bot=True)
        return next((m for m in found if m.buttons and f"My lamp {tag}" in m), None)

    shown: Shown = await holds.client.until(card)
    holds.room, holds.thread = shown.room, shown.thread or shown.id
    await arrived(asks, holds, ("shot.png",), tag)
    await holds.client.presses(shown, "Claim")
    await holds.client.until(lambda: "Omar" in holds.now(shown))


async def arrived(writer: Side, reader: Side, names: tuple[str, ...], tag: str) -> None:
    awaited = expected(names, tag, writer, reader)
    try:
        await reader.client.until(lambda: awaited <= set(kept(reader)))
    except TimeoutError:
        raise AssertionError(f"{awaited - set(kept(reader))} never came; there is {set(kept(reader))}") from None


async def everything(writer: Side, reader: Side, tag: str) -> None:
    for names in SENDS[writer.platform]:
        await writer.writes("" if names == ("note.ogg",) else f"See {tag}", files=[file(name, tag) for name in names])
    for names in SENDS[writer.platform]:
        await arrived(writer, reader, names, tag)
    there = [(data, kind) for data, kind in kept(reader) if data.endswith(tag.encode())]
    assert len(there) == len(set(there)), "nothing comes twice"


async def what_cannot_come(writer: Side, reader: Side, tag: str) -> None:
    """Too big for the desk, of a kind that it does not take, and gone before it was fetched: a name and a reason
    each."""
    raw = {**file("raw.png", tag), "bytes": bytes(2 * LIMIT_MB * 1_000_000)}
    await writer.writes(f"Raw {tag}", files=[{**raw, "kind": "document"}])
    await writer.writes(f"Game {tag}", files=[file("game.exe", tag)])
    expires(writer, await writer.writes(f"Lost {tag}", files=[file("lost.pdf", tag)]))
    for words, why in (
        (f"Raw {tag}", "raw.png: too big to be passed on (2 MB, at most 1 MB)"),
        (f"Game {tag}", "game.exe: files of this kind are not taken"),
        (f"Lost {tag}", "lost.pdf: no longer there when we fetched it"),
    ):
        copy = await reader.client.reads(words, reader.room, thread=reader.thread)
        assert why in copy, copy.words


async def what_only_telegram_has(asks: Side, holds: Side) -> None:
    """Places and people come as words."""
    for writer, reader in ((asks, holds), (holds, asks)):
        if writer.platform == "telegram":
            where: Json = {"who": writer.client.who, "room": writer.room, "thread": writer.thread}
            await writer.client.simulator.do("share_location", **where, latitude=59.3293, longitude=18.0686)
            await writer.client.simulator.do("share_contact", **where, phone="+4670123456")
            await reader.client.reads("📍 59.32930, 18.06860", reader.room, thread=reader.thread)
            await reader.client.reads(f"👤 {writer.client.who} +4670123456", reader.room, thread=reader.thread)


async def liked_and_taken_back(world: World, writer: Side, reader: Side, tag: str) -> None:
    """A mark on a picture is one on the words that it came with. With these it goes; but Telegram tells bots of no
    deletions (Bot API, "Update")."""
    tag = f"wrong {tag} by {writer.client.who}"
    written = await writer.writes(f"This {tag}", files=[file("shot.png", tag)])
    await arrived(writer, reader, ("shot.png",), tag)
    await world.settled()
    picture = next(id_ for id_, data, _ in carried(reader) if data == content("shot.png", tag))
    await reader.does("react", picture, emoji="👍")
    await writer.client.until(lambda: "👍" in next(m.reactions for m in writer.client.sees() if m.id == written))
    await writer.does("delete", written)
    if writer.platform != "telegram":
        await reader.client.until(lambda: content("shot.png", tag) not in dict(kept(reader)))
