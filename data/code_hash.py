"""A hash of this package's own code: what another edition of it made is not taken."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

__all__ = ["code_hash"]

_ROOT = Path(__file__).resolve().parents[1]
_CODE = (".py", ".c", ".h")


@cache
def code_hash(*places: str) -> str:
    """Return the SHA-256 of Python and C files, with their names, in hexadecimal digits.

    Parameters
    ----------
    places
        Folders or files below the package, like ``"signal"``; of a folder all files at any depth count.

    Examples
    --------
    >>> code_hash("signal") == code_hash("signal") != code_hash("data", "signal")
    True
    """
    digest = hashlib.sha256()
    for place in places:
        path = _ROOT / place
        below = sorted(file for file in path.rglob("*") if file.suffix in _CODE)
        for file in below if path.is_dir() else [path]:
            digest.update(f"{file.relative_to(_ROOT).as_posix()}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
