"""One API call as the handlers see it: path parameters, query, JSON body and uploaded files."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from bots.simulator.discord.errors import ApiError, Problems, invalid
from bots.simulator.discord.rest.form import Form

FORM_TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
FILE_FIELD = re.compile(r"files?(?:\[(\d+)\])?")


@dataclass(frozen=True, slots=True)
class Upload:
    field: str
    filename: str
    content_type: str
    data: bytes

    @property
    def index(self) -> str:
        """The number that an entry of `attachments` calls this file by."""
        found = FILE_FIELD.fullmatch(self.field)
        return (found[1] if found else None) or "0"


@dataclass(frozen=True, slots=True)
class Ask:
    """A call that came in. `call` is its name, as "GET /users/@me"."""

    call: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = None
    files: tuple[Upload, ...] = field(default=())

    def form(self) -> Form:
        """The body as a form. A missing body is an empty form."""
        return Form({} if self.body is None else self.body, Problems())

    def wants(self, key: str) -> bool:
        """A yes in the query, in any of the spellings that the platform takes."""
        return self.query.get(key, "").lower() in ("true", "1")

    def query_form(self) -> Form:
        return Form(dict(self.query), Problems())


def parse_body(content_type: str, raw: bytes) -> tuple[Any, tuple[Upload, ...]]:
    """The JSON value and the files of a request. Raises ApiError as the platform does for what it cannot read."""
    if not raw:
        return None, ()
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return _json(raw), ()
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)), ()
    if kind == "multipart/form-data":
        return _multipart(content_type, raw)
    sentence = f'Expected "Content-Type" header to be one of {{{", ".join(map(repr, FORM_TYPES))}}}.'
    raise invalid((), "CONTENT_TYPE_INVALID", sentence)


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        raise ApiError(50109) from None


def _multipart(content_type: str, raw: bytes) -> tuple[Any, tuple[Upload, ...]]:
    """Split by hand: the middleware has read the stream, which aiohttp's own reader would want to itself."""
    boundary = re.search(r'boundary="?([^";]+)"?', content_type)
    if boundary is None:
        raise ApiError(50109)
    body: Any = {}
    files = []
    for part in raw.split(b"--" + boundary[1].encode())[1:-1]:
        head, _, data = part.partition(b"\r\n\r\n")
        headers = head.decode("utf-8", "replace")
        data = data.removesuffix(b"\r\n")
        name = re.search(r'[; ]name="?([^";\r\n]+)"?', headers)
        filename = re.search(r'filename="([^"\r\n]*)"', headers)
        if name is None:
            raise ApiError(50109)
        if name[1] == "payload_json":
            body = _json(data)
        elif filename:
            kind = re.search(r"content-type: *([^\r\n]+)", headers, re.IGNORECASE)
            files.append(Upload(name[1], filename[1], kind[1] if kind else "application/octet-stream", data))
        elif isinstance(body, dict):
            body.setdefault(name[1], data.decode("utf-8", "replace"))
    return body, tuple(files)
