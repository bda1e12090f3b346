"""What a Slack app needs, held against what it has."""

from collections.abc import Iterable, Mapping

from bots.slack.manifest import SCOPES
from inbox.directory import Room


def missing(scopes: frozenset[str], *, needed: bool) -> list[str]:
    """The scopes that the app lacks and must have (or, where not `needed`, would like)."""
    return [name for name, scope in SCOPES.items() if scope.needed is needed and name not in scopes]


def install_again(names: Iterable[str]) -> str:
    """What to do about scopes that the app lacks."""
    parts = [f"{name} ({SCOPES[name].why})" if name in SCOPES else name for name in names]
    return (
        f"The Slack app lacks the scope{'s' if len(parts) > 1 else ''} {', '.join(parts)}: "
        "add it under “OAuth & Permissions” and install the app again."
    )


def problems(scopes: frozenset[str], rooms: Mapping[str, Room | None]) -> list[str]:
    """Sentences about missing scopes and rooms; `scopes` empty means that Slack did not tell."""
    lacking = [*missing(scopes, needed=True), *missing(scopes, needed=False)] if scopes else []
    found = [install_again([name]) for name in lacking]
    found += [
        f"{ref}: the bot is not in such a channel. Invite it there (/invite), or mend the name in the desk file."
        for ref, room in rooms.items()
        if room is None
    ]
    return found
