"""Slack as a server on loopback, at wire level, as strict and as forgetful as Slack itself."""

from bots.simulator.slack.model import App, File, Message, Person, Room, View
from bots.simulator.slack.server import SlackSimulator

__all__ = ["App", "File", "Message", "Person", "Room", "SlackSimulator", "View"]
