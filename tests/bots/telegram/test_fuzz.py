"""Whatever Telegram may send: nothing breaks, it is heard or set aside, and the next is heard."""

import copy
import random
from collections.abc import Iterator
from typing import Any

from bots.telegram.updates import Updates, albums, lines, offset_after
from inbox.model import Place
from tests.bots.telegram.rig import CLAIM, DESK, PNG, SUPPORT, Rig

NONSENSE: tuple[Any, ...] = (
    None, 0, -1, 1, 2**31, 2**63, 2**70, -(2**63), 1.5, float("inf"), True, False, "", " ", "0", "a" * 5000, "\ud800",
    "\0", "🏳️‍🌈" * 50, "@everyone <!channel> /claim 1", [], [[]], {}, {"": ""}, [None], {"id": "x"}, [{}] * 50,
)  # fmt: skip
ROUNDS = 2_000


async def seeds(door: Rig) -> list[dict[str, Any]]:
    """Real updates of every kind that we ask for."""
    await door.do("set_privacy", on=False)
    await door.do("start", who="erik")
    said = await door.do("write", who="erik", room="Support", text="@acme_desk_bot *hello* https://example.org /claim")
    await door.do("write", who="anna", room="Support", text="an answer", reply_to=said)
    await door.do("edit", who="erik", room="Support", message=said, text="another")
    await door.do("album", who="erik", room="dm", files=[PNG] * 2, caption="two")
    topic = await door.do("create_topic", who="maja", room="Desk", name="a topic")
    await door.do("command", who="omar", room="Desk", text="/reply 1 words", thread=topic)
    for act, how in (("share_location", {"latitude": 55.6, "longitude": 13.0}), ("share_contact", {})):
        await door.do(act, who="erik", room="dm", **how)
    posted = await door.bot.send(Place("shop", SUPPORT), CLAIM, "n")
    door.sim.answer_seconds = 0.01
    await door.do("press", who="erik", room="Support", message=posted.message_id, label="Claim")
    await door.do("promote_bot", room="Support")
    await door.do("promote", who="lisa", room="Desk", by="maja")
    await door.do("block", who="anna")
    await door.do("rename", room="Desk", title="Other desk")
    await door.do("migrate", room="Old desk")
    await door.until(lambda: door.sim.polled and not door.sim.telegram.updates.queue)
    return [copy.deepcopy(update) for update in door.sim.emitted]


def spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a structure where something stands: its container and its key."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from spots(inner)


def spoiled(dice: random.Random, seed: dict[str, Any]) -> dict[str, Any]:
    """An update with some of it missing, doubled, of another kind or simply wrong."""
    update = copy.deepcopy(seed)
    for _ in range(dice.randint(1, 3)):
        found = list(spots(update))
        if not found:
            break
        container, key = dice.choice(found)
        if dice.random() < 0.25:
            del container[key]
        elif dice.random() < 0.2:
            container[key] = copy.deepcopy(dice.choice(found)[0])
        else:
            container[key] = copy.deepcopy(dice.choice(NONSENSE))
    return update


async def test_spoiled_updates_break_nothing() -> None:
    async with Rig() as door:
        door.naps.short = True
        known = await seeds(door)
        assert {key for update in known for key in update} >= {
            "message", "edited_message", "callback_query", "my_chat_member", "chat_member"
        }  # fmt: skip
        dice = random.Random(7)
        receiver = door.bot._receiver
        assert receiver
        updates = Updates("shop", door.front, receiver.take)
        heard = len(door.front.heard)
        for _ in range(ROUNDS // 10):
            batch: list[Any] = [spoiled(dice, dice.choice(known)) for _ in range(10)]
            await updates.take_in(batch)
            assert offset_after(batch, 7) > 0 and sum(map(len, lines(batch))) == len(batch) >= len(albums(batch))
        assert len(door.front.heard) > heard + ROUNDS // 4, "most are heard, or set aside"
        assert door.front.of("quarantine")
        receiver.follow |= {SUPPORT, DESK}
        await door.says("erik", "Support", "the next good one is heard")
