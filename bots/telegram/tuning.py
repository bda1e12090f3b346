"""How patient the Telegram door is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tuning:
    """Times in seconds."""

    poll: int = 25  # how long Telegram holds a request for updates open; it allows 50
    first_wait: float = 1.0  # after a request for updates that failed; doubled each time
    longest_wait: float = 30.0
    conflict_wait: float = 5.0  # somebody else polls with the same token
    album: float = 0.5  # for the rest of an album whose first items are there
    call: float = 20.0  # for any other call; the relay gives up after 30
    connect: float = 5.0
    watch: float = 60.0  # between looks whether Telegram reaches the webhook
    stop: float = 2.0  # for the updates under way when the bot stops
    confirm: float = 0.9  # for confirming them then
