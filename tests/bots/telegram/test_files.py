"""Files and small marks on Telegram, both ways, over the wire."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.port import Ability, Button, Card, Hopeless, TryLater
from inbox.model import Attached, File, FileKind, Place, Said
from inbox.words import Span
from tests.bots.telegram.rig import DESK, ERIK, OMAR, PDF, PNG, SUPPORT, Rig

DM = Place("shop", ERIK)
MB = 1_000_000
UNDO = ((Button("Undo", "undo:1"),),)


async def fetched(door: Rig, ref: str) -> bytes:
    return b"".join([chunk async for chunk in door.bot.fetch(ref)])


async def file(
    door: Rig, name: str, mime: str, kind: FileKind = "document", data: bytes = b"bytes", size: int = 0
) -> File:
    """A file of the store; `size` is what the desk believes that it has."""

    async def chunks() -> AsyncIterator[bytes]:
        yield data

    sha256, length = await door.files.put(chunks())
    return File(1, 1, name, mime, size or length, kind, "stored", sha256)


async def picture(door: Rig, number: int = 0) -> File:
    return await file(door, f"{number}.png", "image/png", "image")


def posted(door: Rig, room: str = ERIK) -> list[tuple[str, str, bool]]:
    """Of each of the bot's messages what it is, what it says and whether it belongs to an album."""
    return [(m.kind, m.text, bool(m.album)) for m in door.sim.said_by_bot(room)]


# in


@pytest.mark.parametrize(
    ("kind", "sent", "heard"),
    [
        ("photo", PNG, ("image", "photo.jpg", "image/jpeg")),
        ("document", PDF, ("document", "bill.pdf", "application/pdf")),
        ("voice", {**PNG, "type": "audio/ogg"}, ("voice", "voice message.ogg", "audio/ogg")),
        ("audio", {**PNG, "name": "a.mp3", "type": "audio/mpeg"}, ("audio", "a.mp3", "audio/mpeg")),
        ("video", {**PNG, "name": "a.mp4", "type": "video/mp4"}, ("video", "a.mp4", "video/mp4")),
        ("animation", {**PNG, "name": "a.mp4", "type": "video/mp4"}, ("video", "a.mp4", "video/mp4")),
        ("video_note", {**PNG, "type": "video/mp4"}, ("video", "video message.mp4", "video/mp4")),
        ("sticker", {**PNG, "type": "image/webp"}, ("sticker", "sticker.webp", "image/webp")),
    ],
)
async def test_each_kind_of_file_comes_as_one(kind: str, sent: dict[str, Any], heard: tuple[str, str, str]) -> None:
    async with Rig() as door:
        said = await door.says("erik", "dm", "", files=[{**sent, "kind": kind}])
        [one] = said.files
        assert (said.text, one.kind, one.name, one.mime, one.size) == ("", *heard, len(sent["bytes"]))
        assert await fetched(door, one.ref) == sent["bytes"], "of a photo the largest"


async def test_an_album_has_all_its_files() -> None:
    async with Rig() as door:
        await door.pause()
        await door.do("album", who="erik", room="dm", files=[PNG, PNG, PNG], caption="these")
        await door.nap()
        door.naps.on()
        said: Said = await door.until(lambda: next(iter(door.front.of("said")), None))
        assert said.text == "these"
        assert [await fetched(door, one.ref) for one in said.files] == [PNG["bytes"]] * 3
        assert len({one.ref for one in said.files}) == 3


async def test_a_caption_keeps_its_formatting() -> None:
    async with Rig() as door:
        chat, user = {"id": int(ERIK), "type": "private"}, {"id": int(ERIK), "is_bot": False, "first_name": "Erik"}
        what = {"file_id": "a", "file_unique_id": "b"}
        bold = [{"type": "bold", "offset": 3, "length": 4}]
        message = {"message_id": 900, "date": 1_800_000_000, "chat": chat, "from": user}
        door.poison({"message": {**message, "document": what, "caption": "👍 look", "caption_entities": bold}})
        said = await door.until(lambda: next(iter(door.front.of("said")), None))
        assert (said.text, said.spans) == ("👍 look", (Span(2, 6, "bold"),))
        assert said.files == (Attached("a", "file", "", 0, "document"),)


