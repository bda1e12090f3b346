"""What the simulated Telegram refuses, in the platform's own words; and what it does when it does not."""

import json
from typing import Any

import aiohttp
import pytest

from bots.simulator.telegram import TelegramSimulator
from tests.bots.simulator.telegram_rig import ANNA, BOT, DESK, ERIK, OLD_DESK, OMAR, PDF, PNG, SUPPORT, Answer, Rig

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a"
    " current content and reply markup of the message"
)


def keyboard(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


@pytest.mark.parametrize(
    ("token", "method", "status", "refusal"),
    [
        ("710000001:AAanother-token-of-the-right-form-00", "getMe", 401, "Unauthorized"),
        ("nonsense", "getMe", 404, "Not Found"),
        ("0:short", "getMe", 404, "Not Found"),
        (TelegramSimulator.BOT_TOKEN, "getYou", 404, "Not Found"),
        (TelegramSimulator.BOT_TOKEN, "a/b", 404, "Not Found"),
    ],
)
async def test_wrong_tokens_and_unknown_methods(token: str, method: str, status: int, refusal: str) -> None:
    async with Rig() as tg:
        async with tg.http.get(tg.address(method, token)) as response:
            body = await response.json()
        assert body == {"ok": False, "error_code": status, "description": refusal}
        assert response.status == status


async def test_arguments_come_from_query_form_multipart_and_json_in_any_case() -> None:
    async with Rig() as tg:
        await tg.say("anna", "dm")
        url = tg.address("SENDMESSAGE")
        async with tg.http.get(url, params={"chat_id": ANNA, "text": "query"}) as response:
            assert response.status == 200
        async with tg.http.post(f"{url}?chat_id={ANNA}", data={"text": "form"}) as response:
            assert response.status == 200
        parts = aiohttp.FormData({"text": "multipart"}, default_to_multipart=True)
        async with tg.http.post(f"{url}?chat_id={ANNA}", data=parts) as response:
            assert response.status == 200
        async with tg.http.post(url, json={"chat_id": ANNA, "text": "json"}) as response:
            assert response.status == 200
        async with tg.http.post(url, data="{nonsense", headers={"Content-Type": "application/json"}) as response:
            assert (await response.json())["description"] == "Bad Request: can't parse JSON object"
        assert tg.sim.texts("dm:anna")[1:] == ["query", "form", "multipart", "json"]
        assert {call.call for call in tg.sim.log} == {"sendMessage"}


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        ({"chat_id": ""}, "Bad Request: chat_id is empty"),
        ({"chat_id": 42}, "Bad Request: chat not found"),
        ({"chat_id": "@nowhere"}, "Bad Request: chat not found"),
        ({"chat_id": OMAR}, "Forbidden: bot can't initiate conversation with a user"),
        ({"text": ""}, "Bad Request: message text is empty"),
        ({"text": "<b> </b>\n", "parse_mode": "HTML"}, "Bad Request: message text is empty"),
        ({"text": "x" * 4097}, "Bad Request: message is too long"),
        ({"text": "😀" * 2049}, "Bad Request: message is too long"),
        ({"text": "<x>", "parse_mode": "html"},
         'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 0'),
        ({"text": "1.", "parse_mode": "MarkdownV2"},
         "Bad Request: can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'"),
        ({"parse_mode": "XML"}, "Bad Request: unsupported parse_mode"),
        ({"reply_markup": "{"}, "Bad Request: can't parse reply keyboard markup JSON object"),
        ({"reply_markup": "[]"}, "Bad Request: object expected as reply markup"),
        ({"reply_markup": keyboard({"text": "Ok"})},
         "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        ({"reply_markup": keyboard({"text": "Ok", "callback_data": "x" * 65})}, "Bad Request: BUTTON_DATA_INVALID"),
        ({"reply_markup": keyboard({"text": "Ok", "callback_data": "é" * 33})}, "Bad Request: BUTTON_DATA_INVALID"),
        ({"reply_markup": keyboard({"text": "Ok", "url": "http://localhost:8080/t/1"})},
         "Bad Request: inline keyboard button URL 'http://localhost:8080/t/1' is invalid: Wrong HTTP URL"),
        ({"reply_markup": keyboard({"text": "Ok", "callback_data": "ok", "style": "pink"})},
         "Bad Request: can't parse inline keyboard button: Unsupported button style specified"),
        ({"reply_parameters": {"message_id": 999}}, "Bad Request: message to be replied not found"),
        ({"message_thread_id": 1, "chat_id": DESK}, "Bad Request: message thread not found"),
        ({"message_thread_id": 999, "chat_id": SUPPORT}, "Bad Request: message thread not found"),
        ({"entities": [{"type": "bold", "offset": 3, "length": 9}]}, "Bad Request: entity beyond end of text"),
        ({"entities": [{"type": "text_link", "offset": 0, "length": 1, "url": "localhost"}]},
         "Bad Request: entity URL 'localhost' is invalid: Wrong HTTP URL"),
    ],
)  # fmt: skip
async def test_messages_that_are_refused(arguments: dict[str, Any], refusal: str) -> None:
    async with Rig() as tg:
        await tg.say("anna", "dm")
        assert await tg.refused("sendMessage", **({"chat_id": ANNA, "text": "Hello"} | arguments)) == refusal
        assert tg.sim.said_by_bot("dm:anna") == []


