"""Outputs written whole or not at all: build beside the target, then rename.

What is built has one name, ``.NAME.tussis.part``, and its maker holds a lock on it. So whatever a killed
process has left there is found, without a search, by the next one that writes the same target, and used for
what that builds. A second process that writes the same target at the same time takes a name of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from .cache_place import CACHE_PLACE, is_in_cache
from .input_error import DISK_FULL, ROOM, InputError, full_place

__all__ = ["folder_whole", "refuse_unwritable", "write_bytes_whole", "write_text_whole"]

_PART = ".tussis.part"
_DEFAULT_UMASK = 0o022
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # <fcntl.h>, <linux/fs.h>


def write_text_whole(path: str | os.PathLike[str], text: str, *, durable: bool = True) -> Path:
    r"""Write UTF-8 text with ``\n`` line ends to `path`, replacing the file in one step.

    Parameters
    ----------
    path
        Target; missing parent folders are created.
    text
        Content, written as it is.
    durable
        As for `write_bytes_whole`.

    Returns
    -------
    Path
        The written file.

    Raises
    ------
    InputError
        The target cannot be written (a folder is in the way, no permission, disk full).
    """
    return write_bytes_whole(path, text.encode("utf-8"), durable=durable)


def write_bytes_whole(path: str | os.PathLike[str], data: bytes, *, durable: bool = True) -> Path:
    """Write `data` to `path`, replacing the file in one step.

    Parameters
    ----------
    path
        Target; missing parent folders are created. A symbolic link stays, and the file that it leads to is
        replaced.
    data
        Bytes to write.
    durable
        Whether to wait until the bytes outlive a loss of power. What is checked when it is read, and can be
        made again, needs no such wait.

    Returns
    -------
    Path
        The written file.

    Raises
    ------
    InputError
        The target cannot be written (a folder, a device or a pipe is in the way, no permission, disk full).
    """
    target = _file_meant(path)
    with _writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with _partial(target, _new_file) as (partial, handle):
            try:
                os.ftruncate(handle, 0)
                with open(handle, "wb", closefd=False) as file:
                    file.write(data)
                if durable:
                    os.fsync(handle)
                mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
                os.fchmod(handle, mode)
                os.replace(partial, target)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
    return target


def refuse_unwritable(path: str | os.PathLike[str], *, folder: bool = False) -> None:
    """Find out before long work whether a file can be written afterwards; nothing is left behind.

    Parameters
    ----------
    path
        The file that `write_bytes_whole` is to write.
    folder
        Whether it is a folder, new or there, into which files are to be written.

    Raises
    ------
    InputError
        A folder, a device, a pipe or a socket is in the way, or the nearest folder above that exists takes
        no file.
    """
    target = _file_meant(path)
    if target.is_dir() != folder and target.exists():
        way, name = ("a file", "a folder") if folder else ("a folder", "a file")
        raise InputError(target, f"{way} is in the way", remedy=f"name {name}")
    places = (target.absolute(), *target.absolute().parents)
    above = next(place for place in places[not folder :] if place.exists())
    try:
        tempfile.TemporaryFile(dir=above).close()
    except OSError as error:
        remedy = f"{above} takes no file: name another place"
        raise InputError(target, f"cannot be written: {error.strerror or error}", remedy=remedy) from error


def _file_meant(path: str | os.PathLike[str]) -> Path:
    """Follow links to the file that is to be replaced; refuse a device, a pipe or a socket."""
    target = Path(path)
    if target.is_symlink():
        target = Path(os.path.realpath(target))
        if target.is_symlink():
            raise InputError(path, "symbolic links that lead to each other", remedy="name a file")
    with contextlib.suppress(OSError):
        mode = target.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            what = "device" if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) else "pipe or socket"
            raise InputError(
                path, f"a {what} is in the way, and it would be replaced by a file", remedy="name a file"
            )
    return target


@contextlib.contextmanager
def folder_whole(path: str | os.PathLike[str], *, replace: bool = False) -> Iterator[Path]:
    """Build a folder in a temporary sibling that takes its final name when the block ends well.

    Parameters
    ----------
    path
        The folder to make; missing parents are created.
    replace
        Allow an existing folder with content to be replaced. Both change places in one step where the system
        can (Linux), else the old one is moved aside first; it is deleted only after the new one is in place.
        An empty folder is always replaced.

    Yields
    ------
    Path
        The folder to fill. On any exception, Ctrl-C included, it is removed and `path` is untouched.

    Raises
    ------
    InputError
        `path` is a file, or a folder with content and `replace` is false, or cannot be written.
    """
    target = Path(path)
    if target.is_symlink() and target.is_dir():
        target = target.resolve()  # the link stays, what it points to is replaced
    _refuse_foreign(target, replace)
    with contextlib.ExitStack() as held:
        with _writing(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            partial, _ = held.enter_context(_partial(target, _new_folder))
            held.callback(shutil.rmtree, partial, ignore_errors=True)
            for left in partial.iterdir():
                _remove(left)
            _recover(target)
        with _filling(target, partial):
            yield partial
        _refuse_foreign(target, replace)
        with _writing(target):
            _take_place(partial, target)


@contextlib.contextmanager
def _writing(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in DISK_FULL
        named = f"set {CACHE_PLACE} to a folder" if is_in_cache(target) else "name another place"
        remedy = ROOM if full else f"{named}, or make it writable"
        raise InputError(target, f"cannot be written: {error.strerror or error}", remedy=remedy) from error


@contextlib.contextmanager
def _filling(target: Path, partial: Path) -> Iterator[None]:
    """Name the output where a disk is full, and not a file of what it is built in or is copied from."""
    try:
        yield
    except OSError as error:
        place = full_place(error)
        if error.errno not in DISK_FULL or (place and not _lies_in(place, partial)):
            raise
        raise InputError(target, f"cannot be written: {error.strerror}", remedy=ROOM) from error
    except InputError as error:
        cause = error.__cause__
        full = isinstance(cause, OSError) and cause.errno in DISK_FULL
        if not full or not _lies_in(error.path, partial):
            raise
        raise InputError(target, f"cannot be written: {os.strerror(errno.ENOSPC)}", remedy=ROOM) from cause


def _lies_in(path: str | os.PathLike[str], folder: Path) -> bool:
    return Path(os.path.abspath(os.fspath(path))).is_relative_to(os.path.abspath(folder))


@contextlib.contextmanager
def _partial(target: Path, new: Callable[[Path], int]) -> Iterator[tuple[Path, int]]:
    """Make or take over what a target is built in; yield its place and the handle that is locked."""
    place = target.parent / f".{target.name}{_PART}"
    while True:
        handle = new(place)
        try:
            locked = _locked(handle)
            if locked and _is_at(handle, place):
                yield place, handle
                return
        finally:
            os.close(handle)
        if not locked:  # another process builds the same target; else it has just given it its name
            place = target.parent / f".{target.name}.{secrets.token_hex(6)}{_PART}"


def _locked(handle: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _new_file(place: Path) -> int:
    return os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def _new_folder(place: Path) -> int:
    place.mkdir(exist_ok=True)
    return os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


def _is_at(handle: int, place: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), os.lstat(place))
    return False


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _recover(target: Path) -> None:
    """Put back what a process was killed over that had moved the target aside, see `_take_place`."""
    old = _aside(target)
    if old.is_dir() and not target.exists():
        os.replace(old, target)
    elif old.is_dir():
        shutil.rmtree(old)


def _aside(target: Path) -> Path:
    return target.parent / f".{target.name}.tussis.old"


def _refuse_foreign(target: Path, replace: bool) -> None:
    if target.is_dir():
        if not replace and any(target.iterdir()):
            raise InputError(
                target, "the folder exists and is not empty", remedy="name a new folder or empty this one"
            )
    elif target.exists() or target.is_symlink():
        raise InputError(target, "a file is in the way", remedy="name a folder")


def _take_place(partial: Path, target: Path) -> None:
    if not target.is_dir():
        os.replace(partial, target)
        return
    if _exchange(partial, target):
        return  # the old folder is the temporary one now, which is removed
    old = _aside(target)
    shutil.rmtree(old, ignore_errors=True)
    try:
        os.replace(target, old)
        os.replace(partial, target)
    except BaseException:  # Ctrl-C between both as well
        if not target.exists():
            os.replace(old, target)
        raise
    finally:
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)


def _exchange(a: Path, b: Path) -> bool:
    """Let two folders change names in one step: renameat2 of Linux. False where that cannot be done."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):  # another system, or an old C library
        return False
    done: int = rename(_AT_FDCWD, os.fsencode(a), _AT_FDCWD, os.fsencode(b), _RENAME_EXCHANGE)
    return done == 0


def _umask() -> int:
    """Return the process's umask, from the kernel where it gives it: elsewhere it must be set to be read."""
    with contextlib.suppress(OSError, ValueError), open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("Umask:"):
                return int(line.split()[1], 8)
    return _DEFAULT_UMASK
