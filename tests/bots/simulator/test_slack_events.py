"""What people do, what the app is told of it, and what history says afterwards."""

from typing import Any

import pytest

from bots.simulator.server import Refused
from tests.bots.simulator.slack_rig import ANNA, BOT, ERIK, IT_DESK, IT_HELP, OMAR, Json, Rig


def told(slack: Rig) -> list[Json]:
    return [one["event"] for one in slack.sim.emitted if one.get("type") == "event_callback"]


def kinds(slack: Rig) -> list[str]:
    return [f"{one['type']}.{one['subtype']}" if "subtype" in one else one["type"] for one in told(slack)]


async def test_a_message_as_slack_tells_it() -> None:
    async with Rig() as slack:
        await slack.connect()
        ts = await slack.sim.do(
            "write", who="anna", room="#it-help", text="R&D: see https://x.example/a @Omar 👍 #it-help"
        )
        await slack.settle()
        event = told(slack)[0]
        assert event["text"] == f"R&amp;D: see <https://x.example/a> <@{OMAR}> :+1: <#{IT_HELP}|it-help>"
        assert (event["user"], event["channel"], event["channel_type"]) == (ANNA, IT_HELP, "channel")
        assert event["ts"] == event["event_ts"] == ts and "bot_id" not in event
        parts = [one["type"] for one in event["blocks"][0]["elements"][0]["elements"]]
        assert parts == ["text", "link", "text", "user", "text", "emoji", "text", "channel"]
        assert slack.sim.texts("#it-help") == ["R&D: see https://x.example/a @Omar 👍 #it-help"]


@pytest.mark.parametrize("text", ["<!channel> <@U0NOBODY0001>", "a <b> & c", "<script>alert(1)</script>", "<#C123|x>"])
async def test_what_people_type_cannot_pose_as_slacks_own_marks(text: str) -> None:
    async with Rig() as slack:
        await slack.connect()
        await slack.sim.do("write", who="anna", room="#it-help", text=text)
        await slack.settle()
        assert "<" not in told(slack)[0]["text"]
        assert slack.sim.texts("#it-help") == [text]
        drawn = slack.sim.state("anna")["messages"][0]["html"]
        assert "<script" not in drawn and "<b>" not in drawn


async def test_rooms_of_every_kind_tell_their_kind() -> None:
    async with Rig() as slack:
        await slack.connect()
        group = await slack.sim.do("add_room", name="", kind="mpim", members=["anna", "erik"])
        for room in ("#it-help", "#it-desk", "dm", group):
            await slack.sim.do("write", who="omar" if room == "#it-desk" else "anna", room=room, text="@Frontdesk")
        await slack.settle()
        seen = [f"{one['type']} {one.get('channel_type', '')}" for one in told(slack)]
        messages = [f"message {one}" for one in ("channel", "group", "im", "mpim")]
        assert sorted(seen) == ["app_mention "] * 3 + messages
        assert len({one["event_id"] for one in slack.sim.emitted}) == 7


async def test_where_the_app_is_not_it_hears_nothing() -> None:
    async with Rig() as slack:
        await slack.connect()
        await slack.sim.do("write", who="anna", room="#general", text="@Frontdesk?")
        await slack.sim.do("set_scopes", without="channels:history")
        await slack.sim.do("write", who="anna", room="#it-help", text="no scope")
        slack.sim.world.app.events.discard("message.im")
        await slack.sim.do("write", who="anna", room="dm", text="not subscribed")
        await slack.settle()
        assert told(slack) == []


