"""Slack as a server on loopback, at wire level: see PLATFORMS in the docs for what it is faithful to."""

from bots.simulator.slack.model import App, File, Message, Person, Room, View
from bots.simulator.slack.server import SlackSimulator

__all__ = ["App", "File", "Message", "Person", "Room", "SlackSimulator", "View"]