async def test_a_sticker_that_moves_is_shown_by_its_picture() -> None:
    async with Rig() as door:
        small = {"file_id": "thumb", "file_unique_id": "t", "width": 1, "height": 1, "file_size": 7}
        moving = {"is_animated": False, "is_video": True, "type": "regular", "width": 1, "height": 1, "emoji": "🙃"}
        sticker = {"file_id": "film", "file_unique_id": "b", **moving, "thumbnail": small}
        chat, user = {"id": int(ERIK), "type": "private"}, {"id": int(ERIK), "is_bot": False, "first_name": "Erik"}
        message = {"message_id": 900, "date": 1_800_000_000, "chat": chat, "from": user}
        door.poison({"message": {**message, "sticker": sticker}})
        said = await door.until(lambda: next(iter(door.front.of("said")), None))
        assert (said.text, said.files) == ("", (Attached("thumb", "sticker.webp", "image/webp", 7, "sticker"),))


@pytest.mark.parametrize("wrong", [{"file_id": ""}, {"file_id": "a\0b"}, {"file_size": 10**30}, {"file_size": "big"}])
async def test_a_file_that_is_not_as_documented_is_set_aside(wrong: dict[str, Any]) -> None:
    async with Rig() as door:
        chat, user = {"id": int(ERIK), "type": "private"}, {"id": int(ERIK), "is_bot": False, "first_name": "Erik"}
        what = {"file_id": "a", "file_unique_id": "b", **wrong}
        door.poison({"message": {"message_id": 9, "date": 1, "chat": chat, "from": user, "document": what}})
        await door.until(lambda: door.front.of("quarantine"))
        await door.says("erik", "dm", "the next one")
        assert door.front.words == ["the next one"]


async def test_a_caption_that_is_taken_away_is_an_edit() -> None:
    async with Rig() as door:
        said = await door.says("erik", "dm", "look", files=[PDF])
        await door.do("edit", who="erik", room="dm", message=said.message_id, text="")
        edit = await door.until(lambda: next(iter(door.front.of("edited")), None))
        assert (edit.message_id, edit.text) == (said.message_id, "")


async def test_files_that_cannot_be_had_are_refused_with_a_sentence() -> None:
    """TG-11."""
    async with Rig() as door:
        big = await door.says("erik", "dm", "big", files=[{**PDF, "size": 21 * 1024 * 1024}])
        lost = await door.says("erik", "dm", "lost", files=[PDF])
        door.sim.telegram.files.by_path.clear()
        for ref, kind in ((big.files[0].ref, "forbidden"), (lost.files[0].ref, "gone"), ("none", "gone")):
            with pytest.raises(Hopeless) as refused:
                await fetched(door, ref)
            assert refused.value.kind == kind and str(refused.value).endswith(".")


async def test_trouble_with_the_server_is_for_later_and_tells_no_token() -> None:
    """TG-11."""
    async with Rig() as door:
        said = await door.says("erik", "dm", "", files=[PDF])
        door.sim.faults.order("status", "GET /file", status=502)
        with pytest.raises(TryLater) as bad:
            await fetched(door, said.files[0].ref)
        door.sim.faults.order("drop_before", "GET /file")
        with pytest.raises(TryLater) as broken:
            await fetched(door, said.files[0].ref)
        await door.bot.stop()
        await door.sim.stop()
        with pytest.raises(TryLater) as away:
            await fetched(door, said.files[0].ref)
        told = [repr(one.value) + repr(one.value.__cause__) for one in (bad, broken, away)]
        assert not any("AAfake" in one or "http" in one for one in told)


# out


async def test_a_file_with_short_words_is_one_message_with_its_buttons() -> None:
    async with Rig() as door:
        await door.do("start", who="erik")
        kinds: dict[str, tuple[str, str, FileKind]] = {
            "photo": ("a.png", "image/png", "image"),
            "document": ("räkning.pdf", "application/pdf", "document"),
            "video": ("a.mp4", "video/mp4", "video"),
            "audio": ("a.mp3", "audio/mpeg", "audio"),
            "voice": ("a.ogg", "audio/ogg", "voice"),
        }
        for number, (_, how) in enumerate(kinds.items()):
            card = Card(text="bold", lead="Omar", spans=(Span(0, 4, "bold"),), buttons=UNDO)
            sent = await door.bot.send(DM, Card(**{**_fields(card), "files": (await file(door, *how),)}), f"n{number}")
            assert sent.parts == ()
            last = door.sim.last(ERIK)
            assert [entity["type"] for entity in last.entities] == ["bold", "bold"]
            assert last.keyboard[0][0]["text"] == "Undo"
        assert posted(door) == [(kind, "Omar\nbold", False) for kind in kinds]
        [document] = [m.content["document"] for m in door.sim.said_by_bot(ERIK) if m.kind == "document"]
        assert document["file_name"] == "räkning.pdf"


def _fields(card: Card) -> dict[str, Any]:
    return {name: getattr(card, name) for name in Card.__dataclass_fields__}


