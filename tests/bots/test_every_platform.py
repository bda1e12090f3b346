"""What every platform must do, whichever it is. A new folder in `bots/` is picked up here and told what is missing."""

import asyncio
import inspect
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import bots
from bots.port import Ability, Ambiguous, Answer, Button, Card, Hopeless, Platform, StartError
from bots.simulator.client import Client, Shown
from frontdesk import playground
from frontdesk.app import make_platform, wall_clock
from frontdesk.playground import Platforms
from frontdesk.settings import Settings
from inbox.directory import Connection
from inbox.model import Place
from tests.bots.recording import RecordingFront

FOLDER = Path(bots.__file__).parent
NAMES = sorted({path.parent.name for path in FOLDER.glob("*/__init__.py")} - {"simulator", "deeds"})
FILES = ("adapter.py", "render.py", "README.md", "__init__.py")
# a room where the bot reads everything and a person who writes there
ROOMS = {"slack": "#it-desk", "discord": "#desk", "telegram": "Old desk"}
POST = {"slack": "chat.postMessage", "discord": "POST /channels/[^/]+/messages", "telegram": "sendMessage"}
NASTY = "@everyone @here <!channel> <@U0OMAR00001> <b>bold</b> *bold* [bank](https://evil.example) `code` & < > \\ _x_"


@dataclass
class Rig:
    """One platform's adapter over its simulator, a recording front, and a person at a client."""

    platform: Platform
    front: RecordingFront
    omar: Client
    room: str
    started: bool = False

    async def start(self) -> None:
        rooms = await self.platform.connect()
        await self.platform.start(self.front, frozenset(room.external_id for room in rooms))
        self.started = True

    @property
    def place(self) -> Place:
        return Place(self.platform.connection, self.omar.room_id(self.room))


def build(name: str, platforms: Platforms, **changes: Any) -> Platform:
    settings = playground.point_to(Settings(_env_file=None), platforms).model_copy(update=changes)
    connection = Connection("it", name)
    rooms = ("-4000002", "-1002000000101") if name == "telegram" else ()
    return make_platform(connection, settings.tokens(connection), wall_clock, rooms, settings.files)


@pytest.fixture
async def platforms() -> AsyncIterator[Platforms]:
    started = await playground.start_platforms()
    for simulator in started.all:
        simulator.limits = False  # type: ignore[attr-defined]
    yield started
    await started.stop()


@pytest.fixture(params=NAMES)
async def rig(request: pytest.FixtureRequest, platforms: Platforms) -> AsyncIterator[Rig]:
    name = request.param
    simulator = getattr(platforms, name)
    rig = Rig(build(name, platforms), RecordingFront(), Client(simulator, "Omar"), ROOMS[name])
    yield rig
    if rig.started:
        await rig.platform.stop()