async def test_what_just_fits_passes_as_telegram_stores_it() -> None:
    async with Rig() as tg:
        await tg.say("anna", "dm")
        assert len((await tg.send(ANNA, "x" * 4096))["text"]) == 4096
        assert (await tg.send(ANNA, "<b>" + "😀" * 2048 + "</b>", parse_mode="HTML"))["entities"] == [
            {"type": "bold", "offset": 0, "length": 4096}
        ]
        data = keyboard({"text": "Ok", "callback_data": "é" * 32})
        assert (await tg.send(ANNA, reply_markup=data))["reply_markup"] == data
        lenient = {"message_id": 999, "allow_sending_without_reply": True}
        assert "reply_to_message" not in await tg.send(ANNA, reply_parameters=lenient)
        answer = await tg.send(ANNA, "an answer", reply_parameters={"message_id": 1})
        assert answer["reply_to_message"]["text"] == "Hello"


async def test_people_and_groups_that_cannot_be_reached() -> None:
    async with Rig() as tg:
        assert await tg.refused("sendMessage", chat_id=ANNA, text="x") == (
            "Forbidden: bot can't initiate conversation with a user"
        )
        await tg.sim.do("start", who="anna")
        await tg.send(ANNA)
        await tg.sim.do("block", who="anna")
        blocked = await tg.ask("sendMessage", chat_id=ANNA, text="x")
        assert (blocked.status, blocked.refusal) == (403, "Forbidden: bot was blocked by the user")
        await tg.sim.do("unblock", who="anna")
        await tg.sim.do("deactivate", who="anna")
        assert await tg.refused("sendMessage", chat_id=ANNA, text="x") == "Forbidden: user is deactivated"
        await tg.sim.do("restrict_bot", room="Support")
        rights = "Bad Request: not enough rights to send text messages to the chat"
        assert await tg.refused("sendMessage", chat_id=SUPPORT, text="x") == rights
        await tg.sim.do("kick_bot", room="Support")
        kicked = "Forbidden: bot was kicked from the group chat"
        assert await tg.refused("sendMessage", chat_id=SUPPORT, text="x") == kicked
        await tg.call("leaveChat", chat_id=DESK)
        left = "Forbidden: bot is not a member of the supergroup chat"
        assert await tg.refused("sendMessage", chat_id=DESK, text="x") == left


async def test_an_upgraded_group_names_its_new_id() -> None:
    async with Rig() as tg:
        new = int(await tg.sim.do("migrate", room="Old desk"))
        answer = await tg.ask("sendMessage", chat_id=OLD_DESK, text="x")
        assert answer == Answer(400, {
            "ok": False, "error_code": 400, "parameters": {"migrate_to_chat_id": new},
            "description": "Bad Request: group chat was upgraded to a supergroup chat",
        })  # fmt: skip
        old, fresh = [update["message"] for update in await tg.updates()]
        assert (old["chat"]["id"], old["migrate_to_chat_id"]) == (OLD_DESK, new)
        assert (fresh["chat"]["id"], fresh["migrate_from_chat_id"]) == (new, OLD_DESK)
        assert (await tg.send(new))["chat"]["type"] == "supergroup"
        assert await tg.say("omar", "Old desk", "in the new one") == 3