async def test_threads_replies_and_broadcasts() -> None:
    async with Rig() as slack:
        await slack.connect()
        root = await slack.sim.do("write", who="anna", room="#it-help", text="root")
        first = await slack.sim.do("write", who="omar", room="#it-help", text="first", thread=root)
        await slack.sim.do("write", who="anna", room="#it-help", text="second", reply_to=first, broadcast=True)
        own = await slack.says(IT_HELP, "third", thread_ts=root)
        await slack.settle()
        assert kinds(slack) == ["message", "message", "message.thread_broadcast", "message"]
        assert told(slack)[1]["thread_ts"] == root and told(slack)[1]["parent_user_id"] == ANNA
        assert told(slack)[2]["root"]["ts"] == root
        bots = told(slack)[3]
        assert (bots["bot_id"], bots["app_id"], bots["user"]) == ("B0FRONT00001", "A0FRONT00001", BOT)
        thread = (await slack.call("conversations.replies", channel=IT_HELP, ts=root))["messages"]
        assert [one["text"] for one in thread] == ["root", "first", "second", "third"]
        assert (thread[0]["reply_count"], thread[0]["latest_reply"], thread[0]["reply_users"]) == (
            3,
            own,
            [OMAR, ANNA, BOT],
        )
        top = (await slack.call("conversations.history", channel=IT_HELP))["messages"]
        assert [one["text"] for one in top] == ["second", "root"]
        assert slack.sim.texts("#it-help", root) == ["root", "first", "second", "third"]
        assert slack.sim.texts("#it-help", "") == ["root", "second"]
        assert slack.sim.last("#it-help", "omar").text == "first"
        assert slack.sim.last("#it-help", "frontdesk").text == "third"
        with pytest.raises(Refused, match="no message"):
            slack.sim.last("#it-help", "lisa")
        link = (await slack.call("chat.getPermalink", channel=IT_HELP, message_ts=own))["permalink"]
        assert link.endswith(f"/{IT_HELP}/p{own.replace('.', '')}?thread_ts={root}&cid={IT_HELP}")


async def test_a_reply_under_a_replys_ts_is_found_by_nobody() -> None:
    async with Rig() as slack:
        root = await slack.sim.do("write", who="anna", room="#it-help", text="root")
        reply = await slack.sim.do("write", who="omar", room="#it-help", text="reply", thread=root)
        await slack.says(IT_HELP, "astray", thread_ts=reply)
        assert slack.sim.texts("#it-help", root) == ["root", "reply"]
        top = (await slack.call("conversations.history", channel=IT_HELP))["messages"]
        assert [one["text"] for one in top] == ["root"]


async def test_edits_deletes_and_tombstones() -> None:
    async with Rig() as slack:
        await slack.connect()
        root = await slack.sim.do("write", who="anna", room="#it-help", text="root")
        reply = await slack.sim.do("write", who="omar", room="#it-help", text="reply", thread=root)
        await slack.sim.do("edit", who="anna", room="#it-help", message=root, text="root!")
        await slack.sim.do("edit", who="anna", room="#it-help", message=root, text="root!")
        await slack.sim.do("unfurl", room="#it-help", message=root)
        await slack.sim.do("delete", who="anna", room="#it-help", message=root)
        await slack.sim.do("delete", who="omar", room="#it-help", message=reply)
        await slack.settle()
        edit, unfurl, tombstone, gone = told(slack)[2:]
        assert kinds(slack)[2:] == ["message.message_changed"] * 3 + ["message.message_deleted"]
        assert (edit["message"]["text"], edit["previous_message"]["text"]) == ("root!", "root")
        assert edit["message"]["edited"]["user"] == ANNA and edit["hidden"] is True
        assert unfurl["message"]["text"] == unfurl["previous_message"]["text"] and unfurl["message"]["attachments"]
        assert (tombstone["message"]["subtype"], tombstone["message"]["user"]) == ("tombstone", "USLACKBOT")
        assert (gone["deleted_ts"], gone["previous_message"]["text"]) == (reply, "reply")
        assert slack.sim.texts("#it-help") == []


async def test_the_bots_own_card_is_edited_and_keeps_its_blocks() -> None:
    async with Rig() as slack:
        await slack.connect()
        card = [{"type": "section", "text": {"type": "mrkdwn", "text": "*#7*"}}]
        ts = await slack.says(IT_DESK, "#7", blocks=card)
        answer = await slack.call("chat.update", channel=IT_DESK, ts=ts, text="#7 claimed")
        assert answer["message"]["blocks"][0]["type"] == "section" and answer["text"] == "#7 claimed"
        plain = await slack.call("chat.update", channel=IT_DESK, ts=ts, text="only words", blocks=[])
        assert plain["message"]["blocks"][0]["type"] == "rich_text"
        await slack.call("chat.delete", channel=IT_DESK, ts=ts)
        await slack.settle()
        assert kinds(slack) == ["message"] + ["message.message_changed"] * 2 + ["message.message_deleted"]


async def test_metadata_is_found_again_through_history_only() -> None:
    async with Rig() as slack:
        await slack.connect()
        mark = {"event_type": "frontdesk_outbox", "event_payload": {"id": 7}}
        posted = await slack.call("chat.postMessage", channel=IT_DESK, text="x", metadata=mark)
        assert posted["message"]["metadata"] == mark
        await slack.settle()
        assert "metadata" not in told(slack)[0]
        plain = await slack.call("conversations.history", channel=IT_DESK)
        full = await slack.call("conversations.history", channel=IT_DESK, include_all_metadata="true")
        assert "metadata" not in plain["messages"][0] and full["messages"][0]["metadata"] == mark


