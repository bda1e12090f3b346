"""The pages of how people find the help: ratings with their words, and waves of NPS. For leads."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from inbox.desk import feedback
from inbox.desk.feedback import Ratings, Wanted
from inbox.desk.signin import Reader
from inbox.store import Tx
from inbox.store.rated import Mark
from inbox.web.pages import BadQuery, is_number, mark_of, query_part
from inbox.web.site import Site, site
from inbox.web.words import Words

router = APIRouter()
HIGH = 24  # of a histogram's highest bar, in its own units


@dataclass(frozen=True, slots=True)
class RatingsView:
    """A page of ratings."""

    wanted: Wanted

    def look(self, tx: Tx, reader: Reader) -> Ratings:
        """Its rows."""
        return feedback.ratings(tx, reader, self.wanted)

    def address(self, *, queue: str | None = None, low: bool | None = None, after: Mark | None = None) -> str:
        """The address of another page: this one with something changed, from its start."""
        return "/ratings" + query_part(
            queue=self.wanted.queue if queue is None else queue,
            low="1" if (self.wanted.low if low is None else low) else "",
            after=f"{after[0]}-{after[1]}" if after else "",
        )


@router.get("/ratings")
async def ratings(request: Request) -> Response:
    """How the work of the reader's queues was rated; `low=1` the low ones alone."""
    here, query = site(request), request.query_params
    if query.get("low", "") not in ("", "1"):
        raise BadQuery("low")
    view = RatingsView(Wanted(query.get("queue", "")[:64], bool(query.get("low")), mark_of(query.get("after", ""))))
    reader, found = await here.asked(request, view.look)
    await _note_read(here, reader, [one.rated.ticket for one in found.rows if one.confidential])
    chosen = next((queue for queue in found.queues if queue.key == view.wanted.queue), None)
    context: dict[str, Any] = {"found": found, "wanted": view.wanted, "chosen": chosen, "address": view.address}
    return here.page("ratings.html", here.words(None, reader), reader, **context)


@router.get("/nps")
async def waves(request: Request) -> Response:
    """What the waves of NPS brought; `before` a wave's number the earlier ones."""
    here, before = site(request), request.query_params.get("before", "")
    if before and not is_number(before):
        raise BadQuery("before")
    reader, found = await here.asked(request, feedback.waves, int(before) if before else None)
    await _note_read(here, reader, [why.ticket for one in found.rows for why in one.whys if why.confidential])
    words = here.words(None, reader)
    context: dict[str, Any] = {"found": found, "before": before, "given": partial(_given, words), "bars": _bars}
    return here.page("nps.html", words, reader, high=HIGH, **context)


async def _note_read(here: Site, reader: Reader, confidential: list[int]) -> None:
    if confidential:
        await here.desk.do(feedback.note_read, reader.person_id, confidential)


def _given(words: Words, spread: tuple[int, ...]) -> str:
    """A histogram for those who do not see it: "7: 2, 10: 5"."""
    return ", ".join(words("nps.gave", score=score, n=n) for score, n in enumerate(spread) if n)


def _bars(spread: tuple[int, ...]) -> list[int]:
    """How high each bar of a histogram is; what is not nothing can be seen."""
    most = max(spread) or 1
    return [max(1, round(HIGH * n / most)) if n else 0 for n in spread]
