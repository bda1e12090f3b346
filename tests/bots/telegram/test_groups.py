"""Groups of requesters: who calls the bot, commands with words, topics."""

from inbox.model import Place
from tests.bots.telegram.rig import BOT, DESK, SUPPORT, Rig

FORUM = "-1002000000900"


async def forum(door: Rig) -> None:
    await door.do("add_room", name="Help", kind="forum", id=FORUM, members=["erik", "anna", "maja"])
    await door.do("set_privacy", on=False)
    await door.do("promote", who="erik", room="Help")
    await door.do("promote", who="maja", room="Help")
    door.bot.follow(frozenset({FORUM, DESK}))


async def test_who_only_calls_the_bot_wants_to_know_what_to_do() -> None:
    async with Rig() as door:
        for words in (f"@{BOT}", f" @{BOT.upper()}! ", f"@{BOT}?"):
            await door.do("write", who="anna", room="Support", text=words)
            called = await door.until(lambda: next(iter(door.front.of("commanded")), None))
            assert (called.words, called.direct, called.free) == ("start", False, False)
            door.front.heard.clear()
        await door.says("anna", "Support", f"@{BOT} help")
        assert door.front.words == ["help"], "words to the bot are words"


async def test_ticket_says_whose_words_and_which_message_they_are() -> None:
    async with Rig() as door:
        typed = await door.types("erik", "Support", "/ticket The shop is closed,\nwhy?")
        assert (typed.words, typed.free, typed.direct) == ("The shop is closed,\nwhy?", True, False)
        assert typed.place == Place("shop", SUPPORT, "", typed.message_id) and typed.message_id
        claim = await door.types("omar", "Desk", "/claim 42")
        assert (claim.words, claim.free) == ("claim 42", False)


async def test_words_of_a_ticket_that_are_edited_stay_its_words() -> None:
    async with Rig() as door:
        typed = await door.types("erik", "Support", f"/ticket@{BOT} The shop is closed")
        await door.do("edit", who="erik", room="Support", message=typed.message_id, text="/ticket The shop is shut")
        [edit] = await door.until(lambda: door.front.of("edited"))
        assert (edit.message_id, edit.text) == (typed.message_id, "The shop is shut")
        said = await door.says("omar", "Desk", "to Erik")
        await door.do("edit", who="omar", room="Desk", message=said.message_id, text="/ticket secret")
        await door.until(lambda: len(door.front.of("edited")) == 2)
        assert door.front.of("edited")[1].text == "/ticket secret", "where agents work it is a command, never words"


async def test_a_topic_that_somebody_made_is_theirs_and_in_others_many_may_ask() -> None:
    async with Rig(rooms=(DESK,)) as door:
        await forum(door)
        mine = await door.do("create_topic", who="erik", room="Help", name="My parcel")
        said = await door.says("erik", "Help", "It never came", thread=mine)
        assert (said.place.thread, said.opens, said.topic) == (mine, mine, False)
        other = await door.says("anna", "Help", "Mine neither", thread=mine)
        assert (other.place.thread, other.opens, other.topic) == (mine, "", True)
        shared = await door.do("create_topic", who="maja", room="Help", name="Parcels")
        said = await door.says("erik", "Help", "Another one", thread=shared)
        assert (said.place.thread, said.opens, said.topic) == (shared, "", True)
        general = await door.says("erik", "Help", "And in General")
        assert (general.place.thread, general.opens, general.topic) == ("", "", False)


async def test_topics_that_the_bot_made_are_tickets_and_nothing_else() -> None:
    async with Rig() as door:
        topic = await door.bot.open_topic(DESK, "#1 Printer")
        said = await door.says("omar", "Desk", "words", thread=topic)
        assert (said.place.thread, said.opens, said.topic) == (topic, "", False)
