"""Threads: how they begin, who is in them, how they fall asleep and are locked."""

import pytest

from bots.simulator.server import Refused
from tests.bots.simulator.discord_rig import ANNA, BOT, ERIK, GUILD, LISA, MAJA, OMAR, Reply, Rig


async def from_message(dc: Rig, name: str = "Anna needs help") -> str:
    words = await dc.sim.do("write", who="anna", room="#support", text="help")
    made = await dc.call("POST", f"/channels/{dc.id('support')}/messages/{words}/threads", {"name": name})
    assert made.status == 201
    assert made.body["id"] == words
    return str(words)


async def change(dc: Rig, thread: str, **fields: object) -> Reply:
    return await dc.call("PATCH", f"/channels/{thread}", fields)


async def say(dc: Rig, thread: str) -> Reply:
    return await dc.call("POST", f"/channels/{thread}/messages", {"content": "hello"})


async def test_a_thread_grows_from_a_message_once() -> None:
    async with Rig() as dc:
        thread = await from_message(dc)
        again = await dc.call("POST", f"/channels/{dc.id('support')}/messages/{thread}/threads", {"name": "x"})
        assert again.code == (400, 160004)
        source = (await dc.call("GET", f"/channels/{dc.id('support')}/messages/{thread}")).body
        assert source["flags"] == 32
        assert (source["thread"]["id"], source["thread"]["owner_id"]) == (thread, BOT)
        (starter,) = (await dc.call("GET", f"/channels/{thread}/messages")).body
        assert (starter["type"], starter["referenced_message"]["content"]) == (21, "help")
        assert (await say(dc, thread)).status == 200
        await dc.sim.do("write", who="anna", room="#support", text="thanks", thread=thread)
        told = (await dc.call("GET", f"/channels/{thread}")).body
        assert (told["message_count"], told["member_count"], told["parent_id"]) == (2, 2, dc.id("support"))
        assert dc.sim.texts("#support", thread) == ["help", "hello", "thanks"]
        assert dc.sim.texts("#support", "") == ["help"]
        inner = await dc.call("POST", f"/channels/{thread}/messages/{starter['id']}/threads", {"name": "x"})
        assert inner.code == (400, 50024)


async def test_threads_on_their_own_are_private_unless_said_otherwise() -> None:
    async with Rig() as dc:
        path = f"/channels/{dc.id('support')}/threads"
        private = (await dc.call("POST", path, {"name": "quiet", "invitable": False})).body
        assert (private["type"], private["thread_metadata"]["invitable"]) == (12, False)
        public = (await dc.call("POST", path, {"name": "loud", "type": 11, "auto_archive_duration": 60})).body
        assert (public["type"], public["thread_metadata"]["auto_archive_duration"]) == (11, 60)
        notice = (await dc.call("GET", f"/channels/{dc.id('support')}/messages")).body
        assert [(message["type"], message["content"]) for message in notice] == [(18, "loud")]
        wrong = await dc.call("POST", path, {"name": "", "type": 5, "auto_archive_duration": 61})
        assert wrong.wrong("name") == "BASE_TYPE_BAD_LENGTH"
        assert wrong.wrong("type") == wrong.wrong("auto_archive_duration") == "BASE_TYPE_CHOICES"
        with pytest.raises(Refused, match="sees no room"):
            await dc.sim.do("write", who="anna", room=private["id"], text="hello?")
        assert (await dc.call("PUT", f"/channels/{private['id']}/thread-members/{ANNA}")).status == 204
        await dc.sim.do("write", who="anna", room=private["id"], text="hello!")
        await dc.sim.do("write", who="maja", room=private["id"], text="moderators may")


