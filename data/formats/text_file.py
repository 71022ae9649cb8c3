"""Text files as laboratories write them: a byte order mark or Windows line ends are no fault."""

from __future__ import annotations

import re
from pathlib import Path

from ..input_error import InputError
from ..untrusted import read_bytes, read_json, utf8_text

__all__ = ["as_decimal", "lines_of", "read_json_object", "read_text"]


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


_LINE_END = re.compile(r"\r\n|\n|\r")
_DECIMAL = re.compile(
    r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf(inity)?|nan)", re.ASCII | re.IGNORECASE
)


def lines_of(text: str) -> list[str]:
    r"""Split a text where editors do, at the line ends of Unix, Windows and old Macs, and nowhere else.

    ``str.splitlines`` also ends lines within a name: at a vertical tab or a separator of Unicode.

    Examples
    --------
    >>> lines_of("a\r\nb\u2028c\n")
    ['a', 'b\u2028c']
    """
    lines = _LINE_END.split(text)
    return lines[:-1] if lines[-1] == "" else lines


def as_decimal(text: str) -> float:
    """Read a number of a text file, as every program writes it.

    Raises
    ------
    ValueError
        It is none; Python's own ``float`` would also take ``1_000`` and the digits of all scripts.

    Examples
    --------
    >>> as_decimal(" -1.5e3 ")
    -1500.0
    >>> as_decimal("1_0")
    Traceback (most recent call last):
        ...
    ValueError: '1_0' is not a number
    """
    if _DECIMAL.fullmatch(text.strip()) is None:
        raise ValueError(f"{text[:40]!r} is not a number")
    return float(text)


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
