"""What people write, as the desk hears it: words, places, answers, mentions, edits."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bots.port import Card
from inbox.model import Account, Place, Said
from inbox.words import Span
from tests.bots.telegram.rig import ANNA, BOT, DESK, ERIK, LISA, OLD_DESK, OMAR, PDF, SUPPORT, Rig

BIG = 7_999_999_999_999  # Telegram's ids need up to 52 bits


def message(number: int, chat: dict[str, Any], user: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A message that the simulator's people cannot write."""
    return {"message": {"message_id": number, "date": 1_800_000_000, "chat": chat, "from": user, **more}}


def group(number: str = OLD_DESK) -> dict[str, Any]:
    return {"id": int(number), "title": "Old desk", "type": "group"}


async def test_a_direct_message_is_heard_with_who_wrote_it_and_their_language() -> None:
    async with Rig() as door:
        said = await door.says("erik", "dm", "Where is my parcel?")
        assert said.author == Account("shop", ERIK, "Erik", "sv")
        assert said.place == Place("shop", ERIK, "", said.message_id)
        assert (said.text, said.direct, said.retractable) == ("Where is my parcel?", True, False)


async def test_ids_of_any_length_keep_every_digit() -> None:
    async with Rig() as door:
        person = await door.do("add_person", name="Newcomer", id=str(BIG))
        said = await door.says("newcomer", "dm", "Hello")
        assert (said.place.room, said.author.external_id) == (person, str(BIG))
        await door.bot.send(said.place, Card(text="Welcome"), "n")
        assert door.shown(person) == ["Welcome"]


async def test_in_groups_it_hears_what_is_said_to_it_or_all_of_it() -> None:
    async with Rig() as door:
        posted = await door.bot.send(Place("shop", SUPPORT), Card(text="Ask here!"), "n")
        await door.do("write", who="erik", room="Support", text="to nobody")
        answer = await door.says("erik", "Support", "an answer to it", reply_to=posted.message_id)
        assert (answer.reply_to, answer.direct) == (posted.message_id, False)
        mention = await door.says("anna", "Support", f"@{BOT}: my order is late")
        assert mention.text == "my order is late", "our name is the address, not the words"
        await door.do("set_privacy", on=False)
        await door.says("erik", "Support", "to everybody")
        assert "to nobody" not in door.front.words


async def test_groups_that_the_desk_does_not_use_are_not_heard() -> None:
    async with Rig() as door:
        await door.do("set_privacy", on=False)
        await door.do("add_room", name="Other", kind="supergroup", members=["erik"])
        other = await door.do("write", who="erik", room="Other", text="private matters")
        await door.do("edit", who="erik", room="Other", message=other, text="still private")
        await door.says("erik", "dm", "Hello")
        await door.quiet()
        assert [kind for kind, _ in door.front.heard] == ["said"]


async def test_topics_are_threads_and_only_a_real_answer_is_one() -> None:
    async with Rig() as door:
        topic = await door.bot.open_topic(DESK, "#1 Printer")
        card = await door.bot.send(Place("shop", DESK, topic), Card(text="the card"), "n")
        plain = await door.says("omar", "Desk", "words", thread=topic)
        assert (plain.place.thread, plain.reply_to) == (topic, "")
        answer = await door.says("omar", "Desk", "an answer", thread=topic, reply_to=card.message_id)
        assert (answer.place.thread, answer.reply_to) == (topic, card.message_id)
        general = await door.says("omar", "Desk", "in General")
        assert (general.place.thread, general.reply_to) == ("", "")
        chain = await door.says("lisa", "Desk", "in General, an answer", reply_to=general.message_id)
        assert (chain.place.thread, chain.reply_to) == ("", general.message_id)
        sent = await door.bot.send(chain.place, Card(text="to General"), "n2", answers=chain.message_id)
        assert door.sim.world.message(DESK, sent.message_id).thread == 0


