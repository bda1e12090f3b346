"""What the tests of the bots share."""

from collections.abc import AsyncIterator

import pytest

from tests.bots.office import Office
from tests.house import House


@pytest.fixture
async def office(house: House) -> AsyncIterator[Office]:
    office = Office(house)
    yield office
    await office.close()
