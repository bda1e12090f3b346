"""Files and small marks on Discord, both ways, over the wire."""

import json
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from bots.discord.calls import Api
from bots.discord.files import Files
from bots.port import Card, Hopeless, TryLater
from inbox.model import File, Place
from tests.bots.discord.rig import Door

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


async def fetched(door: Door, ref: str) -> bytes:
    return b"".join([chunk async for chunk in door.bot.fetch(ref)])


async def sent_by_anna(door: Door, **more: Any) -> str:
    """The reference of a picture that Anna sent."""
    file = {"name": "shot.png", "bytes": PNG, "type": "image/png", **more}
    await door.writes("anna", "Look", files=[file])
    said = (await door.front.hears("Look"))[-1]
    return said.files[0].ref


async def stored(door: Door, name: str, data: bytes) -> File:
    async def chunks() -> AsyncIterator[bytes]:
        yield data

    sha256, size = await door.files.put(chunks())
    return File(1, 1, name, "image/png", size, "image", "stored", sha256)


async def test_a_file_is_fetched_as_it_was_without_the_bots_token() -> None:
    async with Door() as door:
        ref = await sent_by_anna(door)
        assert await fetched(door, ref) == PNG
        address = json.loads(ref)["u"]
        asked = [call for call in door.sim.log if call.request["path"] in address]
        assert asked and "uthorization" not in str([call.request.get("headers") for call in asked])


async def test_an_address_that_ran_out_is_asked_for_again() -> None:
    async with Door() as door:
        ref = await sent_by_anna(door)
        door.now += 25 * 3600
        assert await fetched(door, ref) == PNG


async def test_a_sticker_is_a_picture_and_one_that_is_drawn_anew_each_time_a_name() -> None:
    async with Door() as door:
        for name in ("hello.png", "dance.apng", "wave.gif", "spin.json"):
            await door.writes("anna", "", files=[{"name": name, "bytes": name.encode(), "kind": "sticker"}])
        *pictures, drawn = await door.front.hears("", "", "", "🏷 spin")
        told = [(file.name, file.mime, file.kind) for said in pictures for file in said.files]
        assert told == [
            ("hello.png", "image/png", "sticker"),
            ("dance.png", "image/png", "sticker"),
            ("wave.gif", "image/gif", "sticker"),
        ]
        assert drawn.files == ()
        refs = [said.files[0].ref for said in pictures]
        assert [await fetched(door, ref) for ref in refs] == [b"hello.png", b"dance.apng", b"wave.gif"]
        with pytest.raises(Hopeless) as refused:
            await fetched(door, json.dumps({**json.loads(refs[0]), "s": "1"}))
        assert refused.value.kind == "gone"


def test_discords_own_stickers_lie_on_its_own_hosts() -> None:
    files = Files(cast(Api, None), "https://discord.com/api/v10")
    assert files._stickers == {"png": "https://cdn.discordapp.com", "gif": "https://media.discordapp.net"}
    assert all(files._checked(f"{host}/stickers/1.png") for host in files._stickers.values())


async def test_a_deleted_messages_file_is_gone() -> None:
    async with Door() as door:
        ref = await sent_by_anna(door)
        message = json.loads(ref)["m"]
        await door.sim.do("delete", who="anna", room="#support", message=message)
        door.now += 25 * 3600
        with pytest.raises(Hopeless) as refused:
            await fetched(door, ref)
        assert refused.value.kind == "gone"


@pytest.mark.parametrize(
    "address", ["http://169.254.169.254/latest", "file:///etc/passwd", "https://cdn.discordapp.com.evil.example/x"]
)
async def test_no_other_host_is_asked(address: str) -> None:
    async with Door() as door:
        ref = json.dumps({**json.loads(await sent_by_anna(door)), "u": address})
        with pytest.raises(Hopeless) as refused:
            await fetched(door, ref)
        assert refused.value.kind == "forbidden"


