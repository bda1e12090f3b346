"""Files on Slack, both ways, over the wire."""

import json
from typing import Any

import pytest

from bots.port import Hopeless, TryLater
from bots.slack.files import attached
from tests.bots.slack.rig import Door

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


async def fetched(door: Door, ref: str) -> bytes:
    return b"".join([chunk async for chunk in door.platform.fetch(ref)])


async def sent_by_anna(door: Door, **more: Any) -> str:
    """The reference of a picture that Anna sent."""
    await door.says("anna", "Look", files=[{"name": "shot.png", "bytes": PNG, "type": "image/png", **more}])
    return (await door.heard(1))[-1].files[0].ref


async def refused(door: Door, ref: str) -> str:
    with pytest.raises(Hopeless) as why:
        await fetched(door, ref)
    return why.value.kind


async def test_files_come_with_words_and_without() -> None:
    async with Door() as door:
        await door.says(
            "anna", "Look", files=[{"name": "fire.png", "bytes": b"x"}, {"name": "log.txt", "bytes": b"yz"}]
        )
        await door.says("anna", "", files=[{"name": "secret.bin", "bytes": b"z", "access": "check_file_info"}])
        found = {said.text: said.files for said in await door.heard(2)}
        told = [(one.name, one.mime, one.size, one.kind) for one in found["Look"]]
        assert told == [("fire.png", "image/png", 1, "image"), ("log.txt", "text/plain", 2, "document")]
        assert [one.name for one in found[""]] == ["file"]


async def test_a_file_is_fetched_as_it_was() -> None:
    async with Door() as door:
        assert await fetched(door, await sent_by_anna(door)) == PNG


async def test_a_file_of_another_workspace_is_looked_up_first() -> None:
    async with Door() as door:
        assert await fetched(door, await sent_by_anna(door, access="check_file_info")) == PNG
        assert len(door.calls("files.info")) == 1


async def test_what_is_looked_up_is_held_against_the_kinds_that_are_taken() -> None:
    async with Door() as door:
        ref = await sent_by_anna(door, name="game.exe", access="check_file_info")
        assert await refused(door, ref) == "forbidden"


async def test_the_files_of_a_deleted_message_are_gone() -> None:
    async with Door() as door:
        ref = await sent_by_anna(door)
        next(iter(door.sim.world.files.values())).deleted = True
        assert await refused(door, ref) == "gone"
        assert await refused(door, json.dumps({**json.loads(ref), "u": ""})) == "gone"


async def test_a_page_where_people_sign_in_is_no_file() -> None:
    async with Door() as door:
        ref = await sent_by_anna(door)
        await door.sim.do("set_scopes", without="files:read")
        assert await refused(door, ref) == "forbidden"
        assert await refused(door, json.dumps({**json.loads(ref), "m": "text/html"})) == "forbidden"


async def test_a_page_that_somebody_sent_is_a_file() -> None:
    async with Door() as door:
        ref = await sent_by_anna(door, name="page.html", type="text/html")
        assert await fetched(door, ref) == PNG


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "https://files.slack.com.evil.example/x",
        "https://evilslack.com/x",
        "http://files.slack.com/x",
        "https://files.slack.com@evil.example/x",
        "https://files.slack.com\\@evil.example/x",
        "https://127.0.0.1:1/x",
    ],
)
async def test_no_other_host_is_handed_the_token(address: str) -> None:
    async with Door(started=False) as door:
        assert await refused(door, json.dumps({"f": "F1", "u": address, "m": ""})) == "forbidden"


async def test_slack_leads_nobody_elsewhere() -> None:
    async with Door() as door, Door(started=False) as other:
        ref = await sent_by_anna(door)
        (file,) = door.sim.world.files.values()
        door.sim.world.url = f"{other.sim.url}/files-pri/T1-F1"  # where one is led without the right
        await door.sim.do("set_scopes", without="files:read")
        assert await refused(door, ref) == "forbidden"
        assert not other.sim.log and file.name == "shot.png"


async def test_trouble_with_the_server_is_for_later() -> None:
    async with Door() as door:
        ref = await sent_by_anna(door)
        await door.sim.stop()
        with pytest.raises(TryLater):
            await fetched(door, ref)


def test_what_slack_has_no_bytes_of_is_a_line() -> None:
    linked = {"id": "F3", "name": "Plan", "is_external": True, "url_private": "https://docs.example/plan"}
    files = [{"id": "F1", "mode": "tombstone"}, {"id": "F2", "mode": "hidden_by_limit", "name": "old.png"}, linked]
    assert attached({"files": files}) == ((), ["📎 file", "📎 old.png", "📎 Plan https://docs.example/plan"])


def test_a_voice_message_is_one_and_forwarded_files_are_there_once() -> None:
    voice = {
        "id": "F1",
        "name": "audio.m4a",
        "mimetype": "audio/mp4",
        "subtype": "slack_audio",
        "url_private": "https:",
    }
    picture = {"id": "F2", "name": "a.png", "mimetype": "image/png", "url_private": "https:"}
    forwarded = [{"is_share": True, "files": [voice, picture]}, {"files": [{**picture, "id": "F3"}]}]
    found, lines = attached({"files": [voice], "attachments": forwarded})
    assert [(one.name, one.kind) for one in found] == [("audio.m4a", "voice"), ("a.png", "image")] and not lines
