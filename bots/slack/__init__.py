"""Slack as a door of the desk."""
