"""What the bot needs in Discord, held against what it has."""

from collections.abc import Mapping, Set

from bots.discord.places import Places
from inbox.directory import Room

# docs "Application Flags": switched on in the developer portal, or granted on application
MEMBERS, CONTENT = 1 << 14 | 1 << 15, 1 << 18 | 1 << 19
NO_CONTENT = (
    "Discord would show the bot messages without their words: switch on Message Content Intent in the developer "
    "portal (Bot → Privileged Gateway Intents)."
)

PUBLIC = (
    "Anybody can add the bot to a server of their own, where it would hear what is said: switch Public Bot off in the "
    "developer portal (Installation → Install Link → None, then Bot → Public Bot)."
)
NO_HIDING = "Discord has private threads in text channels only; name one in the queue's intake."
SHOWN = 5  # channels of the same name


def problems(places: Places, rooms: Mapping[str, Room | None], private: Set[str] = frozenset()) -> list[str]:
    """Sentences about rooms that are missing, and rights that are missing in them; in the `private` ones threads are
    opened for one person alone."""
    found = []
    for ref, room in rooms.items():
        if room is None:
            found.append(f"{ref}: {_not_found(ref, places)}")
            continue
        if ref in private and not places.can_hide(room.external_id):
            found.append(f"{ref}: {NO_HIDING}")
        lacking = places.lacking(room.external_id, private=ref in private)
        if lacking:
            found.append(f"{ref}: the bot lacks {', '.join(lacking)} there. Give its role these permissions.")
        if places.tags_out_of_reach(room.external_id):
            found.append(f"{ref}: its tags cannot follow the tickets. Give the bot's role Manage Threads there.")
    return found


def _not_found(ref: str, places: Places) -> str:
    connection, _, name = ref.partition(":")
    wanted = name.removeprefix("#").rpartition("/")[2].removeprefix("#").casefold()
    alike = [r for r in places.rooms() if r.name.rpartition("#")[2].casefold() == wanted]
    if len(alike) < 2:
        return "the bot sees no such channel. Give its role View Channel there, or mend the name in the desk file."
    names = [room.name for room in alike]
    ways = ", ".join(
        f"{connection}:{room.name if names.count(room.name) == 1 else room.external_id}" for room in alike[:SHOWN]
    )
    return f"several channels are called so. Say which one is meant: {ways}."
