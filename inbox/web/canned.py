"""The page of canned responses: read by who answers for their queue, written and taken away by its agents."""

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from inbox.desk import canned, views
from inbox.desk.signin import Reader
from inbox.errors import DeskError, NotAllowed, StoreError
from inbox.locale import LANGUAGES
from inbox.storable import storable
from inbox.store import Tx
from inbox.store import canned as stored
from inbox.store.canned import Prepared
from inbox.web.auth import own_form
from inbox.web.site import Site, site
from inbox.web.words import Words

router = APIRouter()
FIELDS = ("queue", "name", "language", "text")
DONE = ("canned_saved", "canned_deleted")  # what the page tells of in a sentence
Form = Mapping[str, str]
Kept = Callable[[Tx, datetime, int, Form], None]


@router.get("/canned")
async def responses(request: Request) -> Response:
    """All that there are for the reader's queues; `name`, with `queue` and `language`, is opened to be changed."""
    here, query = site(request), request.query_params
    reader, found = await here.asked(request, _all)
    words, key = here.words(None, reader), (query.get("queue", ""), query.get("name", ""), query.get("language", ""))
    chosen = next((one for one in found if (one.queue, one.name, one.language) == key), None)
    form = {"queue": key[0], "language": words.language}
    if chosen:
        form = {"queue": chosen.queue, "name": chosen.name, "language": chosen.language, "text": chosen.text}
    did = query.get("did", "")
    return _page(here, reader, words, found, form, did=did if did in DONE else "")


@router.post("/canned")
async def save(request: Request) -> Response:
    """Keeps a response, in the place of the one of that queue, name and language."""
    return await _change(request, _save, "canned_saved")


@router.post("/canned/delete")
async def delete(request: Request) -> Response:
    """Takes a response away, in all its languages."""
    return await _change(request, _delete, "canned_deleted")


async def _change(request: Request, verb: Kept, did: str) -> Response:
    here = site(request)
    reader, found = await here.asked(request, _all)
    words, given = here.words(None, reader), await request.form()
    form = {name: value for name in FIELDS if isinstance(value := given.get(name, ""), str)}
    if not await own_form(request, here, reader):
        return _page(here, reader, words, found, form, words("act.stale"), 403)
    if reader.person_id is None:
        raise NotAllowed(ticket="")
    try:
        await here.desk.do(verb, reader.person_id, {name: storable(value) for name, value in form.items()})
    except StoreError:
        raise
    except DeskError as error:
        status = 403 if isinstance(error, NotAllowed) else 422
        return _page(here, reader, words, found, form, words.refusal(error), status)
    return RedirectResponse("/canned?" + urlencode({"queue": form["queue"], "did": did}), 303)


def _save(tx: Tx, now: datetime, agent: int, form: Form) -> None:
    text = form["text"].replace("\r\n", "\n")
    canned.save(tx, now, agent, form["queue"], form["name"], form["language"], text)


def _delete(tx: Tx, now: datetime, agent: int, form: Form) -> None:
    canned.delete(tx, now, agent, form["queue"], form["name"])


def _all(tx: Tx, reader: Reader) -> list[Prepared]:
    """Those of the reader's queues and those for all, in every language."""
    return stored.of_queues(tx, [*(queue.key for queue in views.queues(tx, reader)), canned.EVERYWHERE])


def _page(
    here: Site,
    reader: Reader,
    words: Words,
    found: list[Prepared],
    form: Form,
    trouble: str = "",
    status: int = 200,
    did: str = "",
) -> Response:
    named = here.desk.directory.desk.queues
    titles = {key: named[key].title if key in named else key for key in reader.roles or {q.queue for q in found}}
    places = {canned.EVERYWHERE: words("canned.everywhere"), **titles}
    mine = [key for key in titles if not reader.operator]
    if "lead" in reader.roles.values():
        mine.append(canned.EVERYWHERE)
    return here.page(
        "canned.html",
        words,
        reader,
        status=status,
        found=found,
        form={name: form.get(name, "") for name in FIELDS},
        trouble=trouble,
        places=places,
        mine=mine,
        languages=LANGUAGES,
        variables=[f"{{{one}}}" for one in canned.VARIABLES],
        did=did,
    )
