"""Two agents put their eyes on one card: one holds the ticket, and the other is told so, for their eyes only."""

import pytest

from tests.inbox.deeds import one_engine
from tests.test_story_any_to_any import ASKS_IN, DESK_ROOMS, desk_answered_from
from tests.test_story_words_cross import DESK
from tests.world import running


@one_engine
@pytest.mark.parametrize("answered_from", list(DESK_ROOMS))
async def test_the_first_eyes_on_the_card_claim(answered_from: str, database_url: str) -> None:
    async with running(database_url, desk_answered_from(answered_from)) as world:
        at = {"slack": world.at_slack, "discord": world.at_discord, "telegram": world.at_telegram}[answered_from]
        for who in ("Omar", "Lisa"):
            await world.platforms.telegram.do("start", who=who)
        await world.at_slack("Anna").writes("My lamp is dark", ASKS_IN["slack"])
        omar, lisa = at("Omar"), at("Lisa")

        def look() -> list[object]:
            return [m for m in omar.sees(DESK[answered_from], by_bot=True) if m.buttons and "My lamp" in m]

        (card,) = await omar.until(look)
        await omar.simulator.do("react", who=omar.who, room=card.room, message=card.id, emoji="👀")  # at once
        await omar.until(lambda: "Omar" in next(m for m in omar.sees() if m.id == card.id))
        await lisa.simulator.do("react", who=lisa.who, room=card.room, message=card.id, emoji="👀")
        offered = {"Följ", "Ta över", "Anteckning"} if answered_from == "telegram" else {"Follow", "Take over", "Note"}
        told = await lisa.until(lambda: [m for m in lisa.sees() if set(m.buttons) == offered and "Omar" in m])
        assert len(told) == 1 and not [m for m in omar.sees() if set(m.buttons) == offered]
