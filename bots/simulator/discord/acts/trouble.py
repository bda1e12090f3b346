"""Trouble on the event side, to order. Each knob names where the platform (or a library on it) does this."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bots.simulator.discord import threads
from bots.simulator.discord.acts.people import person
from bots.simulator.discord.gateway import BAD_TOKEN, INVALID, RECONNECT
from bots.simulator.discord.world import PRIVILEGED
from bots.simulator.server import Refused

if TYPE_CHECKING:
    from bots.simulator.discord.simulator import DiscordSimulator


def block(sim: "DiscordSimulator", who: str) -> None:
    """The person blocks the bot: direct messages to them are refused (50007). Documentation, "JSON Error Codes"."""
    person(sim.core, who).dms_closed = True
    sim.changed()


def unblock(sim: "DiscordSimulator", who: str) -> None:
    """The person lets the bot write again."""
    person(sim.core, who).dms_closed = False
    sim.changed()


def revoke_token(sim: "DiscordSimulator") -> None:
    """The token is reset in the developer portal: REST answers 401, the gateway closes with 4004."""
    sim.core.token_revoked = True
    close(sim, BAD_TOKEN)


def restore_token(sim: "DiscordSimulator") -> None:
    """The token is good again."""
    sim.core.token_revoked = False
    sim.changed()


def grant_intent(sim: "DiscordSimulator", intent: str) -> None:
    """A privileged intent is switched on in the developer portal."""
    sim.world.app.granted_intents.add(_privileged(intent))


def revoke_intent(sim: "DiscordSimulator", intent: str) -> None:
    """A privileged intent is switched off: identifying with it ends in 4014. Documentation, "Privileged Intents"."""
    sim.world.app.granted_intents.discard(_privileged(intent))


def _privileged(intent: str) -> str:
    if intent not in PRIVILEGED:
        raise Refused(f"The privileged intents are: {', '.join(sorted(PRIVILEGED))}.")
    return intent


def disconnect(sim: "DiscordSimulator") -> None:
    """Opcode 7: the client is asked to reconnect and resume (documentation, "Gateway: Reconnect")."""
    for connection in list(sim.gateway.connections):
        connection.say(RECONNECT)


def invalidate(sim: "DiscordSimulator", resumable: bool = False) -> None:
    """Opcode 9: the session is invalid, and may be resumed or not (documentation, "Gateway: Invalid Session")."""
    for connection in list(sim.gateway.connections):
        if not resumable and connection.session is not None:
            sim.core.hub.sessions.pop(connection.session.id, None)
            connection.session = None
        connection.say(INVALID, resumable)


def close(sim: "DiscordSimulator", code: int = 4000) -> None:
    """The server closes the gateway with that code (documentation, "Gateway Close Event Codes")."""
    for connection in list(sim.gateway.connections):
        connection.end(code)


def cut(sim: "DiscordSimulator") -> None:
    """The connections break without a goodbye, as when a network fails."""
    for connection in list(sim.gateway.connections):
        connection.abort()


def half_open(sim: "DiscordSimulator") -> None:
    """The connections stay up and fall silent: no events, no heartbeat acks (documentation, "zombied" connections)."""
    for connection in list(sim.gateway.connections):
        connection.frozen = True


def refuse_resume(sim: "DiscordSimulator", times: int = 1) -> None:
    """The next resumes get opcode 9 with false: what happened meanwhile is gone from the gateway. Documentation,
    "Resuming"; discord.py then identifies anew and does not fetch the gap (measured)."""
    sim.gateway.refused_resumes += times


def refuse_connections(sim: "DiscordSimulator", times: int = 1) -> None:
    """The next gateway connections are answered with 503, as in an outage."""
    sim.gateway.refused_connections += times


def poison(sim: "DiscordSimulator", payload: Any, event: str = "MESSAGE_CREATE") -> int:
    """Delivers a malformed event, which makes `client.start()` of discord.py 2.7.1 raise (measured). A payload with
    "t" names its own event. Returns how many sessions it was told to."""
    if isinstance(payload, dict) and "t" in payload:
        return sim.core.hub.poison(str(payload["t"]), payload.get("d"))
    return sim.core.hub.poison(event, payload)


def garble(sim: "DiscordSimulator", frame: str) -> None:
    """Sends every connection a frame that is no event, or no JSON at all: discord.py's socket raises (measured)."""
    for connection in list(sim.gateway.connections):
        connection.garble(frame)


def duplicate_next(sim: "DiscordSimulator", times: int = 1) -> None:
    """The next events come twice. A replay after a resume repeats what the client had handled but not counted; no
    library removes duplicates (measured)."""
    sim.core.hub.duplicates += times


def reorder_next(sim: "DiscordSimulator", times: int = 1) -> None:
    """The next event comes after the one that follows it. Documentation, "Gateway": no order is guaranteed."""
    sim.core.hub.reorder += times


def archive_idle(sim: "DiscordSimulator") -> None:
    """Archives the threads whose time is up by the simulator's clock; this happens at every API call too."""
    threads.archive_idle(sim.core)


ACTS: dict[str, Callable[..., Any]] = {
    "block": block,
    "unblock": unblock,
    "revoke_token": revoke_token,
    "restore_token": restore_token,
    "grant_intent": grant_intent,
    "revoke_intent": revoke_intent,
    "disconnect": disconnect,
    "invalidate": invalidate,
    "close": close,
    "cut": cut,
    "half_open": half_open,
    "refuse_resume": refuse_resume,
    "refuse_connections": refuse_connections,
    "poison": poison,
    "garble": garble,
    "duplicate_next": duplicate_next,
    "reorder_next": reorder_next,
    "archive_idle": archive_idle,
}
