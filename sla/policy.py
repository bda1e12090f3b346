"""What is promised to whom: targets by metric and priority, with rules that differ for some."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sla.duration import Duration, in_seconds
from sla.hours import ALWAYS, OpeningHours
from sla.ladder import DEFAULT, Ladder
from sla.written import version

METRICS = ("claim", "first_reply", "next_reply", "resolution")
PRIORITIES = ("low", "normal", "high", "urgent")

# A fact may have several values (tags), and a rule may ask for one of several.
Values = str | Iterable[str]


@dataclass(frozen=True)
class Targets:
    """How long each metric may take at each priority: {"first_reply": {"normal": Duration(...)}}.

    Raises ValueError for an unknown metric or priority.
    """

    durations: Mapping[str, Mapping[str, Duration]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "durations", {metric: dict(row) for metric, row in self.durations.items()})
        for metric, row in self.durations.items():
            _known(metric, METRICS, "metric")
            for priority in row:
                _known(priority, PRIORITIES, "priority")

    def get(self, metric: str, priority: str) -> Duration | None:
        """The duration written for exactly this metric and priority."""
        return self.durations.get(metric, {}).get(priority)


@dataclass(frozen=True)
class Rule:
    """Targets for tickets of which every fact in `when` is true. Raises ValueError if `when` is empty."""

    when: Mapping[str, Values] = field(hash=False)
    targets: Targets

    def __post_init__(self) -> None:
        if not self.when:
            raise ValueError("a rule needs a condition; what holds for all tickets is a target of the policy itself")
        object.__setattr__(self, "when", {fact: tuple(sorted(_several(wanted))) for fact, wanted in self.when.items()})

    def matches(self, facts: Mapping[str, Values]) -> bool:
        """Whether each fact that the rule names has one of the values it asks for."""
        return all(_several(wanted) & _several(facts.get(fact, ())) for fact, wanted in self.when.items())


@dataclass(frozen=True)
class Policy:
    """The promises of a queue: targets in opening time of `hours`, and rules of which the first match wins. Metrics
    whose targets are written in calendar time (`by_clock`) are counted day and night.

    `return_after` is the claim's lease (None: claims are not returned). `plans` are the accounts ("acme:U012AB") that
    have a plan, by its name. `ladder` says who is nagged when, and with `nag_always` at night, too. `version` is a hash
    of everything that the promises depend on; names and nags are no part of it, so that changing them moves no promise.
    Raises ValueError if a duration cannot be counted on this calendar, or a metric in both ways.
    """

    name: str
    hours: OpeningHours
    targets: Targets
    rules: tuple[Rule, ...] = ()
    return_after: Duration | None = None
    pause_on_hold: bool = False
    plans: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    ladder: Ladder = DEFAULT
    nag_always: bool = False
    by_clock: frozenset[str] = field(init=False)
    version: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(self.rules))
        ways: dict[str, set[bool]] = {}
        for targets in (self.targets, *(rule.targets for rule in self.rules)):
            for metric, row in targets.durations.items():
                for duration in row.values():
                    in_seconds(duration, self.hours)
                    ways.setdefault(metric, set()).add(duration.calendar)
        if both := sorted(metric for metric, found in ways.items() if len(found) > 1):
            raise ValueError(f"{both[0]} is promised in opening time and in calendar time: choose one")
        object.__setattr__(self, "by_clock", frozenset(metric for metric, found in ways.items() if True in found))
        object.__setattr__(self, "version", version(self))

    def target(self, metric: str, priority: str, facts: Mapping[str, Values] | None = None) -> int | None:
        """Seconds (as `counts_by` counts them) promised to a ticket with these facts, or None: nothing is promised.

        The first rule that matches and names this metric and priority decides, else the policy's own targets. The
        priority counts as a fact. A priority that is not written has no promise: borrowing the target of another one
        would make promises that nobody gave. Raises ValueError for an unknown metric or priority.
        """
        _known(metric, METRICS, "metric")
        _known(priority, PRIORITIES, "priority")
        known_facts = {**(facts or {}), "priority": priority}
        matching = (rule.targets for rule in self.rules if rule.matches(known_facts))
        for targets in (*matching, self.targets):
            if duration := targets.get(metric, priority):
                return in_seconds(duration, self.hours)
        return None

    def counts_by(self, metric: str) -> OpeningHours:
        """The hours in which a metric's clock runs."""
        return ALWAYS if metric in self.by_clock else self.hours

    @property
    def metrics(self) -> frozenset[str]:
        """What it promises to some tickets at least."""
        rows = (
            row
            for targets in (self.targets, *(rule.targets for rule in self.rules))
            for row in targets.durations.items()
        )
        return frozenset(metric for metric, targets in rows if targets)

    @property
    def lease_seconds(self) -> int | None:
        """Opening seconds after which a claim without a reply goes back, or None."""
        return in_seconds(self.return_after, self.hours) if self.return_after else None

    def asks(self, fact: str) -> bool:
        """Whether any rule depends on that fact."""
        return any(fact in rule.when for rule in self.rules)

    def plan_of(self, accounts: Iterable[str]) -> str:
        """The first plan that one of these accounts has; "" for none."""
        theirs = frozenset(accounts)
        return next((plan for plan, who in self.plans.items() if who & theirs), "")

    @property
    def known_plans(self) -> frozenset[str]:
        """The plans that it tells apart."""
        asked = (word for rule in self.rules for word in rule.when.get("plan", ()))
        return frozenset(asked) | self.plans.keys()

    def pauses(self, metric: str, status: str) -> bool:
        """Whether a ticket in this status stops the metric's clock (closed hours stop every clock by themselves)."""
        return metric == "resolution" and (status == "pending" or (status == "on_hold" and self.pause_on_hold))


def _several(values: Values) -> frozenset[str]:
    return frozenset((values,) if isinstance(values, str) else values)


def _known(word: str, words: tuple[str, ...], what: str) -> None:
    if word not in words:
        raise ValueError(f'"{word}" is no {what}: choose one of {", ".join(words)}')
