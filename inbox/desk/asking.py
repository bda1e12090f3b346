"""A ticket is asked for on purpose, wherever the person is: by a command."""

from datetime import datetime

from inbox.desk import direct, intake, matter
from inbox.desk.matter import Opening, Received
from inbox.errors import BadInput
from inbox.model import Person, Place, Said
from inbox.store import Tx


def ask(tx: Tx, now: datetime, said: Said, person: Person, identity_id: int) -> Received:
    """Opens a ticket from words that were given to the bot; `said.message_id` is "" where nobody sees them.

    In direct messages that several queues take the person is asked which ("undecided"). In a room the queue is the
    room's, by keywords, or the default one. The answer goes where it was asked, if requesters write there and the words
    can be seen; else by direct message. Raises BadInput: `confidential` where others read along and that queue does not
    want it, `write_here` and `ask_elsewhere` where no answer could be heard.
    """
    place = said.place
    here = tx.directory.intake_queues(place.connection, place.room, said.direct)
    if said.direct and here:
        return direct.open_new(tx, now, said, here, person)
    if here and said.message_id:
        queue = intake.choose_queue(tx, here, said.text)
        if queue.private:
            raise BadInput("confidential", queue=queue.title)
        return matter.open_from(tx, now, said, queue, person)
    talk = () if said.direct else tx.directory.intake_queues(place.connection, "", True)
    if not talk:
        raise BadInput("write_here" if here else "ask_elsewhere")
    opening = Opening(
        intake.choose_queue(tx, here or talk, said.text),
        person,
        said.text,
        said.at,
        Place(place.connection, ""),
        identity_id=identity_id,
    )
    number = matter.open_ticket(tx, now, opening, lambda n: matter.store_words(tx, now, said, n, person.id))
    return Received("opened", number)
