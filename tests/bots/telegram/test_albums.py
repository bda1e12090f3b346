"""Pictures that are sent at once are one message, whenever their updates come."""

from typing import Any

from tests.bots.telegram.rig import ERIK, PDF, PNG, SUPPORT, Rig, gone
from tests.bots.telegram.test_webhook import posted


async def album(door: Rig, count: int, caption: str = "", room: str = "dm") -> list[str]:
    return list(await door.do("album", who="erik", room=room, files=[PNG] * count, caption=caption))


async def test_an_album_of_ten_is_one_message_at_once() -> None:
    async with Rig() as door:
        await door.pause()
        ids = await album(door, 10, "ten pictures")
        door.naps.on()
        await door.until(lambda: door.front.words)
        [said] = door.front.of("said")
        assert (said.text, said.message_id) == ("ten pictures", ids[0])
        await door.quiet()
        assert door.front.words == ["ten pictures"]


async def test_the_rest_of_an_album_may_come_a_moment_later() -> None:
    """TG-11, IN-10."""
    async with Rig() as door:
        await door.pause()
        await album(door, 3)
        updates = door.sim.telegram.updates
        late = [updates.queue.pop(), updates.queue.pop()]
        assert await door.nap() == 0.5 and not door.front.words, "there may be more of it"
        updates.queue.extend(reversed(late))
        assert await door.nap() == 0.5 and not door.front.words, "it grew"
        door.naps.on()
        await door.until(lambda: door.front.words == [""])
        await door.quiet()
        assert len(door.front.words) == 1


async def test_nobody_waits_for_somebody_elses_album_and_nothing_is_lost_by_it() -> None:
    async with Rig() as door:
        await door.pause()
        await door.do("write", who="anna", room="dm", text="before")
        await album(door, 2)
        await door.do("write", who="omar", room="dm", text="after")
        assert await door.nap() == 0.5
        assert door.front.words == ["before", "after"]
        door.front.fails = [gone()]
        assert await door.nap() == 1.0, "the database failed: Telegram keeps it"
        door.naps.on()
        await door.until(lambda: len(door.front.words) == 3)
        await door.quiet()
        assert door.front.words == ["before", "after", ""]


async def test_what_is_written_after_an_album_ends_it() -> None:
    async with Rig() as door:
        await door.pause()
        await album(door, 2, "these two")
        await door.do("write", who="erik", room="dm", text="and a question")
        door.naps.on()
        await door.until(lambda: len(door.front.words) == 2)
        assert door.front.words == ["these two", "and a question"]
        assert not door.naps.napping


async def test_two_albums_and_other_words_between_their_items_stay_apart() -> None:
    async with Rig() as door:
        await door.do("set_privacy", on=False)
        await door.pause()
        await album(door, 2, "mine", "Support")
        await door.do("album", who="anna", room="Support", files=[PDF, PDF], caption="hers")
        waiting = door.sim.telegram.updates.queue
        first, second, *hers = list(waiting)
        waiting.clear()
        waiting.extend([first, hers[0], second, hers[1]])
        assert await door.nap() == 0.5
        assert door.front.words == ["mine"]
        door.naps.on()
        await door.until(lambda: len(door.front.words) == 2)
        assert door.front.words[1] == "hers"


async def test_one_item_that_cannot_be_understood_spoils_no_album() -> None:
    async with Rig() as door:
        user = {"id": int(ERIK), "is_bot": False, "first_name": "Erik"}
        chat = {"id": int(SUPPORT), "title": "Support", "type": "group"}
        photo = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
        items: list[dict[str, Any]] = [{"photo": photo, "caption": "good"}, {"photo": 7}, {"photo": photo}]
        await door.pause()
        for number, item in enumerate(items):
            base = {"message_id": 700 + number, "date": 1_800_000_000, "chat": chat, "from": user}
            door.poison({"message": {**base, "media_group_id": "77", **item}})
        await door.nap()
        door.naps.on()
        await door.until(lambda: len(door.front.words) == 2 and door.front.of("quarantine"))
        assert door.front.words == ["good", ""]
        assert len(door.front.of("quarantine")) == 1


async def test_an_album_is_found_by_any_of_its_items() -> None:
    async with Rig() as door:
        await door.pause()
        ids = await album(door, 3, "the first caption")
        await door.nap()
        door.naps.on()
        await door.until(lambda: door.front.words)
        answer = await door.says("erik", "dm", "the last one is it", reply_to=ids[2])
        assert answer.reply_to == ids[0]
        await door.do("edit", who="erik", room="dm", message=ids[1], text="a second caption")
        edited = await door.until(lambda: next(iter(door.front.of("edited")), None))
        assert (edited.message_id, edited.text) == (ids[0], "the first caption\na second caption")


async def test_items_that_are_posted_one_by_one_say_which_album_they_are_of_and_lead_to_its_first() -> None:
    """TG-11. A webhook's next item is posted when the one before was taken in: the desk puts them together."""
    async with posted() as door:
        ids = await album(door, 3, "the first caption")
        await door.until(lambda: len(door.front.words) == 3)
        assert [said.message_id for said in door.front.of("said")] == ids
        assert len({said.album for said in door.front.of("said")} - {""}) == 1
        answer = await door.says("erik", "dm", "the last one is it", reply_to=ids[2])
        assert (answer.reply_to, answer.album) == (ids[0], "")
        await door.do("edit", who="erik", room="dm", message=ids[1], text="a second caption")
        edited = await door.until(lambda: next(iter(door.front.of("edited")), None))
        assert (edited.message_id, edited.text) == (ids[0], "the first caption\na second caption")
        await door.do("react", who="erik", room="dm", message=ids[2], emoji="👍")
        reacted = await door.until(lambda: next(iter(door.front.of("reacted")), None))
        assert reacted.message_id == ids[0]


async def test_an_album_that_is_whole_says_so() -> None:
    async with Rig() as door:
        await door.pause()
        await album(door, 10)
        door.naps.on()
        await door.until(lambda: door.front.words)
        assert [said.album for said in door.front.of("said")] == [""], "an album has ten items at most"
