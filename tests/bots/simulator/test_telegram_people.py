"""What people do on the simulated Telegram, and which updates the bot gets of it, and which not."""

import asyncio
from typing import Any

import pytest

from bots.simulator.server import Refused
from tests.bots.simulator.telegram_rig import ANNA, BOT, DESK, ERIK, OLD_DESK, OMAR, PDF, PNG, SUPPORT, Rig


async def test_a_message_tells_who_wrote_where_in_which_language() -> None:
    async with Rig() as tg:
        number = await tg.say("erik", "dm", "Hej, /help mig")
        assert await tg.update() == {
            "message_id": number,
            "from": {
                "id": ERIK, "is_bot": False, "first_name": "Erik", "username": "erik_kund", "language_code": "sv",
            },
            "chat": {"id": ERIK, "first_name": "Erik", "type": "private", "username": "erik_kund"},
            "date": 1_800_000_000,
            "text": "Hej, /help mig",
            "entities": [{"type": "bot_command", "offset": 5, "length": 5}],
        }  # fmt: skip


async def test_start_with_a_payload_and_over_long_words() -> None:
    async with Rig() as tg:
        await tg.sim.do("start", who="anna", payload="it_printer")
        assert (await tg.update())["text"] == "/start it_printer"
        await tg.say("anna", "dm", "x" * 5000)
        assert [len(update["message"]["text"]) for update in await tg.updates()] == [4096, 904]
        with pytest.raises(Refused, match="no empty message"):
            await tg.say("anna", "dm", "  ")


@pytest.mark.parametrize(
    ("file", "field"),
    [
        (PNG, "photo"),
        (PDF, "document"),
        ({"name": "v.ogg", "bytes": b"x", "type": "audio/ogg"}, "voice"),
        ({"name": "v.mp4", "bytes": b"x", "type": "video/mp4"}, "video"),
        ({"name": "s.webp", "bytes": b"x", "type": "image/webp"}, "sticker"),
        ({"name": "s.png", "bytes": b"x", "type": "image/png", "kind": "document"}, "document"),
    ],
)
async def test_files_arrive_as_what_they_are(file: dict[str, Any], field: str) -> None:
    async with Rig() as tg:
        await tg.say("anna", "dm", "look", files=[file])
        update = await tg.update()
        assert update[field]
        assert update.get("caption") == (None if field == "sticker" else "look")


async def test_an_album_is_one_update_an_item() -> None:
    async with Rig() as tg:
        ids = await tg.sim.do("album", who="anna", room="dm", files=[PNG, PNG, PNG], caption="three")
        albums = [update["message"] for update in await tg.updates()]
        assert [str(message["message_id"]) for message in albums] == ids
        assert len({message["media_group_id"] for message in albums}) == 1
        assert [message.get("caption") for message in albums] == ["three", None, None]
        assert [len(message["photo"]) for message in albums] == [2, 2, 2]


async def test_places_contacts_and_forwards() -> None:
    async with Rig() as tg:
        await tg.sim.do("share_location", who="anna", room="dm", latitude=55.6, longitude=13.0)
        assert (await tg.update())["location"] == {"latitude": 55.6, "longitude": 13.0}
        await tg.sim.do("share_contact", who="anna", room="dm")
        assert (await tg.update())["contact"]["user_id"] == ANNA
        said = await tg.say("omar", "Desk", "from the desk")
        await tg.updates()
        await tg.sim.do("forward", who="omar", room="Desk", message=str(said), to="dm")
        update = await tg.update()
        assert (update["text"], update["forward_origin"]["sender_user"]["id"]) == ("from the desk", OMAR)


async def test_edits_are_told_and_deletions_are_not() -> None:
    async with Rig() as tg:
        said = await tg.say("anna", "dm", "helo")
        tg.now += 5
        await tg.updates()
        await tg.sim.do("edit", who="anna", room="dm", message=str(said), text="hello")
        assert set((await tg.call("getUpdates", offset=tg.offset))[0]) == {"update_id", "edited_message"}
        edited = await tg.update()
        assert (edited["text"], edited["edit_date"] - edited["date"]) == ("hello", 5)
        await tg.sim.do("edit", who="anna", room="dm", message=str(said), text="hello")
        await tg.sim.do("delete", who="anna", room="dm", message=str(said))
        assert await tg.updates() == []
        assert tg.sim.texts("dm:anna") == []
        with pytest.raises(Refused, match="no message"):
            await tg.sim.do("edit", who="anna", room="dm", message=str(said), text="x")
        card = await tg.send(ANNA)
        with pytest.raises(Refused, match="words of their own"):
            await tg.sim.do("edit", who="anna", room="dm", message=str(card["message_id"]), text="x")


