"""Gateway sessions: who is told which event, in which order, and what can be replayed after a break.

Source: developer documentation, "Gateway" (intents, resuming) and "Gateway Events".
"""

import json
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from bots.simulator.discord.permissions import sees
from bots.simulator.discord.shapes import redact
from bots.simulator.discord.tuning import Tuning
from bots.simulator.discord.world import Channel, Json, World

INTENTS = {
    name: 1 << bit
    for bit, name in {
        0: "GUILDS",
        1: "GUILD_MEMBERS",
        2: "GUILD_MODERATION",
        3: "GUILD_EXPRESSIONS",
        4: "GUILD_INTEGRATIONS",
        5: "GUILD_WEBHOOKS",
        6: "GUILD_INVITES",
        7: "GUILD_VOICE_STATES",
        8: "GUILD_PRESENCES",
        9: "GUILD_MESSAGES",
        10: "GUILD_MESSAGE_REACTIONS",
        11: "GUILD_MESSAGE_TYPING",
        12: "DIRECT_MESSAGES",
        13: "DIRECT_MESSAGE_REACTIONS",
        14: "DIRECT_MESSAGE_TYPING",
        15: "MESSAGE_CONTENT",
        16: "GUILD_SCHEDULED_EVENTS",
        20: "AUTO_MODERATION_CONFIGURATION",
        21: "AUTO_MODERATION_EXECUTION",
        24: "GUILD_MESSAGE_POLLS",
        25: "DIRECT_MESSAGE_POLLS",
    }.items()
}
ALL_INTENTS = sum(INTENTS.values())

# Event name (or its beginning) -> the intent that it needs in a guild, and the one in a direct conversation.
NEEDED = (
    ("MESSAGE_REACTION_", "GUILD_MESSAGE_REACTIONS", "DIRECT_MESSAGE_REACTIONS"),
    ("MESSAGE_", "GUILD_MESSAGES", "DIRECT_MESSAGES"),
    ("TYPING_START", "GUILD_MESSAGE_TYPING", "DIRECT_MESSAGE_TYPING"),
    ("GUILD_MEMBER_", "GUILD_MEMBERS", "GUILD_MEMBERS"),
    ("GUILD_", "GUILDS", "GUILDS"),
    ("CHANNEL_", "GUILDS", "GUILDS"),
    ("THREAD_", "GUILDS", "GUILDS"),
    ("WEBHOOKS_UPDATE", "GUILD_WEBHOOKS", "GUILD_WEBHOOKS"),
)
EMITTED_LIMIT = 2000


class Line(Protocol):
    """A live connection, as sessions need it."""

    def send(self, payload: Json) -> None: ...


@dataclass(slots=True)
class Session:
    """One identified bot. Without a `line` it waits, since `lost_at`, to be resumed."""

    id: str
    intents: int
    limit: int
    line: Line | None = None
    lost_at: float = 0.0
    seq: int = 0
    buffer: deque[Json] = field(default_factory=deque)

    def tell(self, event: str, data: Any) -> Json:
        """Numbers the event, keeps it for a replay, and sends it where somebody listens."""
        self.seq += 1
        payload = {"op": 0, "s": self.seq, "t": event, "d": data}
        self.buffer.append(payload)
        if len(self.buffer) > self.limit:
            self.buffer.popleft()
        if self.line:
            self.line.send(payload)
        return payload

    def wants(self, event: str, in_dm: bool) -> bool:
        for beginning, guild_intent, dm_intent in NEEDED:
            if event.startswith(beginning):
                return bool(self.intents & INTENTS[dm_intent if in_dm else guild_intent])
        return True

    def missed_since(self, seq: int) -> list[Json] | None:
        """What came after that number, in order; None where the buffer no longer reaches back so far."""
        missed = [payload for payload in self.buffer if payload["s"] > seq]
        return missed if len(missed) == self.seq - seq else None


class Hub:
    """All sessions. What is emitted while none is alive or resumable is lost, as on the platform."""

    def __init__(self, world: World, tuning: Tuning, changed: Callable[[], None]) -> None:
        self.world, self.changed = world, changed
        self.sessions: dict[str, Session] = {}
        self.emitted: deque[Json] = deque(maxlen=EMITTED_LIMIT)
        self.tuning = tuning
        self.duplicates = 0
        self.reorder = 0
        self._held: list[tuple[str, Any, Channel | None]] = []

    def open(self, intents: int, line: Line) -> Session:
        session = Session(secrets.token_hex(16), intents, self.tuning.replay_limit, line)
        self.sessions[session.id] = session
        return session

    def resumable(self, session_id: str) -> Session | None:
        """The session of that id, if it has not ended or waited too long."""
        self.forget_expired()
        return self.sessions.get(session_id)

    def forget_expired(self) -> None:
        oldest = self.world.clock() - self.tuning.resume_seconds
        for session in [s for s in self.sessions.values() if s.line is None and s.lost_at < oldest]:
            del self.sessions[session.id]

    def alive(self) -> bool:
        """Whether anybody could still hear of an event."""
        self.forget_expired()
        return bool(self.sessions)

    def emit(self, event: str, data: Json, channel: Channel | None = None) -> None:
        """Tells every session that may know. Call it while the world is such that the bot may see the thing."""
        self.changed()
        if channel is not None and not sees(self.world, self.world.bot.id, channel):
            return
        if self.reorder and not self._held:
            self.reorder -= 1
            self._held.append((event, data, channel))
            return
        self._tell_all(event, data, channel)
        while self._held:
            self._tell_all(*self._held.pop())
        if self.duplicates:
            self.duplicates -= 1
            self._tell_all(event, data, channel)

    def _tell_all(self, event: str, data: Any, channel: Channel | None) -> None:
        if not self.alive():
            return
        # A copy, since the shapes share lists with the world and a replay must tell what was true then.
        data = json.loads(json.dumps(data))
        in_dm = channel is not None and channel.is_dm
        for session in self.sessions.values():
            wanted = session.wants(event, in_dm) or self._tells_of_itself(event, data)
            allowed = self._as_allowed(session, event, data) if wanted else None
            if allowed is not None:
                self.tell(session, event, allowed)

    def _tells_of_itself(self, event: str, data: Any) -> bool:
        """Documentation, "Gateway: Caveats": a bot hears of changes to its own membership whatever its intents."""
        return event == "GUILD_MEMBER_UPDATE" and bool(data["user"]["id"] == self.world.bot.id)

    def _as_allowed(self, session: Session, event: str, data: Any) -> Any:
        if event in ("MESSAGE_CREATE", "MESSAGE_UPDATE") and not session.intents & INTENTS["MESSAGE_CONTENT"]:
            return redact(self.world, data)
        if event == "THREAD_MEMBERS_UPDATE" and not session.intents & INTENTS["GUILD_MEMBERS"]:
            return self._own_membership(data)
        return data

    def _own_membership(self, data: Json) -> Json | None:
        """Without the members intent a bot hears of its own comings and goings only."""
        bot_id = self.world.bot.id
        mine = {**data, "added_members": [m for m in data.get("added_members", []) if m["user_id"] == bot_id]}
        return mine if mine["added_members"] or bot_id in data.get("removed_member_ids", []) else None

    def tell(self, session: Session, event: str, data: Any) -> None:
        """Tells one session alone, as READY and answers to its own questions are."""
        self.emitted.append(session.tell(event, data))

    def poison(self, event: str, data: Any) -> int:
        """Tells every session this, whatever it is; returns how many heard it."""
        for session in self.sessions.values():
            self.emitted.append(session.tell(event, data))
        return len(self.sessions)
