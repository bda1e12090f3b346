"""Discord on loopback: REST v10 and Gateway v10, strict as the platform, with people who act."""

from bots.simulator.discord.simulator import DiscordSimulator
from bots.simulator.discord.tuning import Tuning

__all__ = ["DiscordSimulator", "Tuning"]
