"""Text files as laboratories write them: a byte order mark or Windows line ends are no fault."""

from __future__ import annotations

from pathlib import Path

from ..input_error import InputError
from ..untrusted import read_bytes, read_json, utf8_text

__all__ = ["read_json_object", "read_text"]


MOST_TEXT_BYTES = 4_000_000_000
"""Size of the longest text read; the motion of a day at 100 Hz is about 600 MB."""


def read_text(path: Path) -> str:
    """Read a UTF-8 text file, with or without byte order mark.

    Parameters
    ----------
    path
        File to read.

    Returns
    -------
    str
        Its text, line ends as they are.

    Raises
    ------
    InputError
        It cannot be read, or is not UTF-8.
    """
    return utf8_text(read_bytes(path, most_bytes=MOST_TEXT_BYTES), path)


def read_json_object(path: Path) -> dict[str, object]:
    """Read a JSON file that holds one object.

    Parameters
    ----------
    path
        File to read.

    Returns
    -------
    dict[str, object]
        The object.

    Raises
    ------
    InputError
        As `read_json`; or it is not an object.
    """
    document = read_json(path)
    if not isinstance(document, dict):
        raise InputError(path, "no JSON object", remedy='it should look like {"subject": "s01"}')
    return document
