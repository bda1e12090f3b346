"""What people write in Discord, as the desk hears it."""

from typing import Any

import pytest

from tests.bots.discord.rig import ANNA, ERIK, LISA, OMAR, Door


async def test_a_message_in_a_room_would_open_a_thread_of_its_own() -> None:
    async with Door() as door:
        sent = await door.writes("anna", "The printer is on fire")
        (said,) = await door.front.hears("The printer is on fire")
        assert said.place == door.place("support", root=sent)
        assert (said.message_id, said.opens, said.cursor, said.direct) == (sent, sent, True, False)
        assert (said.author.external_id, said.author.name, said.author.bot) == (ANNA, "Anna", False)
        assert said.at == door.clock()
        assert said.key == f"community/{door.id('support')}/{sent}"


async def test_words_in_a_thread_belong_to_its_room_and_thread() -> None:
    async with Door() as door:
        root = await door.writes("anna", "It is broken")
        await door.sim.do("create_thread", who="omar", room="#support", name="Broken", message=root)
        await door.writes("omar", "What is?", thread=root)
        _, said = await door.front.hears("It is broken", "What is?")
        assert said.place == door.place("support", root, root)
        assert (said.opens, said.cursor) == ("", False)


async def test_a_post_in_a_forum_is_a_top_level_message_whose_thread_is_there_already() -> None:
    async with Door() as door:
        post = await door.sim.do("post", who="erik", room="#help-forum", name="Lag", text="The server lags")
        await door.writes("anna", "Here too", room="#help-forum", thread=post)
        first, second = await door.front.hears("Lag\n\nThe server lags", "Here too")
        assert first.place == door.place("help-forum", root=post)
        assert (first.message_id, first.opens, first.cursor) == (post, post, True)
        assert second.place == door.place("help-forum", post, post)
        assert (second.opens, second.cursor) == ("", False)


async def test_a_posts_title_is_not_said_twice() -> None:
    async with Door() as door:
        await door.sim.do("post", who="erik", room="#help-forum", name="The server lags", text="the server lags\nbadly")
        await door.front.hears("the server lags\nbadly")


async def test_a_posts_first_words_keep_their_title_when_they_are_changed() -> None:
    async with Door() as door:
        post = await door.sim.do("post", who="erik", room="#help-forum", name="Printer", text="It is on fier")
        reply = await door.writes("erik", "Helpp", room="#help-forum", thread=post)
        await door.sim.do("edit", who="erik", room=post, message=post, text="It is on fire")
        await door.sim.do("edit", who="erik", room=post, message=reply, text="Help")
        await door.front.until(lambda: len(door.front.edited_) == 2)
        first, second = door.front.edited_
        assert (first.message_id, first.text) == (post, "Printer\n\nIt is on fire")
        assert (second.message_id, second.text) == (reply, "Help")


async def test_a_post_that_is_renamed_has_changed_words() -> None:
    async with Door() as door:
        post = await door.sim.do("post", who="erik", room="#help-forum", name="Printer", text="It is on fire")
        (said,) = await door.front.hears("Printer\n\nIt is on fire")
        door.now += 60
        for number, name in enumerate(("Printer, 3rd floor", "Printer", "Printer, 3rd floor")):
            await door.sim.do("rename_thread", who="erik", thread=post, name=name)
            await door.front.until(lambda past=number: len(door.front.edited_) > past)  # type: ignore[misc]
            door.now += 1
        edits = door.front.edited_
        assert [e.text for e in edits][::2] == ["Printer, 3rd floor\n\nIt is on fire"] * 2
        assert {(e.place, e.message_id, e.at) for e in edits} == {(said.place, post, said.at)}
        assert len({e.key for e in edits}) == 3


async def test_what_else_changes_about_a_thread_is_no_change_of_words() -> None:
    async with Door() as door:
        post = await door.sim.do("post", who="erik", room="#help-forum", name="Printer", text="It is on fire")
        root = await door.writes("anna", "And mine?")
        await door.sim.do("create_thread", who="omar", room="#support", name="Mine", message=root)
        await door.sim.do("archive_thread", who="erik", thread=post)
        await door.sim.do("rename_thread", who="omar", thread=root, name="Hers")
        await door.writes("anna", "Hello?", thread=root)
        await door.writes("erik", "Anybody?", thread=post)
        await door.front.until(lambda: len(door.front.said_) == 4)
        assert door.front.edited_ == []
        assert door.calls("GET /channels/{channel_id}/messages/{message_id}") == 0


