"""What commands, buttons and forms do: each a deed of one person in one transaction, by its verb's name.

A module names its deeds in `TICKET` (a button "verb:42" and a command "/verb 42" alike), `COMMANDS`, `BUTTONS` and
`FORMS`; a deed is given a `Doing` and returns the answer, or raises the desk's refusals.
"""

from collections.abc import Mapping

from bots.deeds import (
    accounts,
    asking,
    claiming,
    daily,
    feedback,
    figuring,
    looking,
    moves,
    muting,
    promised,
    sort,
    together,
    writing,
)
from bots.deeds.doing import Deed, Doing

TICKET: Mapping[str, Deed] = {
    **claiming.TICKET,
    **moves.TICKET,
    **muting.TICKET,
    **promised.TICKET,
    **looking.TICKET,
    **daily.TICKET,
    **together.TICKET,
}
COMMANDS: Mapping[str, Deed] = {
    **TICKET,
    **asking.COMMANDS,
    **accounts.COMMANDS,
    **claiming.COMMANDS,
    **daily.COMMANDS,
    **figuring.COMMANDS,
    **promised.COMMANDS,
    **sort.COMMANDS,
    **together.COMMANDS,
    **looking.COMMANDS,
    **writing.COMMANDS,
    **feedback.COMMANDS,
}
BUTTONS: Mapping[str, Deed] = {
    **TICKET,
    **asking.BUTTONS,
    **claiming.BUTTONS,
    **daily.BUTTONS,
    **sort.BUTTONS,
    **together.BUTTONS,
    **writing.BUTTONS,
    **feedback.BUTTONS,
}
FORMS: Mapping[str, Deed] = {**writing.FORMS, **feedback.FORMS}
# deeds that know by themselves what to answer when a platform tells of a command twice
TOLD_TWICE = frozenset({"next", "comment", "start", "ticket", "panel"})
# deeds that mean a ticket itself, not the one that it was merged into
AS_NAMED = frozenset({"merge"})
# deeds that change nothing: told twice they are simply answered twice
READS = frozenset({"figures", "help", "history", "mine", "queue", "show", "status", "why"})

__all__ = ["AS_NAMED", "BUTTONS", "COMMANDS", "FORMS", "READS", "TICKET", "TOLD_TWICE", "Deed", "Doing"]
