"""*Seen*, `/ack`: no reminders of a ticket for half an hour."""

from bots.deeds.doing import Doing
from bots.port import Answer
from bots.texts import when
from inbox.desk import muting


def ack(doing: Doing) -> Answer:
    """Mutes the ticket's nags, and says until when."""
    ticket = muting.mute(doing.tx, doing.now, doing.number, doing.person.id)
    until = ticket.muted_until or doing.now
    return doing.told("answer.muted", ticket=ticket.number, until=when(until, doing.language, doing.zone))


TICKET = {"ack": ack}