async def test_an_answer_to_the_first_of_a_chain_is_one_in_supergroups_too() -> None:
    """There the answered message's id stands in `message_thread_id` as well."""
    async with Rig(rooms=("-1002000000555",)) as door:
        await door.do("add_room", name="Plain", kind="supergroup", id="-1002000000555", members=["omar"])
        await door.bot.stop()
        door.bot = door.platform()
        door.sim.log.clear()
        await door.begin()
        card = await door.bot.send(Place("shop", "-1002000000555"), Card(text="the card"), "n")
        answer = await door.says("omar", "Plain", "to the card", reply_to=card.message_id)
        assert (answer.place.thread, answer.reply_to) == ("", card.message_id)


async def test_an_answer_names_the_part_of_a_long_post_that_it_answers() -> None:
    """All of which the desk knows by then."""
    async with Rig() as door:
        sent = await door.bot.send(Place("shop", OLD_DESK), Card(text="word " * 2000), "n")
        assert len(sent.parts) == 3
        for part in sent.parts:
            assert (await door.says("omar", "Old desk", f"to {part}", reply_to=part)).reply_to == part


async def test_what_is_neither_text_nor_a_file_is_named() -> None:
    async with Rig() as door:
        for act, how in (("share_location", {"latitude": 55.6, "longitude": 13.0}), ("share_contact", {})):
            await door.do(act, who="erik", room="dm", **how)
        chat, user = {"id": int(ERIK), "type": "private"}, {"id": int(ERIK), "is_bot": False, "first_name": "Erik"}
        sticker = {"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1, "is_animated": True,
                   "is_video": False, "type": "regular", "emoji": "🙃"}  # fmt: skip
        spot = {"latitude": 55.60001, "longitude": 13.0}
        kinds: list[dict[str, Any]] = [
            {"sticker": sticker},
            {"venue": {"location": spot, "title": "The shop", "address": "Main street 1"}, "location": spot},
            {"dice": {"emoji": "🎲", "value": 4}},
            {"story": {"chat": chat, "id": 1}},
        ]
        for number, more in enumerate(kinds):
            door.poison(message(900 + number, chat, user, **more))
        await door.says("erik", "dm", "the end")
        assert door.front.words == [
            "📍 55.60000, 13.00000",
            "👤 Erik +46700000000",
            "🙃",
            "📍 The shop, Main street 1",
            "🎲 4",
            "📖 story",
            "the end",
        ]


async def test_service_messages_bots_and_channels_are_nobodys_words() -> None:
    async with Rig() as door:
        await door.do("join", who="anna", room="Old desk", by="maja")
        await door.do("pin", who="maja", room="Desk", message=(await door.says("omar", "Desk", "x")).message_id)
        await door.do("create_topic", who="maja", room="Desk", name="a topic")
        door.poison(message(50, group(), {"id": 5, "is_bot": True, "first_name": "Bot"}, text="a bot"))
        telegram = {"id": 777_000, "is_bot": False, "first_name": "Telegram"}
        channel = {"id": -1001, "title": "News", "type": "channel"}
        forwarded = {"sender_chat": channel, "is_automatic_forward": True, "text": "from the linked channel"}
        door.poison(message(51, group(), telegram, **forwarded))
        await door.says("omar", "Desk", "the end")
        assert door.front.words == ["x", "the end"]
        assert not door.front.of("quarantine")


async def test_an_anonymous_administrator_is_told_once_that_nobody_can_be_seen() -> None:
    async with Rig() as door:
        bot = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
        for number, text in enumerate(("I answer", "/claim 1", "and again")):
            door.poison(message(60 + number, group(), bot, sender_chat=group(), text=text))
        hint = await door.reads("anonymous", "Old desk")
        assert "Remain anonymous" in hint.text
        await door.says("omar", "Old desk", "the end")
        assert [kind for kind, _ in door.front.heard] == ["said"]
        assert len(door.shown("Old desk")) == 1