async def test_files_go_out_with_their_words_in_one_message() -> None:
    async with Door() as door:
        room = door.rooms["#support"]
        files = (await stored(door, "a.png", PNG), await stored(door, "räkning.pdf", b"%PDF"))
        sent = await door.bot.send(
            Place("community", room.external_id), Card(text="Here", lead="Omar", files=files), "n1"
        )
        again = await door.bot.send(
            Place("community", room.external_id), Card(text="Here", lead="Omar", files=files), "n1"
        )
        assert sent.message_id == again.message_id, "the nonce counts with files too"
        [message] = door.posted("#support")
        assert message.content == "**Omar**\nHere"
        assert [(one.filename, len(one.data)) for one in message.attachments] == [
            ("a.png", len(PNG)),
            ("räkning.pdf", 4),
        ]


async def test_files_without_words_and_more_than_a_message_takes() -> None:
    async with Door() as door:
        room = door.rooms["#support"]
        files = tuple([await stored(door, f"{n}.png", PNG) for n in range(12)])
        sent = await door.bot.send(Place("community", room.external_id), Card(files=files), "n2")
        assert len(sent.whole) == 2
        assert [len(message.attachments) for message in door.posted("#support")] == [10, 2]


async def test_a_file_that_is_not_in_the_store_any_more_is_refused_and_nothing_is_posted() -> None:
    async with Door() as door:
        room, file = door.rooms["#support"], await stored(door, "a.png", PNG)
        door.files.path(file.sha256).unlink()
        with pytest.raises(Hopeless) as refused:
            await door.bot.send(Place("community", room.external_id), Card(text="Here", files=(file,)), "n3")
        assert refused.value.kind == "invalid" and door.posted("#support") == []


async def test_trouble_with_the_server_is_for_later() -> None:
    async with Door() as door:
        ref = await sent_by_anna(door)
        await door.sim.stop()
        with pytest.raises(TryLater):
            await fetched(door, ref)


async def test_marks_are_told_and_put() -> None:
    async with Door() as door:
        room = door.rooms["#support"]
        message = await door.writes("anna", "Done?")
        await door.sim.do("react", who="omar", room="#support", message=message, emoji="👍")
        await door.sim.do("unreact", who="omar", room="#support", message=message, emoji="👍")
        await door.front.until(lambda: len(door.front.reactions) == 2)
        first, second = door.front.reactions
        assert (first.message_id, first.emoji, first.on, second.on) == (message, "👍", True, False)
        assert first.by.name and first.by.external_id == second.by.external_id
        place = Place("community", room.external_id)
        await door.bot.react(place, message, "🎉", on=True)
        await door.bot.react(place, message, "🎉", on=False)
        with pytest.raises(Hopeless):
            await door.bot.react(place, message, "no emoji", on=True)
        assert len(door.front.reactions) == 2, "the bot's own are no news"


async def test_typing_is_told_and_shown() -> None:
    async with Door() as door:
        room = door.rooms["#support"]
        await door.sim.do("typing", who="omar", room="#support")
        await door.front.until(lambda: door.front.typings)
        place, by = door.front.typings[0]
        assert (place.room, by.name) == (room.external_id, "")
        await door.bot.typing(Place("community", room.external_id))
        assert [call.status for call in door.sim.log if call.call.endswith("/typing")] == [204]


async def test_shorter_words_cost_no_files() -> None:
    async with Door() as door:
        room = door.rooms["#support"]
        files = tuple([await stored(door, f"{n}.png", PNG) for n in range(11)])
        place = Place("community", room.external_id)
        sent = await door.bot.send(place, Card(text="long " * 600, files=files), "n4")
        assert len(sent.whole) == 3, "two of words, of which the second has ten files, and one for the last file"
        assert await door.bot.edit(place, sent.whole, Card(text="short"), "n5") == sent.whole
        shown = [(message.content, len(message.attachments)) for message in door.posted("#support")]
        assert shown == [("short", 0), ("…", 10), ("…", 1)]