@pytest.mark.parametrize(
    ("name", "mime", "kind", "size"),
    [
        ("big.png", "image/png", "image", 10 * MB + 1),
        ("drawing.svg", "image/svg+xml", "image", 0),
        ("as a file.png", "image/png", "document", 0),
        ("film.mov", "video/quicktime", "video", 0),
        ("sound.wav", "audio/wav", "audio", 0),
        ("voice.webm", "audio/webm", "voice", 0),
    ],
)
async def test_what_telegram_would_not_show_is_a_document(name: str, mime: str, kind: FileKind, size: int) -> None:
    async with Rig() as door:
        await door.do("start", who="erik")
        await door.bot.send(DM, Card(files=(await file(door, name, mime, kind, size=size),)), "n")
        assert posted(door) == [("document", "", False)]


async def test_several_files_are_albums_of_what_can_stand_together() -> None:
    async with Rig() as door:
        await door.do("start", who="erik")
        film, song = await file(door, "a.mp4", "video/mp4", "video"), await file(door, "a.mp3", "audio/mpeg", "audio")
        bill, voice = await file(door, "a.pdf", "application/pdf"), await file(door, "a.ogg", "audio/ogg", "voice")
        files = (await picture(door, 1), bill, film, voice, song, bill, song)
        sent = await door.bot.send(DM, Card(text="Here", files=files), "n")
        assert posted(door) == [
            ("photo", "Here", True),
            ("video", "", True),
            ("document", "", True),
            ("document", "", True),
            ("voice", "", False),
            ("audio", "", True),
            ("audio", "", True),
        ]
        assert sent.whole == tuple(str(m.id) for m in door.sim.said_by_bot(ERIK))
        assert door.called("sendMediaGroup") == 3


async def test_an_album_holds_ten_files_and_fifty_megabytes() -> None:
    async with Rig() as door:
        await door.do("start", who="erik")
        await door.bot.send(DM, Card(files=tuple([await picture(door, n) for n in range(11)])), "n1")
        assert [album for *_, album in posted(door)] == [True] * 10 + [False]
        big = await file(door, "a.pdf", "application/pdf", size=30 * MB)
        await door.bot.send(DM, Card(files=(big, big)), "n2")
        assert [album for *_, album in posted(door)][11:] == [False, False]


async def test_long_words_and_words_with_buttons_come_before_their_files() -> None:
    async with Rig() as door:
        await door.do("start", who="erik")
        await door.bot.send(DM, Card(text="👍" * 512, files=(await picture(door),)), "n1")
        await door.bot.send(DM, Card(text="👍" * 512 + "!", files=(await picture(door),)), "n2")
        two = (await picture(door, 1), await picture(door, 2))
        sent = await door.bot.send(DM, Card(text="Look", files=two, buttons=UNDO), "n3")
        kinds = ["photo", "text", "photo", "text", "photo", "photo"]
        assert [kind for kind, *_ in posted(door)] == kinds and len(sent.parts) == 3
        assert [bool(m.keyboard) for m in door.sim.said_by_bot(ERIK)] == [False, False, False, True, False, False]


async def test_files_without_words_keep_their_buttons_which_come_and_go_by_edits() -> None:
    async with Rig() as door:
        await door.do("start", who="erik")
        files = tuple([await picture(door, n) for n in range(3)])

        def buttons() -> list[int]:
            return [len(m.keyboard) for m in door.sim.said_by_bot(ERIK)]

        sent = await door.bot.send(DM, Card(files=files, buttons=UNDO), "n1")
        assert posted(door) == [("photo", "", True), ("photo", "", True), ("photo", "", False)]
        assert buttons() == [0, 0, 1]
        for card, rows in ((Card(buttons=UNDO * 2), 2), (Card(buttons=UNDO * 2), 2), (Card(), 0)):
            assert await door.bot.edit(DM, sent.whole, card, "e") == sent.whole
            assert buttons() == [0, 0, rows]
        await door.bot.delete(DM, sent.whole)
        two = await door.bot.send(DM, Card(files=files[:2], buttons=UNDO), "n2")
        assert posted(door) == [("photo", "", False)] * 2 and buttons() == [0, 1] and len(two.parts) == 2


