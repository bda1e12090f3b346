"""A first desk.toml, from what the bots see."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.config import parse, suggest
from inbox.directory import PLATFORMS, AgentRef, DigestSettings, Room, RoomRef

ROOMS = {
    "acme": (
        "slack",
        [Room("acme", "C1", "it-help"), Room("acme", "C2", "general"), Room("acme", "C3", "it-desk", private=True)],
    ),
    "shop": ("telegram", [Room("shop", "-100", "Desk", "group", private=True), Room("shop", "7", "Anna", "direct")]),
}


def test_a_first_file_names_the_rooms_that_look_right() -> None:
    text = suggest(ROOMS)
    queue = parse(text, "desk.toml").queues["support"]
    assert (queue.desk, queue.agents) == (RoomRef("acme", "#it-desk"), "members")
    assert queue.digest == DigestSettings("08:30", (0, "08:30")), "what is overdue for long is not forgotten"
    assert queue.intake == (RoomRef("acme", "#it-help"), RoomRef("acme", "dm"), RoomRef("shop", "dm"))
    assert '"acme:#general" (channel, id C2)' in text and "Anna" not in text


def test_a_first_file_on_telegram_takes_the_administrators() -> None:
    queue = parse(suggest({"shop": ROOMS["shop"]}), "desk.toml").queues["support"]
    assert (queue.desk, queue.agents) == (RoomRef("shop", "-100"), (AgentRef("shop", "admins", "-100"),))


def test_rooms_of_one_name_are_told_apart_by_id() -> None:
    twins = [Room("c", "11", "desk", private=True), Room("c", "12", "desk", private=True)]
    assert parse(suggest({"c": ("discord", twins)}), "desk.toml").queues["support"].desk == RoomRef("c", "11")


@pytest.mark.parametrize("name", ["dm", " Desk", "", "De\nsk"])
def test_a_room_whose_name_would_mean_something_else_is_named_by_id(name: str) -> None:
    room = Room("shop", "-100", name, "group")
    assert parse(suggest({"shop": ("telegram", [room])}), "desk.toml").queues["support"].desk == RoomRef("shop", "-100")


ROOM = st.builds(
    Room,
    st.just(""),
    st.from_regex(r"[A-Z0-9-]{1,12}", fullmatch=True),
    st.sampled_from(["desk", "dm", "help", "it", "xoxb-1", " desk", "a:b", "#", "", 'desk"', "desk\\"])
    | st.text(max_size=8),
    st.sampled_from(["channel", "direct", "group", "forum"]),
    st.booleans(),
    st.booleans(),
)
CONNECTION = st.tuples(st.sampled_from(PLATFORMS), st.lists(ROOM, max_size=5))


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True).filter(lambda n: n != "dm"), CONNECTION, max_size=4
    )
)
def test_a_first_file_can_always_be_read(seen: dict[str, tuple[str, list[Room]]]) -> None:
    rooms = {name: (platform, [replace(r, connection=name) for r in found]) for name, (platform, found) in seen.items()}
    desk = parse(suggest(rooms), "desk.toml")
    assert {name: c.platform for name, c in desk.connections.items()} == (
        {name: platform for name, (platform, _) in seen.items()} or {"acme": "slack"}
    )