async def test_whom_words_mention_is_known_by_id() -> None:
    async with Rig() as door:
        await door.says("lisa", "Desk", "Hello")
        by_name = await door.says("omar", "Desk", "@Lisa_Acme and @nobody_at_all: can you look?")
        assert by_name.mentions == (LISA,)
        user = {"id": int(OMAR), "is_bot": False, "first_name": "Omar"}
        anna = {"id": int(ANNA), "is_bot": False, "first_name": "Anna"}
        entity = {"type": "text_mention", "offset": 3, "length": 4, "user": anna}
        door.poison(message(70, group(), user, text="👋 Anna and @acme_desk_bot", entities=[entity]))
        by_link = await door.until(lambda: next((s for s in door.front.of("said") if "👋" in s.text), None))
        assert by_link.mentions == (ANNA,)


async def test_edits_are_told_apart_even_within_a_second() -> None:
    async with Rig() as door:
        said = await door.says("erik", "dm", "on")
        for text in ("two", "three", "two"):
            await door.do("edit", who="erik", room="dm", message=said.message_id, text=text)
        await door.until(lambda: len(door.front.of("edited")) == 3)
        edits = door.front.of("edited")
        assert [edit.text for edit in edits] == ["two", "three", "two"]
        assert len({edit.key for edit in edits}) == 3
        assert {edit.message_id for edit in edits} == {said.message_id}


async def test_an_edit_that_comes_twice_has_one_key() -> None:
    async with Rig() as door:
        said = await door.says("erik", "dm", "one", files=[PDF])
        door.front.fails = [RuntimeError("of the desk")]
        door.sim.duplicate_next()
        await door.do("edit", who="erik", room="dm", message=said.message_id, text="two")
        await door.says("erik", "dm", "the end")
        assert len(door.front.of("edited")) + len(door.front.of("quarantine")) == 1
        await door.do("edit", who="erik", room="dm", message=said.message_id, text="three")
        edit = await door.until(lambda: next(iter(door.front.of("edited")), None))
        assert edit.text == "three"


async def test_words_in_the_second_of_a_claim_come_after_it() -> None:
    """Telegram tells whole seconds: words at 09:00:00.9 are dated 09:00:00, before a claim at 09:00:00.5."""
    async with Rig() as door:
        second = datetime(2026, 3, 2, 9, tzinfo=UTC)
        cases = {
            timedelta(milliseconds=900): timedelta(milliseconds=900),  # heard at once: not after now
            timedelta(seconds=30): timedelta(microseconds=999_999),  # heard later: at the latest that it can be
            timedelta(seconds=-5): timedelta(),  # our clock is behind: never before Telegram's own time
        }
        for number, (heard, taken_for) in enumerate(cases.items()):
            door.now = second + heard
            chat, user = {"id": int(ERIK), "type": "private"}, {"id": int(ERIK), "is_bot": False, "first_name": "Erik"}
            body = message(80 + number, chat, user, text=str(number))
            body["message"]["date"] = int(second.timestamp())
            door.poison(body)
            said: Said = await door.until(
                lambda number=number: next((s for s in door.front.of("said") if s.text == str(number)), None)  # type: ignore[misc]
            )
            assert said.at - second == taken_for


async def test_what_no_database_takes_is_replaced_and_the_rest_is_heard() -> None:
    async with Rig() as door:
        chat, user = {"id": int(ERIK), "type": "private"}, {"id": int(ERIK), "is_bot": False, "first_name": "E\ud800"}
        door.poison(message(90, chat, user, text="half \ud83d and \x00none"))
        said = await door.until(lambda: next(iter(door.front.of("said")), None))
        assert (said.text, said.author.name) == ("half \ufffd and \ufffdnone", "E\ufffd")


