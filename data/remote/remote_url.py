"""Which paths are URLs of a store elsewhere, and where what was fetched from it is kept."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ..cache_place import cache_place
from ..input_error import InputError

__all__ = ["CACHE_VARIABLE", "DEFAULT_CACHE", "cache_limit", "parse_bytes", "remote_folder", "remote_url"]

CACHE_VARIABLE = "TUSSIS_REMOTE_CACHE"
"""Variable of the environment with the bound of the cache, so that worker processes have it too."""

DEFAULT_CACHE = "20GB"

_URL = re.compile(r"(s3|gs|https?):/+(?=[^/])", re.IGNORECASE)
_BYTES = re.compile(r"(\d+(?:\.\d+)?)\s*([kMGT]?i?)B?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def remote_url(path: str | os.PathLike[str]) -> str | None:
    """Return the URL that a path is, None for a path of this machine.

    Parameters
    ----------
    path
        A path or ``s3://``, ``gs://``, ``http://``, ``https://``; a `Path` has lost one of the two slashes.

    Examples
    --------
    >>> remote_url(Path("s3://bucket/coughs/"))
    's3://bucket/coughs'
    >>> remote_url("coughs") is None
    True
    """
    text = os.fspath(path)
    found = _URL.match(text)
    return f"{found[1].lower()}://{text[found.end() :].rstrip('/')}" if found else None


def remote_folder() -> Path:
    """Folder of everything fetched from stores."""
    return cache_place() / "remote"


def cache_limit() -> int:
    """Bytes that the cache may hold, from the environment, else `DEFAULT_CACHE`.

    Raises
    ------
    InputError
        The variable is not a number of bytes.
    """
    return parse_bytes(os.environ.get(CACHE_VARIABLE) or DEFAULT_CACHE, CACHE_VARIABLE)


def parse_bytes(text: str, name: str) -> int:
    """Read a number of bytes as people write it; `name` is named in the error.

    Raises
    ------
    InputError
        It is none, or not above 0.

    Examples
    --------
    >>> parse_bytes("1.5 GB", "--remote-cache"), parse_bytes("2MiB", "--remote-cache")
    (1500000000, 2097152)
    """
    found = _BYTES.fullmatch(text.strip())
    if found is None or float(found[1]) <= 0:
        raise InputError(name, f"{text!r:.40} is not a number of bytes", remedy="write 500MB or 20GB")
    unit = found[2].lower()
    return int(float(found[1]) * (1024 if unit.endswith("i") else 1000) ** _POWERS[unit.removesuffix("i")])
