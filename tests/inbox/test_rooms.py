"""Rooms as the desk remembers them, and how far each was read."""

import pytest

from inbox.desk import intake, upkeep
from inbox.store import threads
from tests.house import House


@pytest.mark.parametrize(
    ("ids", "newest"),
    [
        (["100.5", "100.6"], "100.6"),
        (["100.6", "100.5"], "100.6"),  # told late: the mark never goes back
        (["99", "100"], "100"),  # a longer id is newer
        (["100", "99"], "100"),
        (["7", "7"], "7"),
    ],
)
async def test_the_mark_of_a_room_never_goes_back(house: House, ids: list[str], newest: str) -> None:
    for one in ids:
        await house.desk.store.do(threads.move_last_id, "acme", "C-HELP", one)
    assert (await house.desk.look(threads.last_ids, "acme"))["C-HELP"] == newest


async def test_direct_messages_have_a_mark_of_their_own(house: House) -> None:
    from dataclasses import replace

    said = replace(house.said("Anna", "hello", "D-ANNA", direct=True, message_id="5"), cursor=True)
    await house.desk.do(intake.receive, said)
    assert await house.desk.look(threads.last_ids, "acme") == {"D-ANNA": "5"}
    assert "D-ANNA" not in {room.external_id for room in await house.desk.look(upkeep.known_rooms)}