async def test_a_post_renamed_while_discord_is_away_is_asked_for_again() -> None:
    async with Door() as door:
        post = await door.sim.do("post", who="erik", room="#help-forum", name="Printer", text="It is on fire")
        await door.front.hears("Printer\n\nIt is on fire")
        door.sim.faults.order("status", "GET /channels/{channel_id}/messages/{message_id}", status=503, times=1)
        await door.sim.do("rename_thread", who="erik", thread=post, name="Oven")
        (edited,) = await door.front.until(lambda: door.front.edited_)
        assert edited.text == "Oven\n\nIt is on fire"


async def test_a_post_without_its_beginning_can_be_renamed() -> None:
    async with Door() as door:
        post = await door.sim.do("post", who="erik", room="#help-forum", name="Printer", text="It is on fire")
        await door.sim.do("delete", who="erik", room=post, message=post)
        await door.front.until(lambda: door.front.deleted_)
        await door.sim.do("rename_thread", who="erik", thread=post, name="Oven")
        await door.writes("erik", "Anybody?", thread=post)
        await door.front.hears("Printer\n\nIt is on fire", "Anybody?")
        assert (door.front.edited_, door.front.aside) == ([], [])


async def test_direct_words_say_that_they_are() -> None:
    async with Door() as door:
        await door.writes("anna", "Hello?", room="dm")
        (said,) = await door.front.hears("Hello?")
        assert (said.direct, said.opens, said.cursor, said.place.thread) == (True, "", True, "")


async def test_mentions_are_names_in_the_text_and_ids_beside_it() -> None:
    async with Door() as door:
        await door.sim.do("rename", who="lisa", nick="Lisa (night)")
        role = next(role.id for role in door.sim.world.guild.roles.values() if role.name == "Support")
        bot = door.sim.world.bot.id
        text = f"<@{bot}> ask <@{LISA}> or <@&{role}> in <#{door.id('general')}> <:party:42> at <t:1800000000:R>"
        await door.writes("anna", text)
        said = (await door.front.until(lambda: door.front.said_))[0]
        assert said.text == "@Frontdesk ask @Lisa (night) or @Support in #general :party: at 2027-01-15 08:00 UTC"
        assert said.mentions == (LISA,)


async def test_an_answer_tells_what_it_answers() -> None:
    async with Door() as door:
        first = await door.writes("anna", "Is it fixed?")
        await door.writes("omar", "Yes", reply_to=first)
        _, answer = await door.front.hears("Is it fixed?", "Yes")
        assert answer.reply_to == first


async def test_files_come_with_their_words_or_alone() -> None:
    async with Door() as door:
        shot = {"name": "shot.png", "bytes": b"\x89PNG", "type": "image/png"}
        await door.writes("anna", "Look", files=[shot])
        await door.writes("anna", "", files=[shot, {"name": "log.txt", "bytes": b"x"}])
        first, second = await door.front.hears("Look", "")
        assert [(f.name, f.mime, f.size, f.kind) for f in first.files] == [("shot.png", "image/png", 4, "image")]
        assert [f.name for f in second.files] == ["shot.png", "log.txt"]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"sticker_items": [{"id": "1", "name": "Wave", "format_type": 3}]}, "🏷 Wave"),
        ({"poll": {"question": {"text": "Lunch?"}}}, "📊 Lunch?"),
        (
            {
                "message_reference": {"type": 1, "message_id": "7"},
                "message_snapshots": [{"message": {"content": "from afar", "attachments": [{"id": "9"}]}}],
            },
            "↪ from afar",
        ),
        ({"attachments": None, "mentions": None, "content": "plain"}, "plain"),
    ],
)
async def test_stickers_polls_and_forwarded_words(more: dict[str, Any], text: str) -> None:
    async with Door() as door:
        await door.sim.do("poison", payload={**_message(door), **more})
        await door.front.hears(text)
        assert door.front.said_[0].reply_to == ""


def _message(door: Door, **more: Any) -> dict[str, Any]:
    author = {"id": ERIK, "username": "erik", "global_name": None}
    message = {
        "id": "1300000000000000001",
        "channel_id": door.id("support"),
        "guild_id": door.sim.world.guild.id,
        "author": author,
        "content": "",
        "timestamp": "2027-01-15T08:00:00+00:00",
        "type": 0,
    }
    return {**message, **more}


async def test_bots_webhooks_and_discords_own_lines_are_nobodys_words() -> None:
    async with Door() as door:
        await door.sim.do("add_person", name="Robot", bot=True)
        await door.sim.do("write", who="Robot", room="#support", text="beep")
        for odd in ({"webhook_id": "9"}, {"type": 7}, {"type": 18}, {"type": 6}, {"type": 21}):
            await door.sim.do("poison", payload=_message(door, content="not people's", **odd))
        await door.sim.do("create_thread", who="omar", room="#support", name="Just talk")
        await door.writes("anna", "A person at last")
        await door.front.hears("A person at last")


