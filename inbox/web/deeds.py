"""What a page's forms do: each a deed of one agent on one ticket, or on words of theirs, in one transaction.

They are the verbs that chat's commands and buttons call; a form only brings its fields.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from inbox.desk import (
    absence,
    asking,
    blocking,
    care,
    claims,
    fields,
    following,
    incidents,
    lifecycle,
    merging,
    moving,
    muting,
    plans,
    priorities,
    replies,
    resend,
    sorting,
    splitting,
    tags,
    targets,
)
from inbox.desk.access import lock_for_agent
from inbox.errors import BadInput, NotFound, NothingToDo
from inbox.model import ClosedAs, Ticket
from inbox.store import Tx, events, messages, people, tickets
from inbox.web.doing import Doing, Done

Deed = Callable[[Doing], Done]


def _claiming(verb: Callable[[Tx, datetime, int, int], object]) -> Deed:
    """A verb that needs no more than the ticket and the agent."""

    def deed(doing: Doing) -> Done:
        verb(doing.tx, doing.now, doing.subject, doing.agent)
        return _now(doing)

    return deed


def _closing(as_: ClosedAs) -> Deed:
    def deed(doing: Doing) -> Done:
        return Done(lifecycle.close(doing.tx, doing.now, doing.subject, doing.agent, as_))

    return deed


def _now(doing: Doing, number: int | None = None, did: str = "") -> Done:
    """The ticket as the deed left it."""
    ticket = tickets.get(doing.tx, number or doing.subject)
    if ticket is None:
        raise NotFound(ticket=doing.subject)
    return Done(ticket, did)


def _keep(doing: Doing) -> Done:
    care.keep(doing.tx, doing.now, lock_for_agent(doing.tx, doing.subject, doing.agent), doing.agent)
    return _now(doing)


def _assign(doing: Doing) -> Done:
    to, ticket = doing.number("to"), lock_for_agent(doing.tx, doing.subject, doing.agent)
    if ticket.queue not in people.roles(doing.tx, to):
        raise BadInput("no_colleague")  # who guesses numbers is told nobody's name
    claims.assign(doing.tx, doing.now, doing.subject, doing.agent, to)
    return _now(doing)


def _snooze(doing: Doing) -> Done:
    return Done(lifecycle.snooze(doing.tx, doing.now, doing.subject, doing.agent, doing.moment("until")))


def _priority(doing: Doing) -> Done:
    return Done(priorities.set_priority(doing.tx, doing.now, doing.subject, doing.agent, doing.said("priority")))


def _tag(doing: Doing) -> Done:
    """Several at once, set apart by commas or spaces."""
    written = doing.said("tags").replace(",", " ").split()
    if not written:
        raise BadInput("bad_tag", words="", limit=tags.LONGEST)
    tags.add(doing.tx, doing.now, doing.subject, doing.agent, *written)
    return _now(doing)


def _tags(doing: Doing) -> Done:
    """Some put on, some taken away."""
    gone, new = doing.said("gone").split(), doing.said("add").split()
    if gone:
        tags.remove(doing.tx, doing.now, doing.subject, doing.agent, *gone)
    if new:
        tags.add(doing.tx, doing.now, doing.subject, doing.agent, *new)
    lock_for_agent(doing.tx, doing.subject, doing.agent)
    return _now(doing)


def _untag(doing: Doing) -> Done:
    tags.remove(doing.tx, doing.now, doing.subject, doing.agent, doing.said("tag"))
    return _now(doing)


def _subject(doing: Doing) -> Done:
    return Done(sorting.rename(doing.tx, doing.now, doing.subject, doing.agent, doing.said("subject")))


def _field(doing: Doing) -> Done:
    return Done(fields.set(doing.tx, doing.now, doing.subject, doing.agent, doing.said("name"), doing.said("value")))


def _target(doing: Doing) -> Done:
    """A lead's own target, with a reason."""
    typed = doing.said("length")
    length, more = targets.split_length(typed)
    mine = doing.tx, doing.now, doing.subject, doing.agent, doing.said("metric")
    targets.set_target(*mine, typed if more else length, doing.said("why"))
    return _now(doing)


