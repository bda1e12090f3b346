"""Where files lie: each once, under the hash of its bytes, whoever sent it and however often.

A file is written beside the store and moved into it when all of it is on the disk, so that what has a name is whole.
"""

import asyncio
import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import IO

HASH = re.compile(r"[0-9a-f]{64}")
LEFTOVER_SECONDS = 86_400.0  # what is half written, or nobody's, since longer was left by a process that died
SHELVES = 256  # folders that the files lie in


class TooBig(Exception):
    """There are more bytes than may be."""


class FileStore:
    """Files under `root`; at most `limit` bytes each. `refused` are endings of names that are not taken (".exe")."""

    def __init__(self, root: Path, limit: int, refused: frozenset[str] = frozenset()) -> None:
        self.root, self.limit, self.refused = root, limit, refused

    def takes(self, name: str) -> bool:
        """Is it a kind of file that we keep? Every ending counts: "bill.pdf.exe" is none."""
        return not any(f".{ending.casefold()}" in self.refused for ending in name.split(".")[1:])

    def path(self, sha256: str) -> Path:
        """Where the bytes with that hash lie. Raises ValueError for what is no hash, so that no path can be forged."""
        if not HASH.fullmatch(sha256):
            raise ValueError("no SHA-256 in hexadecimal")
        return self.root / sha256[:2] / sha256

    async def put(self, chunks: AsyncIterator[bytes]) -> tuple[str, int]:
        """Stores what comes and returns its hash and size in bytes. Raises TooBig, OSError (the disk is full)."""
        path, hash_, size = self.root / ".incoming" / secrets.token_hex(16), hashlib.sha256(), 0
        try:
            with await asyncio.to_thread(_begin, path) as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > self.limit:
                        raise TooBig
                    hash_.update(chunk)
                    await asyncio.to_thread(file.write, chunk)
                await asyncio.to_thread(_flush, file)
            await asyncio.to_thread(_keep, path, self.path(hash_.hexdigest()))
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        return hash_.hexdigest(), size

    def old(self, shelf: int) -> list[str]:
        """The hashes of the files on one of the SHELVES that were stored last a day ago or longer. Reads the disk."""
        folder = self.root / f"{shelf:02x}"
        if not folder.is_dir():
            return []
        before = _disk_time(self.root) - LEFTOVER_SECONDS
        return sorted(file.name for file in folder.iterdir() if HASH.fullmatch(file.name) and _stored(file) < before)

    def drop(self, sha256: str) -> bool:
        """Takes away a file that nobody needs; false where it was stored again meanwhile, or is not there."""
        path, aside = self.path(sha256), self.root / ".incoming" / secrets.token_hex(16)
        with suppress(FileNotFoundError):
            before = _disk_time(self.root) - LEFTOVER_SECONDS
            path.replace(aside)  # whoever stores the same bytes from now on finds nothing, and stores them
            if _stored(aside) < before:
                aside.unlink()
                return True
            aside.replace(path)
        return False


def _stored(path: Path) -> float:
    """When a file was stored last, by the disk's clock; the far future where it is gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _disk_time(root: Path) -> float:
    """The present, by the clock of the disk."""
    probe = root / ".incoming" / secrets.token_hex(16)
    probe.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    probe.touch()
    now = probe.stat().st_mtime
    probe.unlink()
    return now


def _begin(path: Path) -> IO[bytes]:
    """Opens a new file in a folder that nobody else reads, and clears that of what was left half written long before
    it, by the disk's own clock."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = path.open("wb")
    old = os.fstat(file.fileno()).st_mtime - LEFTOVER_SECONDS
    for other in path.parent.iterdir():
        with suppress(OSError):
            if other.stat().st_mtime < old:
                other.unlink()
    return file


def _flush(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _keep(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(FileNotFoundError):
        os.utime(target)  # it was stored this moment, too: nobody clears it away as an old one
        return
    path.chmod(0o600)
    path.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name is on the disk too
    finally:
        os.close(folder)
