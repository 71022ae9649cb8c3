"""Text files as laboratories write them: a byte order mark or Windows line ends are no fault."""

from __future__ import annotations

import json
from pathlib import Path

from ..input_error import InputError, reading
from ..untrusted import utf8_text

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
    return utf8_text(data, path)


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