async def test_files_stand_in_the_topic_as_an_answer() -> None:
    async with Rig() as door:
        assert Ability.ANSWERS in door.bot.abilities
        topic = await door.bot.open_topic(DESK, "#1 Printer")
        asked = await door.says("omar", "Desk", "Send it", thread=topic)
        two = (await picture(door, 1), await picture(door, 2))
        for number, card in enumerate((Card(text="Here"), Card(text="Here", files=two), Card(files=two[:1]))):
            await door.bot.send(Place("shop", DESK, topic), card, f"n{number}", answers=asked.message_id)
        shown = door.sim.said_by_bot(DESK, topic)
        assert len(shown) == 4 and {str(m.reply_to) for m in shown} == {asked.message_id}


async def test_what_telegram_takes_for_no_picture_goes_as_a_document() -> None:
    async with Rig() as door:
        await door.do("start", who="erik")
        door.sim.faults.order("error", "sendPhoto", error="Bad Request: PHOTO_INVALID_DIMENSIONS")
        await door.bot.send(DM, Card(text="a long strip", files=(await picture(door),)), "n1")
        door.sim.faults.order("error", "sendMediaGroup", error="Bad Request: IMAGE_PROCESS_FAILED")
        await door.bot.send(DM, Card(text="two", files=(await picture(door, 1), await picture(door, 2))), "n2")
        assert posted(door) == [("document", "a long strip", False), ("document", "two", True), ("document", "", True)]


async def test_other_refusals_and_files_that_are_lost_are_told_and_nothing_is_posted() -> None:
    async with Rig() as door:
        await door.do("start", who="erik")
        one = await file(door, "a.pdf", "application/pdf")
        door.sim.faults.order("error", "sendDocument", error="Bad Request: wrong file type")
        with pytest.raises(Hopeless) as refused:
            await door.bot.send(DM, Card(text="Here", files=(one,)), "n1")
        door.files.path(one.sha256).unlink()
        with pytest.raises(Hopeless) as lost:
            await door.bot.send(DM, Card(text="Here" * 500, files=(one,)), "n2")
        assert refused.value.kind == lost.value.kind == "invalid" and posted(door) == []


async def test_what_went_out_is_not_posted_again_when_the_whole_is_tried_again() -> None:
    async with Rig() as door:
        await door.do("start", who="erik")
        files = (await picture(door, 1), await picture(door, 2), await file(door, "a.pdf", "application/pdf"))
        door.sim.faults.order("rate_limit", "sendDocument", retry_after=7)
        with pytest.raises(TryLater):
            await door.bot.send(DM, Card(text="Here", files=files), "n")
        sent = await door.bot.send(DM, Card(text="Here", files=files), "n")
        assert posted(door) == [("photo", "Here", True), ("photo", "", True), ("document", "", False)]
        assert sent.parts == tuple(str(m.id) for m in door.sim.said_by_bot(ERIK))


@pytest.mark.parametrize("words", ["Here", "long " * 300])
async def test_a_post_whose_files_are_refused_is_taken_back_and_said_without_them(words: str) -> None:
    async with Rig() as door:
        await door.do("start", who="erik")
        files = (await picture(door), await file(door, "a.pdf", "application/pdf"))
        door.sim.faults.order("error", "sendDocument", error="Bad Request: wrong file type")
        with pytest.raises(Hopeless):
            await door.bot.send(DM, Card(text=words, files=files), "n")
        await door.bot.send(DM, Card(text="Here without them"), "n")
        assert posted(door) == [("text", "Here without them", False)]


# what becomes of them


async def test_captions_are_edited_and_the_files_stay() -> None:
    async with Rig() as door:
        await door.do("start", who="erik")
        files = (await picture(door, 1), await picture(door, 2))
        sent = await door.bot.send(DM, Card(text="Here", files=files), "n")
        assert await door.bot.edit(DM, sent.whole, Card(text="There", lead="Omar"), "e1") == sent.whole
        assert posted(door) == [("photo", "Omar\nThere", True), ("photo", "", True)]
        for long in (Card(text="long " * 300), Card(title="In two messages", text="x" * 3999)):
            with pytest.raises(Hopeless) as refused:
                await door.bot.edit(DM, sent.whole, long, "e2")
            assert refused.value.kind == "unknown_ability", "so that they are said anew"
        await door.bot.delete(DM, sent.whole)
        assert posted(door) == []


async def test_words_before_files_are_edited_and_the_files_stay() -> None:
    """Also after the program was started again: nothing is remembered of what is what."""
    async with Rig() as door:
        await door.do("start", who="erik")
        files = (await picture(door, 1), await picture(door, 2))
        sent = await door.bot.send(DM, Card(text="word " * 1500, files=files), "n")
        assert [kind for kind, *_ in posted(door)] == ["text", "text", "photo", "photo"]
        await door.bot.stop()
        await door.again()
        now = await door.bot.edit(DM, sent.whole, Card(text="short"), "e1")
        assert now == (sent.whole[0], *sent.whole[2:])
        assert [text for _, text, _ in posted(door)] == ["short", "", ""]
        longer = await door.bot.edit(DM, now, Card(text="word " * 1500), "e2")
        assert (len(longer), longer[0], longer[2:]) == (4, now[0], now[1:])
        await door.bot.delete(DM, longer)
        assert posted(door) == []


