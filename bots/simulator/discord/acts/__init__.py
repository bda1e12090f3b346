"""Everything that people (and the simulator's operator) can do, by name. The first argument is the simulator."""

from collections.abc import Callable
from typing import Any

from bots.simulator.discord.acts import guilds, interactions, messages, places, trouble

ACTS: dict[str, Callable[..., Any]] = {
    **places.ACTS,
    **guilds.ACTS,
    **messages.ACTS,
    **interactions.ACTS,
    **trouble.ACTS,
}
