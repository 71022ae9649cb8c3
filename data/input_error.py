"""The one exception for everything that the user can correct."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

__all__ = ["DISK_FULL", "ROOM", "InputError", "OnFault", "full_place", "reading", "refuse", "show_as"]

_shown: dict[str, str] = {}


DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
"""Error numbers of a disk, or of a user's share of it, that has no room."""

ROOM = "make room on that disk"


def full_place(error: OSError) -> str:
    """Return what could not be written to a full disk; a copy names what it reads first. Empty if unknown."""
    place = error.filename2 or error.filename or ""
    return os.fsdecode(place) if isinstance(place, str | bytes | os.PathLike) else ""


class InputError(ValueError):
    """A file, folder or value the user gave cannot be used.

    ``str()`` of it is always one line, ``PATH: FIELD: problem; remedy``, fit to be printed as it is
    before leaving with exit code 2.

    Parameters
    ----------
    path
        The file or folder at fault; a plain name (``"--budget"``) where there is no file.
    problem
        What is wrong, without a full stop.
    field
        Where in it: ``"row 12, acc_x_ms2"``, ``"labels[3].end"``.
    remedy
        What to do about it.

    Examples
    --------
    >>> print(InputError("a.wav", "is empty", remedy="record again"))
    a.wav: is empty; record again
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        problem: str,
        *,
        field: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.path = _as_given(os.fspath(path))
        self.problem = _as_given(problem)
        self.field = field
        self.remedy = None if remedy is None else _as_given(remedy)
        where = f"{self.path}: {field}" if field else self.path
        text = f"{where}: {self.problem}" + (f"; {self.remedy}" if self.remedy else "")
        super().__init__(" ".join(text.split()))

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling, so that worker processes can raise it."""
        return _rebuild, (self.path, self.problem, self.field, self.remedy)


def show_as(local: str, given: str) -> None:
    """Let all errors of this process name a local path by what the user gave in its place, a URL."""
    _shown[local] = given


def _as_given(text: str) -> str:
    for local, given in _shown.items():
        text = text.replace(local, given)
    return text


def _rebuild(path: str, problem: str, field: str | None, remedy: str | None) -> InputError:
    return InputError(path, problem, field=field, remedy=remedy)


OnFault = Callable[[InputError], None]
"""What a reader does with each fault it finds: `refuse` raises it, an inventory collects it and goes on."""


def refuse(fault: InputError) -> NoReturn:
    """Raise `fault`: the default of every reader.

    Raises
    ------
    InputError
        Always.
    """
    raise fault


@contextmanager
def reading(path: str | os.PathLike[str], remedy: str | None = None) -> Iterator[None]:
    """Say by an `InputError` that a file or folder cannot be read, where the block meets an `OSError`.

    Parameters
    ----------
    path
        What the block reads.
    remedy
        What to do about it.

    Raises
    ------
    InputError
        In place of the `OSError`. Where a disk is full, that is said, and not that `path` cannot be read.
        Also before the block begins, where the path is a pipe, a device or a socket: opening one may wait
        for ever, and its content has no end that can be relied upon.

    Examples
    --------
    >>> with reading("no such file"):
    ...     open("no such file")
    Traceback (most recent call last):
        ...
    tussis.data.input_error.InputError: no such file: cannot be read: No such file or directory
    """
    try:
        mode = os.stat(path).st_mode if os.path.exists(path) else stat.S_IFREG
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise InputError(
                path, "is not a plain file", remedy=remedy or "give a file, not a pipe or device"
            )
        yield
    except OSError as error:
        if error.errno in DISK_FULL:  # what was written meanwhile, a cache or a copy, is what has no room
            raise InputError(
                full_place(error) or tempfile.gettempdir(),
                f"cannot be written: {error.strerror}",
                remedy=ROOM,
            ) from error
        raise InputError(path, f"cannot be read: {error.strerror or error}", remedy=remedy) from error