async def test_editing() -> None:
    async with Rig() as tg:
        theirs = await tg.say("anna", "dm")
        card = {"chat_id": ANNA, "message_id": (await tg.send(ANNA, reply_markup=keyboard(
            {"text": "Ok", "callback_data": "ok"})))["message_id"]}  # fmt: skip
        edit = "editMessageText"
        same = keyboard({"text": "Ok", "callback_data": "ok"})
        assert await tg.refused(edit, **card, text="Hello", reply_markup=same) == NOT_MODIFIED
        assert await tg.refused(edit, **card, text=" ") == "Bad Request: message text is empty"
        assert await tg.refused(edit, **card, text="x" * 4097) == "Bad Request: MESSAGE_TOO_LONG"
        assert await tg.refused(edit, chat_id=ANNA, message_id=99, text="x") == "Bad Request: message to edit not found"
        assert await tg.refused(edit, chat_id=ANNA, text="x") == "Bad Request: message identifier is not specified"
        cannot = "Bad Request: message can't be edited"
        assert await tg.refused(edit, chat_id=ANNA, message_id=theirs, text="x") == cannot
        tg.now += 60
        edited = await tg.call(edit, **card, text="<i>new</i>", parse_mode="HTML", reply_markup=same)
        assert (edited["text"], edited["edit_date"] - edited["date"]) == ("new", 60)
        assert "reply_markup" not in await tg.call("editMessageReplyMarkup", **card)
        assert await tg.refused("editMessageReplyMarkup", **card) == NOT_MODIFIED
        wrong = "Bad Request: there is no caption in the message to edit"
        assert await tg.refused("editMessageCaption", **card, caption="x") == wrong
        assert [set(u) for u in await tg.updates()] == [{"update_id", "message"}], (
            "bots hear nothing of their own edits"
        )


async def test_deleting() -> None:
    async with Rig() as tg:
        gone = "Bad Request: message to delete not found"
        cannot = "Bad Request: message can't be deleted for everyone"
        in_group = await tg.say("anna", "Support", "/hi")
        assert await tg.refused("deleteMessage", chat_id=SUPPORT, message_id=in_group) == cannot
        asked, mine = await tg.say("anna", "dm"), (await tg.send(ANNA))["message_id"]
        at_desk = await tg.say("omar", "Desk")
        assert await tg.call("deleteMessage", chat_id=ANNA, message_id=asked) is True
        assert await tg.refused("deleteMessage", chat_id=ANNA, message_id=asked) == gone
        tg.now += 48 * 3600
        assert await tg.refused("deleteMessage", chat_id=ANNA, message_id=mine) == cannot
        assert await tg.call("deleteMessages", chat_id=ANNA, message_ids=[mine, 99]) is True
        assert tg.sim.texts("dm:anna") == ["Hello"]
        assert await tg.call("deleteMessage", chat_id=DESK, message_id=at_desk) is True


async def test_reactions() -> None:
    async with Rig() as tg:
        said = {"chat_id": ANNA, "message_id": await tg.say("anna", "dm")}
        ok = {"type": "emoji", "emoji": "👌"}
        assert await tg.call("setMessageReaction", **said, reaction=[ok]) is True
        assert tg.sim.world.message("dm:anna", said["message_id"]).reactions == {BOT: ["👌"]}
        invalid = "Bad Request: REACTION_INVALID"
        assert await tg.refused("setMessageReaction", **said, reaction=[ok | {"emoji": "✅"}]) == invalid
        assert await tg.refused("setMessageReaction", **said, reaction=[{"type": "paid"}]) == invalid
        many = "Bad Request: REACTIONS_TOO_MANY"
        assert await tg.refused("setMessageReaction", **said, reaction=[ok, ok]) == many
        lost = "Bad Request: message to react not found"
        assert await tg.refused("setMessageReaction", chat_id=ANNA, message_id=99, reaction=[ok]) == lost
        assert await tg.call("setMessageReaction", **said) is True
        assert tg.sim.world.message("dm:anna", said["message_id"]).reactions == {}


