"""What a Slack app needs, held against what it has."""

from collections.abc import Mapping

from inbox.directory import Room

SCOPES = {
    "app_mentions:read": "to hear when it is mentioned",
    "channels:history": "to read questions in public intake channels",
    "channels:read": "to find channels by name",
    "chat:write": "to write",
    "commands": "for /ticket and its siblings",
    "groups:history": "to read private desk channels",
    "groups:read": "to find private channels by name",
    "im:history": "to read direct messages",
    "im:read": "to know direct messages",
    "im:write": "to write direct messages first",
    "reactions:write": "to mark delivered replies",
    "usergroups:read": "to find agents by user group",
    "users:read": "to know people's names, languages and time zones",
}


def problems(scopes: frozenset[str], rooms: Mapping[str, Room | None]) -> list[str]:
    """Sentences about missing scopes and rooms; `scopes` empty means that Slack did not tell."""
    found = [
        f"The Slack app lacks the scope {scope}, needed {why}: add it and install the app again."
        for scope, why in SCOPES.items()
        if scopes and scope not in scopes
    ]
    found += [
        f"{ref}: the bot is not in such a channel. Invite it there (/invite), or mend the name in the desk file."
        for ref, room in rooms.items()
        if room is None
    ]
    return found
