"""Files that agents send along from the browser: in the store before their words are written, so that nothing waits for
them."""

import re
from collections.abc import AsyncIterator

from starlette.datastructures import FormData, UploadFile

from inbox.errors import BadInput, StoreUnavailable
from inbox.filestore import FileStore, TooBig
from inbox.model import Attached, FileKind
from inbox.storable import storable

MOST = 10  # files with one message
CHUNK = 64 * 1024  # bytes
LONGEST = 200  # characters of a name
MIME = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")
UNSEEN = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")  # what could make a name look like another
KINDS: dict[str, FileKind] = {"image": "image", "audio": "audio", "video": "video"}


def chosen(form: FormData) -> list[UploadFile]:
    """The files that came with a form: a field for files that was left alone brings one without a name."""
    return [one for one in form.getlist("files") if isinstance(one, UploadFile) and one.filename]


async def kept(store: FileStore | None, form: FormData) -> tuple[Attached, ...]:
    """The files of a form, in the store now. (Without a store the page has no field for them.)

    Raises BadInput (`many_files`, `file_kind`, `file_empty`, `file_big`), StoreUnavailable (the disk is full).
    """
    came = chosen(form)
    if not came or store is None:
        return ()
    if len(came) > MOST:
        raise BadInput("many_files", limit=MOST)
    for one in came:
        if not store.takes(_name(one)):
            raise BadInput("file_kind", name=_name(one))
        if not one.size:
            raise BadInput("file_empty", name=_name(one))
    return tuple([await _kept(store, one) for one in came])


async def _kept(store: FileStore, one: UploadFile) -> Attached:
    try:
        sha256, size = await store.put(_chunks(one))
    except TooBig:
        raise BadInput("file_big", name=_name(one), most=store.limit) from None
    except OSError as error:
        raise StoreUnavailable(why=f"a file could not be kept: {error.strerror}") from error
    mime = (one.content_type or "").casefold()
    mime = mime if MIME.fullmatch(mime) else ""
    return Attached("", _name(one), mime, size, KINDS.get(mime.partition("/")[0], "document"), sha256)


def _name(one: UploadFile) -> str:
    """A file's own name, without folders and what cannot be seen."""
    last = re.split(r"[/\\]", storable(one.filename or ""))[-1]
    return UNSEEN.sub("", last).strip()[-LONGEST:] or "file"


async def _chunks(one: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await one.read(CHUNK):
        yield chunk
