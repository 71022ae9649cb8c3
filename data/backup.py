"""A copy of a user's file beside it, before the file is written over."""

from __future__ import annotations

import os
import shutil
from itertools import count
from pathlib import Path

from .input_error import InputError

__all__ = ["back_up", "backup_of"]


def backup_of(path: Path) -> Path:
    """Name of the next backup of a file: ``NAME.bak``, or the first of ``NAME.bak2``, ... that is free."""
    for number in count(1):
        copy = path.with_name(f"{path.name}.bak{'' if number == 1 else number}")
        if not os.path.lexists(copy):
            return copy
    raise AssertionError("there is always another number")


def back_up(path: Path) -> Path:
    """Copy a file to its next backup, with its times and permissions; no earlier backup is lost.

    Returns
    -------
    Path
        The backup.

    Raises
    ------
    InputError
        The copy cannot be written.
    """
    copy = backup_of(path)
    try:
        shutil.copy2(path, copy, follow_symlinks=False)
    except OSError as error:
        copy.unlink(missing_ok=True)
        raise InputError(copy, f"cannot be written: {error.strerror or error}") from error
    return copy
