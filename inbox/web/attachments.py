"""People's files, for who may see their ticket: shown where that is safe, and else handed out to be saved."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from inbox.desk import signin, views
from inbox.desk.signin import Reader
from inbox.errors import NotFound
from inbox.model import File
from inbox.web.formatting import SHOWN_IMAGES
from inbox.web.site import Site, site

router = APIRouter()
LONGEST = 19  # digits of the largest database key
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=3600",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@router.get("/files/{number}")
async def file(request: Request, number: str) -> Response:
    """One file of a message. Raises NotFound alike for one that is not the reader's, not kept, or not there."""
    here = site(request)
    asked = int(number) if number.isascii() and number.isdigit() and len(number) < LONGEST else 0
    return await handed_out(here, *await here.asked(request, views.file, asked), "web")


async def handed_out(here: Site, reader: Reader, asked: tuple[File, int, bool], door: str) -> Response:
    """A file, its ticket and whether that is confidential, as a reader found them who came by that door. Raises
    NotFound for one that is not in the store."""
    found, ticket, private = asked
    path = here.files.path(found.sha256) if here.files else None
    if path is None or not path.is_file():
        raise NotFound
    if private:
        await here.desk.do(signin.note_read, ticket, reader.person_id, door)
    shown = found.mime.casefold() in SHOWN_IMAGES  # everything else is saved, never opened as a page of ours
    return FileResponse(
        path,
        media_type=found.mime.casefold() if shown else "application/octet-stream",
        filename=found.name,
        content_disposition_type="inline" if shown else "attachment",
        headers=HEADERS,
    )
