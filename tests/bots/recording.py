"""A front that writes down what a platform hands in: a small real implementation of `bots.port.Front`."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bots.port import Answer, Command, Filled, Form, Press, Sought
from inbox.model import Account, Deleted, Edited, Place, Said


class RecordingFront:
    """Keeps everything that came in, in order. `answer` is given to presses, commands and forms; `fails`, if set, is
    raised by the next calls that take words in; `seen` is awaited for what shall come."""

    def __init__(self) -> None:
        self.saids: list[Said] = []
        self.edits: list[Edited] = []
        self.deletes: list[Deleted] = []
        self.presses: list[Press] = []
        self.commands: list[Command] = []
        self.fills: list[Filled] = []
        self.quarantined: list[tuple[str, str]] = []
        self.gone: list[tuple[str, str]] = []
        self.moves: list[tuple[str, str]] = []
        self.staff_changes = self.room_changes = 0
        self.gaps: list[tuple[str, str]] = []
        self.answer = Answer()
        self.form: Form | None = None
        self.fails: Exception | None = None
        self.known_ids: dict[str, str] = {}
        self.places: list[Place] = []
        self._news = asyncio.Event()

    async def seen(self, look: Callable[[], Any], timeout: float = 10.0) -> Any:
        """Waits until `look()` is true and returns it; raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while not (found := look()):
                self._news.clear()
                await self._news.wait()
            return found

    def _note(self, kept: list[Any], what: Any) -> None:
        if self.fails:
            raise self.fails
        kept.append(what)
        self._news.set()

    async def said(self, said: Said) -> None:
        self._note(self.saids, said)

    async def edited(self, edited: Edited) -> None:
        self._note(self.edits, edited)

    async def deleted(self, deleted: Deleted) -> None:
        self._note(self.deletes, deleted)

    async def pressed(self, press: Press) -> Answer:
        self._note(self.presses, press)
        return self.answer

    async def commanded(self, command: Command) -> Answer:
        self._note(self.commands, command)
        return self.answer

    async def filled(self, filled: Filled) -> Answer:
        self._note(self.fills, filled)
        return self.answer

    async def begun(self, form: str, by: Account) -> None:
        """Nobody waits for it here."""

    async def complete(self, sought: Sought) -> Sequence[tuple[str, str]]:
        return ()

    def opens_form(self, action: str, language: str = "", connection: str = "", words: str = "") -> Form | None:
        return self.form if action.startswith("form") else None

    async def quarantine(self, connection: str, raw: str, error: str) -> None:
        self.quarantined.append((raw, error))
        self._news.set()

    async def unreachable(self, account: Account, why: str) -> None:
        self.gone.append((account.external_id, why))
        self._news.set()

    async def people_changed(self, connection: str) -> None:
        self.staff_changes += 1
        self._news.set()

    async def rooms_changed(self, connection: str) -> None:
        self.room_changes += 1
        self._news.set()

    async def moved(self, connection: str, old_room: str, new_room: str) -> None:
        self.moves.append((old_room, new_room))
        self._news.set()

    async def gap(self, connection: str, room: str, since: datetime | None, until: datetime | None, why: str) -> None:
        self.gaps.append((room, why))
        self._news.set()

    async def last_ids(self, connection: str) -> Mapping[str, str]:
        return self.known_ids

    async def begins(self, connection: str, marks: Mapping[str, str]) -> None:
        self.known_ids = {**marks, **self.known_ids}

    async def live_places(self, connection: str) -> Sequence[Place]:
        return self.places
