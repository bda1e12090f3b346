"""How fast a bot may send: a long queue goes out in Telegram's own measure, and none of it is ever refused."""

from collections.abc import AsyncIterator
from random import Random

import pytest

from bots.port import Card, Sent, TryLater
from bots.relay import Tuning
from bots.simulator.telegram.limits import Limits
from bots.telegram.adapter import TelegramPlatform
from inbox.model import Place
from tests.bots.memory_platform import MemoryPlatform
from tests.bots.office import Office, Time, once
from tests.house import House
from tests.inbox.sending import line, post


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    office = Office(house)
    yield office
    await office.close()


class Measured(MemoryPlatform):
    """Takes as much as Telegram does; `refused` are those who came too fast, each at which time to which chat."""

    def __init__(self, time: Time) -> None:
        super().__init__("shop", pace=TelegramPlatform.pace, clock=time)
        self.time, self.limits, self.refused = time, Limits(), list[tuple[float, str]]()

    async def send(self, place: Place, card: Card, nonce: str, *, opens: str = "", answers: str = "") -> Sent:
        wait = self.limits.take(self.time(), int(place.room), place.room.startswith("-"))
        if wait:
            self.refused.append((self.time(), place.room))
            raise TryLater("Too many.", wait)
        return await super().send(place, card, nonce, opens=opens, answers=answers)


COUNTS = [pytest.param(120, 1, id="some"), pytest.param(600, 3, id="many", marks=pytest.mark.torture)]


@pytest.mark.parametrize(("replies", "groups"), COUNTS)
@once
async def test_a_long_queue_goes_out_without_one_refusal_and_in_each_chats_order(
    office: Office, replies: int, groups: int
) -> None:
    """TG-07. Most are for people, each of whom takes one a second; a fourth for groups that take twenty a minute."""
    time, dice = Time(office.house), Random(7)
    shop = office.shop = Measured(time)
    people, busy = [str(n) for n in range(1, replies // 3)], [str(-n) for n in range(1, groups + 1)]
    rooms: dict[str, list[int]] = {}
    for number in range(replies):
        rooms.setdefault(dice.choice(people if number % 4 else busy), []).append(number)
    for room, numbers in rooms.items():
        await post(office.house, "shop", room, room, *numbers)
    await office.open(clock=time, sleep=time.sleep, tuning=Tuning())
    await time.until(shop.begun("send", replies))
    assert shop.refused == []
    assert {room: shop.texts(room) for room in rooms} == {r: [line(n) for n in ns] for r, ns in rooms.items()}
    assert max(at for at, room in shop.times if room in people) < replies / 10, "nobody waits for a group that is full"
