"""Two tickets about one matter become one, and a merge can be undone.

The source is closed as `merged`; its number and its threads lead to the survivor. Its messages stay its own and are
shown among the survivor's, so that taking the merge back loses nothing. What waits for a decision moves along.
"""

from datetime import datetime
from typing import Any

from inbox.desk import lifecycle, outgoing, promises, scrubbing
from inbox.desk.access import lock_for_agent, name
from inbox.desk.moving import check_waiting
from inbox.desk.tags import follow as follow_tags
from inbox.errors import BadInput, NothingToDo, NotHolder, WrongStatus
from inbox.model import MessageState, Ticket
from inbox.store import Tx, events, fields, followers, messages, outbox, relations, tags, threads, tickets

IN_QUESTION: tuple[MessageState, ...] = ("held", "failed", "unknown", "waiting")  # what can still need its author
SHOWN = 20  # of the source's messages, in the survivor's desk thread


def merge(tx: Tx, now: datetime, source: int, agent: int, target: int) -> Ticket:
    """Merges `source` into `target`, which survives and is returned; merging what is merged there succeeds.

    Raises NotFound (not the agent's queues), NotHolder (a colleague holds the source), WrongStatus (closed, or the
    survivor is resolved), WordsWaiting, BadInput: `merge_same`, `merge_requesters` (they are different persons'),
    `merge_private` (a confidential queue's with another queue's), `merge_incident` (the source's cases wait for it).
    """
    if source == target:
        raise BadInput("merge_same", ticket=source)
    locked = {one: lock_for_agent(tx, one, agent) for one in sorted((source, target))}
    old, kept = locked[source], locked[target]
    if old.merged_into == target:
        return kept
    _check(tx, now, old, kept, agent)
    moved = _move(tx, now, old, target)
    lifecycle.closed(tx, now, old, agent, "merged")
    let_go = tickets.change(tx, source, merged_into=target, assignee_id=None, fence=old.fence + 1)
    tickets.add_hold(tx, let_go, now)
    events.add(tx, now, "merged", source, agent, into=target, **_before(old), **moved)
    events.add(tx, now, "merged_in", target, agent, other=source)
    _show(tx, now, old, kept, agent)
    after = _owed(tx, now, old, kept)
    return follow_tags(tx, now, after) if moved["tags"] else after


def _check(tx: Tx, now: datetime, old: Ticket, kept: Ticket, agent: int) -> None:
    if old.status == "closed":
        raise WrongStatus(ticket=old.number, status=old.status)
    if not kept.unresolved:
        raise WrongStatus(ticket=kept.number, status=kept.status)
    if old.requester_id != kept.requester_id:
        raise BadInput("merge_requesters", ticket=old.number, other=kept.number)
    if old.incident:
        raise BadInput("merge_incident", ticket=old.number, other=kept.number)
    private = [tx.directory.queue(one.queue).private for one in (old, kept)]
    if any(private) and old.queue != kept.queue:
        raise BadInput("merge_private", ticket=old.number)
    if old.assignee_id not in (None, agent, kept.assignee_id):
        raise NotHolder(ticket=old.number, holder=name(tx, old.assignee_id))
    check_waiting(tx, now, old)


def _before(old: Ticket) -> dict[str, Any]:
    return {"before": old.status, "was_holder": old.assignee_id}


def _move(tx: Tx, now: datetime, old: Ticket, target: int) -> dict[str, Any]:
    """What leads to the survivor from now on: home threads, words that wait for a decision, earlier merges; followers
    and tags are united, and answers to the queue's questions that the survivor lacks are filled in. Returns what
    undoing needs."""
    homes = [thread.id for thread in threads.of_ticket(tx, old.number) if thread.side == "home"]
    for thread_id in homes:
        threads.change(tx, thread_id, ticket=target)
    held = [message.id for state in IN_QUESTION for message in messages.in_state(tx, old.number, state)]
    messages.move(tx, target, held)
    earlier = [one for one in tickets.gathered(tx, old.number) if one != old.number]
    for one in earlier:
        tickets.change(tx, one, merged_into=target)
    followers.move(tx, old.number, target, now)
    added = sorted(set(tags.of(tx, old.number)) - set(tags.of(tx, target)))
    tags.add(tx, target, added)
    filled, case = fields.unite(tx, old.number, target), _case(tx, old.number, target, now)
    return {"homes": homes, "held": held, "earlier": earlier, "tags": added, "fields": filled, "case_of": case}


