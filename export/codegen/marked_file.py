"""Files that tussis may write over: their first line holds a hash of the rest, so that an edit shows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from ...data.input_error import InputError, reading

__all__ = ["foreign_files", "is_ours", "marked"]

_FIRST_LINE = "/* Written by `tussis trees`, content {digest}: once edited, it is not written over. */\n"
_KNOWN = re.compile(rb"/\* Written by `tussis trees`, content ([0-9a-f]{16}): .*\*/\n")


def marked(text: str) -> str:
    """Put the line before a C file that says whose it is and what it held.

    Examples
    --------
    >>> marked("int x;").splitlines()[0]
    '/* Written by `tussis trees`, content e13e332bd08e13cb: once edited, it is not written over. */'
    """
    return _FIRST_LINE.format(digest=_digest(text.encode("utf-8"))) + text


def is_ours(content: bytes) -> bool:
    """Whether `marked` gave this content and nobody edited it. Line ends may have become CRLF."""
    content = content.replace(b"\r\n", b"\n")
    line = _KNOWN.match(content)
    return line is not None and line[1].decode() == _digest(content[line.end() :])


def foreign_files(files: Iterable[Path]) -> list[Path]:
    """Find the files in the way that are not ours, or were edited.

    Returns
    -------
    list of Path
        Those that would be lost; empty if all may be written.

    Raises
    ------
    InputError
        One of them cannot be read.
    """
    foreign = []
    for file in files:
        if file.is_file():
            with reading(file, remedy="name another output"):
                content = file.read_bytes()
            if not is_ours(content):
                foreign.append(file)
        elif file.exists() or file.is_symlink():
            raise InputError(file, "is not a file", remedy="name another output")
    return foreign


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