async def test_rooms_that_the_desk_does_not_use_are_not_listened_to() -> None:
    async with Door(connect=False) as door:
        await door.open("#support")
        await door.writes("anna", "Just chatting", room="#general")
        root = await door.writes("anna", "More chat", room="#general")
        await door.sim.do("create_thread", who="omar", room="#general", name="Chat", message=root)
        await door.writes("omar", "And more", thread=root)
        await door.writes("anna", "Help!")
        await door.front.hears("Help!")


async def test_changed_words_come_with_the_time_of_the_change() -> None:
    async with Door() as door:
        sent = await door.writes("anna", "The pritner")
        door.now += 30
        await door.sim.do("edit", who="anna", room="#support", message=sent, text="The printer")
        (edited,) = await door.front.until(lambda: door.front.edited_)
        assert (edited.message_id, edited.text, edited.at) == (sent, "The printer", door.clock())
        assert edited.place.room == door.id("support")
        door.now += 30
        await door.sim.do("edit", who="anna", room="#support", message=sent, text="The printer!")
        await door.front.until(lambda: len(door.front.edited_) == 2)
        first, second = door.front.edited_
        assert first.key != second.key


async def test_a_preview_that_discord_adds_is_no_change_of_words() -> None:
    async with Door() as door:
        sent = await door.writes("anna", "See https://example.org")
        await door.sim.do("create_thread", who="omar", room="#support", name="Link", message=sent)
        await door.writes("anna", "And then?")
        await door.front.hears("See https://example.org", "And then?")
        assert door.front.edited_ == []
        assert door.front.aside == []


async def test_deleted_words_are_told_one_by_one_also_when_many_go_at_once() -> None:
    async with Door() as door:
        ids = [await door.writes("anna", text) for text in ("one", "two", "three")]
        await door.front.hears("one", "two", "three")
        await door.sim.do("delete", who="anna", room="#support", message=ids[0])
        bulk = {"ids": ids[1:], "channel_id": door.id("support"), "guild_id": door.sim.world.guild.id}
        await door.sim.do("poison", payload=bulk, event="MESSAGE_DELETE_BULK")
        await door.front.until(lambda: len(door.front.deleted_) == 3)
        assert [gone.message_id for gone in door.front.deleted_] == ids
        assert {gone.at for gone in door.front.deleted_} == {door.clock()}


async def test_an_event_that_comes_twice_has_the_same_key() -> None:
    async with Door() as door:
        await door.sim.do("duplicate_next")
        await door.writes("anna", "Only once")
        await door.front.until(lambda: door.front.again == 1)
        assert door.front.texts == ["Only once"]


async def test_a_thread_that_nobody_told_of_is_asked_for() -> None:
    async with Door() as door:
        root = await door.writes("anna", "Old matter")
        await door.front.hears("Old matter")
        await door.sim.do("create_thread", who="anna", room="#support", name="Old", message=root)
        await door.sim.do("archive_thread", who="anna", thread=root)
        await door.restart(meanwhile=lambda: door.sim.do("typing", who="anna", room="#support"))
        assert door.calls("GET /channels/{channel_id}") == 0
        payload = _message(door, id=str(int(root) + 1), channel_id=root, content="Still there?")
        await door.sim.do("poison", payload=payload)
        _, said = await door.front.hears("Old matter", "Still there?")
        assert said.place == door.place("support", root, root)
        assert door.calls("GET /channels/{channel_id}") == 1


async def test_words_in_one_channel_stay_in_order_while_the_database_is_away() -> None:
    async with Door() as door:
        door.front.down = 3
        for text in ("one", "two", "three"):
            await door.writes("omar", text)
        await door.front.until(lambda: door.front.down == 0)
        said = await door.front.hears("one", "two", "three")
        assert {one.author.external_id for one in said} == {OMAR}
        assert door.front.again == 0


async def test_the_health_tells_that_the_database_is_away() -> None:
    async with Door() as door:
        door.front.down = 1_000_000
        await door.writes("anna", "Help")
        await door.front.until(lambda: door.front.down < 999_990)
        assert not door.bot.health().ok
        assert "database" in door.bot.health().sentence
        door.front.down = 0
        await door.front.hears("Help")
        await door.writes("anna", "Thanks")
        await door.front.hears("Help", "Thanks")
        assert door.bot.health().ok