async def test_history_has_windows_and_pages() -> None:
    async with Rig() as slack:
        stamps = []
        for number in range(5):
            slack.now += 10
            stamps.append(await slack.says(IT_HELP, str(number)))

        async def texts(**more: Any) -> list[str]:
            answer = await slack.call("conversations.history", channel=IT_HELP, **more)
            return [one["text"] for one in answer["messages"]]

        assert await texts(oldest=stamps[1]) == ["4", "3", "2"]
        assert await texts(oldest=stamps[1], latest=stamps[3], inclusive="true") == ["3", "2", "1"]
        assert await texts(latest=stamps[1]) == ["0"]
        assert await slack.refused("conversations.history", channel=IT_HELP, oldest="yesterday") == "invalid_ts_oldest"
        first = await slack.call("conversations.history", channel=IT_HELP, limit="3")
        assert first["has_more"] and [one["text"] for one in first["messages"]] == ["4", "3", "2"]
        assert await texts(limit="3", cursor=first["response_metadata"]["next_cursor"]) == ["1", "0"]


async def test_reactions_are_told_by_slacks_names() -> None:
    async with Rig() as slack:
        await slack.connect()
        ts = await slack.sim.do("write", who="anna", room="#it-help", text="x")
        await slack.sim.do("react", who="omar", room="#it-help", message=ts, emoji="👀")
        await slack.sim.do("unreact", who="omar", room="#it-help", message=ts, emoji="eyes")
        with pytest.raises(Refused, match="no_reaction"):
            await slack.sim.do("unreact", who="omar", room="#it-help", message=ts, emoji="eyes")
        await slack.settle()
        added, removed = told(slack)[1:]
        assert (added["type"], added["reaction"], added["user"], added["item_user"]) == (
            "reaction_added",
            "eyes",
            OMAR,
            ANNA,
        )
        assert added["item"] == {"type": "message", "channel": IT_HELP, "ts": ts}
        assert removed["type"] == "reaction_removed"


async def test_coming_going_and_the_rooms_own_life() -> None:
    async with Rig() as slack:
        await slack.connect()
        await slack.sim.do("leave", who="erik", room="#it-help")
        await slack.sim.do("join", who="erik", room="#it-help")
        await slack.sim.do("join", who="frontdesk", room="#general", inviter="maja")
        await slack.sim.do("rename_room", who="omar", room="#it-desk", name="it-agents")
        await slack.sim.do("archive", who="omar", room="#it-agents")
        await slack.sim.do("unarchive", who="omar", room="#it-agents")
        await slack.sim.do("leave", who="frontdesk", room="#it-help")
        await slack.sim.do("write", who="anna", room="#it-help", text="unheard")
        await slack.sim.do("deactivate", who="erik")
        await slack.settle()
        assert kinds(slack) == [
            *("member_left_channel", "message.channel_leave", "member_joined_channel", "message.channel_join"),
            *("member_joined_channel", "message.channel_join", "group_rename", "group_archive", "group_unarchive"),
            *("channel_left", "user_change"),
        ]
        joined = told(slack)[4]
        assert (joined["user"], joined["channel_type"], joined["inviter"]) == (
            BOT,
            "C",
            slack.sim.world.person("maja").id,
        )
        assert told(slack)[6]["channel"]["name"] == "it-agents"
        assert told(slack)[-1]["user"]["deleted"] is True


async def test_files_and_actions() -> None:
    async with Rig() as slack:
        await slack.connect()
        image = {"name": "shot.png", "bytes": "iVBORw==", "type": "image/png"}
        await slack.sim.do("write", who="anna", room="dm", text="Look", files=[image])
        await slack.sim.do("write", who="anna", room="#it-help", text="/me waves")
        await slack.settle()
        assert kinds(slack) == ["file_shared", "message.file_share", "message.me_message"]
        shared = told(slack)[1]
        assert (shared["text"], shared["files"][0]["name"], shared["files"][0]["size"]) == ("Look", "shot.png", 4)
        assert told(slack)[2]["text"] == "waves"


