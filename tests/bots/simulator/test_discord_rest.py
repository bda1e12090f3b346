"""The REST API as a bot finds it: messages, history, mentions, replies, files, reactions, pins."""

import aiohttp

from tests.bots.simulator.discord_rig import ANNA, BOT, ERIK, GUILD, OMAR, PNG, SUPPORT_ROLE, Rig, row


async def test_the_bot_finds_itself_its_guild_and_the_people() -> None:
    async with Rig() as dc:
        assert (await dc.call("GET", "/users/@me")).body["username"] == "Frontdesk"
        app = (await dc.call("GET", "/oauth2/applications/@me")).body
        assert app == (await dc.call("GET", "/applications/@me")).body
        assert app["id"] == BOT
        assert app["flags"] == 1 << 15 | 1 << 19
        assert (await dc.call("GET", f"/guilds/{GUILD}", params={"with_counts": "true"})).body[
            "approximate_member_count"
        ] == 6
        assert (await dc.call("GET", "/users/@me/guilds")).body[0]["name"] == "Acme"
        members = (await dc.call("GET", f"/guilds/{GUILD}/members", params={"limit": 1000})).body
        assert {member["user"]["global_name"] for member in members} >= {"Anna", "Erik", "Omar", "Lisa", "Maja"}
        found = (await dc.call("GET", f"/guilds/{GUILD}/members/search", params={"query": "li"})).body
        assert [member["user"]["username"] for member in found] == ["lisa"]
        assert (await dc.call("GET", f"/guilds/{GUILD}/members/{OMAR}")).body["roles"] == [SUPPORT_ROLE]
        assert [role["name"] for role in (await dc.call("GET", f"/guilds/{GUILD}/roles")).body][1] == "Support"
        names = {channel["name"] for channel in (await dc.call("GET", f"/guilds/{GUILD}/channels")).body}
        assert names == {"Community", "general", "support", "help-forum", "Desk", "desk"}
        gateway = (await dc.call("GET", "/gateway/bot")).body
        assert (gateway["url"], gateway["shards"]) == (dc.sim.gateway_url, 1)
        assert gateway["session_start_limit"]["max_concurrency"] == 1


async def test_a_message_is_posted_edited_read_and_deleted() -> None:
    async with Rig() as dc:
        posted = await dc.post(content="  hello  ", embeds=[{"title": "Card"}], components=[row("Claim")])
        assert posted.status == 200
        assert posted.body["content"] == "hello"
        assert posted.body["embeds"] == [{"title": "Card", "type": "rich"}]
        assert posted.body["components"][0]["components"][0]["id"] == 2
        path = f"/channels/{dc.id('support')}/messages/{posted.body['id']}"
        dc.now += 60
        edited = await dc.call("PATCH", path, {"content": "hello again"})
        assert edited.body["edited_timestamp"] == "2027-01-15T08:01:00.000000+00:00"
        assert edited.body["embeds"] == posted.body["embeds"]
        assert (await dc.call("GET", path)).body["content"] == "hello again"
        assert (await dc.call("DELETE", path)).status == 204
        assert (await dc.call("GET", path)).code == (404, 10008)


async def test_history_is_read_in_pages_newest_first() -> None:
    async with Rig() as dc:
        ids = [await dc.sim.do("write", who="anna", room="#support", text=str(number)) for number in range(10)]
        path = f"/channels/{dc.id('support')}/messages"

        async def texts(**query: str | int) -> str:
            found = (await dc.call("GET", path, params=query)).body
            return "".join(message["content"] for message in found)

        assert await texts() == "9876543210"
        assert await texts(limit=3) == "987"
        assert await texts(before=ids[5], limit=2) == "43"
        assert await texts(after=ids[5], limit=2) == "76"
        assert await texts(around=ids[5], limit=5) == "76543"
        assert await texts(after=0, limit=100) == "9876543210"
        assert (await dc.call("GET", path, params={"limit": 101})).wrong("limit") == "NUMBER_TYPE_MAX"
        assert (await dc.call("GET", path, params={"before": 1, "after": 2})).code == (400, 50035)


