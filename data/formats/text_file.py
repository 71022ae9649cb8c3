"""Text files as laboratories write them: a byte order mark or Windows line ends are no fault."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

from ..input_error import InputError, reading

__all__ = ["read_json_object", "read_text"]


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
    with reading(path):
        data = path.read_bytes()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:64]:
        raise InputError(path, "the text is UTF-16 or binary", remedy="save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(
            path,
            f"byte 0x{data[error.start]:02x} is not UTF-8",
            field=f"line {line}",
            remedy="save it as UTF-8",
        ) from error


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
        It cannot be read, is not JSON, or is not an object.
    """
    text = read_text(path)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            path,
            f"not JSON: {error.msg}",
            field=f"line {error.lineno}, column {error.colno}",
            remedy="correct it",
        ) from error
    except RecursionError as error:
        raise InputError(path, "not JSON: nested too deeply", remedy="correct it") from error
    if not isinstance(document, dict):
        raise InputError(path, "no JSON object", remedy='it should look like {"subject": "s01"}')
    return document
