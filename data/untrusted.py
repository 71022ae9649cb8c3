"""JSON and TOML from outside, read within bounds: no file may take all memory or end in a fault of ours."""

from __future__ import annotations

import codecs
import json
import math
import os
import re
import tomllib
from pathlib import Path
from typing import Any, NoReturn

from .input_error import InputError, reading
from .remote.cached_file import opened

__all__ = [
    "MOST_BYTES",
    "json_document",
    "read_bytes",
    "read_json",
    "read_toml",
    "toml_document",
    "utf8_text",
]

MOST_BYTES = 256_000_000
"""Size of the largest file read; a detector of a thousand trees has 3 MB."""

_MOST_DEPTH = 64
_MOST_DIGITS = 300
_MOST_CHARACTERS = 1_000_000
_LONG_NUMBER = re.compile(rf"[0-9_]{{{_MOST_DIGITS + 1}}}")


def read_json(path: Path, remedy: str | None = "correct it", *, most_bytes: int | None = None) -> Any:
    """Read a JSON file, with or without byte order mark.

    Parameters
    ----------
    path
        File to read.
    remedy
        What to do about a file that cannot be used.
    most_bytes
        Largest size; `MOST_BYTES` where left out.

    Returns
    -------
    object
        Its document: every number finite, every string fit to be encoded, nested at most 64 deep.

    Raises
    ------
    InputError
        It cannot be read, is not JSON, or goes beyond those bounds; no key may stand twice in an object.
    """
    return json_document(read_bytes(path, remedy, most_bytes=most_bytes), path, remedy)


def json_document(
    data: bytes, path: Path, remedy: str | None = "correct it", field: str | None = None
) -> Any:
    """Read JSON as `read_json` does, out of bytes that were read already."""
    text = utf8_text(data, path)

    def refuse(problem: str, where: str | None = None) -> NoReturn:
        raise InputError(path, f"not a JSON document: {problem}", field=where, remedy=remedy)

    def constant(name: str) -> NoReturn:
        refuse(f"{name} is not a number")

    def integer(digits: str) -> int:
        if len(digits) > _MOST_DIGITS:
            refuse(f"a number of {len(digits)} digits")
        return int(digits)

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            keys = [key for key, _ in pairs]
            refuse(f"{next(key for key in found if keys.count(key) > 1)!r} stands twice in one object")
        return found

    try:
        document = json.loads(text, parse_constant=constant, parse_int=integer, object_pairs_hook=table)
    except json.JSONDecodeError as error:
        refuse(error.msg, f"line {error.lineno}, column {error.colno}")
    except RecursionError:
        refuse("nested too deeply")
    if beyond := _beyond(document):
        refuse(*beyond)
    return document


def read_toml(path: Path, remedy: str | None = "correct it") -> dict[str, Any]:
    """Read a TOML file as `read_json` reads JSON: byte order mark allowed, the same bounds."""
    return toml_document(read_bytes(path, remedy), path, remedy)


def toml_document(data: bytes, path: Path, remedy: str | None = "correct it") -> dict[str, Any]:
    """Read TOML as `read_toml` does.

    Raises
    ------
    InputError
        It is not TOML, or goes beyond the bounds.
    """
    text = utf8_text(data, path)
    if _LONG_NUMBER.search(text):
        raise InputError(path, f"is not TOML: a number of more than {_MOST_DIGITS} digits", remedy=remedy)
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError) as error:  # ValueError: a date that does not exist
        raise InputError(path, f"is not TOML: {error}", remedy=remedy) from None
    except RecursionError:
        raise InputError(path, "is not TOML: nested too deeply", remedy=remedy) from None
    if beyond := _beyond(document):
        raise InputError(path, beyond[0], field=beyond[1], remedy=remedy)
    return document


def read_bytes(path: Path, remedy: str | None = None, *, most_bytes: int | None = None) -> bytes:
    """Read a plain file of at most `most_bytes`, by default `MOST_BYTES`.

    Raises
    ------
    InputError
        It cannot be read, is a pipe or a device, or is larger.
    """
    most_bytes = MOST_BYTES if most_bytes is None else most_bytes
    with reading(path, remedy), opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most_bytes:
            raise InputError(path, f"has {size} bytes, at most {most_bytes} are read", remedy=remedy)
        return file.read(most_bytes if size == 0 else size)  # size 0: a file that the system makes up


def utf8_text(data: bytes, path: Path) -> str:
    """Decode UTF-8, with or without byte order mark.

    Raises
    ------
    InputError
        It is not UTF-8; the line is named.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:64]:
        raise InputError(path, "the text is UTF-16 or binary", remedy="save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problem = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise InputError(path, problem, field=f"line {line}", remedy="save it as UTF-8") from None


def _beyond(document: object) -> tuple[str, str | None] | None:
    """Say what of a document goes beyond the bounds, and where; level by level: depth costs no stack."""
    level: list[tuple[str, object]] = [("", document)]
    for _ in range(_MOST_DEPTH + 1):
        below: list[tuple[str, object]] = []
        for where, value in level:
            if isinstance(value, dict):
                below += [(where, key) for key in value]
                below += [(f"{where}.{key}", item) for key, item in value.items()]
            elif isinstance(value, list):
                below += [(where, item) for item in value]
            elif problem := _bad_value(value):
                return problem, ascii(where[1:])[1:-1][:100] or None
        if not below:
            return None
        level = below
    return f"nested more than {_MOST_DEPTH} deep", None


def _bad_value(value: object) -> str | None:
    if isinstance(value, float) and not math.isfinite(value):
        return f"is {value}, not a finite number"
    if isinstance(value, int) and abs(value) >= 10**_MOST_DIGITS:  # written in hexadecimal digits
        return f"a number of more than {_MOST_DIGITS} digits"
    if isinstance(value, str):
        if len(value) > _MOST_CHARACTERS:
            return f"a text of {len(value)} characters"
        if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            return "a text with half a character (a lone surrogate)"
    return None
