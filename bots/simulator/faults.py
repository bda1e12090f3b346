"""Faults that a test can order from a simulated platform.

A fault is matched against the name of an API call ("chat.postMessage", "POST /channels/{id}/messages",
"sendMessage") and, if given, against the text of the request's body; it strikes `times` times and is then spent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Kind = Literal[
    "latency",  # the answer comes `seconds` late (a slow server)
    "drop_before",  # the connection is cut before the call takes effect (network loss on the way there)
    "drop_after",  # the call takes effect, then the connection is cut (network loss on the way back)
    "hang_after",  # the call takes effect, the answer never comes within `seconds` (half-open connection)
    "rate_limit",  # 429 with `retry_after` in the platform's own form
    "status",  # HTTP `status` with a plain HTML body (a proxy in front of the platform, as in an outage)
    "error",  # the platform's own refusal with the code `error`, for what no other knob reaches
]


@dataclass(slots=True)
class Fault:
    """One order for trouble. Times are in seconds."""

    kind: Kind
    match: str = ".*"
    body: str = ""
    times: int = 1
    seconds: float = 0.0
    retry_after: float = 1.0
    status: int = 503
    error: str = ""
    struck: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"There is no fault named {self.kind!r}. The faults are: {', '.join(get_args(Kind))}.")
        re.compile(self.match)


@dataclass(slots=True)
class Faults:
    """The faults that are ordered, oldest first."""

    ordered: list[Fault] = field(default_factory=list)

    def order(self, kind: Kind, match: str = ".*", **more: Any) -> Fault:
        """Orders a fault; returns it, so that a test can look at `struck`. Raises ValueError for an unknown kind."""
        fault = Fault(kind, match, **more)
        self.ordered.append(fault)
        return fault

    def from_json(self, data: Mapping[str, Any]) -> Fault:
        """The same from the control API's body. Raises ValueError with a sentence for what is not understood."""
        unknown = set(data) - {"kind", "match", "body", "times", "seconds", "retry_after", "status", "error"}
        if unknown or "kind" not in data:
            raise ValueError(f"A fault needs `kind`, and {sorted(unknown)} is not known.")
        return self.order(**data)

    def strike(self, call: str, body: str) -> Fault | None:
        """The first ordered fault that fits this call, spent by one; None where the call goes through."""
        for fault in self.ordered:
            if fault.struck < fault.times and re.fullmatch(fault.match, call) and fault.body in body:
                fault.struck += 1
                return fault
        return None

    def clear(self) -> None:
        self.ordered.clear()
