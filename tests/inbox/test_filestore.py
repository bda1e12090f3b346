"""Where files lie: whole or not at all, once, and nowhere else than in the store."""

import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inbox.filestore import FileStore, TooBig


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def left(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


async def test_the_same_bytes_lie_there_once(tmp_path: Path) -> None:
    store = FileStore(tmp_path, 100)
    hash_, size = await store.put(chunks(b"he", b"llo"))
    assert (hash_, size) == (hashlib.sha256(b"hello").hexdigest(), 5)
    assert (await store.put(chunks(b"hello")))[0] == hash_
    assert store.path(hash_).read_bytes() == b"hello"
    assert left(tmp_path) == [f"{hash_[:2]}/{hash_}"]
    assert store.path(hash_).stat().st_mode & 0o077 == 0


async def test_what_is_too_big_or_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise OSError("connection lost")

    store = FileStore(tmp_path, 8)
    with pytest.raises(TooBig):
        await store.put(chunks(b"12345", b"6789"))
    with pytest.raises(OSError, match="connection lost"):
        await store.put(broken())
    assert left(tmp_path) == []


async def test_what_a_dead_process_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    store = FileStore(tmp_path, 8)
    await store.put(chunks(b"1"))
    old, new = tmp_path / ".incoming" / "old", tmp_path / ".incoming" / "new"
    old.write_bytes(b"x")
    new.write_bytes(b"x")
    os.utime(old, (1, 1))
    await store.put(chunks(b"2"))
    assert (old.exists(), new.exists()) == (False, True)


@pytest.mark.parametrize("forged", ["", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 63 + "/"])
def test_nothing_but_a_hash_names_a_file(tmp_path: Path, forged: str) -> None:
    with pytest.raises(ValueError, match="no SHA-256"):
        FileStore(tmp_path, 8).path(forged)


@pytest.mark.parametrize(
    ("name", "taken"),
    [("bill.pdf", True), ("setup.EXE", False), ("bill.exe.pdf", False), ("exe", True), ("", True), (".exe", False)],
)
def test_kinds_of_files_that_are_not_taken(tmp_path: Path, name: str, taken: bool) -> None:
    assert FileStore(tmp_path, 8, frozenset({".exe"})).takes(name) is taken


async def test_what_was_stored_again_is_not_old_and_stays(tmp_path: Path) -> None:
    store = FileStore(tmp_path, 100)
    hash_, _ = await store.put(chunks(b"hello"))
    shelf = int(hash_[:2], 16)
    os.utime(store.path(hash_), (1, 1))
    assert store.old(shelf) == [hash_] and store.old((shelf + 1) % 256) == []
    await store.put(chunks(b"hello"))
    assert store.old(shelf) == [] and not store.drop(hash_)
    assert store.path(hash_).read_bytes() == b"hello" and left(tmp_path) == [f"{hash_[:2]}/{hash_}"]
    os.utime(store.path(hash_), (1, 1))
    assert store.drop(hash_) and not store.drop(hash_) and left(tmp_path) == []
    await store.put(chunks(b"hello"))
    assert store.path(hash_).read_bytes() == b"hello"