def _untarget(doing: Doing) -> Done:
    targets.take_back(doing.tx, doing.now, doing.subject, doing.agent, doing.said("metric"))
    return _now(doing)


def _plan(doing: Doing) -> Done:
    """By what plan the requester's promises go; with none the desk file decides."""
    plans.set_plan(doing.tx, doing.now, doing.subject, doing.agent, doing.said("plan"))
    return _now(doing)


def _move(doing: Doing) -> Done:
    return Done(moving.move(doing.tx, doing.now, doing.subject, doing.agent, doing.said("queue"), doing.said("why")))


def _escalate(doing: Doing) -> Done:
    return Done(
        moving.escalate(doing.tx, doing.now, doing.subject, doing.agent, doing.said("why"), doing.said("queue"))
    )


def _relate(doing: Doing) -> Done:
    return Done(sorting.relate(doing.tx, doing.now, doing.subject, doing.agent, doing.number("other")))


def _unrelate(doing: Doing) -> Done:
    return Done(sorting.unrelate(doing.tx, doing.now, doing.subject, doing.agent, doing.number("other")))


def _merge(doing: Doing) -> Done:
    return Done(merging.merge(doing.tx, doing.now, doing.subject, doing.agent, doing.number("other")))


def _split(doing: Doing) -> Done:
    """From one of the requester's messages on: the ticket that is made of them is looked at next."""
    start = doing.number("start")
    return Done(splitting.split(doing.tx, doing.now, doing.subject, doing.agent, start=start))


def _another(doing: Doing) -> Done:
    """Another matter of the same requester, who came by or called: the ticket that is opened is looked at next."""
    tx, agent = doing.tx, people.get(doing.tx, doing.agent)
    ticket = lock_for_agent(tx, doing.subject, doing.agent)
    if agent is None or (doing.key and not events.first_time(tx, f"another/{doing.words_key()}", doing.now)):
        raise NothingToDo(ticket=doing.subject)
    who = asking.reached(tx, ticket)
    return _now(doing, asking.open_for(tx, doing.now, agent, who, ticket.queue, doing.said("words")))


def _block(doing: Doing) -> Done:
    return Done(blocking.block(doing.tx, doing.now, doing.subject, doing.agent, doing.said("why")))


def _incident(doing: Doing) -> Done:
    return Done(incidents.declare(doing.tx, doing.now, doing.subject, doing.agent, doing.said("title")))


def _same(doing: Doing) -> Done:
    incidents.gather(doing.tx, doing.now, doing.subject, doing.agent, doing.number("other"))
    return _now(doing)


def _once(deed: Deed) -> Deed:
    """The same form a second time changes nothing."""

    def doing_once(doing: Doing) -> Done:
        try:
            return deed(doing)
        except NothingToDo:
            if not doing.key:
                raise
            return _now(doing)

    return doing_once


def _reply(doing: Doing) -> Done:
    """Words to the requester, under the fence that their author saw."""
    mine, key = (doing.subject, doing.agent, doing.said("words")), doing.words_key()
    written = replies.reply(doing.tx, doing.now, *mine, key=key, fence=doing.fence, enclosed=doing.enclosed)
    return Done(written.ticket, "reply" if written.verdict == "reply" else "held", written.message_id)


def _note(doing: Doing) -> Done:
    mine = doing.subject, doing.agent, doing.said("words")
    written = replies.note(doing.tx, doing.now, *mine, key=doing.words_key(), enclosed=doing.enclosed)
    return Done(written.ticket, words=written.message_id)


def _announce(doing: Doing) -> Done:
    """Words to everybody who has an incident's problem."""
    mine = doing.subject, doing.agent, doing.said("words")
    incidents.announce(doing.tx, doing.now, *mine, doing.words_key())
    return _now(doing)


def _decided(verb: Callable[[Tx, datetime, int, int], replies.Written]) -> Deed:
    """What becomes of words that wait for it."""

    def deed(doing: Doing) -> Done:
        written = verb(doing.tx, doing.now, doing.subject, doing.agent)
        return replace(_now(doing, written.ticket.number), words=doing.subject)

    return deed


