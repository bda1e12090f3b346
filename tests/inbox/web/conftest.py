from collections.abc import AsyncIterator

import pytest

from tests.house import House
from tests.inbox.web.visitor import Inbox


@pytest.fixture
async def inbox(house: House) -> AsyncIterator[Inbox]:
    inbox = Inbox(house)
    yield inbox
    await inbox.close()
