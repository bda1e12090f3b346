"""Words: replies and notes, and what becomes of those that wait or did not arrive."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bots import cards
from bots.deeds.doing import Deed, Doing, requester
from bots.port import Answer, Card
from bots.texts import phrase
from inbox.desk import outgoing, replies, resend
from inbox.desk.access import name
from inbox.locale import say
from inbox.store import Tx, messages

# what becomes of words that wait: a button's verb, with the words' id
WORDS: dict[str, Callable[[Tx, datetime, int, int], replies.Written]] = {
    "send": replies.send_held,
    "takesend": replies.take_and_send,
    "claimsend": replies.claim_and_send,
    "asnote": replies.keep_as_note,
    "discard": replies.discard,
    "undo": replies.undo,
}


def reply(doing: Doing) -> Answer:
    """Words to the requester; where the desk's rules hold them back, what can be done with them is offered."""
    mine = doing.number, doing.person.id, _words(doing)
    written = replies.reply(doing.tx, doing.now, *mine, key=doing.key, enclosed=doing.enclosed)
    ticket = written.ticket
    facts = {"ticket": ticket.number, "requester": requester(doing, ticket)}
    if written.verdict == "reply":
        return _on_its_way(doing, written, facts)
    key = "held.held_stale"
    if ticket.assignee_id not in (None, doing.person.id) and ticket.claimed_at:
        since = (doing.now - ticket.claimed_at).total_seconds()
        key, facts = "held.held_colleague", {**facts, "holder": name(doing.tx, ticket.assignee_id), "since": since}
    offered = cards.buttons(replies.held_actions(written.verdict, written.message_id), doing.language)
    return Answer(Card(text=phrase(doing.language, key, facts), buttons=offered))


def _on_its_way(doing: Doing, written: replies.Written, facts: dict[str, object]) -> Answer:
    """*Undo*, while it can do something: where answers stay, it is offered by a message that goes with that."""
    typed, answer = doing.typed, Card(text=say(doing.language, "answer.replied", **facts))
    if typed is None or not typed.message_id:
        undo = cards.button(f"undo:{written.message_id}", doing.language)
        return Answer(replace(answer, buttons=((undo,),)))
    words, directory = messages.get(doing.tx, written.message_id), doing.tx.directory
    if words is None or words.author_id is None or not directory.queue(written.ticket.queue).undo_seconds:
        return Answer(answer)
    inside = typed.direct or bool(directory.desk_queues(typed.place.connection, typed.place.room))
    outgoing.offer_undo(doing.tx, doing.now, words, typed.place, inside, **facts)
    return Answer()


def _words(doing: Doing) -> str:
    """Files need no words with them. Raises BadInput where there is neither."""
    return doing.words if doing.enclosed else doing.said()


def note(doing: Doing) -> Answer:
    mine = doing.number, doing.person.id, _words(doing)
    replies.note(doing.tx, doing.now, *mine, key=doing.key, enclosed=doing.enclosed)
    return doing.told("answer.noted", ticket=doing.number)


def decide(verb: str) -> Deed:
    """What becomes of words that wait for it."""

    def deed(doing: Doing) -> Answer:
        written = WORDS[verb](doing.tx, doing.now, doing.number, doing.person.id)
        facts = {"ticket": written.ticket.number, "requester": requester(doing, written.ticket)}
        return doing.told(f"answer.words.{verb}", **facts)

    return deed


def again(verb: str) -> Deed:
    """Sends once more what did not arrive."""

    def deed(doing: Doing) -> Answer:
        resend.again(doing.tx, doing.now, doing.number, doing.person.id)
        return doing.told(f"answer.words.{verb}")

    return deed


COMMANDS = {"reply": reply, "note": note}
BUTTONS = {**{verb: decide(verb) for verb in WORDS}, "retry": again("retry"), "resend": again("resend")}
FORMS = {"reply": reply, "note": note}