def _case(tx: Tx, source: int, target: int, now: datetime) -> int | None:
    """Who was to hear of an incident still is: the survivor is its case. Returns the incident, where it was not yet."""
    whole = relations.target(tx, source, "incident")
    survivor = tickets.get(tx, target)
    if whole is None or survivor is None or survivor.incident or relations.target(tx, target, "incident") is not None:
        return None
    relations.add(tx, target, whole, "incident", now)
    return whole


def _show(tx: Tx, now: datetime, old: Ticket, kept: Ticket, agent: int) -> None:
    """Both sides are told where the talk goes on, and the survivor's agents see what was said on the other."""
    desk, queue = threads.desk(tx, kept.number), tx.directory.queue(kept.queue)
    facts: dict[str, Any] = {"ticket": kept.number, "other": old.number, "by": name(tx, agent)}
    outgoing.notice(tx, now, desk, "merged.in", **facts)
    if desk and queue.thread == "mirror":
        said = messages.of_ticket(tx, old.number, SHOWN)
        outbox.add(tx, [outgoing.message_row(now, desk, one.id) for one in said if one.state != "held"])
    outgoing.notice(tx, now, threads.desk(tx, old.number), "merged.away", **facts)
    outgoing.card(tx, now, kept.number)


def _owed(tx: Tx, now: datetime, old: Ticket, kept: Ticket) -> Ticket:
    """What the source's requester still waits for, the survivor owes."""
    if old.awaiting_since is None:
        return tickets.get(tx, kept.number) or kept
    after = lifecycle.woken(tx, now, kept)
    since = min(after.awaiting_since or old.awaiting_since, old.awaiting_since)
    after = tickets.change(tx, kept.number, awaiting_since=since, updated_at=now)
    return promises.requester_wrote(tx, now, after, old.awaiting_since)


def unmerge(tx: Tx, now: datetime, source: int, agent: int) -> Ticket:
    """Takes a merge back: the source lives again, in its queue, with its threads and a cycle of its own; what was said
    since stays with the survivor. Raises NotFound, NothingToDo (it was not merged)."""
    into = tickets.get(tx, source)
    for one in sorted({source, into.merged_into or source} if into else {source}):
        lock_for_agent(tx, one, agent)
    old = lock_for_agent(tx, source, agent)
    if old.merged_into is None:
        raise NothingToDo(ticket=source)
    target = old.merged_into
    (told,) = [e for e in events.of_ticket(tx, source) if e.kind == "merged"][-1:]
    there = {thread.id for thread in threads.of_ticket(tx, target)}  # what was merged before may have left already
    for thread_id in sorted(there & set(told.facts["homes"])):
        threads.change(tx, thread_id, ticket=source)
    held = {one.id for state in IN_QUESTION for one in messages.in_state(tx, target, state)}
    messages.move(tx, source, sorted(held & set(told.facts["held"])))
    for one in sorted(set(tickets.gathered(tx, target)) & set(told.facts["earlier"])):
        tickets.change(tx, one, merged_into=source)
    tags.remove(tx, target, told.facts["tags"])
    if told.facts["tags"] and (kept := tickets.get(tx, target)):
        follow_tags(tx, now, kept)
    fields.take_back(tx, target, told.facts.get("fields", {}))
    if told.facts.get("case_of") is not None:
        relations.remove(tx, target, told.facts["case_of"], "incident")
    after = tickets.change(tx, source, merged_into=None, closed_as=None, closed_at=None)
    events.add(tx, now, "unmerged", source, agent, other=target)
    events.add(tx, now, "unmerged_from", target, agent, other=source)
    after = lifecycle.reopened(tx, now, after, agent)
    if threads.desk(tx, source) is None:  # it went to a confidential queue with the other one
        scrubbing.relocated(tx, now, after, tx.directory.queue(after.queue), shows=True)
    outgoing.card(tx, now, target)
    return after
