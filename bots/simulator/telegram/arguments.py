"""A call's arguments: query, form, multipart and JSON merged, read as leniently as the Bot API server reads them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from bots.simulator.telegram.errors import bad_request

DISPOSITION = re.compile(rb'(?<![a-z])(name|filename)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    data: bytes
    type: str


class Arguments:
    """The arguments by name. What does not parse as the type that is asked for counts as missing, as on the server."""

    def __init__(self, values: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None) -> None:
        self.values, self.uploads = values, uploads or {}

    def has(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str:
        value = self.values.get(name)
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0) -> int:
        text = self.text(name).strip()
        return int(text) if re.fullmatch(r"[+-]?\d{1,18}", text) else default

    def flag(self, name: str) -> bool:
        return self.text(name).strip().lower() in ("true", "yes", "1")

    def decoded(self, name: str, what: str = "") -> Any:
        """The value of a JSON argument, None where it is missing. Raises ApiError where it is no JSON."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {what or name} JSON object") from None


async def read(request: web.Request) -> Arguments:
    """The arguments of a request to the Bot API. Raises ApiError for a JSON body that is none."""
    values: dict[str, Any] = dict(request.query)
    body = await request.read()
    if request.content_type == "application/json" and body.strip():
        values.update(_json(body))
    elif request.content_type == "application/x-www-form-urlencoded":
        values.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    elif request.content_type == "multipart/form-data":
        fields, uploads = multipart(body, request.headers["Content-Type"])
        return Arguments({**values, **fields}, uploads)
    return Arguments(values)


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise bad_request("can't parse JSON object")
    return found


def multipart(body: bytes, content_type: str) -> tuple[dict[str, str], dict[str, Upload]]:
    """Fields and files of a multipart body (which was read already, so that the request log has it)."""
    boundary = re.search(r'boundary="?([^";]+)', content_type)
    fields: dict[str, str] = {}
    uploads: dict[str, Upload] = {}
    if not boundary:
        return fields, uploads
    for part in body.split(b"--" + boundary[1].encode())[1:-1]:
        head, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        data = data.removesuffix(b"\r\n")
        names = {key.decode(): value.decode("utf-8", "replace") for key, value in DISPOSITION.findall(head)}
        if "filename" in names:
            kind = re.search(rb"(?i)content-type: *([^\r\n;]+)", head)
            mime = kind[1].decode("ascii", "replace") if kind else "application/octet-stream"
            uploads[names.get("name", "")] = Upload(names["filename"], data, mime)
        elif "name" in names:
            fields[names["name"]] = data.decode("utf-8", "replace")
    return fields, uploads
