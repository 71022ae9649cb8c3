"""Files of a remote set, filled block by block as they are read, within a bound."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from ..atomic import write_text_whole
from ..input_error import InputError
from .remote_set import STATE_FOLDER, RemoteSet, replace_by_hole, set_of, state_file
from .remote_url import CACHE_VARIABLE, cache_limit, remote_folder
from .store import RemoteFile, open_store

__all__ = ["content_sha256", "fetched", "opened"]

BLOCK_BYTES = 1 << 18
MOST_BLOCKS = 32
"""Blocks that are asked for at once."""


@dataclass
class _State:
    """What is known of a file, and which of its blocks are here."""

    name: str = ""
    version: str = ""
    size: int = -1
    listing: str = ""
    sha256: str = ""
    blocks: list[int] = field(default_factory=list)

    @property
    def bytes_here(self) -> int:
        return sum(min(self.size - block * BLOCK_BYTES, BLOCK_BYTES) for block in self.blocks)


def opened(path: Path) -> BinaryIO:
    """Open a file for reading; of one from a store only the blocks that are read are fetched.

    Raises
    ------
    OSError
        It cannot be opened.
    InputError
        The store refuses, or the file is gone or does not fit the cache; also later, when it is read.
    """
    found = set_of(path)
    return path.open("rb") if found is None else io.BufferedReader(_Ranged(_Cached(path, *found)), 1 << 13)


@contextlib.contextmanager
def fetched(path: Path) -> Iterator[Path]:
    """Have a whole file here as long as the block runs, for readers that want a file and not a stream.

    Raises
    ------
    InputError
        As `opened`.
    """
    found = set_of(path)
    if found is None:
        yield path
        return
    cached = _Cached(path, *found)
    try:
        cached.ensure(0, cached.size)
        yield path
    finally:
        cached.close()


def content_sha256(path: Path) -> str:
    """Return the SHA-256 of a file; of one from a store it is kept, and so asked for once per version.

    Raises
    ------
    InputError
        As `opened`.
    """
    found = set_of(path)
    if found is not None:
        cached = _Cached(path, *found)
        try:
            return cached.sha256()
        finally:
            cached.close()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Cached:
    """A file in use: it holds a lock that keeps its blocks from being dropped."""

    def __init__(self, path: Path, owner: RemoteSet, name: str) -> None:
        self.path, self._set, self._name = path, owner, name
        self._state_file = state_file(owner.folder, name)
        self._state_file.parent.mkdir(exist_ok=True)
        self.handle = _use(path)
        try:
            self._remote = self._described()
        except BaseException:
            self.close()
            raise

    @property
    def size(self) -> int:
        return self._remote.size

    def close(self) -> None:
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1

    def _described(self) -> RemoteFile:
        """Bring the state up to the listing: another version empties the file."""
        remote = self._set.files[self._name]
        with self._locked() as state:
            if state.listing == self._set.listing and state.size >= 0:
                return replace(remote, size=state.size, version=state.version)
            if remote.size < 0 or not remote.version:
                remote = open_store(self._set.url).described(remote.place)
            if remote.size < 0:
                problem = "the server does not say how long it is"
                raise InputError(self.path, problem, remedy="copy the files to this machine")
            if (state.version, state.size) != (remote.version, remote.size):
                state = _State(self._name, remote.version, remote.size)
            if self.path.stat().st_size != remote.size:
                replace_by_hole(self.path, remote.size)
                self.close()
                self.handle = _use(self.path)
                state.blocks = []
            state.listing = self._set.listing
            self._save(state)
        return remote

    def ensure(self, start: int, stop: int) -> None:
        """Have bytes `start` to `stop` here."""
        wanted = range(start // BLOCK_BYTES, -(-min(stop, self.size) // BLOCK_BYTES))
        with self._locked() as state:
            if state.version != self._remote.version:  # another process has seen a newer one
                raise self._changed()
            missing = sorted(set(wanted) - set(state.blocks))
            if not missing:
                with contextlib.suppress(OSError):  # a cache that is read-only
                    os.utime(self._state_file)  # what was used last is dropped last
                return
            several = bool(state.blocks) or len(missing) > MOST_BLOCKS
            for run in _runs(missing):
                self._fetch(state, run)
            if several and len(state.blocks) * BLOCK_BYTES >= self.size:
                self._check_version()

    def sha256(self) -> str:
        with self._locked() as state:
            if state.sha256:
                return state.sha256
        self.ensure(0, self.size)
        with open(os.dup(self.handle), "rb") as file:
            file.seek(0)
            found = hashlib.file_digest(file, "sha256").hexdigest()
        with self._locked() as state:
            state.sha256 = found
            self._save(state)
        return found

    def _fetch(self, state: _State, run: range) -> None:
        start, stop = run.start * BLOCK_BYTES, min(run.stop * BLOCK_BYTES, self.size)
        _make_room(self.path, stop - start)
        data = open_store(self._set.url).read(self._remote.place, start, stop)
        writer = os.open(self.path, os.O_WRONLY)
        try:
            os.pwrite(writer, data, start)
            os.fsync(writer)
        finally:
            os.close(writer)
        state.blocks = sorted({*state.blocks, *run})
        self._save(state)

    def _check_version(self) -> None:
        """Refuse a file whose parts may be of two versions."""
        now = open_store(self._set.url).described(self._remote.place)
        if now.version != self._remote.version:
            self._save(_State(self._name))
            raise self._changed()

    def _changed(self) -> InputError:
        return InputError(self.path, "was changed while it was read", remedy="run again")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[_State]:
        with open(self._state_file.with_suffix(".lock"), "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield _load(self._state_file)

    def _save(self, state: _State) -> None:
        write_text_whole(self._state_file, json.dumps(asdict(state), allow_nan=False))


class _Ranged(io.RawIOBase):
    """A stream over a file whose blocks are fetched before they are read."""

    def __init__(self, cached: _Cached) -> None:
        self._cached, self._at = cached, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._cached.handle

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self._cached.size)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        stop = min(self._at + len(buffer), self._cached.size)
        if stop <= self._at:
            return 0
        self._cached.ensure(self._at, stop)
        data = os.pread(self._cached.handle, stop - self._at, self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._cached.close()
        super().close()


def _use(path: Path) -> int:
    """Open a file with a shared lock; again, where another process has just emptied it."""
    while True:
        handle = os.open(path, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_SH)
        if os.path.samestat(os.fstat(handle), os.stat(path)):
            return handle
        os.close(handle)


def _runs(blocks: list[int]) -> Iterator[range]:
    """Join neighbouring blocks into ranges of at most `MOST_BLOCKS`."""
    start = stop = blocks[0]
    for block in blocks:
        if block > stop or block - start >= MOST_BLOCKS:
            yield range(start, stop)
            start = block
        stop = block + 1
    yield range(start, stop)


def _load(file: Path) -> _State:
    with contextlib.suppress(OSError, ValueError, TypeError):
        return _State(**json.loads(file.read_text("utf-8")))
    return _State()


def _make_room(path: Path, wanted: int) -> None:
    """Count bytes that are about to come, and drop what was used longest ago where they are too many."""
    top, limit = remote_folder(), cache_limit()
    with open(top / "usage", "a+b") as usage:
        fcntl.flock(usage, fcntl.LOCK_EX)
        usage.seek(0)
        text = usage.read()
        total = int(text) if text.isdigit() else _all_bytes(top)
        if total + wanted > limit:
            total = _all_bytes(top)
        for file in _by_age(top) if total + wanted > limit else ():
            total -= _drop(file)
            if total + wanted <= limit:
                break
        if total + wanted > limit:
            problem = f"does not fit the cache of {limit} bytes beside what is in use"
            remedy = f"allow more: tussis --remote-cache 50GB, or {CACHE_VARIABLE}"
            raise InputError(path, problem, remedy=remedy)
        usage.truncate(0)
        usage.write(str(total + wanted).encode())


def _by_age(top: Path) -> list[Path]:
    files = top.glob(f"*/{STATE_FOLDER}/*.json")
    return sorted(files, key=lambda file: (file.stat().st_mtime_ns, file.name))


def _all_bytes(top: Path) -> int:
    return sum(_load(file).bytes_here for file in _by_age(top))


def _drop(file: Path) -> int:
    """Empty a file that nobody uses; return the bytes gained."""
    state = _load(file)
    if not state.blocks:
        return 0
    path = file.parent.parent / state.name
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:  # gone from the store
        file.unlink()
        return state.bytes_here
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0
    else:
        gained = state.bytes_here
        replace_by_hole(path, state.size)
        write_text_whole(file, json.dumps(asdict(replace(state, blocks=[])), allow_nan=False))
        return gained
    finally:
        os.close(handle)