async def test_ids_tell_the_time_and_only_grow() -> None:
    async with Rig() as dc:
        first = await dc.sim.do("write", who="anna", room="#support", text="one")
        dc.now -= 3600
        second = await dc.sim.do("write", who="anna", room="#support", text="two")
        assert int(second) == int(first) + 1
        assert (int(first) >> 22) + 1_420_070_400_000 == 1_800_000_000_000


async def test_a_nonce_repeats_for_a_few_minutes() -> None:
    async with Rig() as dc:
        first = await dc.post(content="once", nonce="out-1", enforce_nonce=True)
        assert first.body["nonce"] == "out-1"
        assert (await dc.post(content="once", nonce="out-1", enforce_nonce=True)).body["id"] == first.body["id"]
        assert (await dc.post(content="else", nonce="out-1")).body["id"] != first.body["id"]
        assert dc.sim.texts("#support") == ["once", "else"]
        dc.now += 181
        assert (await dc.post(content="once", nonce="out-1", enforce_nonce=True)).body["id"] != first.body["id"]
        assert (await dc.post(content="x", nonce="n" * 26)).wrong("nonce") == "BASE_TYPE_MAX_LENGTH"


async def test_mentions_are_those_that_are_allowed() -> None:
    async with Rig() as dc:
        loud = f"<@{ANNA}> <@!{ERIK}> <@&{SUPPORT_ROLE}> @everyone `<@{OMAR}>`"
        plain = (await dc.post(content=loud)).body
        assert [user["id"] for user in plain["mentions"]] == [ANNA, ERIK]
        assert plain["mention_roles"] == [SUPPORT_ROLE]
        assert plain["mention_everyone"] is False, "the bot may not mention everyone"
        await dc.sim.do("grant_permission", permission="MENTION_EVERYONE")
        assert (await dc.post(content=loud)).body["mention_everyone"] is True
        silent = (await dc.post(content=loud, allowed_mentions={"parse": []})).body
        assert (silent["mentions"], silent["mention_roles"], silent["mention_everyone"]) == ([], [], False)
        some = (await dc.post(content=loud, allowed_mentions={"users": [ERIK]})).body
        assert [user["id"] for user in some["mentions"]] == [ERIK]
        both = await dc.post(content=loud, allowed_mentions={"parse": ["users"], "users": [ERIK]})
        assert both.wrong("allowed_mentions") == "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"


async def test_a_reply_calls_the_author_if_it_may() -> None:
    async with Rig() as dc:
        question = await dc.sim.do("write", who="anna", room="#support", text="help")
        reference = {"message_id": question}
        reply = (await dc.post(content="yes?", message_reference=reference)).body
        assert reply["type"] == 19
        assert reply["referenced_message"]["content"] == "help"
        assert [user["id"] for user in reply["mentions"]] == [ANNA]
        quiet = {"parse": [], "replied_user": False}
        assert (await dc.post(content="y", message_reference=reference, allowed_mentions=quiet)).body["mentions"] == []
        await dc.sim.do("delete", who="anna", room="#support", message=question)
        gone = await dc.post(content="?", message_reference=reference)
        assert gone.wrong("message_reference") == "REPLIES_UNKNOWN_MESSAGE"
        lenient = await dc.post(content="?", message_reference={**reference, "fail_if_not_exists": False})
        assert (lenient.status, lenient.body["type"]) == (200, 0)


