"""A remote folder as a local one: names and sizes at once, bytes when they are read."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import json
import os
import posixpath
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..atomic import write_text_whole
from ..input_error import InputError, show_as
from .remote_url import remote_folder
from .store import RemoteFile, open_store

__all__ = ["STATE_FOLDER", "RemoteSet", "local_place", "replace_by_hole", "set_of", "state_file"]

LIST_FILE, STATE_FOLDER = "remote.json", "state"
_MARK = f"{os.sep}tussis{os.sep}remote{os.sep}"


@dataclass(frozen=True)
class RemoteSet:
    """What was listed under a URL.

    Attributes
    ----------
    url
        The URL.
    folder
        Folder of all about it.
    listing
        Name of the listing, another one each time.
    files
        Files by their path below `folder`.
    """

    url: str
    folder: Path
    listing: str
    files: dict[str, RemoteFile]


@functools.cache
def local_place(url: str) -> Path:
    """List a URL, once per process, and return the local folder or file that stands for it.

    Its files are holes of the right size; `tussis.data.remote.cached_file` fills them as they are read. Files
    that are gone from the store go here too.

    Raises
    ------
    InputError
        As `Store.listing`; a file and a folder have the same name.
    """
    listed, alone = open_store(url).listing()
    folder = remote_folder() / hashlib.sha256(url.encode()).hexdigest()[:16]
    top = "tree" if alone else posixpath.join("tree", posixpath.basename(url) or "root")
    files = {posixpath.join(top, name): file for name, file in sorted(listed.items())}
    show_as(str(folder / top), posixpath.dirname(url) if alone else url)
    with _held(folder):
        _remove_gone(folder, files)
        for name, file in files.items():
            if _make_hole(url, folder / name, file.size):
                state_file(folder, name).unlink(missing_ok=True)
        rows = {name: [file.place, file.size, file.version] for name, file in files.items()}
        document = {"url": url, "listing": secrets.token_hex(8), "files": rows}
        write_text_whole(folder / LIST_FILE, json.dumps(document, allow_nan=False))
    return folder / next(iter(files)) if alone else folder / top


def set_of(path: str | os.PathLike[str]) -> tuple[RemoteSet, str] | None:
    """Return the set that a local path belongs to, and its name in it; None for any other path."""
    text = os.fspath(path)
    at = text.find(_MARK)
    if at < 0:
        return None
    top, _, name = text[at + len(_MARK) :].partition(os.sep)
    folder = Path(text[: at + len(_MARK)], top)
    try:
        about = (folder / LIST_FILE).stat()
    except OSError:
        return None
    # A new list is a new file: a clock that was set back may give it the time of an older one.
    found = _read_list(folder, (about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns))
    return (found, name) if name in found.files else None


@functools.lru_cache(maxsize=8)
def _read_list(folder: Path, version: tuple[int, ...]) -> RemoteSet:
    document = json.loads((folder / LIST_FILE).read_text("utf-8"))
    files = {name: RemoteFile(*row) for name, row in document["files"].items()}
    return RemoteSet(document["url"], folder, document["listing"], files)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def state_file(folder: Path, name: str) -> Path:
    """File that says what is known of a file of a set."""
    return folder / STATE_FOLDER / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.json"


def _make_hole(url: str, path: Path, size: int) -> bool:
    """Have a file of this size (-1: any); True where there was none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    if path.is_file() and size in (-1, path.stat().st_size):
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_by_hole(path, max(size, 0))
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        both = next((above for above in path.parents if above.is_file()), path)
        problem = f"{both.name} is a file there, and a folder too"
        raise InputError(url, problem, remedy="rename one of them") from error
    return True


def replace_by_hole(path: Path, size: int) -> None:
    """Put a file of zeros that takes no room in place of another, which who has it open keeps."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    with open(part, "wb") as file:
        file.truncate(size)
    os.replace(part, path)


def _remove_gone(folder: Path, files: dict[str, RemoteFile]) -> None:
    for place, _, names in os.walk(folder / "tree", topdown=False):
        for name in names:
            path = Path(place, name)
            if path.relative_to(folder).as_posix() not in files:
                path.unlink()
        with contextlib.suppress(OSError):  # not empty
            os.rmdir(place)
