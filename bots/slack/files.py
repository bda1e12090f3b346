"""Files that come with messages: what is told of them, and their bytes.

https://docs.slack.dev/reference/objects/file-object. A file's address wants the bot's token, so only Slack's own hosts
are asked, and led elsewhere nobody follows.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bots.port import Hopeless, TryLater
from bots.slack.calls import carried
from inbox.filestore import FileStore
from inbox.model import Attached, FileKind

SLACKS = re.compile(r"(?:[a-z0-9-]+\.)*slack(?:-gov)?\.com")
MOST = 50  # files of one message
CHUNK = 64 * 1024
REDIRECTS = 5
TIMEOUT = aiohttp.ClientTimeout(total=110, connect=5, sock_read=30)
HTML = "text/html"
NOT_THERE = {"tombstone", "hidden_by_limit"}  # deleted; older than a free workspace shows
KINDS: dict[str, FileKind] = {"image": "image", "video": "video", "audio": "audio"}


def attached(message: Mapping[str, Any]) -> tuple[tuple[Attached, ...], list[str]]:
    """The files of a message and of those that it forwards, and a line for each that cannot be fetched. Raises
    KeyError, TypeError or ValueError for what is not as documented."""
    files: list[Attached] = []
    lines: list[str] = []
    for one in _each(message):
        if _is_elsewhere(one):
            lines.append(" ".join(filter(None, (f"📎 {_name(one)}", _link(one)))))
        else:
            files.append(_attached(one))
    return tuple(files), lines


def _each(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every file once: forwarding a message may tell of its files in both places."""
    forwarded = [one for one in message.get("attachments") or () if one.get("is_share")]
    seen: set[str] = set()
    for holder in (message, *forwarded):
        for one in holder.get("files") or ():
            if isinstance(one, Mapping) and str(one.get("id")) not in seen and len(seen) < MOST:
                seen.add(str(one.get("id")))
                yield one


def _is_elsewhere(one: Mapping[str, Any]) -> bool:
    """Does Slack have none of its bytes (any more)?"""
    told = one.get("url_private") or one.get("file_access") == "check_file_info"
    return one.get("mode") in NOT_THERE or bool(one.get("is_external")) or not one.get("id") or not told


def _link(one: Mapping[str, Any]) -> str:
    return str(one.get("url_private") or "") if one.get("is_external") else ""


def _name(one: Mapping[str, Any]) -> str:
    return str(one.get("name") or one.get("title") or "file")


def _attached(one: Mapping[str, Any]) -> Attached:
    mime = str(one.get("mimetype") or "").casefold()
    ref = {"f": str(one["id"]), "u": str(one.get("url_private") or ""), "m": mime}
    kind = "voice" if one.get("subtype") == "slack_audio" else KINDS.get(mime.partition("/")[0], "document")
    return Attached(json.dumps(ref), _name(one), mime, int(one.get("size") or 0), kind)


class Files:
    """Fetches in the name of one bot. `api_url` is where Slack's API is: what stands in for Slack has its files there;
    `store` says which kinds of files are taken."""

    def __init__(self, client: AsyncWebClient, api_url: str, store: FileStore) -> None:
        self._client, self._store = client, store
        self._api = urlsplit(api_url)

    async def fetch(self, ref: str) -> AsyncIterator[bytes]:
        """The bytes of a file. Raises Hopeless (gone, forbidden) and TryLater."""
        named = json.loads(ref)
        if not named["u"]:
            named = await self._looked_up(named["f"])
        try:
            async with aiohttp.ClientSession(timeout=TIMEOUT, headers=self._bearer()) as session:
                async for chunk in self._followed(session, named["u"], named["m"]):
                    yield chunk
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise TryLater(f"The file could not be fetched from Slack ({type(error).__name__}).") from None

    async def _looked_up(self, file: str) -> Mapping[str, str]:
        """What Slack did not tell with the message (docs "check_file_info": files of other workspaces)."""
        told = (await carried(self._client.files_info(file=file)))["file"]
        if not self._store.takes(_name(told)):
            raise Hopeless("Files of that kind are not taken.", "forbidden")
        return {"u": str(told.get("url_private") or ""), "m": str(told.get("mimetype") or "")}

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._client.token}"}

    async def _followed(self, session: aiohttp.ClientSession, address: str, mime: str) -> AsyncIterator[bytes]:
        """What is at an address, or where Slack leads from there: each step is checked, for each gets the token."""
        for step in range(REDIRECTS):
            async with session.get(self.checked(address), allow_redirects=False) as answer:
                if answer.status in (301, 302, 303, 307, 308) and "Location" in answer.headers:
                    address = urljoin(address, answer.headers["Location"])
                    continue
                _refuse(answer.status)
                # without the right to read files one is led to a page where people sign in
                if answer.content_type == HTML and (step or mime != HTML):
                    raise Hopeless("Slack does not hand the file out.", "forbidden")
                async for chunk in answer.content.iter_chunked(CHUNK):
                    yield chunk
                return
        raise Hopeless("Slack does not hand the file out.", "forbidden")

    def checked(self, address: str) -> str:
        """An address, if it is one of Slack's. Raises Hopeless for any other: it would be handed the token."""
        parts = urlsplit(address)
        ours = (parts.scheme, parts.netloc) == (self._api.scheme, self._api.netloc)
        if not ours and not (parts.scheme == "https" and SLACKS.fullmatch(parts.netloc.lower())):
            raise Hopeless("The file lies where Slack keeps none.", "forbidden")
        return address


def _refuse(status: int) -> None:
    if status in (404, 410):
        raise Hopeless("The file is gone from Slack.", "gone")
    if status in (401, 403):
        raise Hopeless("Slack does not hand the file out.", "forbidden")
    if status != 200:
        raise TryLater(f"Slack answered {status} for a file.")