async def test_privacy_mode_hides_what_is_not_meant_for_the_bot() -> None:
    async with Rig() as tg:
        mine = await tg.send(SUPPORT, "Can I help?")
        await tg.say("anna", "Support", "talk among people")
        await tg.say("anna", "Support", "/start@another_bot")
        await tg.say("anna", "Support", "/help")
        await tg.say("anna", "Support", "/help@acme_desk_bot")
        await tg.say("anna", "Support", "hey @acme_desk_bot")
        await tg.say("anna", "Support", "an answer", reply_to=str(mine["message_id"]))
        await tg.sim.do("leave", who="erik", room="Support")
        seen = [update["message"].get("text", "left") for update in await tg.updates()]
        assert seen == ["/help", "/help@acme_desk_bot", "hey @acme_desk_bot", "an answer", "left"]
        await tg.sim.do("set_privacy", on=False)
        await tg.say("anna", "Support", "heard now")
        assert (await tg.update())["text"] == "heard now"
        await tg.sim.do("set_privacy", on=True)
        await tg.say("omar", "Old desk", "administrators hear all")
        assert (await tg.update())["chat"]["id"] == OLD_DESK


async def test_people_come_and_go_and_the_bot_too() -> None:
    async with Rig() as tg:
        await tg.call("getUpdates", allowed_updates=["message", "my_chat_member", "chat_member"])
        await tg.sim.do("join", who="anna", room="Old desk", by="maja")
        member, message = await tg.updates()
        assert member["chat_member"]["new_chat_member"]["status"] == "member"
        assert [user["id"] for user in message["message"]["new_chat_members"]] == [ANNA]
        await tg.sim.do("kick_bot", room="Old desk", by="maja")
        message, member = await tg.updates()
        assert message["message"]["left_chat_member"]["id"] == BOT
        assert member["my_chat_member"]["old_chat_member"]["status"] == "administrator"
        assert member["my_chat_member"]["new_chat_member"] == {
            "status": "kicked", "until_date": 0, "user": member["my_chat_member"]["old_chat_member"]["user"],
        }  # fmt: skip
        await tg.say("omar", "Old desk", "unheard")
        assert await tg.updates() == []
        await tg.sim.do("add_bot", room="Old desk")
        await tg.sim.do("promote_bot", room="Old desk")
        kinds = [sorted(set(update) - {"update_id"})[0] for update in await tg.updates()]
        assert kinds == ["my_chat_member", "message", "my_chat_member"]


async def test_blocking_is_told_by_my_chat_member() -> None:
    async with Rig() as tg:
        await tg.say("anna", "dm")
        await tg.updates()
        await tg.sim.do("block", who="anna")
        update = await tg.update()
        assert (update["chat"]["type"], update["new_chat_member"]["status"]) == ("private", "kicked")
        with pytest.raises(Refused, match="has blocked the bot"):
            await tg.say("anna", "dm")
        await tg.sim.do("start", who="anna")
        told, started = await tg.updates()
        assert told["my_chat_member"]["new_chat_member"]["status"] == "member"
        assert started["message"]["text"] == "/start"


async def test_topics_by_people_and_what_is_written_in_them() -> None:
    async with Rig() as tg:
        with pytest.raises(Refused, match="may not manage topics"):
            await tg.sim.do("create_topic", who="omar", room="Desk", name="x")
        topic = await tg.sim.do("create_topic", who="maja", room="Desk", name="Printer")
        created = await tg.update()
        assert created["forum_topic_created"] == {"name": "Printer", "icon_color": 0x6FB9F0}
        assert created["message_thread_id"] == created["message_id"] == int(topic)
        await tg.say("omar", "Desk", "in it", thread=topic)
        said = await tg.update()
        assert (said["message_thread_id"], said["is_topic_message"]) == (int(topic), True)
        assert said["reply_to_message"]["forum_topic_created"]["name"] == "Printer"
        await tg.sim.do("close_topic", who="maja", room="Desk", thread=topic)
        assert (await tg.update())["forum_topic_closed"] == {}
        with pytest.raises(Refused, match="is closed"):
            await tg.say("omar", "Desk", "x", thread=topic)
        await tg.sim.do("reopen_topic", who="maja", room="Desk", thread=topic)
        assert (await tg.update())["forum_topic_reopened"] == {}
        await tg.sim.do("delete_topic", who="maja", room="Desk", thread=topic)
        assert await tg.updates() == []
        assert tg.sim.texts("Desk", thread=topic) == []


async def test_an_answer_in_general_names_a_thread_that_is_no_topic() -> None:
    async with Rig() as tg:
        first = await tg.say("omar", "Desk", "in General")
        await tg.say("lisa", "Desk", "an answer", reply_to=str(first))
        general, answer = [update["message"] for update in await tg.updates()]
        assert "message_thread_id" not in general
        assert (answer["message_thread_id"], answer.get("is_topic_message")) == (first, None)
        refusal = await tg.refused("sendMessage", chat_id=DESK, message_thread_id=first, text="x")
        assert refusal == "Bad Request: message thread not found"


