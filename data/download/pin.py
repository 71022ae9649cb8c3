"""The checksum of a first download, kept beside the data where the publisher gives none."""

from __future__ import annotations

import re
from pathlib import Path

from ..atomic import write_text_whole
from ..input_error import InputError, reading

__all__ = ["pin_file", "read_pin", "write_pin"]


def pin_file(packed: Path) -> Path:
    """Return where the checksum of an archive is kept: ``FILE.sha256`` beside it.

    It has the form that ``sha256sum --check`` reads.
    """
    return packed.with_name(f"{packed.name}.sha256")


def read_pin(packed: Path) -> str | None:
    """Read the checksum that was pinned for an archive.

    Parameters
    ----------
    packed
        The archive, which need not exist any more.

    Returns
    -------
    str or None
        ``"sha256:..."``; None where nothing was pinned.

    Raises
    ------
    InputError
        The file is there and holds no checksum, or cannot be read.
    """
    place = pin_file(packed)
    remedy = "delete it to pin the next download"
    if not place.exists():
        return None
    with reading(place, remedy):
        words = place.read_text(encoding="utf-8", errors="replace").split()
    if not words or not re.fullmatch("[0-9a-f]{64}", words[0]):
        raise InputError(place, "does not begin with a SHA-256 of 64 hexadecimal digits", remedy=remedy)
    return f"sha256:{words[0]}"


def write_pin(packed: Path) -> str:
    """Pin the checksum of an archive that has arrived.

    Parameters
    ----------
    packed
        The archive.

    Returns
    -------
    str
        Its SHA-256, 64 hexadecimal digits.

    Raises
    ------
    InputError
        The archive cannot be read, or the file cannot be written.
    """
    import pooch

    with reading(packed):
        digest = str(pooch.file_hash(str(packed), alg="sha256"))
    write_text_whole(pin_file(packed), f"{digest}  {packed.name}\n")
    return digest