async def test_topics() -> None:
    async with Rig() as tg:
        not_forum = "Bad Request: the chat is not a forum"
        assert await tg.refused("createForumTopic", chat_id=OLD_DESK, name="x") == not_forum
        topic = await tg.call("createForumTopic", chat_id=DESK, name="#12 Printer")
        thread = {"chat_id": DESK, "message_thread_id": topic["message_thread_id"]}
        sent = await tg.call("sendMessage", **thread, text="in the topic")
        assert (sent["is_topic_message"], sent["message_thread_id"]) == (True, topic["message_thread_id"])
        assert sent["reply_to_message"]["forum_topic_created"]["name"] == "#12 Printer"
        unchanged = "Bad Request: TOPIC_NOT_MODIFIED"
        assert await tg.refused("editForumTopic", **thread, name="#12 Printer") == unchanged
        assert await tg.refused("reopenForumTopic", **thread) == unchanged
        assert await tg.call("closeForumTopic", **thread) is True
        assert await tg.call("sendMessage", **thread, text="administrators may")
        theirs = await tg.sim.do("create_topic", who="maja", room="#Desk", name="Maja's")
        await tg.sim.do("close_topic", who="maja", room="Desk", thread=theirs)
        await tg.sim.do("promote_bot", room="Desk", rights=["can_delete_messages"])
        assert await tg.refused("createForumTopic", chat_id=DESK, name="x") == (
            "Bad Request: not enough rights to create a topic"
        )
        assert await tg.refused("sendMessage", chat_id=DESK, message_thread_id=int(theirs), text="x") == (
            "Bad Request: TOPIC_CLOSED"
        )
        assert await tg.refused("reopenForumTopic", chat_id=DESK, message_thread_id=int(theirs)) == (
            "Bad Request: not enough rights to edit the topic"
        )
        assert await tg.call("reopenForumTopic", **thread) is True, "its creator may, without the right"
        assert await tg.call("deleteForumTopic", **thread) is True
        assert await tg.refused("sendMessage", **thread, text="x") == "Bad Request: message thread not found"
        await tg.sim.do("promote_bot", room="Desk")
        assert await tg.refused("closeForumTopic", **thread) == "Bad Request: TOPIC_ID_INVALID"
        assert tg.sim.texts("Desk") == []


async def test_commands_are_checked_and_offered_by_scope_and_language() -> None:
    async with Rig() as tg:

        def one(name: str, said: str = "What it does") -> list[dict[str, str]]:
            return [{"command": name, "description": said}]

        for name in ("Claim", "claim-it", "ärende", "cla im"):
            assert await tg.refused("setMyCommands", commands=one(name)) == "Bad Request: BOT_COMMAND_INVALID"
        assert await tg.refused("setMyCommands", commands=one("x" * 33)) == (
            "Bad Request: command length must not exceed 32"
        )
        assert await tg.refused("setMyCommands", commands=one("x", " ")) == (
            "Bad Request: command description must be non-empty"
        )
        wrong = "Bad Request: invalid language code specified"
        assert await tg.refused("setMyCommands", commands=one("x"), language_code="swe") == wrong
        await tg.call("setMyCommands", commands=one("ticket"))
        await tg.call("setMyCommands", commands=one("ticket", "Nytt ärende"), language_code="sv")
        desk = {"type": "chat", "chat_id": DESK}
        await tg.call("setMyCommands", commands=one("claim"), scope=desk)
        assert await tg.call("getMyCommands", scope=desk) == one("claim")
        assert await tg.call("getMyCommands", scope=desk, language_code="sv") == []
        assert tg.sim.state("anna")["commands"] == [{"name": "/ticket", "description": "What it does"}]
        assert tg.sim.state("erik")["commands"] == [{"name": "/ticket", "description": "Nytt ärende"}]
        rooms = {room["name"]: room["commands"] for room in tg.sim.state("omar")["rooms"]}
        assert [command["name"] for command in rooms["Desk"]] == ["/claim"]
        await tg.call("deleteMyCommands", scope=desk)
        assert await tg.call("getMyCommands", scope=desk) == []


