"""Files that go out with posts: uploaded one by one, then shared together in a message of their own.

https://docs.slack.dev/messaging/working-with-files#upload. Words do not travel in that message: it takes no
metadata, by which they would be found again, and Slack makes it when it is ready.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bots.pacing import upload_seconds
from bots.port import Ambiguous, Hopeless
from inbox.filestore import FileStore
from inbox.model import File

CONNECT_SECONDS, LEAST_SECONDS = 5.0, 60.0
BYTES = {"Content-Type": "application/octet-stream"}


class Uploads:
    """What one bot uploads. `call` carries a call out and raises SendError's branches; `checked` refuses an address
    that is none of Slack's."""

    def __init__(
        self,
        client: AsyncWebClient,
        call: Callable[[Awaitable[Any]], Awaitable[Any]],
        store: FileStore,
        checked: Callable[[str], str],
    ) -> None:
        self._client, self._call, self._store, self._checked = client, call, store, checked

    def at_hand(self, files: Iterable[File]) -> None:
        """Raises Hopeless where one of the files is not in the store any more."""
        if not all(self._store.path(file.sha256).is_file() for file in files):
            raise Hopeless("A file is not in the store any more.", "invalid")

    async def share(self, room: str, thread: str, files: Iterable[File]) -> str:
        """Posts a message with the files; returns its ts, "" where Slack does not tell it yet. Raises SendError."""
        uploaded: list[dict[str, str | None]] = [{"id": await self._upload(file), "title": file.name} for file in files]
        shared = self._client.files_completeUploadExternal(files=uploaded, channel_id=room, thread_ts=thread or None)
        told = (await self._call(shared))["files"][0]
        return _ts(told, room) or await self._asked(str(told["id"]), room)

    async def _asked(self, file: str, room: str) -> str:
        with suppress(Ambiguous, Hopeless):
            return _ts((await self._call(self._client.files_info(file=file)))["file"], room)
        return ""

    async def _upload(self, file: File) -> str:
        """Hands one file's bytes to Slack; returns Slack's id of it. Nobody sees it yet."""
        made = await self._call(self._client.files_getUploadURLExternal(filename=file.name, length=file.size))
        address = self._checked(str(made["upload_url"]))
        timeout = aiohttp.ClientTimeout(total=LEAST_SECONDS + upload_seconds([file]), connect=CONNECT_SECONDS)
        try:
            async with aiohttp.ClientSession(timeout=timeout, headers=BYTES) as session:
                with self._store.path(file.sha256).open("rb") as content:
                    async with session.post(address, data=content, allow_redirects=False) as answer:
                        _refuse(answer.status)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            # the words are out: whoever tries again must look for them first
            raise Ambiguous(f"The connection to Slack broke during the call ({type(error).__name__}).") from None
        return str(made["file_id"])

    async def of(self, room: str, ts: str) -> tuple[str, ...]:
        """The ids of the files that a message of ours carries. Raises SendError."""
        try:
            # a reply's own ts brings just that reply, docs "conversations.replies"
            answer = await self._call(self._client.conversations_replies(channel=room, ts=ts, limit=1))
        except Hopeless:
            return ()
        found: Mapping[str, Any] = next((one for one in answer["messages"] if one.get("ts") == ts), {})
        return tuple(str(one["id"]) for one in found.get("files") or () if one.get("mode") != "tombstone")

    async def delete(self, files: Iterable[str]) -> None:
        """Deletes files; those that are not there or not ours stay as they are. Raises TryLater and Ambiguous."""
        for file in files:
            with suppress(Hopeless):
                await self._call(self._client.files_delete(file=file))


def _ts(file: Mapping[str, Any], room: str) -> str:
    """The message in that room that a file is shared by, "" where that is not told."""
    sides = (file.get("shares") or {}).values()
    return next((str(shares[room][0]["ts"]) for shares in sides if shares.get(room)), "")


def _refuse(status: int) -> None:
    if 400 <= status < 500 and status != 429:
        raise Hopeless(f"Slack answered {status} for a file.", "invalid")
    if status != 200:
        raise Ambiguous(f"Slack had a failure of its own ({status}).")
