"""Files that go out on Slack: after their words, together, once, and told of where Slack does not take them."""

from datetime import UTC, datetime

import pytest

from bots.attached import without
from bots.port import Ambiguous, Card, Hopeless
from inbox.model import Place
from tests.bots.slack.rig import IT_HELP, Door, stored

HELP = Place("acme", IT_HELP)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def posted(door: Door) -> list[tuple[str, list[str]]]:
    """What the bot's messages in the room show: their words, and the names of their files."""
    files = door.sim.world.files
    shown = door.sim.said_by_bot("#it-help")
    return [(door.sim.text(one), [files[id_].name for id_ in one.files if not files[id_].deleted]) for one in shown]


async def with_files(door: Door) -> Card:
    files = (await stored(door, "a.png", PNG), await stored(door, "räkning.pdf", b"%PDF"))
    return Card(text="Here", lead="Omar", files=files)


def now(door: Door) -> datetime:
    return datetime.fromtimestamp(door.now, UTC)


async def test_files_follow_their_words_in_one_message_in_the_same_thread() -> None:
    async with Door() as door:
        root = await door.says("anna", "Help")
        sent = await door.platform.send(Place("acme", IT_HELP, root), await with_files(door), "fd-1")
        words, files = door.sim.seen("#it-help", root)[1:]
        assert sent.whole == (words.ts, files.ts) and sent.thread == root
        assert len(door.calls("files.completeUploadExternal")) == 1
        assert [door.sim.world.files[one].content for one in files.files] == [PNG, b"%PDF"]
        assert all("Authorization" not in str(call.request) for call in door.calls("files-upload"))


async def test_files_without_words_follow_who_sends_them_or_their_names() -> None:
    async with Door() as door:
        file = await stored(door, "a.png", PNG)
        await door.platform.send(HELP, Card(lead="Omar", files=(file,)), "fd-1")
        await door.platform.send(HELP, Card(files=(file,)), "fd-2")
        names = [door.sim.text(one).strip() for one in door.sim.said_by_bot("#it-help")]
        assert names[0] == "Omar" and names[2] == "📎 a.png"


@pytest.mark.parametrize("call", ["files.getUploadURLExternal", "files-upload", "files.completeUploadExternal"])
async def test_trouble_with_the_files_never_posts_the_words_twice(call: str) -> None:
    async with Door() as door:
        card = await with_files(door)
        door.sim.faults.order("drop_before", call)
        with pytest.raises(Ambiguous):
            await door.platform.send(HELP, card, "fd-1")
        assert await door.platform.find_sent(HELP, "fd-1", now(door)) is None
        await door.platform.send(HELP, card, "fd-1")
        assert posted(door) == [("Omar  Here", []), ("", ["a.png", "räkning.pdf"])]


async def test_another_process_goes_on_where_the_words_are_out() -> None:
    async with Door() as door:
        card = await with_files(door)
        door.sim.faults.order("drop_before", "files.completeUploadExternal")
        with pytest.raises(Ambiguous):
            await door.platform.send(HELP, card, "fd-1")
        await door.restart()
        assert await door.platform.find_sent(HELP, "fd-1", now(door)) is None
        sent = await door.platform.send(HELP, card, "fd-1")
        assert len(sent.whole) == 2 and posted(door) == [("Omar  Here", []), ("", ["a.png", "räkning.pdf"])]


async def test_files_that_arrived_are_found_with_their_words_and_nobody_elses() -> None:
    async with Door() as door:
        card = await with_files(door)
        door.sim.faults.order("drop_after", "files.completeUploadExternal")
        with pytest.raises(Ambiguous):
            await door.platform.send(HELP, card, "fd-1")
        await door.platform.send(HELP, card, "fd-2")
        await door.restart()
        found = await door.platform.find_sent(HELP, "fd-1", now(door))
        shown = door.sim.said_by_bot("#it-help")
        assert found is not None and found.whole == (shown[0].ts, shown[1].ts)


@pytest.mark.parametrize("call", ["files.completeUploadExternal", "files-upload"])
async def test_files_that_slack_refuses_are_named_in_the_words_that_are_out(call: str) -> None:
    async with Door() as door:
        card = await with_files(door)
        if call == "files-upload":
            door.sim.faults.order("status", call, status=413)
        else:
            door.sim.faults.order("error", call, error="file_uploads_disabled")
        with pytest.raises(Hopeless) as refused:
            await door.platform.send(HELP, card, "fd-1")
        assert refused.value.kind == "invalid"
        sent = await door.platform.send(HELP, without(card, "en", outside=False), "fd-1")
        ((text, _),) = posted(door)
        assert "Here" in text and "a.png" in text and "räkning.pdf" in text
        assert sent.whole == (door.sim.said_by_bot("#it-help")[0].ts,)


async def test_a_file_that_is_not_in_the_store_any_more_is_refused_and_nothing_is_posted() -> None:
    async with Door() as door:
        card = await with_files(door)
        door.files.path(card.files[1].sha256).unlink()
        with pytest.raises(Hopeless):
            await door.platform.send(HELP, card, "fd-1")
        assert posted(door) == []
        await door.platform.send(HELP, without(card, "en", outside=False), "fd-1")
        assert len(posted(door)) == 1


async def test_edited_words_keep_their_files_and_deleted_ones_take_them_along() -> None:
    async with Door() as door:
        sent = await door.platform.send(HELP, await with_files(door), "fd-1")
        now_there = await door.platform.edit(HELP, sent.whole, Card(text="There", lead="Omar"), "fd-2")
        assert now_there == sent.whole
        assert posted(door) == [("Omar  There", []), ("", ["a.png", "räkning.pdf"])]
        await door.platform.delete(HELP, sent.whole)
        assert posted(door) == [] and all(file.deleted for file in door.sim.world.files.values())


async def test_where_slack_does_not_tell_the_message_of_the_files_the_words_stand_for_it() -> None:
    async with Door() as door:
        door.sim.faults.order("error", "files.info", error="internal_error")
        sent = await door.platform.send(HELP, await with_files(door), "fd-1")
        assert sent.whole == (door.sim.said_by_bot("#it-help")[0].ts,)
