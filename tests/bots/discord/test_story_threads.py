"""Threads are deleted, locked and too many: nothing that was said is lost, and agents are told in a sentence."""

from dataclasses import dataclass

import pytest

from bots.simulator.client import Client, Shown
from tests.bots.discord.desk import discord_desk
from tests.world import World, running


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # what differs between the engines is told elsewhere


@dataclass
class Asked:
    """Erik asked, and Omar holds the ticket: where the question, the card and the threads are."""

    erik: Client
    omar: Client
    question: str
    card: Shown

    @property
    def home(self) -> str:
        return self.question

    @property
    def desk(self) -> str:
        return self.card.id


async def erik_asks(world: World, room: str = "#support") -> Asked:
    erik, omar = world.at_discord("erik"), world.at_discord("omar")
    question = await erik.writes("My parcel is wet", room)
    await erik.reads("#1", room, thread=question)
    card = await omar.reads("My parcel is wet", "#desk", thread="")
    await omar.reads("My parcel is wet", "#desk", thread=card.id)
    await omar.presses(card, "Claim")
    await omar.until(lambda: [m for m in omar.sees("#desk") if m.private and "#1" in m])
    await omar.writes("How wet?", "#desk", thread=card.id)
    await erik.reads("How wet?", room, thread=question)
    return Asked(erik, omar, question, card)


async def test_a_requesters_thread_that_is_deleted_is_replaced_by_another(database_url: str) -> None:
    async with running(database_url, discord_desk()) as world:
        asked = await erik_asks(world)
        await asked.omar.simulator.do("delete_thread", who="maja", thread=asked.home)
        await asked.omar.writes("Still there?", "#desk", thread=asked.desk)
        again = await asked.erik.reads("Still there?", "#support")
        assert again.thread not in ("", asked.home)
        thread = world.platforms.discord.world.channels[again.thread]
        assert thread.name == "My parcel is wet"
        assert thread.thread
        assert asked.erik.simulator.world.user("erik").id in thread.thread.members  # type: ignore[attr-defined]
        await asked.omar.reads("The thread with Erik was deleted.", "#desk", thread=asked.desk)
        await asked.erik.writes("Very wet", "#support", thread=again.thread)
        await asked.omar.reads("Very wet", "#desk", thread=asked.desk)
        await asked.omar.writes("We send another", "#desk", thread=asked.desk)
        last = await asked.erik.reads("We send another", "#support")
        assert last.thread == again.thread
        await world.settled()
        told = [m for m in asked.omar.sees("#desk", by_bot=True) if "was deleted" in m]
        assert len(told) == 1


async def test_a_desks_thread_that_is_deleted_is_replaced_by_another(database_url: str) -> None:
    async with running(database_url, discord_desk()) as world:
        asked = await erik_asks(world)
        await asked.omar.simulator.do("delete_thread", who="maja", thread=asked.desk)
        await asked.erik.writes("Very wet", "#support", thread=asked.home)
        words = await asked.omar.reads("Very wet", "#desk")
        assert words.thread not in ("", asked.desk)
        await asked.omar.reads("This ticket's thread was deleted. It goes on here.", "#desk", thread=words.thread)
        await asked.omar.writes("We send another", "#desk", thread=words.thread)
        await asked.erik.reads("We send another", "#support", thread=asked.home)
        await asked.omar.types("/resolve", "#desk", thread=words.thread)
        await asked.omar.until(lambda: _buttons(asked) and "Reopen" in _buttons(asked))
        await world.settled()
        cards = [m for m in asked.omar.sees("#desk", by_bot=True) if m.buttons and "Reopen" in m.buttons]
        assert [card.id for card in cards] == [asked.card.id], "the card in the room is still the card"


def _buttons(asked: Asked) -> tuple[str, ...]:
    return next(m for m in asked.omar.sees("#desk") if m.id == asked.card.id).buttons


async def test_a_desk_forums_post_that_is_deleted_is_made_anew(database_url: str) -> None:
    async with running(database_url, discord_desk(desk="community:#help-forum")) as world:
        erik, omar = world.at_discord("erik"), world.at_discord("omar")
        question = await erik.writes("My parcel is wet", "#support")
        await erik.reads("#1", "#support", thread=question)
        card = await omar.reads("My parcel is wet", "#help-forum", thread="")
        await erik.simulator.do("delete_thread", who="maja", thread=card.id)
        await erik.writes("And torn", "#support", thread=question)
        words = await omar.reads("And torn", "#help-forum")
        assert words.thread not in ("", card.id)
        assert world.platforms.discord.world.channels[words.thread].name.startswith("#1")
        await omar.reads("This ticket's thread was deleted. It goes on here.", "#help-forum", thread=words.thread)
        anew = next(m for m in omar.sees("#help-forum", by_bot=True) if m.id == words.thread)
        await omar.presses(anew, "Claim")
        await omar.until(lambda: [m for m in omar.sees("#help-forum") if m.private and "#1" in m])
        await omar.writes("We send another", "#help-forum", thread=words.thread)
        await erik.reads("We send another", "#support", thread=question)


async def test_a_reply_into_a_locked_thread_is_told_to_its_author_and_can_be_sent_later(database_url: str) -> None:
    async with running(database_url, discord_desk()) as world:
        asked = await erik_asks(world)
        act = asked.omar.simulator.do
        await act("deny_permission", permission="MANAGE_THREADS")
        await act("lock_thread", who="maja", thread=asked.home, archive=True)
        await asked.omar.writes("We send another", "#desk", thread=asked.desk)
        told = await asked.omar.reads("The thread is locked in Discord: unlock it")
        assert "Your reply to Erik on #1 did not arrive." in told
        assert "We send another" in told
        await act("unlock_thread", who="maja", thread=asked.home)
        await asked.omar.presses(told, "Retry")
        await asked.erik.reads("We send another", "#support", thread=asked.home)


async def test_a_locked_thread_is_opened_by_a_bot_that_may(database_url: str) -> None:
    async with running(database_url, discord_desk()) as world:
        asked = await erik_asks(world)
        await asked.omar.simulator.do("lock_thread", who="maja", thread=asked.home, archive=True)
        await asked.omar.writes("We send another", "#desk", thread=asked.desk)
        await asked.erik.reads("We send another", "#support", thread=asked.home)
        await world.settled()
        assert not [m for m in asked.omar.sees(by_bot=True) if "locked" in m]


async def test_where_no_more_threads_can_be_awake_answers_stand_in_the_room(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.simulator.discord.rest.threads.MOST_ACTIVE", 0)
    async with running(database_url, discord_desk()) as world:
        erik, omar = world.at_discord("erik"), world.at_discord("omar")
        question = await erik.writes("My parcel is wet", "#support")
        receipt = await erik.reads("#1", "#support", thread="")
        await omar.reads("takes no words any more", "#desk", thread="")
        card = next(m for m in omar.sees("#desk", by_bot=True) if "Claim" in m.buttons)
        await omar.presses(card, "Claim")
        await omar.until(lambda: [m for m in omar.sees("#desk") if m.private and "#1" in m])
        await omar.writes("How wet?", "#desk", reply_to=card.id)
        answer = await erik.reads("How wet?", "#support", thread="")
        simulated = world.platforms.discord.world.messages
        assert [simulated[m.id].reply_to for m in (receipt, answer)] == [question, question]
        await erik.writes("Very wet", "#support", reply_to=answer.id)
        await omar.reads("Very wet", "#desk", thread="")
