"""A forum's tags that say how a question stands, by what forums call that in the languages that we speak."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from inbox.locale import LANGUAGES, say

MOST = 5  # docs "Channel Object": tags on one post
# by our status: what a tag may be called beside our own word for it, the best first
COMMON = {
    "new": ("nyt", "unanswered", "unsolved", "obesvarad", "olöst", "ubesvaret", "uløst"),
    "open": ("in progress", "claimed", "öppen", "öppet", "pågår", "åbent", "i gang", "unsolved", "olöst", "uløst"),
    "pending": ("pending", "waiting", "waiting for reply", "väntar", "väntande", "venter", "afventer"),
    "on_hold": ("onhold", "paused", "vilande", "pausad", "på pause", "sat på pause"),
    "resolved": ("solved", "done", "answered", "löst", "klar", "besvarad", "løst", "færdig", "besvaret"),
    "closed": ("stängd", "lukket"),
}
# what says nearly the same, where a forum has no tag for the status itself
NEAREST = {"new": ("open",), "open": ("new",), "on_hold": ("pending",), "closed": ("resolved",)}


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that posts of a forum can have; a `moderated` one is for those with Manage Threads."""

    id: str
    name: str
    moderated: bool = False


def fitting(status: str, usable: Sequence[Tag]) -> Tag | None:
    """The tag that says best that a ticket has this status; None where none does."""
    by_name = {_plain(tag.name): tag for tag in reversed(usable)}
    wanted = (name for one in (status, *NEAREST.get(status, ())) for name in _names(one))
    return next((by_name[name] for name in wanted if name in by_name), None)


def labelled(on_it: Sequence[str], status: str, usable: Sequence[Tag], *, wants_one: bool) -> list[str]:
    """The ids of the tags that a post shall have, given those it has: one that says its ticket's status, if there is
    one and a place for it, and all that say something else. A post that must have a tag keeps what it has."""
    ours = {tag.id for tag in usable if _says(tag)}
    tag = fitting(status, usable)
    others = [id_ for id_ in on_it if id_ not in ours]
    shall = [*others, *([tag.id] if tag else [])][:MOST]
    return shall if shall or not wants_one else list(on_it)


def says_any(usable: Sequence[Tag]) -> bool:
    """Does any of these tags say how a question stands?"""
    return any(_says(tag) for tag in usable)


def _says(tag: Tag) -> bool:
    return any(_plain(tag.name) in _names(one) for one in COMMON)


@cache
def _names(status: str) -> tuple[str, ...]:
    return (*(_plain(say(language, f"status.{status}")) for language in LANGUAGES), *COMMON[status])


def _plain(name: str) -> str:
    return " ".join(name.replace("-", " ").replace("_", " ").split()).casefold()