async def test_mentioned_people_join_and_leave_again() -> None:
    async with Rig() as dc:
        thread = await from_message(dc)
        members = f"/channels/{thread}/thread-members"
        await dc.call("POST", f"/channels/{thread}/messages", {"content": f"<@{OMAR}> please"})
        listed = (await dc.call("GET", members, params={"with_member": "true"})).body
        assert {one["user_id"] for one in listed} == {BOT, OMAR}
        assert listed[0]["member"]["user"]["id"] == listed[0]["user_id"]
        assert (await dc.call("PUT", f"{members}/{LISA}")).status == 204
        assert (await dc.call("GET", f"{members}/{LISA}")).body["user_id"] == LISA
        assert (await dc.call("DELETE", f"{members}/{OMAR}")).status == 204
        assert (await dc.call("GET", f"{members}/{OMAR}")).code == (404, 10007)
        assert (await dc.call("DELETE", f"{members}/@me")).status == 204
        assert (await dc.call("PUT", f"{members}/@me")).status == 204
        assert (await dc.call("PUT", f"{members}/1")).code == (404, 10013)


async def test_an_archived_thread_wakes_by_words_unless_it_is_locked() -> None:
    async with Rig() as dc:
        thread = await from_message(dc)
        said = (await say(dc, thread)).body["id"]
        assert (await change(dc, thread, archived=True)).body["thread_metadata"]["archived"] is True
        assert (await dc.call("PATCH", f"/channels/{thread}/messages/{said}", {"content": "x"})).code == (400, 50083)
        assert (await dc.call("PUT", f"/channels/{thread}/thread-members/{ERIK}")).code == (400, 50083)
        assert (await dc.call("PUT", f"/channels/{thread}/messages/{said}/reactions/👀/@me")).code == (400, 50083)
        assert (await change(dc, thread, name="new name")).code == (400, 50083)
        assert (await say(dc, thread)).status == 200
        assert (await dc.call("GET", f"/channels/{thread}")).body["thread_metadata"]["archived"] is False
        await dc.sim.do("lock_thread", who="omar", thread=thread, archive=True)
        assert (await say(dc, thread)).code == (400, 50083)
        with pytest.raises(Refused, match="locked"):
            await dc.sim.do("write", who="anna", room=thread, text="hello?")
        assert (await change(dc, thread, archived=False)).status == 200
        assert (await say(dc, thread)).status == 200, "a moderator may write where it is only locked"
        await dc.sim.do("deny_permission", permission="MANAGE_THREADS", room="#support")
        assert (await say(dc, thread)).code == (400, 160005)
        assert (await change(dc, thread, locked=False)).code == (403, 50013)


async def test_threads_fall_asleep_by_themselves() -> None:
    async with Rig() as dc:
        wire, _ = await dc.identified()
        thread = await from_message(dc)
        assert (await change(dc, thread, auto_archive_duration=60)).status == 200
        dc.now += 59 * 60
        await say(dc, thread)
        dc.now += 59 * 60
        assert (await dc.call("GET", f"/channels/{thread}")).body["thread_metadata"]["archived"] is False
        dc.now += 60
        await dc.sim.do("archive_idle")
        while (await wire.until("THREAD_UPDATE"))["thread_metadata"]["archived"] is not True:
            pass
        assert (await dc.call("GET", f"/guilds/{GUILD}/threads/active")).body["threads"] == []


async def test_a_thread_that_was_woken_stays_awake_for_its_whole_time() -> None:
    """Also where nobody writes in it: it can be woken to have an old message of it edited."""
    async with Rig() as dc:
        thread = await from_message(dc)
        said = (await say(dc, thread)).body["id"]
        edit = ("PATCH", f"/channels/{thread}/messages/{said}", {"content": "hi"})
        dc.now += 9 * 86_400
        assert (await dc.call(*edit)).code == (400, 50083)
        assert (await change(dc, thread, archived=False)).status == 200
        assert (await dc.call(*edit)).status == 200
        dc.now += 9 * 86_400
        assert (await dc.call(*edit)).code == (400, 50083)


