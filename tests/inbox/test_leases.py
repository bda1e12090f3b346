"""What only one process may do: one owner at a time, and a fence that tells a late former owner."""

import asyncio

from inbox.desk import leases
from tests.house import House


async def test_one_owner_at_a_time(house: House) -> None:
    assert await house.desk.do(leases.take, "receive:shop", "first") == 1
    assert await house.desk.do(leases.take, "receive:shop", "second") is None
    assert await house.desk.do(leases.take, "receive:other", "second") == 1
    house.clock.advance(15)
    assert await house.desk.do(leases.take, "receive:shop", "first") == 1  # renewed, and still the same owner
    house.clock.advance(15)
    assert await house.desk.do(leases.take, "receive:shop", "second") is None


async def test_a_standby_takes_over_when_the_lease_ran_out(house: House) -> None:
    await house.desk.do(leases.take, "receive:shop", "first")
    house.clock.advance(21)
    assert await house.desk.do(leases.take, "receive:shop", "second") == 2
    assert await house.desk.do(leases.take, "receive:shop", "first") is None  # the former owner learns that it is over


async def test_what_is_given_back_is_free_at_once_and_the_fence_goes_on(house: House) -> None:
    await house.desk.do(leases.take, "receive:shop", "first")
    await house.desk.do(leases.give_back, "receive:shop", "second")  # not theirs to give
    assert await house.desk.do(leases.take, "receive:shop", "second") is None
    await house.desk.do(leases.give_back, "receive:shop", "first")
    assert await house.desk.do(leases.take, "receive:shop", "second") == 2


async def test_of_many_at_once_one_gets_it(house: House) -> None:
    takers = [house.desk.do(leases.take, "receive:shop", f"process {n}") for n in range(8)]
    fences = await asyncio.gather(*takers)
    assert sorted(fence for fence in fences if fence is not None) == [1]
