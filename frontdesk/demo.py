"""`frontdesk demo`: a scripted life of tickets across three simulated platforms, told in the terminal as it happens.

Nothing is pretended: the real program runs against the simulators, every line is told after it was seen in somebody's
client, and a step that fails ends the story with an exit code.
"""

import asyncio
import secrets
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from bots.simulator.client import Client, NeverSeen, Shown
from bots.simulator.server import Refused
from frontdesk import playground
from frontdesk.app import App
from frontdesk.settings import Settings
from inbox.directory import Desk, SurveySettings

T = TypeVar("T")
PAUSE_SECONDS = 3.2  # to read a line by; some eighteen of them make the minute
UNDO_SECONDS = 2
SURVEY_DELAY_SECONDS = 1
COLOURS = {"Slack": "magenta", "Discord": "blue", "Telegram": "cyan"}


async def tell(console: Console, *, fast: bool = False) -> int:
    """Tells the story; returns 0 where every step was seen, 1 where one was not."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-demo-") as folder:
        platforms = await playground.start_platforms()
        settings = playground.point_to(Settings(_env_file=None, inbox_port=0), platforms)
        settings = playground.with_database(settings, Path(folder))
        app = App(settings, _short(playground.desk()), secret=secrets.token_hex())
        try:
            await app.start()
            await _Story(console, platforms, 0.0 if fast else PAUSE_SECONDS).tell()
            return 0
        except (NeverSeen, Refused, TimeoutError) as error:
            console.print(f"[red]The story broke off:[/red] {error}")
            return 1
        finally:
            await app.stop()
            await platforms.stop()


def _short(desk: Desk) -> Desk:
    """The playground's desk, with windows short enough for a minute's story."""
    survey = SurveySettings("csat", SURVEY_DELAY_SECONDS, by_day=False)
    queues = {
        key: replace(queue, undo_seconds=UNDO_SECONDS, survey=survey if queue.survey else None)
        for key, queue in desk.queues.items()
    }
    return replace(desk, queues=queues)


class _Story:
    """The story's people, and how it is told."""

    def __init__(self, console: Console, platforms: playground.Platforms, pause: float) -> None:
        self._console, self._pause = console, pause
        self._began = time.monotonic()
        self.erik = Client(platforms.telegram, "Erik")
        self.anna = Client(platforms.slack, "Anna")
        self.omar = Client(platforms.slack, "Omar")
        self.lisa = Client(platforms.slack, "Lisa")
        self.maja = Client(platforms.discord, "Maja")
        self.player = Client(platforms.discord, "Anna")

    async def tell(self) -> None:
        self._console.print("[bold]Frontdesk, a minute of it[/bold]  (Slack, Discord and Telegram are simulated)\n")
        card = await self._question()
        await self._claim(card)
        await self._answer(card)
        await self._note(card)
        await self._other_ways()
        await self._solved(card)
        self._console.print("\n[bold green]That was Frontdesk.[/bold green] Now try it yourself: frontdesk run")

    async def _line(self, where: str, who: str, what: str, seen: Awaitable[T]) -> T:
        """Tells one line after it was seen, with the time it took, and leaves time to read it."""
        began = time.monotonic()
        result = await seen
        took = time.monotonic() - began
        clock = f"{time.monotonic() - self._began:5.1f} s"
        self._console.print(
            f"[dim]{clock}[/dim]  [{COLOURS[where]}]{where:<8}[/{COLOURS[where]}]  [bold]{who}[/bold] {what}"
            f"  [dim]({took * 1000:.0f} ms)[/dim]"
        )
        await asyncio.sleep(self._pause)
        return result

    async def _question(self) -> Shown:
        await self._line("Telegram", "Erik", "presses Start and asks: My parcel never came", self._erik_asks())
        await self._line("Telegram", "Erik", "is told that his question is in good hands", self.erik.reads("#1", "dm"))
        seen = self.omar.reads("My parcel never came", "#customer-desk", thread="")
        return await self._line("Slack", "Omar", "sees the ticket's card in #customer-desk", seen)

    async def _erik_asks(self) -> None:
        await self.erik.simulator.do("start", who="Erik")
        await self.erik.writes("My parcel never came", "dm")

    async def _claim(self, card: Shown) -> None:
        pressed = asyncio.gather(self.omar.presses(card, "Claim"), self.lisa.presses(card, "Claim"))
        await self._line("Slack", "Omar and Lisa", "press Claim at the same moment", pressed)
        winner, loser = await self._winner_and_loser(card)
        self._winner, self._loser = winner, loser
        told = loser.reads(winner.who, "#customer-desk")
        await self._line("Slack", loser.who, f"is told, for {loser.who}'s eyes only: {winner.who} was first", told)

    async def _winner_and_loser(self, card: Shown) -> tuple[Client, Client]:
        """Who holds the ticket, as its card says."""

        def look() -> tuple[Client, Client] | None:
            now = next(m for m in self.omar.sees("#customer-desk") if m.id == card.id)
            pairs = ((self.omar, self.lisa), (self.lisa, self.omar))
            return next(((winner, loser) for winner, loser in pairs if winner.who in now), None)

        found: tuple[Client, Client] = await self.omar.until(look)
        return found

    async def _answer(self, card: Shown) -> None:
        words = "Hello Erik! It is at the pick-up point in Kista."
        await self._line(
            "Slack",
            self._winner.who,
            "answers in the thread",
            self._winner.writes(words, "#customer-desk", thread=card.id),
        )
        await self._line(
            "Telegram",
            "Erik",
            "reads it, after the moment in which it could be undone",
            self.erik.reads("pick-up point", "dm"),
        )

        def delivered() -> bool:
            return any("✅" in m.reactions for m in self._winner.sees("#customer-desk") if words in m)

        await self._line("Slack", self._winner.who, "sees ✅ on the answer: it arrived", self._winner.until(delivered))

    async def _note(self, card: Shown) -> None:
        said = "I know that shop, they close at six"
        await self._line(
            "Slack",
            self._loser.who,
            "says something to colleagues below it",
            self._loser.writes(said, "#customer-desk", thread=card.id),
        )
        await self._line(
            "Telegram",
            "Erik",
            "writes back: Found it, thank you both for looking",
            self.erik.writes("Found it, thank you both for looking", "dm"),
        )
        await self._line(
            "Slack", "The thread", "shows it", self.omar.reads("Found it", "#customer-desk", thread=card.id)
        )
        if any(said in m for m in self.erik.sees("dm")):
            raise NeverSeen("a colleague's words reached the customer")

    async def _other_ways(self) -> None:
        await self._line(
            "Slack", "Anna", "asks in #it-help: The wifi is gone", self.anna.writes("The wifi is gone", "#it-help")
        )
        await self._line("Slack", "Anna", "gets her ticket's number in a thread", self.anna.reads("#2", "#it-help"))
        await self._line(
            "Discord",
            "Anna",
            "asks in #support: How do I change my name?",
            self.player.writes("How do I change my name?", "#support"),
        )
        await self._line(
            "Slack",
            "Omar",
            "sees it among the customers' questions",
            self.omar.reads("change my name", "#customer-desk", thread=""),
        )

    async def _solved(self, card: Shown) -> None:
        fresh = next(m for m in self._winner.sees("#customer-desk") if m.id == card.id)
        await self._line("Slack", self._winner.who, "presses Resolve", self._winner.presses(fresh, "Resolve"))
        question = await self._line("Telegram", "Erik", "is asked how it was", self._asked())
        best = question.buttons[-1]
        await self._line("Telegram", "Erik", f"presses {best}", self.erik.presses(question, best))

    async def _asked(self) -> Shown:
        def look() -> Shown | None:
            return next((m for m in self.erik.sees("dm", by_bot=True) if len(m.buttons) == 5), None)

        found: Shown = await self.erik.until(look)
        return found
