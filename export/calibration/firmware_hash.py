"""Which C a cost table was measured on: a hash of the code that a compiler sees."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from ..codegen.project import FIRMWARE

__all__ = ["firmware_hash"]

_FOLDERS = ("include", "src", "app", "ports/virtual")
_COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def firmware_hash(firmware: Path = FIRMWARE) -> str:
    """Return the SHA-256 of the C sources that a measured image is made of.

    Comments and the amount of white space do not count: they change no cost.

    Parameters
    ----------
    firmware
        Folder with ``include/``, ``src/``, ``app/`` and ``ports/``.

    Examples
    --------
    >>> len(firmware_hash())
    64
    """
    digest = hashlib.sha256()
    for folder in _FOLDERS:
        for file in sorted((firmware / folder).rglob("*.[chS]")):
            code = _without_comments(file.read_text(encoding="utf-8"))
            digest.update(f"{file.relative_to(firmware).as_posix()}\0{code}\0".encode())
    return digest.hexdigest()


def _without_comments(text: str) -> str:
    """Replace each comment by a blank and each run of white space in a line by one; keep strings."""

    def kept(found: re.Match[str]) -> str:
        return found[0] if found[0].startswith('"') else " "

    lines = _COMMENT_OR_STRING.sub(kept, text).splitlines()
    return "\n".join(" ".join(line.split()) for line in lines if line.strip())
