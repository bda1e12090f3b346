"""The program is killed at any moment: nothing that Telegram delivered is lost, and what comes again is known."""

import asyncio
import random

import pytest

from tests.bots.telegram.rig import PNG, Rig, gone

WRITERS = ("erik", "anna", "lisa")


async def write(door: Rig, dice: random.Random, number: int) -> list[str]:
    """Some people write, some of them an album; the words that must be heard."""
    expected = []
    for part in range(dice.randint(1, 4)):
        who, text = dice.choice(WRITERS), f"{number}.{part}"
        if dice.random() < 0.3:
            await door.do("album", who=who, room="dm", files=[PNG] * 10, caption=text)
        else:
            await door.do("write", who=who, room="dm", text=text)
        expected.append(text)
    return expected


async def crash(door: Rig, dice: random.Random, moment: str) -> None:
    """Before the desk heard it, in the midst of it, when it committed and Telegram does not know yet, or after the
    database failed."""
    if moment == "working":
        await door.until(lambda: door.front.waiting)
    elif moment == "done":
        await door.until(lambda: door.front.words)
    elif moment == "failing":
        await door.until(lambda: not door.front.fails)
        for _ in range(dice.randint(0, 20)):
            await asyncio.sleep(0)
    door.kill()


@pytest.mark.parametrize("seed", range(4))
async def test_whenever_it_is_killed_everything_is_heard(seed: int) -> None:
    """TG-01, IN-01."""
    dice = random.Random(seed)
    async with Rig(rooms=()) as door:
        door.naps.short = True
        expected = []
        for number in range(8):
            moment = dice.choice(("asleep", "working", "done", "failing", "failing"))
            if moment == "working":
                door.front.hold.clear()
            if moment == "failing":
                door.front.fails = [gone()]
            expected += await write(door, dice, number)
            await crash(door, dice, moment)
            door.front.hold.set()
            await door.again()
        await door.until(lambda: set(expected) <= set(door.front.words))
        await door.quiet()
        keys = {said.key: said.text for said in door.front.of("said")}
        assert sorted(keys.values()) == sorted(expected), "what came twice has one key"
        assert not door.front.of("quarantine")
