"""Telegram at wire level on loopback: the Bot API (10.1) with long polling and webhooks.

Written from core.telegram.org/bots/api and the public behaviour of the Bot API server.
"""

from bots.simulator.telegram.simulator import TelegramSimulator

__all__ = ["TelegramSimulator"]
