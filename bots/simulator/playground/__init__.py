"""One page with three chat windows on the simulated platforms, and the shared inbox beside them."""

from bots.simulator.playground.server import HOST, Playground

__all__ = ["HOST", "Playground"]
