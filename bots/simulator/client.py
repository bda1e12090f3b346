"""A person at a platform's client: what they see there, and what they do. For stories, told or tested."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bots.simulator.server import Simulator

WAIT = 15.0
TAGS = re.compile(r"<br\s*/?>|</p>|</div>|</li>")
MARKUP = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as a person's client shows it."""

    id: str
    room: str
    thread: str
    author: str
    by_bot: bool
    words: str
    private: bool
    buttons: tuple[str, ...]
    reactions: tuple[str, ...]

    def __contains__(self, words: str) -> bool:
        return words in self.words


def shown(message: dict[str, Any]) -> Shown:
    """Reads one message of a simulator's `state`."""
    words = html.unescape(MARKUP.sub("", TAGS.sub("\n", message.get("html") or message["text"])))
    fields = " ".join(f"{name}: {value}" for name, value in message.get("fields", ()))
    author = message["author"]
    return Shown(
        str(message["id"]),
        str(message["room"]),
        str(message.get("thread") or ""),
        author["name"],
        bool(author.get("bot")),
        f"{words} {fields}".strip(),
        bool(message.get("private")),
        tuple(button["label"] for button in message.get("buttons", ())),
        tuple(message.get("reactions") or {}),
    )


class NeverSeen(Exception):
    """Somebody waited for words that did not come; says what was there instead."""


class Client:
    """One person at one platform's client: what they see, and what they do."""

    def __init__(self, simulator: Simulator, who: str) -> None:
        self.simulator, self.who = simulator, who

    def room_id(self, room: str) -> str:
        rooms = self.simulator.state(self.who)["rooms"]
        plain = room.removeprefix("#").casefold()
        for known in rooms:
            direct = room == "dm" and known.get("dm")
            if direct or room == known["id"] or str(known["name"]).removeprefix("#").casefold() == plain:
                return str(known["id"])
        raise NeverSeen(f"{self.who} sees no room {room!r}, only {[known['name'] for known in rooms]}")

    def sees(self, room: str = "", *, thread: str | None = None, by_bot: bool | None = None) -> list[Shown]:
        """Messages that the client shows, oldest first."""
        room_id = self.room_id(room) if room else ""
        found = [shown(m) for m in self.simulator.state(self.who)["messages"] if not m.get("deleted")]
        return [
            m
            for m in found
            if (not room_id or m.room == room_id)
            and (thread is None or m.thread == thread)
            and (by_bot is None or m.by_bot == by_bot)
        ]

    async def reads(self, words: str, room: str = "", *, thread: str | None = None, timeout: float = WAIT) -> Shown:
        """Waits until the client shows a message of the bot with these words; returns the newest such."""

        def look() -> Shown | None:
            found = [m for m in self.sees(room, thread=thread, by_bot=True) if words in m]
            return found[-1] if found else None

        try:
            return await self.simulator.until(look, timeout)
        except TimeoutError:
            there = "\n".join(f"  [{m.thread}] {m.author}: {m.words!r}" for m in self.sees(room)[-12:])
            raise NeverSeen(f"{self.who} never read {words!r} in {room or 'any room'}; there is:\n{there}") from None

    async def until(self, look: Callable[[], Any], timeout: float = WAIT) -> Any:
        return await self.simulator.until(look, timeout)

    async def writes(self, text: str, room: str, **more: Any) -> str:
        return str(await self.simulator.do("write", who=self.who, room=room, text=text, **more))

    async def presses(self, message: Shown, label: str) -> dict[str, Any]:
        result: dict[str, Any] = await self.simulator.do(
            "press", who=self.who, room=message.room, message=message.id, label=label
        )
        return result

    async def types(self, command: str, room: str, **more: Any) -> dict[str, Any]:
        result: dict[str, Any] = await self.simulator.do("command", who=self.who, room=room, text=command, **more)
        return result
