"""Rooms that come, go and change their names while the bot runs: the desk is told to look, and nothing is unheard."""

import asyncio

import pytest

from inbox.directory import Room
from inbox.model import Place
from tests.bots.slack.rig import FOLLOWED, IT_DESK, IT_HELP, Door
from tests.bots.slack.test_events import callback, message

GENERAL = "C0GENERA0001"


class Looking:
    """A desk that looks its rooms up when it is told to, as the program does."""

    def __init__(self, door: Door, *uses: str) -> None:
        self.door, self.uses = door, frozenset(uses) | FOLLOWED
        self.seen: list[Room] = []
        self.may = asyncio.Event()
        self.may.set()
        door.notes.rooms_changed = self.look  # type: ignore[method-assign]

    async def look(self, connection: str) -> None:
        self.door.notes.room_calls += 1
        await self.may.wait()
        self.seen = list(await self.door.platform.rooms())
        self.door.platform.follow(self.uses & {room.external_id for room in self.seen})
        self.door.sim.changed()


def under_way(name: str) -> list[str]:
    return [task.get_name() for task in asyncio.all_tasks() if task.get_name() == name]


async def test_the_bot_is_invited() -> None:
    async with Door() as door:
        desk = Looking(door, GENERAL)
        await door.sim.do("join", who="frontdesk", room="#general", inviter="maja")
        await door.sim.until(lambda: desk.seen)
        assert "#general" in {room.name for room in desk.seen}
        assert door.notes.room_calls == 1 and door.notes.staff_calls == 0


async def test_twenty_invitations_are_one_look() -> None:
    async with Door() as door:
        desk = Looking(door)
        for number in range(20):
            await door.sim.do("add_room", name=f"project-{number}", private=bool(number % 2), bot=False)
            await door.sim.do("join", who="frontdesk", room=f"#project-{number}", inviter="maja")
        await door.sim.until(lambda: len(desk.seen) == 24)
        await door.settle()
        assert door.notes.room_calls <= 2


async def test_words_wait_until_it_is_known_what_the_new_room_is() -> None:
    async with Door() as door:
        desk = Looking(door, GENERAL)
        desk.may.clear()
        await door.sim.do("join", who="frontdesk", room="#general", inviter="maja")
        await door.says("anna", "Is somebody here?", room="#general")
        await door.says("anna", "Here nobody waits")
        await door.heard(1)
        assert door.notes.texts == ["Here nobody waits"] and not desk.seen
        desk.may.set()
        await door.heard(2)
        assert desk.seen and door.notes.texts[1] == "Is somebody here?"


async def test_a_look_that_takes_long_holds_no_words_up_for_ever() -> None:
    async with Door() as door:
        desk = Looking(door)
        await door.says("anna", "before")
        await door.heard(1)
        await door.sim.do("leave", who="frontdesk", room="#it-help")
        await door.sim.until(lambda: desk.seen)
        await door.says("anna", "unheard")
        door.now += 3600
        desk.may.clear()
        await door.sim.do("join", who="frontdesk", room="#it-help", inviter="maja")
        await door.says("anna", "Is somebody here?")
        await door.heard(2)
        desk.may.set()
        await door.heard(3)
        assert door.notes.texts == ["before", "Is somebody here?", "unheard"]


async def test_what_was_said_while_the_bot_was_out_of_a_room_is_read() -> None:
    async with Door() as door:
        desk = Looking(door)
        await door.says("anna", "before")
        await door.heard(1)
        await door.sim.do("leave", who="frontdesk", room="#it-help")
        await door.sim.until(lambda: desk.seen)
        assert IT_HELP not in {room.external_id for room in desk.seen}
        await door.says("anna", "unheard")
        door.now += 3600
        await door.sim.do("join", who="frontdesk", room="#it-help", inviter="maja")
        await door.says("anna", "after")
        await door.heard(3)
        assert sorted(door.notes.texts) == ["after", "before", "unheard"]
        await door.settle()
        await door.says("anna", "later")
        await door.heard(4)
        await door.until(lambda: door.notes.last[IT_HELP] == door.notes.said_[-1].message_id)


async def test_a_new_room_is_heard_from_the_invitation_on() -> None:
    """What was said before the desk had found the room was for nobody then, and is told again."""
    async with Door() as door:
        await door.says("anna", "none of our business", room="#general")
        desk = Looking(door, GENERAL)
        desk.may.clear()
        await door.sim.do("join", who="frontdesk", room="#general", inviter="maja")
        await door.says("anna", "Is this for IT?", room="#general")
        await door.heard(1)
        door.notes.keys.clear()
        desk.may.set()
        await door.heard(2)
        await door.says("anna", "now", room="#general")
        await door.heard(3)
        assert door.notes.texts == ["Is this for IT?", "Is this for IT?", "now"]


async def test_a_room_that_the_desk_began_to_use_is_followed_by_its_agents() -> None:
    async with Door() as door:
        door.platform.follow(FOLLOWED | {GENERAL})
        await door.sim.do("join", who="frontdesk", room="#general", inviter="maja")
        await door.sim.do("add_person", name="New", id="U0NEW0000001")
        await door.sim.do("join", who="New", room="#general")
        await door.sim.until(lambda: door.notes.staff_calls == 1)


@pytest.mark.parametrize(
    ("act", "how"),
    [
        ("rename_room", {"who": "maja", "name": "it-agents"}),
        ("archive", {"who": "maja"}),
        ("leave", {"who": "frontdesk"}),
    ],
)
async def test_a_room_changed(act: str, how: dict[str, str]) -> None:
    async with Door() as door:
        desk = Looking(door)
        await door.sim.do(act, room="#it-desk", **how)
        await door.sim.until(lambda: desk.seen)
        names = {room.name for room in desk.seen}
        assert "#it-desk" not in names and ("#it-agents" in names) == (act == "rename_room")


async def test_a_room_came_back() -> None:
    async with Door() as door:
        desk = Looking(door)
        await door.sim.do("archive", who="maja", room="#it-desk")
        await door.sim.until(lambda: desk.seen)
        desk.seen = []
        await door.sim.do("unarchive", who="maja", room="#it-desk")
        await door.sim.until(lambda: IT_DESK in {room.external_id for room in desk.seen})


@pytest.mark.parametrize(
    "event",
    [
        {"type": "group_deleted", "channel": IT_DESK},
        {"type": "channel_left", "channel": IT_HELP},
        {**message(subtype="channel_convert_to_private"), "channel": IT_HELP},
    ],
)
async def test_changes_that_are_rare(event: dict[str, str]) -> None:
    async with Door() as door:
        door.strange = True
        await door.sim.do("poison", payload=callback(event))
        await door.sim.until(lambda: door.notes.room_calls == 1)


async def test_rooms_of_others_are_none_of_our_business() -> None:
    async with Door() as door:
        for number in range(5):
            await door.sim.do("add_room", name=f"other-{number}", members=["maja"], bot=False)
            await door.sim.do("rename_room", who="maja", room=f"#other-{number}", name=f"another-{number}")
            await door.sim.do("archive", who="maja", room=f"#another-{number}")
        await door.settle()
        assert door.notes.room_calls == 0 and not under_way("slack rooms")
        assert len(door.sim.emitted) == 10


async def test_nothing_is_followed_any_more_after_the_end() -> None:
    async with Door() as door:
        await door.says("anna", "first")
        await door.heard(1)
        await door.platform.stop()
        door.notes.live = [Place("acme", GENERAL, "1800000000.000001")]
        door.platform.follow(FOLLOWED | {GENERAL})
        assert not under_way("acme gap")