@pytest.mark.parametrize("name", NAMES)
def test_peers_have_the_same_files(name: str) -> None:
    assert [file for file in FILES if not (FOLDER / name / file).exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_an_adapter_offers_what_the_port_asks(name: str, platforms: Platforms) -> None:
    found = build(name, platforms)
    wanted = {n: m for n, m in inspect.getmembers(Platform, inspect.isfunction) if not n.startswith("_")}
    for method, declared in wanted.items():
        offered = getattr(found, method)
        parameters = [p for p in inspect.signature(declared).parameters if p != "self"]
        assert list(inspect.signature(offered).parameters) == parameters, method
    assert found.name == name and found.abilities <= frozenset(Ability) and found.pace.per_second > 0
    assert import_module(f"bots.{name}.render").__doc__


@pytest.mark.parametrize("name", NAMES)
def test_a_platform_says_where_its_pace_holds(name: str, platforms: Platforms) -> None:
    """Telegram's limit by the minute is the groups'; Discord counts each thread for itself; Telegram alone counts what
    is changed with what is posted."""
    pace = build(name, platforms).pace
    minutes = (pace.per_minute("-1002000000101"), pace.per_minute("77"))
    expected = {"telegram": ((20, 0), False), "discord": ((0, 0), True), "slack": ((0, 0), False)}
    assert (minutes, pace.threads_apart) == expected.get(name, (minutes, pace.threads_apart))
    assert pace.edits_apart is (name in ("discord", "slack")) or name not in expected


async def test_a_wrong_token_is_a_sentence(rig: Rig, platforms: Platforms) -> None:
    wrong = {
        "slack": {"slack_bot_token": "xoxb-000000000000-000000000000-wrongwrongwrong"},
        "discord": {"discord_bot_token": "MTIzNDU2Nzg5MDEyMzQ1Njc4.AAAAAA.wrongwrongwrongwrongwrongwrongwrong"},
        "telegram": {"telegram_bot_token": "123456789:AAwrongwrongwrongwrongwrongwrongwro"},
    }[rig.platform.name]
    from pydantic import SecretStr

    changed = build(rig.platform.name, platforms, **{key: SecretStr(value) for key, value in wrong.items()})
    with pytest.raises(StartError) as refused:
        rooms = await changed.connect()
        await changed.start(rig.front, frozenset(room.external_id for room in rooms))
    assert "token" in str(refused.value) and not any(value in str(refused.value) for value in wrong.values())
    await changed.stop()


async def test_a_server_that_is_down_is_a_sentence(rig: Rig) -> None:
    await rig.omar.simulator.stop()
    with pytest.raises(StartError) as refused:
        await rig.platform.connect()
    assert "reach" in str(refused.value)
    await rig.platform.stop()


async def test_words_are_handed_in_once_with_who_where_and_when(rig: Rig) -> None:
    await rig.start()
    if rig.platform.name == "telegram":
        await rig.omar.simulator.do("start", who="Omar")
    await rig.omar.writes("in a room", rig.room)
    await rig.omar.writes("in private", "dm")
    await rig.front.seen(lambda: len(rig.front.saids) == 2)
    by_text = {said.text: said for said in rig.front.saids}
    room, private = by_text["in a room"], by_text["in private"]
    assert room.place.room == rig.place.room and not room.direct and private.direct
    assert room.author.name == "Omar" and room.author == private.author and not room.author.bot
    assert room.at.tzinfo is not None and abs((wall_clock() - room.at).total_seconds()) < 5
    assert room.key != private.key


async def test_a_card_is_shown_pressed_answered_and_edited(rig: Rig) -> None:
    await rig.start()
    rig.front.answer = Answer(Card(text="You have it now."))
    card = Card(
        title="#42 Printer on fire",
        text="what was said",
        fields=(("From", "Anna"), ("Due", "today")),
        buttons=((Button("Claim", "claim:42", "primary"), Button("Resolve", "resolve:42")),),
        footer="a footer",
    )
    sent = await rig.platform.send(rig.place, card, "n1")
    shown = await rig.omar.reads("Printer on fire", rig.room)
    assert shown.id == sent.message_id and shown.buttons == ("Claim", "Resolve")
    for words in ("what was said", "Anna", "today", "a footer"):
        assert words in shown
    result = await rig.omar.presses(shown, "Claim")
    assert result["ok"], result
    press = await rig.front.seen(lambda: rig.front.presses and rig.front.presses[0])
    assert (press.action, press.message_id, press.by.name) == ("claim:42", sent.message_id, "Omar")
    if "You have it now." not in str(result.get("text", "")):
        await rig.omar.until(lambda: any(m.private and "You have it now." in m for m in rig.omar.sees()))
    await rig.platform.edit(rig.place, sent.whole, Card(title="#42 Printer out", text="now wet"), "edit")
    await rig.omar.until(lambda: any("now wet" in m for m in rig.omar.sees(rig.room)))


async def test_a_thread_hangs_on_a_card(rig: Rig) -> None:
    await rig.start()
    room = rig.place
    if Ability.TOPICS in rig.platform.abilities:
        room = Place(room.connection, "-1002000000101")
        thread = await rig.platform.open_topic(room.room, "#42 Printer on fire")
        await rig.platform.send(Place(room.connection, room.room, thread), Card(title="#42"), "n1")
    else:
        thread = (await rig.platform.send(room, Card(title="#42"), "n1", opens="#42 Printer on fire")).thread
    assert thread
    inside = Place(room.connection, room.room, thread, thread)
    await rig.platform.send(inside, Card(lead="Anna", text="it still burns"), "n2")
    reply = await rig.omar.reads("it still burns", thread=thread)
    assert "Anna" in reply
    await rig.omar.writes("on my way", reply.room, thread=thread)
    said = await rig.front.seen(lambda: next((s for s in rig.front.saids if s.text == "on my way"), None))
    assert (said.place.room, said.place.thread) == (room.room, thread)


async def test_peoples_words_are_shown_as_they_are(rig: Rig) -> None:
    await rig.start()
    await rig.platform.send(rig.place, Card(lead="Mallory @everyone", text=NASTY, quote=NASTY), "n1")
    shown = await rig.omar.reads("bank", rig.room)
    assert shown.words.replace("\u200b", "").count(NASTY) == 2, shown.words
    state = rig.omar.simulator.state("Omar")
    raw = next(m for m in state["messages"] if m["id"] == shown.id)
    assert (
        "evil.example</a>)" in raw["html"] or "<a " not in raw["html"]
    )  # an address may be a link, but under its own name
    assert "mention" not in raw["html"]


@pytest.mark.parametrize("length", [1, 1999, 2001, 4097, 12_001, 20_000])
async def test_long_words_arrive_whole(rig: Rig, length: int) -> None:
    await rig.start()
    words = ("wörter 👩‍👩‍👧‍👦 " * (length // 9 + 1))[:length].strip() or "x"
    await rig.platform.send(rig.place, Card(text=words), "n1")
    await rig.omar.until(lambda: rig.omar.sees(rig.room, by_bot=True))
    arrived = "".join(m.words for m in rig.omar.sees(rig.room, by_bot=True))
    assert "".join(arrived.split()) == "".join(words.split())


async def test_a_mark_is_a_reaction_and_a_post_can_be_taken_back(rig: Rig) -> None:
    await rig.start()
    said = await rig.omar.writes("is it done?", rig.room)
    await rig.platform.mark(rig.place, said, "sent")
    await rig.omar.until(lambda: next(m for m in rig.omar.sees(rig.room) if m.id == said).reactions)
    await rig.platform.mark(rig.place, said, "sent")  # again: no harm
    sent = await rig.platform.send(rig.place, Card(text="a slip"), "n1")
    await rig.platform.delete(rig.place, sent.whole)
    assert not any("a slip" in m for m in rig.omar.sees(rig.room))


async def test_a_post_of_several_messages_is_changed_and_taken_back_whole(rig: Rig) -> None:
    """Longer and shorter, and longer again: nobody sees old words beside new ones."""
    await rig.start()

    def shown() -> list[Shown]:
        return rig.omar.sees(rig.room, by_bot=True)

    def card(word: str, times: int) -> Card:
        return Card(text=f"{word} " * times, buttons=((Button("Claim", "claim:42"),),))

    await rig.platform.send(rig.place, Card(text="before"), "n0")
    sent = await rig.platform.send(rig.place, card("alpha", 5_000), "n1")
    await rig.platform.send(rig.place, Card(text="after"), "n2")
    assert len(sent.parts) > 1 and sent.parts[0] == sent.message_id
    known = sent.parts
    for nonce, word, times in (("e1", "beta", 9_000), ("e2", "gamma", 3), ("e3", "delta", 5_000)):
        known = await rig.platform.edit(rig.place, known, card(word, times), nonce)
        assert known[0] == sent.message_id
        mine = [m for m in shown() if m.words not in ("before", "after")]
        assert tuple(m.id for m in mine) == known
        assert "".join(m.words + " " for m in mine).split() == [word] * times
        assert [bool(m.buttons) for m in mine] == [False] * (len(known) - 1) + [True]
    await rig.platform.delete(rig.place, known)
    await rig.platform.delete(rig.place, known)  # again: it is done
    assert [m.words for m in shown()] == ["before", "after"]


async def test_an_edit_that_broke_off_goes_on_where_it_ended(rig: Rig) -> None:
    """The second of the messages that an edit adds does not get through: the first is not posted again."""
    await rig.start()
    sent = await rig.platform.send(rig.place, Card(text="short"), "n1")
    words = Card(text="word " * 9_000)
    for fault in ("latency", "drop_before"):
        rig.omar.simulator.faults.order(fault, POST[rig.platform.name])
    with pytest.raises(Ambiguous):
        await rig.platform.edit(rig.place, sent.whole, words, "e1")
    known = await rig.platform.edit(rig.place, sent.whole, words, "e1")
    seen = rig.omar.sees(rig.room, by_bot=True)
    assert len(seen) == len(known) > 2
    assert "".join(m.words + " " for m in seen).split() == ["word"] * 9_000


async def test_a_message_of_a_post_that_somebody_deleted_is_said_anew(rig: Rig) -> None:
    await rig.start()
    sent = await rig.platform.send(rig.place, Card(text="word " * 9_000), "n1")
    await rig.platform.delete(rig.place, sent.parts[1:2])
    known = await rig.platform.edit(rig.place, sent.parts, Card(text="other " * 8_000), "e1")
    assert sent.parts[1] not in known
    seen = rig.omar.sees(rig.room, by_bot=True)
    assert "".join(m.words + " " for m in seen).split() == ["other"] * 8_000
    with pytest.raises(Hopeless) as gone:
        await rig.platform.edit(rig.place, (sent.parts[1],), Card(text="x"), "e2")
    assert gone.value.kind == "gone"


async def test_what_will_never_work_is_hopeless(rig: Rig) -> None:
    await rig.start()
    nowhere = {"slack": "C0NOWHERE01", "discord": "111111111111111111", "telegram": "-999"}[rig.platform.name]
    with pytest.raises(Hopeless) as refused:
        await rig.platform.send(Place(rig.platform.connection, nowhere), Card(text="hello"), "n1")
    assert refused.value.kind in ("gone", "forbidden")


async def test_it_stops_in_time(rig: Rig) -> None:
    await rig.start()
    assert rig.platform.health().ok
    async with asyncio.timeout(5):
        await rig.platform.stop()
