"""The platform itself, apart from its wires: the world, who is told of its changes, and the figures in force."""

from collections.abc import Callable

from bots.simulator.discord.hub import Hub
from bots.simulator.discord.interactions import Interactions
from bots.simulator.discord.seed import seeded
from bots.simulator.discord.shapes import Shapes
from bots.simulator.discord.tuning import Tuning


class Core:
    """One life of the simulated platform, from a seeded world on.

    `clock` gives seconds since the epoch, `base_url` the server's address, and `changed` is called after each change.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        token: str,
        base_url: Callable[[], str],
        tuning: Tuning,
        changed: Callable[[], None],
    ) -> None:
        self.clock, self.base_url, self.tuning, self.changed = clock, base_url, tuning, changed
        self.world = seeded(clock, token)
        self.shapes = Shapes(self.world, base_url)
        self.hub = Hub(self.world, tuning, changed)
        self.interactions = Interactions(self.world, tuning)
        self.token_revoked = False
        self.identified = 0
        self.nonces: dict[str, tuple[str, float]] = {}

    def gateway_url(self) -> str:
        return self.base_url().replace("http://", "ws://", 1) + "/gateway"