async def test_pressing_a_button_and_every_way_it_can_be_answered() -> None:
    async with Rig() as tg:
        await tg.say("anna", "dm")
        rows = [
            [{"text": "Claim", "callback_data": "claim:1", "style": "primary"}],
            [{"text": "Open", "url": "https://acme.example/t/1"}],
        ]
        card = await tg.send(ANNA, reply_markup={"inline_keyboard": rows})
        on_card: dict[str, Any] = {"who": "anna", "room": "dm", "message": str(card["message_id"])}
        await tg.updates()
        pressing = asyncio.create_task(tg.sim.do("press", **on_card, label="Claim"))
        query = (await tg.call("getUpdates", offset=tg.offset, timeout=5))[0]["callback_query"]
        assert (query["data"], query["from"]["id"], query["message"]["message_id"]) == (
            "claim:1", ANNA, card["message_id"],
        )  # fmt: skip
        answer = {"callback_query_id": query["id"], "text": "You hold it", "show_alert": True}
        assert await tg.call("answerCallbackQuery", **answer) is True
        assert await pressing == {"ok": True, "text": "You hold it", "alert": True, "url": ""}
        assert await tg.sim.do("press", **on_card, label="Open") == {"ok": True, "url": "https://acme.example/t/1"}
        with pytest.raises(Refused, match="there are: 'Claim', 'Open'"):
            await tg.sim.do("press", **on_card, label="Delete")
        too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
        assert await tg.refused("answerCallbackQuery", callback_query_id="1") == too_old
        tg.sim.answer_seconds = 0.01
        assert await tg.sim.do("press", **on_card, action="claim:1") == {"ok": False, "error": "no answer"}
        late = (await tg.call("getUpdates"))[-1]["callback_query"]["id"]
        assert await tg.refused("answerCallbackQuery", callback_query_id=late) == too_old


async def test_a_reply_keyboards_button_writes_its_text() -> None:
    async with Rig() as tg:
        await tg.say("anna", "dm")
        asked = await tg.send(ANNA, reply_markup={"keyboard": [[{"text": "Same matter"}]]})
        await tg.updates()
        await tg.sim.do("press", who="anna", room="dm", message=str(asked["message_id"]), label="Same matter")
        assert (await tg.update())["text"] == "Same matter"


async def test_reactions_are_told_to_administrators_only() -> None:
    async with Rig() as tg:
        await tg.call("getUpdates", allowed_updates=["message_reaction"])
        in_group = str(await tg.say("anna", "Support"))
        at_desk = str(await tg.say("omar", "Desk"))
        await tg.sim.do("react", who="erik", room="Support", message=in_group, emoji="👍")
        await tg.sim.do("react", who="lisa", room="Desk", message=at_desk, emoji="👀")
        await tg.sim.do("react", who="lisa", room="Desk", message=at_desk, emoji="🎉")
        await tg.sim.do("unreact", who="lisa", room="Desk", message=at_desk)
        emoji = [
            [[one["emoji"] for one in update["message_reaction"][key]] for key in ("old_reaction", "new_reaction")]
            for update in await tg.updates()
        ]
        assert emoji == [[[], ["👀"]], [["👀"], ["🎉"]], [["🎉"], []]]
        with pytest.raises(Refused, match="not among"):
            await tg.sim.do("react", who="lisa", room="Desk", message=at_desk, emoji="✅")


async def test_what_the_window_of_one_person_shows() -> None:
    async with Rig() as tg:
        await tg.say("anna", "dm", "<script>")
        await tg.send(ANNA, "<b>Ticket</b> #1", parse_mode="HTML", reply_markup={
            "inline_keyboard": [[{"text": "Ok", "callback_data": "ok", "style": "success"}]]})  # fmt: skip
        await tg.say("omar", "Desk", "not for Anna")
        await tg.sim.do("react", who="anna", room="dm", message="1", emoji="👍")
        seen = tg.sim.state("anna")
        assert seen["me"] == {"id": str(ANNA), "name": "Anna"}
        assert [(room["name"], room["dm"]) for room in seen["rooms"]] == [("Acme desk", True), ("Support", False)]
        first, second = seen["messages"]
        assert (first["html"], first["reactions"]) == ("&lt;script&gt;", {"👍": ["Anna"]})
        assert second["html"] == "<b>Ticket</b> #1"
        assert second["buttons"] == [{"label": "Ok", "action": "ok", "style": "success", "url": "", "disabled": False}]
        assert len(tg.sim.state("")["messages"]) == 3
        with pytest.raises(Refused, match="nobody named"):
            tg.sim.state("nobody")


async def test_new_people_and_rooms() -> None:
    async with Rig() as tg:
        karin = await tg.sim.do("add_person", name="Karin", language="da")
        room = await tg.sim.do(
            "add_room", name="VIP", kind="forum", private=True, members=["Karin"], bot="administrator"
        )
        assert room.startswith("-100")
        assert await tg.say("karin", room, "hello") == 1
        assert (await tg.update())["from"]["id"] == int(karin)
        public = await tg.sim.do("add_room", name="Open", kind="supergroup")
        assert (await tg.call("getChat", chat_id="@open"))["id"] == int(public)
        with pytest.raises(Refused, match="no chats of the kind"):
            await tg.sim.do("add_room", name="x", kind="voice")
