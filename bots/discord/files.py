"""Files that come with messages, and files that go out with posts.

Addresses of attachments run out after a day (docs "Signed Attachment CDN URLs"), so a reference names the message too,
which tells a fresh one. Only Discord's own hosts are asked, and without the bot's token.
"""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import discord

from bots.discord.calls import Api, carried
from bots.discord.words import stickers
from bots.pacing import upload_seconds
from bots.port import Hopeless, TryLater
from inbox.filestore import FileStore
from inbox.model import Attached, File, FileKind

HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
# docs "CDN Endpoints": moving stickers have another host
STICKERS = {"png": "https://cdn.discordapp.com", "gif": "https://media.discordapp.net"}
MESSAGE = "/channels/{channel_id}/messages/{message_id}"
LIMIT = 10 * 1024 * 1024  # bytes a file, docs "Uploading Files"
MOST = 10  # files a message
VOICE = 1 << 13  # docs "Message Flags"
CHUNK = 64 * 1024
TIMEOUT = aiohttp.ClientTimeout(total=110, connect=5, sock_read=30)
UPLOAD_SECONDS = 60.0  # for a post with files, and what their bytes take on a slow line


def attachments(message: Mapping[str, Any]) -> tuple[Attached, ...]:
    """The files of a message and of those that it forwards, and their stickers as pictures. Raises KeyError, TypeError
    or ValueError for what is not as documented."""
    voice = bool(int(message.get("flags") or 0) & VOICE)
    passed_on = [one.get("message") or {} for one in message.get("message_snapshots") or ()]
    holders = (message, *passed_on)
    files = [_attached(message, one, voice=voice) for each in holders for one in each.get("attachments") or ()]
    return (*files, *(_sticker(*one) for each in holders for one in stickers(each) if one[2]))


def _sticker(id_: str, name: str, picture: str) -> Attached:
    return Attached(json.dumps({"s": id_, "k": picture}), f"{name}.{picture}", f"image/{picture}", 0, "sticker")


def _attached(message: Mapping[str, Any], one: Mapping[str, Any], *, voice: bool) -> Attached:
    ref = {
        "c": str(message["channel_id"]),
        "m": str(message["id"]),
        "a": str(one["id"]),
        "u": str(one.get("url") or ""),
    }
    mime = str(one.get("content_type") or "").split(";")[0].strip().casefold()
    name = str(one.get("filename") or "file")
    return Attached(json.dumps(ref), name, mime, int(one.get("size") or 0), "voice" if voice else _kind(mime))


def _kind(mime: str) -> FileKind:
    kinds: dict[str, FileKind] = {"image": "image", "video": "video", "audio": "audio"}
    return kinds.get(mime.partition("/")[0], "document")


class Files:
    """Fetches over one connection. `api_url` is where Discord is: a server of another address has its files there."""

    def __init__(self, api: Api, api_url: str) -> None:
        self._api, api_host = api, urlsplit(api_url)
        self._hosts = HOSTS | {api_host.netloc}
        ours = api_host.netloc == "discord.com"
        self._stickers = STICKERS if ours else dict.fromkeys(STICKERS, f"{api_host.scheme}://{api_host.netloc}")

    async def fetch(self, ref: str) -> AsyncIterator[bytes]:
        """The bytes of an attachment or a sticker. Raises Hopeless (gone, forbidden) and TryLater."""
        named = json.loads(ref)
        told = f"{self._stickers[named['k']]}/stickers/{named['s']}.{named['k']}" if "s" in named else named["u"]
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            for address in (told, None):
                address = address or await self._fresh(named)
                try:
                    async with session.get(self._checked(address), allow_redirects=False) as answer:
                        if answer.status in (403, 404) and address == named.get("u"):
                            continue  # the address ran out, or the message is gone: it will tell
                        _refuse(answer.status)
                        async for chunk in answer.content.iter_chunked(CHUNK):
                            yield chunk
                        return
                except (TimeoutError, aiohttp.ClientError, OSError) as error:
                    raise TryLater(f"The file could not be fetched from Discord ({type(error).__name__}).") from None

    async def _fresh(self, named: Mapping[str, str]) -> str:
        """The attachment's address as its message tells it now."""
        asked = self._api.call("GET", MESSAGE, channel_id=named["c"], message_id=named["m"])
        message = await carried(asked)
        found = (one for one in message.get("attachments") or () if str(one["id"]) == named["a"])
        one = next(found, None)
        if one is None:
            raise Hopeless("The file was taken out of its message.", "gone")
        return str(one["url"])

    def _checked(self, address: str) -> str:
        """Only where Discord keeps its files: nobody makes the bot ask another host."""
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or parts.netloc not in self._hosts:
            raise Hopeless("The file lies where Discord keeps none.", "forbidden")
        return address


def _refuse(status: int) -> None:
    if status == 404:
        raise Hopeless("The file is gone from Discord.", "gone")
    if status in (401, 403):
        raise Hopeless("Discord does not hand the file out.", "forbidden")
    if status != 200:
        raise TryLater(f"Discord answered {status} for a file.")


def upload(body: dict[str, Any], files: tuple[File, ...], store: FileStore) -> dict[str, Any]:
    """A post with files, as arguments of a call: a form whose first field is the body. Raises Hopeless where a file is
    not in the store any more."""
    opened: list[discord.File] = []
    for file in files:
        path = store.path(file.sha256)
        if not path.is_file():
            raise Hopeless("A file is not in the store any more.", "invalid")
        opened.append(discord.File(path, filename=file.name))
    named = [{"id": number, "filename": one.filename} for number, one in enumerate(opened)]
    payload = json.dumps({**body, "attachments": named})
    form: list[dict[str, Any]] = [{"name": "payload_json", "value": payload}]
    for number, one in enumerate(opened):
        content = {"filename": one.filename, "content_type": "application/octet-stream"}
        form.append({"name": f"files[{number}]", "value": one.fp, **content})
    timeout = aiohttp.ClientTimeout(total=UPLOAD_SECONDS + upload_seconds(files), connect=5)
    return {"form": form, "files": opened, "timeout": timeout}
