"""Telegram as a door of the desk."""
