"""What the bot needs in Discord, held against what it has."""

from collections.abc import Mapping

from bots.discord.places import Places
from inbox.directory import Room

# docs "Application Flags": switched on in the developer portal, or granted on application
MEMBERS, CONTENT = 1 << 14 | 1 << 15, 1 << 18 | 1 << 19
NO_CONTENT = (
    "Discord would show the bot messages without their words: switch on Message Content Intent in the developer "
    "portal (Bot → Privileged Gateway Intents)."
)


def problems(places: Places, rooms: Mapping[str, Room | None]) -> list[str]:
    """Sentences about rooms that are missing, and rights that are missing in them."""
    found = []
    for ref, room in rooms.items():
        if room is None:
            found.append(
                f"{ref}: the bot sees no such channel. Give its role View Channel there, or mend the name in the desk "
                "file."
            )
            continue
        lacking = places.lacking(room.external_id)
        if lacking:
            found.append(f"{ref}: the bot lacks {', '.join(lacking)} there. Give its role these permissions.")
    return found
