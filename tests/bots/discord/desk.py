"""A desk that lives in Discord alone, for stories with the whole program."""

from frontdesk import config
from inbox.directory import Desk
from tests.world import quick

TEXT = """
[desk]
name = "Acme"
language = "en"
timezone = "Europe/Stockholm"

[connections.community]
platform = "discord"

[policies.standard]
hours = "always"
first_reply = {{ normal = "1h" }}
resolution = {{ normal = "8h" }}

[queues.support]
title = "Support"
policy = "standard"
intake = [{intake}]
desk = "{desk}"
agents = ["community:role:Support"]
default = true
{more}
"""


def discord_desk(*intake: str, desk: str = "community:#desk", more: str = "") -> Desk:
    """One queue with these intake rooms, answered in a room of Discord's; replies go out at once. `more` are further
    lines of the queue."""
    names = ", ".join(f'"{room}"' for room in intake or ("community:#support",))
    return quick(config.parse(TEXT.format(intake=names, desk=desk, more=more), "desk.toml"))
