"""What people may say, as a page made from the code: `frontdesk commands > docs/commands.md`."""

from collections.abc import Iterable

from bots.commands import GROUPS, OPEN, OTHER_WORDS, VERBS, Verb
from inbox.locale import say

HEAD = """\
# What people may say

Each is said as `/ticket VERB …`, the same on every platform, and as a command of its own (`/claim 42`) where it is
marked and the platform leaves the name free. 42 stands for a ticket's number; in a ticket's thread it may be left out.
What is in brackets is understood as well, in Swedish and Danish, and a word that was mistyped is asked about. `/ticket`
and any other words open a ticket. This page is made from the code (`frontdesk commands`), and a test sees to it that it
stays true.
"""
TIMES = """
## Times

Where a time is wanted (`snooze`, `away`), say it as you would to a colleague: `2h`, `30 min`, `tomorrow 9`,
`fredag 10`, `i morgen kl. 8`, `24 dec 13:00`, `2026-12-24`. A day without a time is its morning at 9; a time without a
day is the next time that the clock shows it, where you are.

## Canned responses

`/ticket canned save reset Hello {requester}, …` keeps one for the queue of the ticket in whose thread you are. Its
variables are `{requester}` (the first name), `{ticket}`, `{agent}` and `{queue}`; another one is refused when it is
saved, and what a value says is never read again.
"""


def page() -> str:
    """The whole page, in Markdown."""
    parts = [HEAD]
    for group in GROUPS:
        verbs = [verb for verb in _all() if verb.group == group]
        parts.append(f"\n## {say('en', f'help.{group}')}\n\n" + "".join(_line(verb) for verb in verbs))
    return "".join(parts) + TIMES


def _all() -> Iterable[Verb]:
    return (OPEN, *VERBS.values())


def _line(verb: Verb) -> str:
    also = sorted(word for word, name in OTHER_WORDS.items() if name == verb.name and word != "?")
    words = f" ({', '.join(also)})" if also else ""
    own = " ·" if verb.own and verb is not OPEN else ""
    who = "" if verb.agents else " Everybody may."
    return f"* **{verb.name}**{own}{words}: {verb.describe('en')}.{who} `{verb.example('en')}`\n"