async def test_files_go_up_and_come_down_until_their_address_expires() -> None:
    async with Rig() as dc:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("payload_json", '{"content": "log", "attachments": [{"id": 0, "description": "a log"}]}')
        form.add_field("files[0]", b"line\r\n--x\r\n", filename="my log.txt", content_type="application/octet-stream")
        posted = await dc.call("POST", f"/channels/{dc.id('support')}/messages", data=form)
        (file,) = posted.body["attachments"]
        assert (file["filename"], file["size"], file["content_type"]) == ("my_log.txt", 11, "text/plain")
        assert file["description"] == "a log"
        async with dc.http.get(file["url"]) as answer:
            assert await answer.read() == b"line\r\n--x\r\n"
        async with dc.http.get(file["url"].replace("hm=", "hm=0")) as answer:
            assert answer.status == 404
        dc.now += 25 * 3600
        async with dc.http.get(file["url"]) as answer:
            assert answer.status == 404
        path = f"/channels/{dc.id('support')}/messages/{posted.body['id']}"
        fresh = (await dc.call("GET", path)).body["attachments"][0]["url"]
        async with dc.http.get(fresh) as answer:
            assert answer.status == 200
        assert (await dc.call("PATCH", path, {"attachments": []})).body["attachments"] == []


async def test_a_persons_file_is_seen_by_the_bot() -> None:
    async with Rig() as dc:
        sent = await dc.sim.do("write", who="anna", room="#support", text="", files=[PNG])
        shown = (await dc.call("GET", f"/channels/{dc.id('support')}/messages/{sent}")).body["attachments"][0]
        assert (shown["filename"], shown["content_type"]) == ("shot.png", "image/png")


async def test_reactions() -> None:
    async with Rig() as dc:
        sent = await dc.sim.do("write", who="anna", room="#support", text="help")
        path = f"/channels/{dc.id('support')}/messages/{sent}"
        assert (await dc.call("PUT", f"{path}/reactions/%F0%9F%91%80/@me")).status == 204
        await dc.sim.do("react", who="omar", room="#support", message=sent, emoji="eyes")
        reaction = (await dc.call("GET", path)).body["reactions"][0]
        assert (reaction["emoji"], reaction["count"], reaction["me"]) == ({"id": None, "name": "👀"}, 2, True)
        assert [user["id"] for user in (await dc.call("GET", f"{path}/reactions/👀")).body] == [OMAR, BOT]
        assert (await dc.call("DELETE", f"{path}/reactions/👀/{OMAR}")).status == 204
        assert (await dc.call("DELETE", f"{path}/reactions/👀/@me")).status == 204
        assert "reactions" not in (await dc.call("GET", path)).body
        for number in range(20):
            assert (await dc.call("PUT", f"{path}/reactions/{chr(0x1F600 + number)}/@me")).status == 204
        assert (await dc.call("PUT", f"{path}/reactions/👀/@me")).code == (400, 30010)
        assert (await dc.call("DELETE", f"{path}/reactions/{chr(0x1F600)}")).status == 204
        assert (await dc.call("DELETE", f"{path}/reactions")).status == 204
        assert (await dc.call("PUT", f"{path}/reactions/eyes/@me")).code == (404, 10014)


async def test_pins_and_typing() -> None:
    async with Rig() as dc:
        sent = await dc.sim.do("write", who="anna", room="#support", text="help")
        channel = f"/channels/{dc.id('support')}"
        assert (await dc.call("PUT", f"{channel}/messages/pins/{sent}")).status == 204
        assert (await dc.call("GET", f"{channel}/messages/pins")).body["items"][0]["message"]["id"] == sent
        assert [message["id"] for message in (await dc.call("GET", f"{channel}/pins")).body] == [sent]
        assert (await dc.call("DELETE", f"{channel}/pins/{sent}")).status == 204
        assert (await dc.call("GET", f"{channel}/pins")).body == []
        assert (await dc.call("POST", f"{channel}/typing")).status == 204


async def test_many_are_deleted_at_once() -> None:
    async with Rig() as dc:
        old = await dc.sim.do("write", who="anna", room="#support", text="old")
        dc.now += 15 * 24 * 3600
        new = [await dc.sim.do("write", who="anna", room="#support", text=text) for text in "ab"]
        path = f"/channels/{dc.id('support')}/messages/bulk-delete"
        assert (await dc.call("POST", path, {"messages": [old, *new]})).code == (400, 50034)
        assert (await dc.call("POST", path, {"messages": new[:1]})).wrong("messages") == "BASE_TYPE_BAD_LENGTH"
        assert (await dc.call("POST", path, {"messages": new})).status == 204
        assert dc.sim.texts("#support") == ["old"]


