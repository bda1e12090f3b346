"""What cannot be understood is set aside; the line and the next event live on."""

import json
from random import Random
from typing import Any

from tests.bots.discord.rig import Door


def _poisons(door: Door) -> list[Any]:
    good = {
        "id": "1300000000000000001",
        "channel_id": door.id("support"),
        "guild_id": door.sim.world.guild.id,
        "author": {"id": "1", "username": "x"},
        "content": "hi",
        "timestamp": "2027-01-15T08:00:00+00:00",
        "type": 0,
    }
    changes: list[dict[str, Any]] = [
        {"id": "abc"},
        {"id": None},
        {"author": None},
        {"author": {}},
        {"author": {"id": "-4"}},
        {"author": "me"},
        {"timestamp": "yesterday"},
        {"timestamp": None},
        {"timestamp": 7},
        {"attachments": 5},
        {"attachments": [None]},
        {"mentions": "everybody"},
        {"mentions": [{"username": "no id"}]},
        {"type": "reply"},
        {"type": 19, "message_reference": "that one"},
        {"poll": ["odd"]},
        {"message_snapshots": [1]},
    ]
    without = [{k: v for k, v in good.items() if k != gone} for gone in ("id", "channel_id", "author", "timestamp")]
    return [None, [], "text", 7, {}, *without, *({**good, **change} for change in changes)]


async def test_malformed_messages_are_set_aside_raw_and_the_next_one_comes_in() -> None:
    async with Door() as door:
        for number, payload in enumerate(_poisons(door)):
            await door.sim.do("poison", payload=payload)
            await door.writes("anna", f"good {number}")
        count = len(_poisons(door))
        await door.front.hears(*(f"good {number}" for number in range(count)))
        await door.front.until(lambda: len(door.front.aside) == count)
        assert all(json.loads(raw)["t"] == "MESSAGE_CREATE" for raw, _ in door.front.aside)
        assert door.front.aside[-1][1].startswith(("TypeError", "AttributeError"))
        assert door.sim.core.identified == 1, "the line never broke"


OTHERS = (
    "MESSAGE_UPDATE",
    "MESSAGE_DELETE",
    "MESSAGE_DELETE_BULK",
    "GUILD_CREATE",
    "CHANNEL_UPDATE",
    "THREAD_CREATE",
    "THREAD_LIST_SYNC",
    "GUILD_ROLE_UPDATE",
    "GUILD_MEMBER_UPDATE",
    "INTERACTION_CREATE",
    "TYPING_START",
)


async def test_malformed_events_of_other_kinds_are_set_aside_too() -> None:
    async with Door() as door:
        for number, event in enumerate(OTHERS):
            for payload in ({"id": "x", "channel_id": door.id("support"), "ids": [None], "token": "secret"}, None, [1]):
                await door.sim.do("poison", payload=payload, event=event)
            await door.writes("anna", f"good {number}")
        await door.front.hears(*(f"good {number}" for number in range(len(OTHERS))))
        await door.front.until(lambda: {json.loads(raw)["t"] for raw, _ in door.front.aside} == set(OTHERS))
        assert not any("secret" in raw for raw, _ in door.front.aside)
        assert door.sim.core.identified == 1


async def test_events_that_nobody_knows_are_passed_over() -> None:
    async with Door() as door:
        for event in (
            "SOMETHING_NEW",
            "PRESENCE_UPDATE",
            "GUILD_AUDIT_LOG_ENTRY_CREATE",
            "THREAD_MEMBERS_UPDATE",
        ):
            await door.sim.do("poison", payload={"odd": True}, event=event)
        await door.writes("anna", "good")
        await door.front.hears("good")
        assert door.front.aside == []


async def test_where_the_line_itself_chokes_it_is_made_again_and_nothing_is_lost() -> None:
    async with Door() as door:
        await door.writes("anna", "one")
        await door.front.hears("one")
        await door.sim.do("poison", payload=None, event="RESUMED")  # discord.py writes into its data
        await door.writes("anna", "two")
        await door.front.hears("one", "two")
        await door.sim.do("poison", payload={"no": "session"}, event="READY")
        await door.writes("anna", "three")
        await door.front.hears("one", "two", "three")
        assert door.bot.health().ok


async def test_what_is_set_aside_waits_for_the_database_too() -> None:
    async with Door() as door:
        await door.sim.do("poison", payload=None)
        door.front.down = 2
        await door.writes("anna", "good")
        await door.front.hears("good")
        await door.front.until(lambda: len(door.front.aside) == 1)


JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    1.5,
    "",
    "abc",
    "\0\ud800",
    "٣",
    [],
    [None],
    [[]],
    {},
    {"id": None},
    {"": {}},
)
KINDS = (
    "MESSAGE_CREATE",
    "MESSAGE_UPDATE",
    "MESSAGE_DELETE",
    "CHANNEL_UPDATE",
    "THREAD_UPDATE",
    "GUILD_CREATE",
    *OTHERS,
)


def _spoilt(value: Any, random: Random) -> Any:
    """The value with something in it replaced by what does not belong there, or left out."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        key = random.choice(sorted(value))
        rest = {name: inner for name, inner in value.items() if name != key}
        return rest if random.random() < 0.2 else {**rest, key: _spoilt(value[key], random)}
    if isinstance(value, list) and value and random.random() < 0.7:
        at = random.randrange(len(value))
        return [*value[:at], _spoilt(value[at], random), *value[at + 1 :]]
    return random.choice(JUNK)


async def test_whatever_is_spoilt_in_real_events_the_next_one_comes_in() -> None:
    """Real events of every kind, each spoilt in many ways: nothing of it breaks the line or the order of the others."""
    random = Random(20260615)
    async with Door() as door:
        shot = {"name": "shot.png", "bytes": b"\x89PNG", "type": "image/png"}
        root = await door.writes("anna", "@Lisa look, in #support", files=[shot])
        await door.sim.do("edit", who="anna", room="#support", message=root, text="Look")
        await door.sim.do("create_thread", who="anna", room="#support", name="Here", message=root)
        await door.sim.do("rename_thread", who="anna", thread=root, name="There")
        await door.sim.do("rename_room", room="#general", name="talk")
        await door.sim.do("give_role", who="anna", role="Support")
        real = [event for event in door.sim.emitted if event["t"] in KINDS]
        assert {event["t"] for event in real} >= {"MESSAGE_CREATE", "MESSAGE_UPDATE", "THREAD_UPDATE", "GUILD_CREATE"}
        for number in range(200):
            event = random.choice(real)
            await door.sim.do("poison", payload=_spoilt(event["d"], random), event=event["t"])
            if number % 50 == 49:
                await door.writes("anna", f"good {number}")
                await door.front.until(lambda good=f"good {number}": good in door.front.texts)  # type: ignore[misc]
        assert len(door.front.aside) > 20
        assert (door.sim.core.identified, door.bot.health().ok) == (1, True)
