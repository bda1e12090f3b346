"""What decides how much time a ticket's promises have: its queue's policy, what it is, whose it is, a lead's word."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from inbox.directory import Directory, Queue
from inbox.model import Ticket
from inbox.store import Tx, overrides, people, tags
from sla.hours import OpeningHours
from sla.policy import Policy, Values
from sla.written import calendar


@dataclass(frozen=True, slots=True)
class Terms:
    """A ticket's queue, priority, connection and tags, its requester's plan, and its own targets in opening seconds."""

    queue: Queue
    priority: str
    connection: str
    tags: tuple[str, ...] = ()
    plan: str = ""
    own: Mapping[str, int] = field(default_factory=dict)

    def target(self, directory: Directory, metric: str) -> int | None:
        """Opening seconds promised, None for no promise. A target of the ticket's own goes before every policy."""
        if metric in self.own:
            return self.own[metric]
        facts: dict[str, Values] = {
            "queue": self.queue.key,
            "connection": self.connection,
            "platform": directory.platform(self.connection),
            "tag": self.tags,
            "plan": self.plan,
        }
        return self.queue.policy.target(metric, self.priority, facts)


def of_ticket(tx: Tx, ticket: Ticket) -> Terms:
    """The terms that hold for a ticket now."""
    queue = tx.directory.queue(ticket.queue)
    named = tags.of(tx, ticket.number) if queue.policy.asks("tag") else ()
    own = {metric: given.seconds for metric, given in overrides.of_ticket(tx, ticket.number).items()}
    plan = plan_of(tx, queue.policy, ticket.requester_id)
    return Terms(queue, ticket.priority, ticket.connection, named, plan, own)


def of_new(tx: Tx, queue: Queue, priority: str, connection: str, requester: int) -> Terms:
    """The terms of a ticket that is about to be opened."""
    return Terms(queue, priority, connection, plan=plan_of(tx, queue.policy, requester))


def plan_of(tx: Tx, policy: Policy, person_id: int) -> str:
    """The plan by which somebody's promises go: what a lead said, else the desk file; "" where no rule asks for it."""
    if not policy.asks("plan"):
        return ""
    said = people.plan(tx, person_id)
    if said or not policy.plans:
        return said
    return policy.plan_of(f"{one.connection}:{one.external_id}" for one in people.identities(tx, person_id))


def policy_named(directory: Directory, queue: str, name: str) -> Policy:
    """The policy that a promise was given under; where the file no longer has it, the queue's own."""
    own = directory.queue(queue).policy
    return own if own.name == name else directory.desk.policies.get(name, own)


def hours_of(tx: Tx, queue: str, policy: str, version: str, metric: str) -> OpeningHours:
    """The hours by which a version of a policy counts a metric, whatever the file says by now; of one that never ran
    here, those that the policy has today."""
    present = policy_named(tx.directory, queue, policy)
    if present.version == version:
        return present.counts_by(metric)
    kept = overrides.version(tx, version)
    found = _calendar(policy, json.dumps(kept.content), metric) if kept else None
    return found or present.counts_by(metric)


@lru_cache(maxsize=256)
def _calendar(name: str, content: str, metric: str) -> OpeningHours | None:
    try:
        return calendar(name, json.loads(content), metric)
    except ValueError:  # a zone or a country that is known no more
        return None