async def test_files_go_both_ways_and_have_their_limits() -> None:
    async with Rig() as tg:
        await tg.say("anna", "dm", "see here", files=[PDF])
        document = (await tg.update())["document"]
        file = await tg.call("getFile", file_id=document["file_id"])
        path = f"{tg.sim.url}/file/bot{tg.sim.BOT_TOKEN}/{file['file_path']}"
        async with tg.http.get(path) as response:
            assert await response.read() == PDF["bytes"]
        async with tg.http.get(path.replace("bot7", "bot8")) as response:
            assert response.status == 404
        await tg.say("anna", "dm", files=[{"name": "film.mp4", "type": "video/mp4", "size": 20 * 1024 * 1024 + 1}])
        big = (await tg.update())["video"]["file_id"]
        assert await tg.refused("getFile", file_id=big) == "Bad Request: file is too big"
        assert await tg.refused("getFile", file_id="x") == (
            "Bad Request: wrong file_id or the file is temporarily unavailable"
        )
        again = await tg.call("sendDocument", chat_id=ANNA, document=document["file_id"], caption="yours")
        assert (again["document"]["file_name"], again["caption"]) == ("bill.pdf", "yours")
        assert await tg.refused("sendPhoto", chat_id=ANNA, photo=document["file_id"]) == (
            "Bad Request: can't use file of type Document as Photo"
        )
        assert await tg.refused("sendPhoto", chat_id=ANNA) == "Bad Request: there is no photo in the request"
        long = "Bad Request: message caption is too long"
        assert await tg.refused("sendDocument", chat_id=ANNA, document="x", caption="x" * 1025) == long


async def test_an_album_is_sent_as_several_messages() -> None:
    async with Rig() as tg:
        await tg.say("anna", "dm", files=[PNG])
        photo = (await tg.update())["photo"][-1]["file_id"]
        item = {"type": "photo", "media": photo}
        count = "Bad Request: media group must include 2-10 items"
        assert await tg.refused("sendMediaGroup", chat_id=ANNA, media=json.dumps([item])) == count
        sent = await tg.call("sendMediaGroup", chat_id=ANNA, media=[item | {"caption": "two"}, item])
        assert len({message["media_group_id"] for message in sent}) == 1
        assert [message.get("caption") for message in sent] == ["two", None]


async def test_pins_copies_and_forwards() -> None:
    async with Rig() as tg:
        asked = {"from_chat_id": ANNA, "message_id": await tg.say("anna", "dm", "please help")}
        copied = await tg.call("copyMessage", chat_id=DESK, **asked)
        assert set(copied) == {"message_id"}
        forwarded = await tg.call("forwardMessage", chat_id=DESK, **asked)
        assert forwarded["forward_origin"]["sender_user"]["first_name"] == "Anna"
        lost = {"chat_id": DESK, "from_chat_id": ANNA, "message_id": 99}
        assert await tg.refused("copyMessage", **lost) == "Bad Request: message to copy not found"
        assert await tg.refused("forwardMessage", **lost) == "Bad Request: message to forward not found"
        await tg.updates()
        assert await tg.call("pinChatMessage", chat_id=DESK, message_id=copied["message_id"]) is True
        assert (await tg.update())["pinned_message"]["text"] == "please help"
        assert (await tg.call("getChat", chat_id=DESK))["pinned_message"]["message_id"] == copied["message_id"]
        assert await tg.call("unpinChatMessage", chat_id=DESK) is True
        mine = await tg.send(SUPPORT)
        assert await tg.refused("pinChatMessage", chat_id=SUPPORT, message_id=mine["message_id"]) == (
            "Bad Request: not enough rights to manage pinned messages in the chat"
        )


async def test_who_is_in_a_chat() -> None:
    async with Rig() as tg:
        assert (await tg.call("getChatMember", chat_id=DESK, user_id=OMAR))["status"] == "member"
        assert (await tg.call("getChatMember", chat_id=DESK, user_id=ANNA))["status"] == "left"
        assert await tg.refused("getChatMember", chat_id=DESK, user_id=1) == "Bad Request: user not found"
        admins = await tg.call("getChatAdministrators", chat_id=DESK)
        assert [admin["user"]["first_name"] for admin in admins] == ["Acme desk", "Maja"]
        await tg.sim.do("add_person", name="Robo", bot=True)
        await tg.sim.do("join", who="Robo", room="Desk")
        await tg.sim.do("promote", who="Robo", room="Desk")
        assert len(await tg.call("getChatAdministrators", chat_id=DESK)) == 2
        assert len(await tg.call("getChatAdministrators", chat_id=DESK, return_bots=True)) == 3
        assert await tg.call("getChatMemberCount", chat_id=SUPPORT) == 3
        assert (await tg.call("getChat", chat_id=DESK))["is_forum"] is True
        assert await tg.refused("getChatAdministrators", chat_id=ERIK) == (
            "Bad Request: there are no administrators in the private chat"
        )
        assert await tg.call("getUserProfilePhotos", user_id=OMAR) == {"total_count": 0, "photos": []}
        assert (await tg.call("getMe"))["can_read_all_group_messages"] is False