async def test_a_message_made_of_components_alone() -> None:
    async with Rig() as dc:
        words = {"type": 10, "content": "**#42**"}
        box = {"type": 17, "components": [words, {"type": 14}, row("Claim")]}
        section = {"type": 9, "components": [words], "accessory": row("Open")["components"][0]}
        posted = await dc.post(flags=1 << 15, components=[box, section])
        assert (posted.status, posted.body["flags"], posted.body["content"]) == (200, 1 << 15, "")
        assert dc.sim.texts("#support") == ["**#42**\n**#42**"]
        shown = dc.sim.state("anna")["messages"][0]
        assert [button["label"] for button in shown["buttons"]] == ["Claim", "Open"]
        wrong = await dc.post(flags=1 << 15, components=[{**box, "components": [{"type": 10, "content": ""}]}])
        assert wrong.wrong("components", 0, "components", 0, "content") == "BASE_TYPE_BAD_LENGTH"


async def test_a_webhook_speaks_under_its_own_name() -> None:
    async with Rig() as dc:
        channel = f"/channels/{dc.id('support')}"
        assert (await dc.call("POST", f"{channel}/webhooks", {"name": "Desk"})).code == (403, 50013)
        await dc.sim.do("grant_permission", permission="MANAGE_WEBHOOKS")
        hook = (await dc.call("POST", f"{channel}/webhooks", {"name": "Desk"})).body
        path = f"/webhooks/{hook['id']}/{hook['token']}"
        assert (await dc.call("POST", path, {"content": "hi"}, token="")).status == 204
        said = await dc.call("POST", path, {"content": "I am Lisa", "username": "Lisa"}, params={"wait": "true"})
        assert said.body["author"] == {**said.body["author"], "username": "Lisa", "discriminator": "0000"}
        assert said.body["webhook_id"] == hook["id"]
        message = f"{path}/messages/{said.body['id']}"
        assert (await dc.call("PATCH", message, {"content": "It is Lisa"})).body["content"] == "It is Lisa"
        assert (await dc.call("GET", f"/guilds/{GUILD}/webhooks")).body[0]["id"] == hook["id"]
        assert (await dc.call("POST", f"/webhooks/{hook['id']}/wrong", {"content": "x"})).code == (401, 50027)
        assert (await dc.call("DELETE", message)).status == 204
        assert (await dc.call("DELETE", f"/webhooks/{hook['id']}")).status == 204
        assert (await dc.call("POST", path, {"content": "x"})).code == (404, 10015)
        assert dc.sim.texts("#support") == ["hi"]


async def test_words_are_hidden_from_an_app_without_the_message_content_intent() -> None:
    async with Rig() as dc:
        await dc.sim.do("revoke_intent", intent="MESSAGE_CONTENT")
        hidden = await dc.sim.do("write", who="anna", room="#support", text="help", files=[PNG])
        called = await dc.sim.do("write", who="anna", room="#support", text="help @Frontdesk")
        direct = await dc.sim.do("write", who="anna", room="dm", text="psst")
        own = (await dc.post(content="mine")).body["id"]
        channel = f"/channels/{dc.id('support')}/messages"
        shown = (await dc.call("GET", f"{channel}/{hidden}")).body
        assert (shown["content"], shown["attachments"]) == ("", [])
        assert (await dc.call("GET", f"{channel}/{called}")).body["content"] == f"help <@{BOT}>"
        assert (await dc.call("GET", f"{channel}/{own}")).body["content"] == "mine"
        dm = (await dc.call("POST", "/users/@me/channels", {"recipient_id": ANNA})).body["id"]
        assert (await dc.call("GET", f"/channels/{dm}/messages/{direct}")).body["content"] == "psst"