# small marks


async def test_marks_are_told_from_the_bots_own_chat_and_where_it_is_an_administrator() -> None:
    async with Rig() as door:
        said, at_desk = await door.says("erik", "dm", "Done?"), await door.says("omar", "Desk", "Yes")
        await door.do("react", who="erik", room="dm", message=said.message_id, emoji="❤")
        await door.do("react", who="erik", room="dm", message=said.message_id, emoji="👍")
        await door.do("unreact", who="erik", room="dm", message=said.message_id)
        await door.do("react", who="omar", room="Desk", message=at_desk.message_id, emoji="👨\u200d💻")
        await door.until(lambda: len(door.front.of("reacted")) == 5)
        told = door.front.of("reacted")
        erik = [one for one in told if one.by.external_id == ERIK]
        assert [(one.emoji, one.on) for one in erik] == [("❤️", True), ("❤️", False), ("👍", True), ("👍", False)]
        assert {(one.place.room, one.message_id) for one in erik} == {(ERIK, said.message_id)}
        [omar] = [one for one in told if one.by.external_id == OMAR]
        assert (omar.place.room, omar.emoji, omar.by.name) == (DESK, "👨\u200d💻", "Omar")


def reaction(**more: Any) -> dict[str, Any]:
    """An update that the simulator's people cannot cause."""
    chat = {"id": int(ERIK), "type": "private"}
    plain = {"chat": chat, "message_id": 5, "date": 1_800_000_000, "old_reaction": [], "new_reaction": []}
    return {"message_reaction": {**plain, **more}}


async def test_marks_of_nobody_and_those_that_only_telegram_has_are_passed_over() -> None:
    async with Rig() as door:
        erik = {"id": int(ERIK), "is_bot": False, "first_name": "Erik"}
        custom, like = {"type": "custom_emoji", "custom_emoji_id": "5"}, {"type": "emoji", "emoji": "👍"}
        group = {"id": int(SUPPORT), "title": "Support", "type": "group"}
        door.poison(reaction(actor_chat=group, new_reaction=[like]))
        door.poison(reaction(user={**erik, "is_bot": True}, new_reaction=[like]))
        door.poison(reaction(user=erik, new_reaction=[custom, {"type": "paid"}, like], old_reaction=[custom]))
        other = {"id": -1_002_000_009_999, "title": "Other", "type": "supergroup"}
        door.poison(reaction(user=erik, chat=other, new_reaction=[like]))
        await door.says("erik", "dm", "the end")
        assert [(one.emoji, one.on) for one in door.front.of("reacted")] == [("👍", True)]


async def test_an_albums_marks_are_its_first_items() -> None:
    async with Rig() as door:
        await door.pause()
        ids = await door.do("album", who="erik", room="dm", files=[PNG, PNG])
        await door.nap()
        door.naps.on()
        await door.until(lambda: door.front.of("said"))
        await door.do("react", who="erik", room="dm", message=ids[1], emoji="👍")
        [told] = await door.until(lambda: door.front.of("reacted"))
        assert told.message_id == ids[0]


async def test_the_newest_mark_is_shown_and_the_one_before_comes_back() -> None:
    async with Rig() as door:
        said = await door.says("omar", "Desk", "Done")
        place = Place("shop", DESK)

        def shown() -> list[str]:
            mine = door.sim.world.message(DESK, said.message_id).reactions
            return list(mine.get(door.sim.world.me.id, []))

        steps: list[tuple[str, bool, list[str]]] = [
            ("❤️", True, ["❤"]),
            ("👍🏽", True, ["👍"]),
            ("❤️", False, ["👍"]),
            ("👍🏽", False, ["👌"]),
        ]
        await door.bot.mark(place, said.message_id, "held")
        await door.bot.mark(place, said.message_id, "sent")
        for emoji, on, left in steps:
            await door.bot.react(place, said.message_id, emoji, on=on)
            assert shown() == left, (emoji, on)
        for unknown in ("✅", ":party:", "no emoji"):
            with pytest.raises(Hopeless):
                await door.bot.react(place, said.message_id, unknown, on=True)
        await door.quiet()
        assert shown() == ["👌"] and not door.front.of("reacted"), "the bot's own are no news"
