"""The figures that a test may change. Times are in seconds."""

from dataclasses import dataclass, field

from bots.simulator.discord.rest.limits import Limits


@dataclass(slots=True)
class Tuning:
    """The platform's own figures, as documented.

    `heartbeat_seconds` is told in HELLO, and a client that is silent for `heartbeat_patience` times as long is dropped;
    one that beats is answered after `heartbeat_ack_seconds`. `resume_seconds` and `replay_limit` bound what a broken
    session can catch up with ("a few minutes" in the documentation); `interaction_seconds` is how long an interaction
    waits for its first answer and `token_seconds` how long its token is good; `nonce_seconds` how long
    `enforce_nonce` looks back.
    """

    limits: Limits = field(default_factory=Limits)
    heartbeat_seconds: float = 41.25
    heartbeat_patience: float = 1.5
    heartbeat_ack_seconds: float = 0.02
    resume_seconds: float = 180.0
    replay_limit: int = 1000
    interaction_seconds: float = 3.0
    token_seconds: float = 900.0
    nonce_seconds: float = 180.0