def _again(doing: Doing) -> Done:
    found = resend.again(doing.tx, doing.now, doing.subject, doing.agent)
    return replace(_now(doing, found.ticket), words=doing.subject)


TICKET: Mapping[str, Deed] = {
    "claim": _claiming(claims.claim),
    "release": _claiming(claims.release),
    "take": _claiming(claims.take_over),
    "keep": _keep,
    "assign": _assign,
    "pending": _claiming(lifecycle.pend),
    "hold": _claiming(lifecycle.hold),
    "resolve": _claiming(lifecycle.resolve),
    "reopen": _claiming(lifecycle.reopen),
    "close": _closing("done"),
    "spam": _closing("spam"),
    "snooze": _snooze,
    "wake": _claiming(lifecycle.wake),
    "priority": _priority,
    "tag": _tag,
    "untag": _untag,
    "subject": _subject,
    "field": _field,
    "target": _target,
    "untarget": _untarget,
    "plan": _plan,
    "move": _move,
    "escalate": _escalate,
    "follow": _claiming(following.follow),
    "unfollow": _claiming(following.unfollow),
    "relate": _relate,
    "unrelate": _unrelate,
    "merge": _merge,
    "unmerge": _claiming(merging.unmerge),
    "noreply": _claiming(lifecycle.no_reply_needed),
    "ack": _claiming(muting.mute),
    "split": _split,
    "another": _once(_another),
    "block": _block,
    "unblock": _claiming(blocking.unblock),
    "incident": _incident,
    "same": _same,
    "apart": _claiming(incidents.leave),
    "announce": _once(_announce),
    "reply": _once(_reply),
    "note": _once(_note),
}
WITH_FILES = frozenset({"reply", "note"})
WORDS: Mapping[str, Deed] = {
    "send": _decided(replies.send_held),
    "takesend": _decided(replies.take_and_send),
    "asnote": _decided(replies.keep_as_note),
    "discard": _decided(replies.discard),
    "undo": _decided(replies.undo),
    "retry": _again,
    "resend": _again,
}


def _away(tx: Tx, now: datetime, agent: int, form: Mapping[str, str], zone: str) -> None:
    """Until a time, or without one until they say that they are back."""
    doing = Doing(tx, now, agent, 0, form, zone)
    absence.away(tx, now, agent, doing.moment("until") if doing.said("until") else None)


def _back(tx: Tx, now: datetime, agent: int, form: Mapping[str, str], zone: str) -> None:
    absence.back(tx, now, agent)


def _give_back(tx: Tx, now: datetime, agent: int, form: Mapping[str, str], zone: str) -> None:
    """All that they hold."""
    claims.give_back_all(tx, now, agent)


# what agents do about themselves
OWN: Mapping[str, Callable[[Tx, datetime, int, Mapping[str, str], str], None]] = {
    "away": _away,
    "back": _back,
    "giveback": _give_back,
}


def next_ticket(tx: Tx, now: datetime, agent: int) -> Ticket:
    """Claims the most urgent one. Raises NothingToDo where there is none."""
    return claims.claim_next(tx, now, agent).ticket


# what programs may do, too
ANY: Mapping[str, Deed] = {**TICKET, **WORDS, "tags": _tags}


def again(doing: Doing, deed: str) -> Done:
    """What was done before is not done again: the ticket as it is now. Raises NotFound for who may not see it."""
    number = doing.subject
    if deed in WORDS:
        found = messages.get(doing.tx, doing.subject)
        number = tickets.survivor(doing.tx, found.ticket) if found and found.ticket else 0
    ticket = tickets.get(doing.tx, number)
    if ticket is None:
        raise NotFound(ticket=number)
    return Done(ticket, "repeated")


# the deeds that a page tells of in a sentence when they are done; what has none is seen at once
TOLD = frozenset({*TICKET, *OWN, "held", "asnote", "discard", "undo", "send", "takesend", "retry", "resend"})
