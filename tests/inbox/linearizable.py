"""Can what several saw at once be told as one story, in which everything happened at an instant?

That is linearizability: each deed takes effect at one instant between when it was begun and when it was answered, and
all answers are those that a single actor would have got who did the deeds in that order. The search goes through the
orders that the times allow, depth first, and remembers where it has been: which deeds are done, and to what that led.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Deed = TypeVar("Deed")
State = TypeVar("State", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Seen(Generic[Deed]):
    """A deed, and when it was begun and answered, on a clock that all who act share and that never goes back."""

    began: float
    ended: float
    deed: Deed


def explain(
    history: Sequence[Seen[Deed]], step: Callable[[State, Deed], State | None], start: State
) -> list[Seen[Deed]] | None:
    """An order of all these deeds that explains their answers, or None where there is none.

    `step` gives the state after a deed, or None where the deed cannot have been answered so in that state.
    """
    seen = sorted(history, key=lambda one: (one.began, one.ended))
    everything = (1 << len(seen)) - 1
    done, path = 0, [(_next(seen, 0), start, -1)]
    been = {(done, start)}
    while done != everything:
        choices, state, _ = path[-1]
        for index in choices:
            after = step(state, seen[index].deed)
            then = done | 1 << index
            if after is not None and (then, after) not in been:
                been.add((then, after))
                done = then
                path.append((_next(seen, then), after, index))
                break
        else:  # a dead end: the deed that led here was not the next
            _, _, last = path.pop()
            if not path:
                return None
            done ^= 1 << last
    return [seen[index] for _, _, index in path[1:]]


def _next(seen: Sequence[Seen[Deed]], done: int) -> Iterator[int]:
    """Which deeds can be the next: those that began before any other that is left was answered."""
    first_answer = float("inf")
    for index in range((~done & (done + 1)).bit_length() - 1, len(seen)):
        if done >> index & 1:
            continue
        if seen[index].began > first_answer:
            return
        first_answer = min(first_answer, seen[index].ended)
        yield index
