"""What commands, buttons and forms do: each a deed of one person in one transaction, by its verb's name.

A module names its deeds in `TICKET` (a button "verb:42" and a command "/verb 42" alike), `COMMANDS`, `BUTTONS` and
`FORMS`; a deed is given a `Doing` and returns the answer, or raises the desk's refusals.
"""

from collections.abc import Callable, Mapping

from bots import forms, ways
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
    pointing,
    prepared,
    promised,
    sort,
    together,
    writing,
)
from bots.deeds.doing import Deed, Doing
from bots.port import Answer, Filled

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
    **prepared.COMMANDS,
    **writing.COMMANDS,
    **feedback.COMMANDS,
}
BUTTONS: Mapping[str, Deed] = {
    **TICKET,
    **asking.BUTTONS,
    **claiming.BUTTONS,
    **prepared.BUTTONS,
    **sort.BUTTONS,
    **together.BUTTONS,
    **writing.BUTTONS,
    **feedback.BUTTONS,
}
FORMS: Mapping[str, Deed] = {**writing.FORMS, **feedback.FORMS}
# what is done by pointing at a message, given its id
POINTED: Mapping[str, Callable[[Doing, str], Answer]] = pointing.POINTED
# forms that are about more than words, or not about a ticket: their deeds are given all that was filled in
WHOLE: Mapping[str, Callable[[Doing, Filled], Answer]] = {
    ways.ASK: asking.filled,
    forms.KEEP: prepared.kept,
    "canned": prepared.chosen,
}
# deeds that know by themselves what to answer when a platform tells of a command twice
TOLD_TWICE = frozenset({"next", "comment", "start", "ticket", "panel"})
# deeds that mean a ticket itself, not the one that it was merged into
AS_NAMED = frozenset({"merge"})
# deeds that change nothing: told twice they are simply answered twice
READS = frozenset({"figures", "help", "history", "mine", "queue", "show", "status", "why"})

__all__ = [
    "AS_NAMED",
    "BUTTONS",
    "COMMANDS",
    "FORMS",
    "POINTED",
    "READS",
    "TICKET",
    "TOLD_TWICE",
    "WHOLE",
    "Deed",
    "Doing",
]