async def test_sending_limits_and_what_they_tell() -> None:
    async with Rig() as tg:
        tg.sim.limits = True
        await tg.say("anna", "dm")
        for _ in range(5):
            await tg.send(ANNA)
        answer = await tg.ask("sendMessage", chat_id=ANNA, text="too fast")
        assert answer == Answer(429, {
            "ok": False, "error_code": 429, "description": "Too Many Requests: retry after 1",
            "parameters": {"retry_after": 1},
        })  # fmt: skip
        tg.now += 1
        await tg.send(ANNA)
        sent = 0
        while (await tg.ask("sendMessage", chat_id=SUPPORT, text=str(sent))).status == 200:
            sent, tg.now = sent + 1, tg.now + 1
        assert sent == 20
        late = await tg.ask("sendMessage", chat_id=SUPPORT, text="group")
        assert late.body["parameters"]["retry_after"] == 40
        tg.now += 40
        await tg.send(SUPPORT)
        for number in range(29):
            await tg.sim.do("add_room", name=f"g{number}", id=str(-500 - number), private=True)
            await tg.send(-500 - number)
        assert (await tg.ask("sendMessage", chat_id=ANNA, text="overall")).status == 429


async def test_ordered_faults_strike_in_telegrams_own_form() -> None:
    async with Rig() as tg:
        await tg.say("anna", "dm")
        tg.sim.faults.order("rate_limit", "sendMessage", retry_after=35)
        assert (await tg.ask("sendMessage", chat_id=ANNA, text="x")).body["parameters"] == {"retry_after": 35}
        tg.sim.faults.order("error", "sendMessage", error="Forbidden: bot was blocked by the user")
        assert (await tg.ask("sendMessage", chat_id=ANNA, text="x")).status == 403
        tg.sim.faults.order("status", "getMe", status=502)
        async with tg.http.get(tg.address("getMe")) as response:
            assert (response.status, response.content_type) == (502, "text/html")
        tg.sim.faults.order("drop_after", "sendMessage")
        with pytest.raises(aiohttp.ClientError):
            await tg.send(ANNA, "arrived")
        assert tg.sim.last("dm:anna").text == "arrived"


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("sendMessage", {"text": "x", "chat_id": "²"}),
        ("sendMessage", {"text": "x", "entities": [{"type": "text_mention", "offset": 0, "length": 1}]}),
        ("sendMessage", {"text": "x", "entities": [1]}),
        ("sendMessage", {"text": "x", "entities": {}}),
        ("sendMessage", {"text": "x", "reply_parameters": [1]}),
        ("sendMessage", {"text": "x", "reply_markup": {"inline_keyboard": 5}}),
        ("sendMessage", {"text": "x", "reply_markup": {"inline_keyboard": [5]}}),
        ("sendMessage", {"text": "x", "reply_markup": {"inline_keyboard": [[5]]}}),
        ("sendMediaGroup", {"media": [{"type": []}, 2]}),
        ("setMessageReaction", {"message_id": 1, "reaction": [1]}),
        ("setMessageReaction", {"message_id": 1, "reaction": 5}),
        ("setMyCommands", {"commands": [1]}),
        ("setMyCommands", {"commands": [], "scope": {"type": []}}),
        ("setWebhook", {"url": "http://[bad"}),
        ("deleteMessages", {"message_ids": "x"}),
        ("copyMessages", {"from_chat_id": ANNA, "message_ids": [{}]}),
        ("editMessageText", {"message_id": "abc", "text": "x"}),
        ("sendLocation", {"latitude": "north", "longitude": 1}),
    ],
)
async def test_nonsense_is_refused_in_telegrams_form(method: str, arguments: dict[str, Any]) -> None:
    async with Rig() as tg:
        await tg.say("anna", "dm")
        assert (await tg.refused(method, **({"chat_id": ANNA} | arguments))).startswith("Bad Request: ")