async def test_lists_of_threads() -> None:
    async with Rig() as dc:
        path = f"/channels/{dc.id('support')}"
        threads = []
        for number in range(3):
            dc.now += 60
            threads.append(await from_message(dc, f"t{number}"))
        active = (await dc.call("GET", f"/guilds/{GUILD}/threads/active")).body
        assert [thread["name"] for thread in active["threads"]] == ["t2", "t1", "t0"]
        assert {member["user_id"] for member in active["members"]} == {BOT}
        for thread in threads:
            dc.now += 60
            await change(dc, thread, archived=True)
        listed = (await dc.call("GET", f"{path}/threads/archived/public", params={"limit": 2})).body
        assert ([thread["name"] for thread in listed["threads"]], listed["has_more"]) == (["t2", "t1"], True)
        before = listed["threads"][-1]["thread_metadata"]["archive_timestamp"]
        rest = (await dc.call("GET", f"{path}/threads/archived/public", params={"before": before})).body
        assert ([thread["name"] for thread in rest["threads"]], rest["has_more"]) == (["t0"], False)
        private = (await dc.call("POST", f"{path}/threads", {"name": "quiet"})).body["id"]
        await change(dc, private, archived=True)
        for where in ("threads/archived/private", "users/@me/threads/archived/private"):
            assert [one["id"] for one in (await dc.call("GET", f"{path}/{where}")).body["threads"]] == [private]
        wrong = await dc.call("GET", f"{path}/threads/archived/public", params={"before": "noon"})
        assert wrong.wrong("before") == "DATE_TIME_TYPE_PARSE"


async def test_a_deleted_thread_is_gone_with_its_words() -> None:
    async with Rig() as dc:
        thread = await from_message(dc)
        said = (await say(dc, thread)).body["id"]
        await dc.sim.do("delete_thread", who="omar", thread=thread)
        assert (await say(dc, thread)).code == (404, 10003)
        assert dc.sim.world.messages[said].deleted
        assert dc.sim.texts("#support") == ["help"]
        other = (await dc.call("POST", f"/channels/{dc.id('support')}/threads", {"name": "x", "type": 11})).body["id"]
        assert (await dc.call("DELETE", f"/channels/{other}")).body["id"] == other


async def test_a_deleted_channel_takes_its_threads_along() -> None:
    async with Rig() as dc:
        wire, _ = await dc.identified()
        thread = await from_message(dc)
        await dc.sim.do("delete_room", room="#support")
        assert (await wire.until("THREAD_DELETE"))["id"] == thread
        assert (await wire.until("CHANNEL_DELETE"))["name"] == "support"
        assert (await say(dc, thread)).code == (404, 10003)


async def test_forum_posts() -> None:
    async with Rig() as dc:
        wire, _ = await dc.identified()
        forum = dc.sim.world.channels[dc.id("help-forum")]
        post = await dc.sim.do(
            "post", who="anna", room="#help-forum", name="Printer", text="it smokes", tags=["solved"]
        )
        made = await wire.until("THREAD_CREATE")
        assert (made["newly_created"], made["parent_id"]) == (True, forum.id)
        assert made["applied_tags"] == [forum.tags[0]["id"]]
        first = await wire.until("MESSAGE_CREATE")
        assert (first["id"], first["channel_id"], first["content"]) == (post, post, "it smokes")
        assert (await say(dc, post)).status == 200
        own = await dc.call(
            "POST", f"/channels/{forum.id}/threads", {"name": "Notice", "message": {"content": "closed on Friday"}}
        )
        assert own.body["message"]["id"] == own.body["id"]
        assert (await dc.call("POST", f"/channels/{forum.id}/threads", {"name": "x"})).wrong("message")
        empty = await dc.call("POST", f"/channels/{forum.id}/threads", {"name": "x", "message": {}})
        assert empty.code == (400, 50006)
        with pytest.raises(Refused, match="forum"):
            await dc.sim.do("write", who="anna", room="#help-forum", text="where does this go?")


async def test_who_may_change_a_thread() -> None:
    async with Rig() as dc:
        own = await dc.sim.do("create_thread", who="anna", room="#general", name="Lunch")
        with pytest.raises(Refused, match="may not change"):
            await dc.sim.do("archive_thread", who="erik", thread=own)
        await dc.sim.do("archive_thread", who="anna", thread=own)
        await dc.sim.do("unarchive_thread", who="anna", thread=own)
        with pytest.raises(Refused, match="may not change"):
            await dc.sim.do("lock_thread", who="anna", thread=own)
        await dc.sim.do("lock_thread", who="maja", thread=own)
        assert dc.sim.world.guild.owner_id == MAJA
        await dc.sim.do("unlock_thread", who="omar", thread=own)
        await dc.sim.do("write", who="erik", room=own, text="soup")