async def test_the_home_tab() -> None:
    async with Rig() as slack:
        await slack.connect()
        assert await slack.sim.do("open_home", who="anna") == ""
        view = {"type": "home", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*Hello*"}}]}
        published = (await slack.call("views.publish", user_id=ANNA, view=view))["view"]
        assert await slack.sim.do("open_home", who="anna") == published["id"]
        stale = await slack.refused("views.publish", user_id=ANNA, view=view, hash="1.stale")
        assert stale == "hash_conflict"
        await slack.settle()
        assert [("view" in one, one["tab"]) for one in told(slack)] == [(False, "home"), (True, "home")]
        assert "<b>Hello</b>" in slack.sim.state("anna")["home"]["html"]
        assert slack.sim.state("erik")["home"] is None


@pytest.mark.parametrize(
    ("act", "how", "sentence"),
    [
        ("write", {"who": "anna", "room": "#it-desk", "text": "x"}, "cannot see it-desk"),
        ("write", {"who": "nobody", "room": "#it-help", "text": "x"}, "nobody named"),
        ("write", {"who": "anna", "room": "#nowhere", "text": "x"}, "no room named"),
        ("write", {"who": "anna", "room": "#it-help", "text": " "}, "nothing to send"),
        ("write", {"who": "anna", "room": "#it-help", "text": "/claim 7"}, "not a valid command"),
        ("write", {"who": "anna", "room": "#it-help", "text": "x", "thread": "1.000000"}, "no message"),
        ("write", {"who": "anna", "room": "#it-help", "text": "x" * 12_001}, "too long"),
        ("edit", {"who": "omar", "room": "#it-help", "message": "", "text": "x"}, "no message"),
        ("leave", {"who": "anna", "room": "#general"}, "Nobody can leave"),
        ("join", {"who": "anna", "room": "#it-help"}, "already in"),
        ("react", {"who": "anna", "room": "#it-help", "message": "1.0", "emoji": "eyes"}, "no message"),
        ("command", {"who": "anna", "room": "#it-help", "text": "/nonsense"}, "not a valid command"),
        ("command", {"who": "anna", "room": "#it-help", "text": "/status x"}, "Slack's own"),
        ("command", {"who": "anna", "room": "#it-help", "text": "/claim", "thread": "1.0"}, "not supported in threads"),
        ("command", {"who": "anna", "room": "#it-desk", "text": "/claim 7"}, "cannot see"),
        ("register_command", {"name": "/remind"}, "Slack's own"),
        ("register_command", {"name": "Two Words"}, "one word"),
        ("shortcut", {"who": "anna", "callback_id": "none"}, "no shortcut"),
        ("submit", {"who": "anna"}, "no form open"),
        ("dance", {}, "cannot 'dance'"),
    ],
)
async def test_what_slack_does_not_let_people_do(act: str, how: dict[str, str], sentence: str) -> None:
    async with Rig() as slack:
        with pytest.raises(Refused, match=sentence):
            await slack.sim.do(act, **how)


async def test_others_words_cannot_be_changed() -> None:
    async with Rig() as slack:
        ts = await slack.sim.do("write", who="anna", room="#it-help", text="mine")
        for act in ("edit", "delete"):
            with pytest.raises(Refused, match="cannot change"):
                await slack.sim.do(
                    act, who="omar", room="#it-help", message=ts, **({"text": "x"} if act == "edit" else {})
                )
        guest = await slack.sim.do("add_person", name="Gro", guest=True)
        with pytest.raises(Refused, match="cannot see"):
            await slack.sim.do("write", who=guest, room="#it-help", text="x")
        await slack.sim.do("deactivate", who="erik")
        with pytest.raises(Refused, match="deactivated"):
            await slack.sim.do("write", who=ERIK, room="#it-help", text="x")


async def test_the_same_over_http() -> None:
    async with Rig() as slack:
        act = {"act": "write", "who": "anna", "room": "#it-help", "text": "over HTTP"}
        async with slack.http.post(f"{slack.sim.url}/_sim/act", json=act) as response:
            ts = (await response.json())["result"]
        async with slack.http.post(f"{slack.sim.url}/_sim/act", json=act | {"who": "nobody"}) as response:
            assert response.status == 400 and "nobody named" in (await response.json())["error"]
        async with slack.http.get(f"{slack.sim.url}/_sim/state", params={"as": "anna"}) as response:
            state = await response.json()
        assert [one["id"] for one in state["messages"]] == [ts]
        assert state["me"] == {"id": ANNA, "name": "Anna"}
        assert {one["name"] for one in state["rooms"]} == {"general", "it-help", "Frontdesk"}
