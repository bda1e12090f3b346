"""What agents do with tickets at the same time, recorded; and what one ticket's claim allows, as a plain model.

As a program, `python -m tests.inbox.histories`: one process of several that act on the same database. It is given a
`Share` as JSON, says when it is ready, begins at the next line, and prints what it saw.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from inbox.desk import claims
from inbox.desk.door import Desk
from inbox.errors import AlreadyClaimed, NotHolder, StoreUnavailable
from inbox.model import Claimed, Ticket
from inbox.store import tickets
from tests.house import Clock, House, sample_directory
from tests.inbox.linearizable import Seen

HOT = 4  # tickets that everybody wants at the same time
STINT = 40  # deeds of each, before they all turn to other tickets
VERBS = ("claim", "release", "take", "assign")
WEIGHTS = (6, 6, 3, 4)
LOOKS = 0.1  # of all deeds, so many are followed by a look at the ticket

# What somebody was answered: it is theirs ("claimed"), it is whose it was to be already ("kept"), nobody holds it
# ("free"), somebody else does ("lost"), or what they saw ("seen"); with the fence or the name that they were told.
Answer = tuple[str, int | str, str]


class Deed(NamedTuple):
    """What `by` did with a ticket, to whom (`to`, for "assign"), and the answer. `lead`: may they force it?"""

    ticket: int
    verb: str
    by: str
    to: str
    lead: bool
    answer: Answer


class Claim(NamedTuple):
    """One ticket: who holds it ("" for nobody), and its fence."""

    holder: str = ""
    fence: int = 0


def answered(claim: Claim, deed: Deed) -> tuple[Answer, Claim]:
    """What the answer to a deed is for one who acts alone, and what becomes of the claim."""
    holder, fence = claim
    verb, to = deed.verb, deed.to if deed.verb == "assign" else deed.by
    if verb == "look":
        return ("seen", fence, holder), claim
    if verb == "release":
        if not holder:
            return ("free", fence, ""), claim
        if deed.by != holder and not deed.lead:
            return ("lost", holder, ""), claim
        return ("free", fence + 1, ""), Claim("", fence + 1)
    if holder == to:
        return ("kept", fence, to), claim
    gives = verb == "assign" and to != deed.by  # to assign to oneself is to claim
    if not holder or verb == "take" or (gives and (deed.lead or deed.by == holder)):
        return ("claimed", fence + 1, to), Claim(to, fence + 1)
    return ("lost", holder, ""), claim


def step(claim: Claim, deed: Deed) -> Claim | None:
    """The claim after a deed; None where it cannot have been answered so."""
    answer, after = answered(claim, deed)
    return after if answer == deed.answer else None


@dataclass(frozen=True)
class Share:
    """What one process or thread does: `deeds` of each of its `clients`, as these people (ids and names, the first of
    them a lead), with tickets from 1 on, chosen by `seed`."""

    url: str
    people: tuple[tuple[int, str], ...]
    clients: int
    deeds: int
    seed: int


def tickets_for(deeds: int) -> int:
    """How many tickets clients turn to who do so much each."""
    return HOT * -(-deeds // STINT)


async def act(share: Share, begin: Callable[[], Awaitable[None]]) -> list[Seen[Deed]]:
    """All clients of a share at once, over a desk of their own; what they saw. `begin` waits for the others."""
    desk = House(share.url, sample_directory(), Clock()).desk
    seen: list[Seen[Deed]] = []
    try:
        await desk.look(tickets.get, 1)
        await begin()
        await asyncio.gather(*(_client(desk, share, number, seen) for number in range(share.clients)))
    finally:
        await desk.close()
    return seen


async def _client(desk: Desk, share: Share, number: int, seen: list[Seen[Deed]]) -> None:
    for verb, ticket, by, to in _plan(share, random.Random(f"{share.seed}/{number}")):
        began = time.monotonic()
        answer = await _do(desk, verb, ticket, by[0], to[0], dict(share.people))
        deed = Deed(ticket, verb, by[1], to[1], by == share.people[0], answer)
        seen.append(Seen(began, time.monotonic(), deed))


def _plan(share: Share, chance: random.Random) -> Iterator[tuple[str, int, tuple[int, str], tuple[int, str]]]:
    for index in range(share.deeds):
        ticket = index // STINT * HOT + chance.randint(1, HOT)
        [verb] = chance.choices(VERBS, WEIGHTS)
        yield verb, ticket, chance.choice(share.people), chance.choice(share.people)
        if chance.random() < LOOKS:
            yield "look", ticket, share.people[0], share.people[0]


async def _do(desk: Desk, verb: str, ticket: int, by: int, to: int, names: dict[int, str]) -> Answer:
    """Until it is answered: of three writers of one SQLite file one may be kept out for longer than it waits, and then
    nothing was done."""
    while True:
        with suppress(StoreUnavailable):
            return await _answered(desk, verb, ticket, by, to, names)


async def _answered(desk: Desk, verb: str, ticket: int, by: int, to: int, names: dict[int, str]) -> Answer:
    try:
        match verb:
            case "claim":
                return _won(await desk.do(claims.claim, ticket, by), names)
            case "take":
                return _won(await desk.do(claims.take_over, ticket, by), names)
            case "assign":
                return _won(await desk.do(claims.assign, ticket, by, to), names)
            case "release":
                after = await desk.do(claims.release, ticket, by)
                return "free", after.fence, _name(after, names)
        found = await desk.look(tickets.get, ticket)
        assert found
        return "seen", found.fence, _name(found, names)
    except (AlreadyClaimed, NotHolder) as error:
        return "lost", error.facts["holder"], ""


def _won(claimed: Claimed, names: dict[int, str]) -> Answer:
    return "kept" if claimed.already else "claimed", claimed.ticket.fence, _name(claimed.ticket, names)


def _name(ticket: Ticket, names: dict[int, str]) -> str:
    return names[ticket.assignee_id] if ticket.assignee_id else ""


def told_as(share: Share) -> str:
    """A share as the line that `main` reads."""
    return json.dumps(asdict(share))


def printed(line: str) -> list[Seen[Deed]]:
    """What another process saw, as `main` printed it."""
    rows = json.loads(line)
    return [Seen(began, ended, Deed._make((*deed, tuple(answer)))) for began, ended, (*deed, answer) in rows]


def main() -> None:
    told: dict[str, Any] = json.loads(sys.stdin.readline())
    share = Share(**told | {"people": tuple((person, name) for person, name in told["people"])})

    async def begin() -> None:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)

    seen = asyncio.run(act(share, begin))
    print(json.dumps([(one.began, one.ended, one.deed) for one in seen]))


if __name__ == "__main__":
    main()
