"""Interactions: what a person did with a command, a button or a form, and how the bot answered.

Source: developer documentation, "Interactions: Receiving and Responding": a first answer within 3 seconds, then a
token that is good for 15 minutes.
"""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any

from bots.simulator.discord.errors import ApiError
from bots.simulator.discord.tuning import Tuning
from bots.simulator.discord.world import Json, Message, View, World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
KEPT = 1000


@dataclass(slots=True)
class Interaction:
    """One interaction. `answered` is the type of the first answer, 0 before it; times are in seconds."""

    id: str
    token: str
    type: int
    user_id: str
    channel_id: str
    at: float
    data: Json
    message_id: str = ""
    name: str = ""
    answered: int = 0
    missed: bool = False
    original_id: str = ""
    thinking: bool = False
    view: View | None = None
    trigger: Json = field(default_factory=dict)
    choices: list[Json] = field(default_factory=list)
    first_answer: asyncio.Event = field(default_factory=asyncio.Event)


class Interactions:
    """The interactions of late, by id and by token."""

    def __init__(self, world: World, tuning: Tuning) -> None:
        self.world, self.tuning = world, tuning
        self.by_id: dict[str, Interaction] = {}
        self.by_token: dict[str, Interaction] = {}

    def open(self, kind: int, user_id: str, channel_id: str, data: Json, **more: Any) -> Interaction:
        interaction_id = self.world.ids.next()
        token = f"aW50ZXJhY3Rpb246{secrets.token_urlsafe(96)}"
        interaction = Interaction(interaction_id, token, kind, user_id, channel_id, self.world.clock(), data, **more)
        self.by_id[interaction.id] = self.by_token[token] = interaction
        if len(self.by_id) > KEPT:
            oldest = self.by_id.pop(next(iter(self.by_id)))
            self.by_token.pop(oldest.token, None)
        return interaction

    def to_answer(self, interaction_id: str, token: str) -> Interaction:
        """The interaction that a first answer is for. Raises ApiError 10062 when too late, 40060 when answered."""
        interaction = self.by_id.get(interaction_id)
        if interaction is None or interaction.token != token:
            raise ApiError(10062)
        if interaction.answered:
            raise ApiError(40060)
        late = self.world.clock() - interaction.at > self.tuning.interaction_seconds
        if interaction.missed or late:
            raise ApiError(10062)
        return interaction

    def to_follow(self, token: str) -> Interaction:
        """The interaction that a token speaks for.

        Raises ApiError 10015 before the first answer (there is no webhook yet) and 50027 once the token ran out.
        """
        interaction = self.by_token.get(token)
        if interaction is None:
            raise ApiError(50027)
        if self.world.clock() - interaction.at > self.tuning.token_seconds:
            raise ApiError(50027)
        if not interaction.answered:
            raise ApiError(10015)
        return interaction

    def original(self, interaction: Interaction) -> Message:
        """The message that "@original" means. Raises ApiError 10008 where there is none."""
        message = self.world.messages.get(interaction.original_id)
        if message is None or message.deleted:
            raise ApiError(10008)
        return message

    def answer(self, interaction: Interaction, kind: int) -> None:
        interaction.answered = kind
        interaction.first_answer.set()

    async def wait(self, interaction: Interaction) -> bool:
        """Waits as the client does; False when the bot did not answer in time."""
        try:
            async with asyncio.timeout(self.tuning.interaction_seconds):
                await interaction.first_answer.wait()
        except TimeoutError:
            interaction.missed = not interaction.answered
        return not interaction.missed