async def test_who_blocks_and_comes_back_is_told() -> None:
    async with Rig() as door:
        await door.do("start", who="erik")
        await door.until(lambda: door.front.of("unreachable"))
        await door.do("block", who="erik")
        await door.do("unblock", who="erik")
        await door.until(lambda: len(door.front.of("unreachable")) == 3)
        told = door.front.of("unreachable")
        assert [bool(why) for _, why in told] == [False, True, False]
        assert {account.external_id for account, _ in told} == {ERIK}


async def test_a_groups_new_id_is_told_once_and_heard_from_then_on() -> None:
    async with Rig() as door:
        new = await door.do("migrate", room="Old desk")
        said = await door.says("omar", new, "Still here")
        assert said.place.room == new
        assert door.front.of("moved") == [("shop", OLD_DESK, new)], "though two messages tell it"


async def test_agents_are_looked_up_again_when_a_groups_leads_or_the_bots_place_change() -> None:
    async with Rig() as door:
        await door.do("join", who="anna", room="Desk", by="maja")
        await door.quiet()
        assert not door.front.of("people_changed"), "who merely joins is no agent by that"
        await door.do("promote", who="lisa", room="Desk", by="maja")
        await door.until(lambda: len(door.front.of("people_changed")) == 1)
        await door.do("add_room", name="New", kind="group", members=["maja"], bot="")
        await door.do("add_bot", room="New", by="maja")
        await door.until(lambda: len(door.front.of("people_changed")) == 2)
        # what changes during a look-up has it looked up once more
        door.front.hold.clear()
        await door.do("promote_bot", room="New")
        await door.until(lambda: door.front.waiting == 1)
        await door.do("demote_bot", room="New")
        await door.do("promote_bot", room="New")
        await door.until(lambda: door.sim.polled and not door.sim.telegram.updates.queue)
        door.front.hold.set()
        await door.until(lambda: len(door.front.of("people_changed")) == 4)
        assert not door.front.of("rooms_changed"), "the desk names no such group"


async def test_formatting_is_heard_whatever_the_emoji_before_it() -> None:
    async with Rig() as door:
        chat, user = {"id": int(ERIK), "type": "private"}, {"id": int(ERIK), "is_bot": False, "first_name": "Erik"}
        entities = [
            {"type": "bold", "offset": 3, "length": 4},
            {"type": "text_link", "offset": 8, "length": 4, "url": "https://example.org/a"},
            {"type": "pre", "offset": 13, "length": 3, "language": "py"},
            {"type": "text_link", "offset": 0, "length": 2, "url": "javascript:alert(1)"},
            {"type": "italic", "offset": 900, "length": 4},
            {"type": "hashtag", "offset": 3, "length": 4},
        ]
        door.poison(message(91, chat, user, text="👍 bold link x=1", entities=entities))
        said = await door.until(lambda: next(iter(door.front.of("said")), None))
        shown = [(said.text[s.start : s.end], s.kind, s.value) for s in said.spans]
        assert shown == [("bold", "bold", ""), ("link", "link", "https://example.org/a"), ("x=1", "pre", "py")]


async def test_formatted_words_are_written_with_telegrams_own_entities() -> None:
    async with Rig() as door:
        await door.do("start", who="erik")
        text = "👍 bold, <b>link</b> & x<1"
        link, code = text.index("<b>"), text.index("x<1")
        spans = (
            Span(2, 6, "bold"),
            Span(link, link + 11, "link", "https://example.org/?a=1&b=2"),
            Span(code, code + 3, "pre", "py"),
        )
        sent = await door.bot.send(Place("shop", ERIK), Card(text=text, spans=spans), "n")
        [kept] = [m for m in door.sim.said_by_bot(ERIK) if str(m.id) == sent.message_id]
        assert kept.text == text
        units = text.encode("utf-16-le")
        shown = {
            (e["type"], units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le"))
            for e in kept.entities
        }
        assert shown == {("bold", "bold"), ("text_link", "<b>link</b>"), ("pre", "x<1")}
